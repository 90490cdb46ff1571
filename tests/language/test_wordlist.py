"""Word lists: read, fitted to an alphabet, and split so that nothing leaks."""

from pathlib import Path

import pytest

from crnn.alphabet import Alphabet
from crnn.errors import DataError
from crnn.language.learn import fit_words, hold_out, read_words


def write(folder: Path, content: bytes) -> Path:
    (folder / "words.txt").write_bytes(content)
    return folder / "words.txt"


def test_a_line_is_a_word_or_a_word_and_its_count(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbfcaf\xc3\xa9\t7\r\nshop\n\n  bar \nshop\t2\nto let\t3")
    assert read_words(path) == {"café": 7, "shop": 3, "bar": 1, "to let": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\t0\n", r"words\.txt:2: \['0'\] after the word is no count"),
        (b"b\t-1\n", r"words\.txt:1: \['-1'\]"),
        (b"b\t1.5\n", r"words\.txt:1: \['1.5'\]"),
        (b"b\t1\t2\n", r"words\.txt:1: \['1', '2'\]"),
        (b"a\nb\xff\n", r"words\.txt:2: byte 0xFF is not UTF-8"),
        (b"\n \n", r"words\.txt: lists no words"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_words(write(tmp_path, content))


def test_a_list_that_is_not_there_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_words(tmp_path / "none.txt")


def test_each_word_is_kept_in_all_the_cases_that_signs_have() -> None:
    fitted = fit_words({"bar": 2, "McCoy": 1}, Alphabet.named("cased62"), any_case=True)
    assert fitted.words == {"bar": 2, "Bar": 2, "BAR": 2, "McCoy": 1, "mccoy": 1, "Mccoy": 1, "MCCOY": 1}
    assert fitted.left_out == ()


def test_spellings_that_fall_together_have_their_counts_added() -> None:
    assert fit_words({"us": 3, "US": 4}, Alphabet("us"), any_case=True).words == {"us": 7}


def test_as_listed_a_word_is_folded_only_where_the_alphabet_needs_it() -> None:
    words = {"Bar": 2, "naïve": 1}
    fitted = fit_words(words, Alphabet.named("cased62"), any_case=False)
    assert (fitted.words, fitted.left_out) == ({"Bar": 2}, ("naïve",))
    assert fit_words(words, Alphabet.named("lower36"), any_case=False).words == {"bar": 2}
    assert fit_words({"Bar": 2}, Alphabet("ABR"), any_case=False).words == {"BAR": 2}


def test_words_of_symbols_of_several_characters_are_fitted_too() -> None:
    fitted = fit_words({"dore": 1, "doxre": 1}, Alphabet(["do", "re"]), any_case=True)
    assert (fitted.words, fitted.left_out) == ({"dore": 1}, ("doxre",))


def test_one_word_in_twenty_is_held_out_with_all_its_cases() -> None:
    words = {form: 1 for n in range(4000) for form in (f"w{n}x", f"W{n}x", f"W{n}X", f"w{n}x's")}
    kept, held = hold_out(words)
    assert kept | held == words
    assert {word.lower().removesuffix("'s") for word in kept}.isdisjoint(
        word.lower().removesuffix("'s") for word in held
    )
    assert 0.04 < len(held) / len(words) < 0.06
    assert hold_out(words) == (kept, held)
