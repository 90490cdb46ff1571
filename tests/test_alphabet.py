from itertools import pairwise
from pathlib import Path

import pytest

from crnn.alphabet import Alphabet, frames_needed, parse_alphabet
from crnn.errors import AlphabetError, LabelError, ModelError
from crnn.symbols import NAMES, fold


def test_the_named_alphabets_hold_what_their_names_say() -> None:
    sizes = {name: len(Alphabet.named(name)) for name in NAMES}
    assert sizes == {
        "digits": 10,
        "lower36": 36,
        "cased62": 62,
        "print94": 94,
        "digits-space": 11,
        "lower36-space": 37,
        "cased62-space": 63,
        "print94-space": 95,
        "latin": 273,
    }


def test_print94_is_printable_ascii_in_code_order() -> None:
    symbols = Alphabet.named("print94").symbols
    assert (symbols[0], symbols[-1]) == ("!", "~")
    assert all(ord(right) == ord(left) + 1 for left, right in pairwise(symbols))


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-space")])
def test_the_space_comes_last(name: str) -> None:
    with_space, without = Alphabet.named(name), Alphabet.named(name.removesuffix("-space"))
    assert with_space.symbols == (*without.symbols, " ")


@pytest.mark.parametrize("name", NAMES)
def test_decode_undoes_encode_for_every_symbol(name: str) -> None:
    alphabet = Alphabet.named(name)
    label = "".join(alphabet.symbols)
    assert alphabet.encode(label) == list(range(1, len(alphabet) + 1))
    assert alphabet.decode(alphabet.encode(label)) == label


def test_an_empty_label_has_no_classes() -> None:
    assert Alphabet("ab").encode("") == []
    assert Alphabet("ab").decode([]) == ""


def test_the_longest_symbol_that_fits_is_taken() -> None:
    alphabet = Alphabet(["n", "ng", "g", "ngu"])
    assert alphabet.encode("nnggngu") == [1, 2, 3, 4]
    assert alphabet.decode([4, 1]) == "ngun"


def test_a_character_outside_the_alphabet_is_named_with_its_code_label_and_line() -> None:
    with pytest.raises(LabelError) as caught:
        Alphabet.named("lower36").encode("café", place="train.tsv:8812")
    message = str(caught.value)
    assert message.startswith("train.tsv:8812: label 'café' has 'é' (U+00E9), not in alphabet 'lower36'.")
    assert "larger alphabet" in message


def test_an_unnamed_alphabet_shows_its_symbols_in_the_message() -> None:
    with pytest.raises(LabelError, match=r"^label 'x' has 'x' \(U\+0078\), not in alphabet 'abc'"):
        Alphabet("abc").encode("x")


@pytest.mark.parametrize("wrong", [0, -1, 4])
def test_a_class_without_a_symbol_is_refused(wrong: int) -> None:
    with pytest.raises(AlphabetError, match=rf"class {wrong} has no symbol: .* 1\.\.3, and 0 is the blank"):
        Alphabet("abc").decode([1, wrong])


def test_a_repeated_symbol_is_named_with_both_positions() -> None:
    with pytest.raises(AlphabetError, match="'a' is in the alphabet twice, at positions 0 and 26"):
        Alphabet("abcdefghijklmnopqrstuvwxyza")


def test_an_empty_alphabet_and_an_empty_symbol_are_refused() -> None:
    with pytest.raises(AlphabetError, match="alphabet is empty"):
        Alphabet("")
    with pytest.raises(AlphabetError, match="symbol at position 1 is empty"):
        Alphabet(["a", ""])


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AlphabetError, match=r"'klingon'; the names are digits, lower36, .*print94-space"):
        Alphabet.named("klingon")


def test_alphabets_are_equal_by_their_symbols_alone() -> None:
    assert Alphabet("0123456789") == Alphabet.named("digits")
    assert hash(Alphabet("0123456789")) == hash(Alphabet.named("digits"))
    assert Alphabet("ab") != Alphabet("ba")
    assert Alphabet("ab") != "ab"


def test_an_alphabet_cannot_be_changed() -> None:
    alphabet = Alphabet("ab")
    with pytest.raises(AttributeError):
        alphabet.symbols = ("c",)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        alphabet.size = 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "alphabet", [Alphabet.named("print94"), Alphabet("αβ", "greek"), Alphabet(["do", "re"])]
)
def test_json_and_repr_bring_an_alphabet_back(alphabet: Alphabet) -> None:
    for copy in (Alphabet.from_json(alphabet.to_json()), eval(repr(alphabet))):  # noqa: S307  # our own repr
        assert copy == alphabet
        assert copy.name == alphabet.name


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"name": "x"},
        {"name": None, "symbols": ["a"]},
        {"name": "", "symbols": "abc"},
        {"name": "", "symbols": [1]},
        {"name": "", "symbols": ["a"], "blank": 0},
    ],
)
def test_a_stored_alphabet_of_another_shape_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="the stored alphabet"):
        Alphabet.from_json(stored)


def test_a_text_that_is_no_name_is_taken_as_symbols() -> None:
    assert parse_alphabet("lower36-space").name == "lower36-space"
    assert parse_alphabet("abc").symbols == ("a", "b", "c")
    assert parse_alphabet("abc").name == ""


@pytest.mark.parametrize(
    ("typed", "meant"), [("print95", "print94"), ("digit", "digits"), ("lower", "lower36")]
)
def test_a_misspelt_name_is_not_taken_as_symbols(typed: str, meant: str) -> None:
    with pytest.raises(AlphabetError, match=f"did you mean '{meant}'"):
        parse_alphabet(typed)


def test_fold_changes_only_what_is_asked() -> None:
    assert fold("Éa ÑØ") == "Éa ÑØ"
    assert fold("Éa ÑØ", case="lower") == "éa ñø"
    assert fold("Éa ÑØ", case="upper") == "ÉA ÑØ"
    assert fold("Éa ÑØ", accents=True) == "Ea NØ"
    assert fold("e\u0301", accents=True) == "e"


def test_fold_refuses_an_unknown_case() -> None:
    with pytest.raises(AlphabetError, match="'title' is none of"):
        fold("a", case="title")  # type: ignore[arg-type]


def test_frames_needed_counts_symbols_and_a_blank_in_every_repeat() -> None:
    assert frames_needed([]) == 0
    assert frames_needed([3]) == 1
    assert frames_needed([1, 2, 1]) == 3
    assert frames_needed([1, 1, 1]) == 5


NOTES = Alphabet(["C4", "D4", "D#4", "C"], separator=" ")


def test_a_separator_stands_between_the_symbols_of_labels_and_texts() -> None:
    assert NOTES.encode("C4 D#4 C C4") == [1, 3, 4, 1]
    assert NOTES.decode([1, 3, 4, 1]) == "C4 D#4 C C4"
    assert NOTES.encode("") == NOTES.encode(NOTES.decode([])) == []
    assert NOTES.split("C4 X9") == ["C4", "X9"]


@pytest.mark.parametrize("label", [" C4", "C4 ", "C4  D4", " "])
def test_a_separator_with_no_symbol_beside_it_is_an_error(label: str) -> None:
    with pytest.raises(LabelError, match="begins or ends with the separator ' ', or has it twice"):
        NOTES.encode(label)


def test_a_symbol_outside_an_alphabet_with_a_separator_is_named_whole() -> None:
    with pytest.raises(LabelError, match=r"x.tsv:2: label 'C4 X9' has 'X9', not in alphabet 'C4 D4 D#4 C'"):
        NOTES.encode("C4 X9", place="x.tsv:2")


def test_no_symbol_may_hold_the_separator() -> None:
    with pytest.raises(AlphabetError, match="'half rest' at position 1 holds the separator ' '"):
        Alphabet(["C4", "half rest"], separator=" ")


def test_a_separator_is_stored_and_tells_alphabets_apart() -> None:
    assert Alphabet.from_json(NOTES.to_json()) == NOTES != Alphabet(NOTES.symbols)
    assert eval(repr(NOTES)) == NOTES  # noqa: S307 - that is what a repr is for
    with pytest.raises(ModelError, match="separator"):
        Alphabet.from_json({"name": "", "symbols": ["a"], "separator": 7})


def test_an_alphabet_file_has_a_symbol_a_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("C4\nD4\nhalf rest\n", encoding="utf-8")
    assert parse_alphabet(str(path)).symbols == ("C4", "D4", "half rest")
    with pytest.raises(AlphabetError, match="the alphabet cannot be read"):
        parse_alphabet(str(tmp_path / "none.txt"))
