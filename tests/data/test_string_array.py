"""Packed texts against the list that they stand for."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crnn.data.string_array import StringArray

COUNT = 20_000


@pytest.fixture
def names() -> Callable[[], Iterator[str]]:
    """Names of images as large data sets have them."""
    return lambda: (f"images/{number:07}.png" for number in range(COUNT))


TEXTS = st.lists(st.text(st.characters(), max_size=6), max_size=40)  # lone surrogates too


@given(TEXTS)
def test_it_is_the_list_that_it_was_made_from(texts: list[str]) -> None:
    packed = StringArray(texts)
    assert list(packed) == texts
    assert [packed[-number - 1] for number in range(len(packed))] == texts[::-1]


@given(TEXTS, st.text(max_size=2))
def test_it_finds_the_first_of_equal_texts(texts: list[str], other: str) -> None:
    packed = StringArray(texts)
    for text in [*texts, other]:
        assert packed.find(text) == (texts.index(text) if text in texts else None)
    packed.append(other)
    assert packed.find(other) is not None


@given(TEXTS)
def test_it_knows_whether_a_text_is_there_twice(texts: list[str]) -> None:
    repeated = StringArray(texts).repeated()
    assert (repeated is None) == (len(set(texts)) == len(texts))
    assert repeated is None or texts.count(repeated) > 1


def test_a_name_takes_its_own_bytes_and_a_few_more(
    names: Callable[[], Iterator[str]],
) -> None:
    tracemalloc.start()
    packed = StringArray(names())
    taken = tracemalloc.get_traced_memory()[0]
    assert packed.find("images/0017777.png") == 17_777
    taken_with_index = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < COUNT * (len("images/0017777.png") + 8) * 1.2  # an end each, and room to grow
    assert taken_with_index < taken + COUNT * 13  # a checksum and a number each


def test_a_list_of_the_same_names_takes_more_than_twice_as_much(names: Callable[[], Iterator[str]]) -> None:
    tracemalloc.start()
    as_list = list(names())
    list_taken = tracemalloc.get_traced_memory()[0]
    packed = StringArray(names())
    taken = tracemalloc.get_traced_memory()[0] - list_taken
    tracemalloc.stop()
    assert len(packed) == len(as_list)
    assert list_taken > 2.5 * taken
