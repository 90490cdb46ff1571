"""Folding touches what the alphabet lacks, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crnn.alphabet import Alphabet
from crnn.data.folding import Folding
from crnn.symbols import fold

GERMAN = Alphabet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüÄÖÜß")
LOWER = Alphabet.named("lower36")
MILD = Folding(accents=True)
FULL = Folding("lower", accents=True)


@pytest.mark.parametrize(
    ("label", "folding", "alphabet", "folded"),
    [
        ("Müller", MILD, GERMAN, "Müller"),
        ("Café", MILD, GERMAN, "Cafe"),
        ("Mu\u0308ller", MILD, GERMAN, "Müller"),
        ("Cafe\u0301", MILD, GERMAN, "Cafe"),
        ("Müllér", MILD, GERMAN, "Müller"),
        ("STOP go", Folding("lower"), LOWER, "stop go"),
        ("STOP go", Folding("lower"), GERMAN, "STOP go"),
        ("aBc", Folding("upper"), Alphabet("aBC"), "aBC"),
        ("É", FULL, Alphabet("eé"), "é"),
        ("É", FULL, Alphabet("eE"), "E"),
        ("É", FULL, Alphabet("e"), "e"),
        ("Жé", FULL, LOWER, "жe"),
        ("ΟΔΟΣ", Folding("lower"), Alphabet("οδσς"), "οδος"),
        ("C4 É5", FULL, Alphabet(["C4", "e5"], separator=" "), "C4 e5"),
        ("chÉ", FULL, Alphabet(["ch", "e"]), "che"),
        ("CHé", FULL, Alphabet(["ch", "c", "h", "e"]), "che"),
        ("", FULL, LOWER, ""),
    ],
)
def test_a_symbol_that_the_alphabet_lacks_is_folded_as_mildly_as_helps(
    label: str, folding: Folding, alphabet: Alphabet, folded: str
) -> None:
    assert folding.into(label, alphabet) == folded


@given(st.text(max_size=12), st.sampled_from(["keep", "lower", "upper"]), st.booleans())
def test_no_folding_touches_a_label_that_the_alphabet_spells(label: str, case: str, accents: bool) -> None:
    alphabet = Alphabet("".join(sorted(set(label))) or "a")
    assert Folding(case, accents).into(label, alphabet) == label  # type: ignore[arg-type]


@given(st.text(alphabet="abABéÉäÄß", max_size=12), st.sampled_from(["keep", "lower", "upper"]), st.booleans())
def test_where_the_alphabet_has_nothing_of_it_the_whole_label_is_folded(
    label: str,
    case: str,
    accents: bool,
) -> None:
    folding = Folding(case, accents)  # type: ignore[arg-type]
    assert folding.into(label, Alphabet("!")) == fold(label, case=case, accents=accents)  # type: ignore[arg-type]


@pytest.mark.parametrize("label", ["İstanbul", "I\u011fd\u0131r", "DİYARBAKIR", "straße"])
@pytest.mark.parametrize("case", ["lower", "upper"])
def test_folding_the_case_keeps_the_number_of_symbols(label: str, case: str) -> None:
    assert len(fold(label, case=case)) == len(label)  # type: ignore[arg-type]
