"""The alphabet `latin` has the letters of its languages, and its page lists them."""

import unicodedata
from pathlib import Path

import pytest

from crnn.latin import BEYOND_ASCII, LETTERS, SIGNS
from crnn.symbols import NAMES

LATIN = NAMES["latin"]


def test_latin_begins_with_the_classes_of_print94_space() -> None:
    assert LATIN.startswith(NAMES["print94-space"])
    assert LATIN[95:] == BEYOND_ASCII == "".join(sorted(BEYOND_ASCII))


@pytest.mark.parametrize("language", LETTERS)
def test_latin_has_both_cases_of_the_letters_of(language: str) -> None:
    for letter in LETTERS[language]:
        cases = {case for case in (letter, letter.lower(), letter.upper()) if len(case) == 1}
        assert cases <= set(LATIN)


def test_no_symbol_is_written_in_two_parts() -> None:
    assert unicodedata.normalize("NFC", LATIN) == LATIN


def test_turkish_and_romanian_letters_are_told_apart_and_old_romanian_ones_are_not_in() -> None:
    assert set("ŞşȘșȚțIİ\u0131i") <= set(LATIN)
    assert not set("Ţţ") & set(LATIN)


def test_the_page_lists_every_language_and_sign() -> None:
    page = (Path(__file__).parents[1] / "docs" / "alphabets.md").read_text(encoding="utf-8")
    for language, letters in LETTERS.items():
        assert f"| {language} | {letters} |" in page
    for use, signs in SIGNS.items():
        assert f"| {use} | {' '.join(signs)} |" in page
    assert BEYOND_ASCII in page.replace("\n", "")
    assert f"| `latin` | {len(LATIN)} |" in page
