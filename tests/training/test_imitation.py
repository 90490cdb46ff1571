"""Words like the labels."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.training.finetune import imitate

pytestmark = pytest.mark.slow

PLATES = ["KA 417 BX", "ZP 083 QW", "MM 555 AA"]
SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"


def test_words_keep_the_pattern_of_the_labels() -> None:
    words = imitate(PLATES, SYMBOLS, 300, seed=1)
    assert len(words) == 300
    assert all(re.fullmatch("[A-Z]{2} [0-9]{3} [A-Z]{2}", word) for word in words)
    assert set(PLATES) < set(words)
    assert len(set(words)) > 100


def test_every_symbol_comes_though_the_labels_lack_it() -> None:
    words = imitate(PLATES, SYMBOLS, 500, seed=1)
    assert set("".join(words)) == set(SYMBOLS)


def test_what_cannot_be_drawn_is_left_out() -> None:
    words = imitate(["京A123", "沪B456"], "AB123456", 100, seed=1)
    assert all(re.fullmatch("[AB][1-6]{3}", word) for word in words)


def test_words_that_labels_share_stay_words() -> None:
    words = imitate(["TOTAL 12.50", "TOTAL 3.99"], SYMBOLS + ".", 100, seed=1)
    assert all(re.fullmatch(r"TOTAL [0-9]+\.[0-9]{2}", word) for word in words)


def test_labels_of_which_nothing_can_be_drawn_give_no_words() -> None:
    assert imitate(["京", "沪"], "A", 10, seed=1) == imitate([], "A", 10, seed=1) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=5), st.text(min_size=1, max_size=20), st.integers(0, 5))
def test_words_hold_only_the_symbols_given_and_repeat_by_seed(
    labels: list[str], symbols: str, seed: int
) -> None:
    words = imitate(labels, symbols, 20, seed)
    assert all(word and set(word) <= set(symbols) for word in words)
    assert words == imitate(labels, symbols, 20, seed)


def test_labels_of_which_only_a_space_can_be_spelt_give_no_word() -> None:
    assert imitate(["x y"], " ", 3, seed=1) == []
    assert set(imitate(["x y", "a b"], " a", 9, seed=1)) == {"a", "a a"}
