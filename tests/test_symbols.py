# ruff: noqa: RUF001, RUF003  # lookalikes are what this is about
"""Which known symbol an unknown one looks like."""

import pytest

from crnn.symbols import _NEAREST, NAMES, lookalike

PRINT94 = NAMES["print94"]


@pytest.mark.parametrize(
    ("symbol", "near"),
    [
        ("Ä", "A"),
        ("ế", "e"),  # two marks
        ("Ａ", "A"),  # full width
        ("①", "1"),
        ("Й", None),  # И with a mark, and Latin has nothing like И
        ("Ѐ", "E"),  # Cyrillic Е with a mark: first the mark goes, then the script
        ("ø", "o"),
        ("ß", "B"),
        ("—", "-"),
        ("京", None),
        ("ﬃ", None),  # three letters
    ],
)
def test_an_unknown_symbol_has_the_lookalike_that_it_looks_like(symbol: str, near: str | None) -> None:
    assert lookalike(symbol, PRINT94) == near


def test_the_other_case_serves_where_only_one_is_known() -> None:
    assert [lookalike(symbol, NAMES["lower36"]) for symbol in "QÄА"] == ["q", "a", "a"]
    assert lookalike("q", "ABCQ") == "Q"


def test_the_same_script_comes_before_a_lookalike_of_another() -> None:
    assert lookalike("Й", "NИ") == "И"


def test_every_lookalike_of_the_table_is_a_symbol_of_print94() -> None:
    assert [pair for pair in _NEAREST.items() if pair[1] not in PRINT94] == []


def test_every_symbol_of_latin_resembles_one_of_print94() -> None:
    assert [symbol for symbol in NAMES["latin"] if symbol != " " and lookalike(symbol, PRINT94) is None] == []
