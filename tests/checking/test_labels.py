"""Every problem of a label is found with what was meant; foldings are advised only where they help."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crnn.alphabet import Alphabet
from crnn.checking.labels import Encoding, LabelStatistics, examine, missing_symbols, setting
from crnn.data.folding import Folding
from crnn.symbols import ASCII_LOOKALIKES, LATIN_LOOKALIKES, NAMES, describe, is_of_script, scripts

PRINT94 = Alphabet.named("print94")
LOWER = Alphabet.named("lower36")
KEEP = Folding()


@pytest.mark.parametrize(
    ("label", "kind", "meant"),
    [
        (" lead", "stray-space", "lead"),
        ("trail ", "stray-space", "trail"),
        ("two  words", "stray-space", "two words"),
        ("zero\u200bwidth", "control-character", "zerowidth"),
        ("bell\x07", "control-character", "bell"),
        ("no\u00a0break", "control-character", "no break"),
        ("\ufeffmark", "control-character", "mark"),
        ("\u041coscow", "lookalike", "Moscow"),
        ("\u0391thens", "lookalike", "Athens"),
        ("it\u2019s", "lookalike", "it's"),
        ("\u201cquoted\u201d", "lookalike", '"quoted"'),
        ("1999\u20132000", "lookalike", "1999-2000"),
        ("\uff26\uff35\uff2c\uff2c", "lookalike", "FULL"),
        ("\ufb01t", "lookalike", "fit"),
        ("more\u2026", "lookalike", "more..."),
        ("cafe\u0301", "lookalike", "caf\u00e9"),
    ],
)
def test_a_problem_is_found_with_what_was_meant(label: str, kind: str, meant: str) -> None:
    ((found, detail, suggestion),) = examine(label, PRINT94)
    assert (found, suggestion) == (kind, meant)
    assert detail


@given(st.text(alphabet="".join(PRINT94.symbols), min_size=1))
def test_a_label_of_plain_symbols_has_no_problem(label: str) -> None:
    assert list(examine(label, PRINT94)) == []


def test_what_the_alphabet_has_is_no_problem() -> None:
    russian = Alphabet("".join(chr(code) for code in range(0x410, 0x450)) + "\u00a0\u2019")
    assert list(examine("МОСКВА\u00a0’", russian)) == []  # noqa: RUF001


def test_a_character_that_cannot_be_seen_is_a_problem_in_an_alphabet_of_the_labels_too() -> None:
    own = Alphabet("ab\u200b")
    assert [kind for kind, _, _ in examine("a\u200bb", own, is_own=True)] == ["control-character"]
    assert list(examine("a\u200bb", own)) == []


def test_a_letter_of_another_script_among_latin_ones_is_a_problem_even_in_the_alphabet() -> None:
    both = Alphabet("MoscwМ")  # noqa: RUF001
    ((kind, _, meant),) = examine("Мoscow", both)  # noqa: RUF001
    assert (kind, meant) == ("lookalike", "Moscow")


def test_a_lookalike_that_the_alphabet_lacks_as_well_is_not_suggested() -> None:
    assert list(examine("\u2019", Alphabet("abc"))) == []


def test_every_lookalike_is_one_character_and_means_ascii() -> None:
    assert all(len(character) == 1 and plain.isascii() for character, plain in ASCII_LOOKALIKES.items())
    assert not any(character.isascii() for character in ASCII_LOOKALIKES)


def test_the_letters_keep_their_case() -> None:
    assert all(letter.isupper() == plain.isupper() for letter, plain in LATIN_LOOKALIKES.items())
    assert {unicodedata.name(letter).split()[0] for letter in LATIN_LOOKALIKES} == {"CYRILLIC", "GREEK"}


def test_a_character_is_described_by_code_and_name() -> None:
    assert describe("\u200b") == r"'\u200b' (U+200B ZERO WIDTH SPACE)"
    assert describe("\x07") == r"'\x07' (U+0007)"


@given(st.text(max_size=8), st.sampled_from(sorted(NAMES)))
def test_outside_are_the_characters_of_no_class(label: str, name: str) -> None:
    alphabet = Alphabet.named(name)
    assert missing_symbols(label, alphabet) == [c for c in dict.fromkeys(label) if c not in alphabet.symbols]


def test_symbols_of_several_characters_may_not_fit_together() -> None:
    notes = Alphabet(["do", "re", "mi"])
    assert missing_symbols("doremi", notes) == []
    assert missing_symbols("dore!", notes) == ["!"]
    assert missing_symbols("dor", notes) == ["dor"]


def statistics(labels: list[str], alphabet: Alphabet, folding: Folding = KEEP) -> LabelStatistics:
    counted = LabelStatistics(alphabet, folding)
    for line, label in enumerate(labels, start=1):
        counted.add(label, f"a.tsv:{line}")
    return counted


@pytest.mark.parametrize(
    ("labels", "alphabet", "expected"),
    [
        (["Stop", "go"], LOWER, "data.fold_case=lower"),
        (["café"], LOWER, "data.fold_accents=true"),
        (["Café"], LOWER, "data.fold_case=lower data.fold_accents=true"),
        (["stop"], Alphabet("OPST"), "data.fold_case=upper"),
        (["stop!"], LOWER, ""),
        (["stop"], LOWER, ""),
    ],
)
def test_the_mildest_folding_that_helps_most_is_the_best(
    labels: list[str], alphabet: Alphabet, expected: str
) -> None:
    assert setting(statistics(labels, alphabet).best(wider=False).folding) == expected


def test_a_folding_loses_no_symbol_that_the_alphabet_has() -> None:
    counted = statistics(["a", "B", "b", "c"], Alphabet("aBC"))
    best = counted.best(wider=False)
    assert best.folding == Folding("upper")
    assert [best.folded(label) for label in ("a", "B", "b", "c")] == ["a", "B", "B", "C"]


@pytest.mark.parametrize(("accented", "folding"), [(1, Folding(accents=True)), (2, Folding())])
def test_accents_are_folded_only_where_few_labels_have_one(accented: int, folding: Folding) -> None:
    labels = ["Caf\u00e9", "Th\u00e9"][:accented] + ["tea"] * (12 - accented)
    assert statistics(labels, PRINT94).best(wider=False).folding == folding


def test_a_run_that_folds_accents_goes_on_doing_so() -> None:
    counted = statistics(["Caf\u00e9"] * 12, PRINT94, Folding(accents=True))
    assert counted.best(wider=False).folding == Folding(accents=True)


def test_the_labels_that_a_folding_changes_are_counted() -> None:
    german = Alphabet("".join(PRINT94.symbols) + "\u00e4\u00f6\u00fc")
    counted = statistics(["M\u00fcller", "Caf\u00e9", "Th\u00e9", "Tee"], german)
    assert counted.changed(Encoding(german, Folding(accents=True))) == 2
    assert counted.changed(Encoding(german, Folding())) == 0


def test_the_labels_own_alphabet_is_what_training_makes_of_them() -> None:
    own = statistics(["ba", "B\u00e4"], PRINT94).own()
    assert own is not None
    assert own.alphabet.symbols == ("B", "a", "b", "\u00e4")
    folded = statistics(["ba", "B\u00e4"], PRINT94, Folding("lower", accents=True)).own()
    assert folded is not None
    assert folded.alphabet.symbols == ("a", "b")


@pytest.mark.parametrize("labels", [["", ""], ["ab", "a\u200bb"]])
def test_labels_without_symbols_or_with_unseen_ones_have_no_alphabet_of_their_own(labels: list[str]) -> None:
    assert statistics(labels, PRINT94).own() is None


def test_labels_show_all_symbols_only_where_hardly_one_occurs_once() -> None:
    codes = [f"{a}{b}{c}" for a in "0123" for b in "0123" for c in "0123"]
    assert statistics(codes, PRINT94).shows_all()
    assert not statistics(["Hotel", "Market", "Museum"], PRINT94).shows_all()
    assert not statistics(["Hotel"] * 500, PRINT94).shows_all()


def test_unused_are_the_symbols_of_the_alphabet_that_no_label_has() -> None:
    assert statistics(["01", "2"], Alphabet("0123")).unused() == ["3"]


def test_letters_of_a_script_are_right_where_the_data_are_written_in_it() -> None:
    assert scripts("\u0416\u0430b") == {"CYRILLIC"}
    assert scripts("\u0430\u0435") == set()
    assert is_of_script("\u043a\u043e\u0442", {"CYRILLIC"})
    assert not is_of_script("\u043a\u043e\u0442", set())
    assert not is_of_script("\u043a\u043et", {"CYRILLIC"})
    assert not is_of_script("\u043a\u043e\u2019\u0442", {"CYRILLIC"})


def test_a_named_alphabet_is_found_that_encodes_more() -> None:
    counted = statistics(["two words", "one"], PRINT94)
    assert counted.best(wider=True) == Encoding(Alphabet.named("print94-space"), Folding())
    assert counted.not_encodable(counted.best(wider=True)) == 0
    assert counted.not_encodable(counted.best(wider=False)) == 1


def test_everything_has_what_labels_show_but_no_character_that_cannot_be_seen() -> None:
    counted = statistics(["aé", "b\u200b", "c\u20ac"], Alphabet("abc"))
    assert counted.everything().alphabet == Alphabet("abcé€")
    assert counted.not_encodable(counted.everything()) == 1


def test_outside_symbols_are_listed_with_what_would_bring_them_in() -> None:
    counted = statistics(["Été", "\u0410-ok", "\u20ac5", "été"], PRINT94)
    listed = {item.symbol: item for item in counted.missing()}
    assert [item.symbol for item in counted.missing()] == ["é", "É", "\u0410", "€"]
    assert (listed["é"].count, listed["é"].first, listed["é"].fold) == (
        3,
        "a.tsv:1",
        "data.fold_accents=true",
    )
    assert (listed["\u0410"].lookalike, listed["\u0410"].fold) == ("A", None)
    assert (listed["€"].code, listed["€"].name) == ("U+20AC", "EURO SIGN")


def test_a_label_that_symbols_do_not_make_up_is_listed_as_a_whole() -> None:
    (item,) = statistics(["dor", "dore", "dor"], Alphabet(["do", "re"])).missing()
    assert (item.symbol, item.code, item.name, item.count) == ("dor", "U+0064 U+006F U+0072", "", 2)


def test_symbols_and_lengths_are_counted_as_folded() -> None:
    counted = statistics(["AB", "b"], LOWER, Folding("lower"))
    assert (counted.symbols, counted.lengths) == ({"a": 1, "b": 2}, {2: 1, 1: 1})


def test_labels_are_taken_apart_at_the_separator() -> None:
    notes = Alphabet(["C4", "D4"], separator=" ")
    assert missing_symbols("C4 X9 D4 X9", notes) == ["X9"]
    statistics = LabelStatistics(notes, Folding())
    assert statistics.add("C4 X9 D4 X9", "here") == ["X9"]
    assert (statistics.symbols["C4"], statistics.symbols["X9"], statistics.lengths) == (1, 2, {4: 1})
    assert statistics.everything().alphabet == Alphabet(["C4", "D4", "X9"], separator=" ")


def test_a_separator_with_no_symbol_behind_it_is_named_with_its_label_and_adds_no_symbol() -> None:
    notes = Alphabet(["C4", "D4"], separator=" ")
    assert missing_symbols("C4 ", notes) == ["C4 "]
    assert missing_symbols("C4  X9", notes) == ["X9"]
    statistics = LabelStatistics(notes, Folding())
    statistics.add("C4 ", "here")
    assert statistics.everything().alphabet == notes
