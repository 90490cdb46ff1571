"""What counts as the same word."""

import pytest

from crnn.errors import DataError
from crnn.evaluation.metrics import PROTOCOLS, protocol_named


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("St. John's", "stjohns"),
        ("A-1 b", "a1b"),
        ("Café", "caf"),
        ("٣", ""),  # a digit, but not one of 0-9
        ("\u212a", ""),  # the Kelvin sign, whose lower case is 'k'
        ("İstanbul", "stanbul"),  # its lower case would begin with 'i'
        ("!?", ""),
    ],
)
def test_alnum_keeps_ascii_letters_and_digits_in_lower_case(text: str, kept: str) -> None:
    assert protocol_named("alnum").normalize(text) == kept


def test_exact_changes_nothing() -> None:
    assert protocol_named("exact").normalize(" A-b é ") == " A-b é "


def test_a_label_of_which_nothing_is_left_is_skipped() -> None:
    assert protocol_named("alnum").skips("$%")
    assert not protocol_named("exact").skips("$%")


def test_an_empty_label_is_skipped_under_every_protocol() -> None:
    assert all(protocol.skips("") for protocol in PROTOCOLS)


def test_an_unknown_protocol_is_named_with_the_known_ones() -> None:
    with pytest.raises(DataError, match="'loose' does not exist; there are: alnum, exact"):
        protocol_named("loose")
