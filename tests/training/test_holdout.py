"""Words held back: the same ones always, and no image on both sides."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.data import Dataset, Sample
from crnn.errors import DataError
from crnn.training.holdout import LEAST, hold_back


class Words(Dataset):
    """Samples whose image files hold these bytes."""

    def __init__(self, contents: Sequence[int], name: str = "words.tsv") -> None:
        self.path = Path(name)
        self._contents = contents

    def __len__(self) -> int:
        return len(self._contents)

    def __getitem__(self, index: int) -> Sample:
        content = self._contents[index]
        return Sample(str(content), content.to_bytes(8, "little"), str(content))

    def place(self, index: int) -> str:
        return f"{self.path}:{index}"


def sides(sets: Sequence[Dataset], share: float) -> tuple[list[str], list[str]]:
    """Return the labels of what is left to train on, and of what is held back."""
    parts = hold_back(sets, share)
    learnt, kept = (
        [sample.label for part in side if part for sample in part] for side in zip(*parts, strict=True)
    )
    return learnt, kept


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 400), min_size=1, max_size=200), min_size=1, max_size=3),
    st.floats(0.01, 0.5),
)
def test_every_word_is_on_one_side_and_no_image_on_both(contents: list[list[int]], share: float) -> None:
    different = len({content for row in contents for content in row})
    sets = [Words(row) for row in contents]
    if different < 2:
        with pytest.raises(DataError):
            hold_back(sets, share)
        return
    learnt, kept = sides(sets, share)
    assert sorted(learnt + kept) == sorted(str(content) for row in contents for content in row)
    assert not set(learnt) & set(kept)
    assert 0 < len(kept) <= len(learnt + kept) / 2


@pytest.mark.parametrize(("words", "held"), [(1000, 100), (150, LEAST), (50, LEAST), (30, 15), (2, 1)])
def test_a_tenth_is_held_back_but_at_least_20_and_at_most_half(words: int, held: int) -> None:
    assert len(sides([Words(range(words))], 0.1)[1]) == held


def test_the_order_of_the_words_does_not_matter() -> None:
    forward, backward = Words(range(300)), Words(range(299, -1, -1))
    assert set(sides([forward], 0.1)[1]) == set(sides([backward], 0.1)[1])


def test_more_words_leave_most_of_the_choice_as_it_was() -> None:
    before, after = (set(sides([Words(range(n))], 0.1)[1]) for n in (500, 550))
    assert len(before & after) >= 40


def test_an_image_of_two_sets_is_held_back_from_both() -> None:
    first, second = Words(range(40)), Words(range(20, 60))
    parts = hold_back([first, second], 0.3)
    kept = [{sample.label for sample in part} for _, part in parts if part]
    both = {str(content) for content in range(20, 40)}
    assert kept[0] & both == kept[1] & both != set()


def test_one_image_cannot_be_split() -> None:
    with pytest.raises(DataError, match=r"mine\.tsv: of 1 different images none can be held back"):
        hold_back([Words([7, 7, 7], "mine.tsv")], 0.1)
