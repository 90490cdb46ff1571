"""Packed texts against the list that they stand for."""

from hypothesis import given
from hypothesis import strategies as st

from crnn.data.string_array import StringArray

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


def test_a_million_names_are_a_few_megabytes() -> None:
    packed = StringArray(f"images/{number:07}.png" for number in range(100_000))
    assert packed.find("images/0077777.png") == 77_777
    assert len(packed._bytes) + 8 * len(packed._ends) == 100_000 * (18 + 8)
