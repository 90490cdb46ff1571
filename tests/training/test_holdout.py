"""Words held back: the same ones always, and no image on both sides."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.data import open_dataset, write_lmdb, write_parquet, write_webdataset
from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError, TrainingError
from crnn.training.real import (
    MIN_HELD_BACK,
    add_trained_on,
    count_known,
    hold_back,
    image_hashes,
    read_trained_on,
    recorded_hashes,
    write_held_back,
)

pytestmark = pytest.mark.slow


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

    def location(self, index: int) -> str:
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


@pytest.mark.parametrize(
    ("words", "held"), [(1000, 100), (150, MIN_HELD_BACK), (50, MIN_HELD_BACK), (30, 15), (2, 1)]
)
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


def test_what_a_run_held_back_before_is_held_back_again_and_nothing_else() -> None:
    before = [sample for _, part in hold_back([Words(range(300))], 0.1) if part for sample in part]
    recorded = {hashlib.sha256(sample.read_bytes()).hexdigest()[:16] for sample in before}
    ((_, part),) = hold_back([Words(range(900))], 0.1, recorded)
    assert part is not None
    assert {sample.label for sample in part} == {sample.label for sample in before}


def test_where_nothing_of_it_is_left_words_are_chosen_anew() -> None:
    assert hold_back([Words(range(300))], 0.1, {"0" * 16})[0][1] is not None


def test_an_image_that_cannot_be_read_is_neither_hashed_nor_held_back(
    words: Callable[..., Path],
) -> None:
    table = words(*["ab"] * 3, "bc", "ca")
    dataset = open_dataset(table)
    (table.parent / "1.png").unlink()
    assert image_hashes(dataset)[1] == ""
    assert all("1.png" not in sample.key for _, kept in hold_back([dataset], 0.5) if kept for sample in kept)


@pytest.mark.parametrize("layout", ["table", "lmdb", "tar", "parquet"])
def test_the_list_opens_wherever_the_folder_is_moved_and_whatever_it_came_from(
    words: Callable[..., Path], tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if layout == "parquet":
        pytest.importorskip("pyarrow", reason="needs pyarrow (the extra 'parquet')")
    path = words("ab", "bc", "ca")
    if layout != "table":
        write = {"lmdb": write_lmdb, "tar": write_webdataset, "parquet": write_parquet}[layout]
        given, path = open_dataset(path), tmp_path / f"words.{layout}"
        write(path, given)
    write_held_back(tmp_path / "run" / "held_back.tsv", [open_dataset(path)])
    (tmp_path / "run").rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    found = open_dataset("held_back.tsv")
    assert [sample.label for sample in found] == ["ab", "bc", "ca"]
    assert image_hashes(found) == image_hashes(open_dataset(path))
    assert recorded_hashes(Path("held_back.tsv")) == set(image_hashes(found))


class Tab(Words):
    """One sample whose label holds a TAB."""

    def __getitem__(self, index: int) -> Sample:
        return Sample("x.png", b"", "a\tb")


def test_a_label_that_a_table_cannot_hold_is_left_out_and_named(
    words: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_held_back(tmp_path / "held_back.tsv", [open_dataset(words("ab", "bc")), Tab([0])])
    assert [sample.label for sample in open_dataset(tmp_path / "held_back.tsv")] == ["ab", "bc"]
    assert "x.png: label 'a\\tb' holds a TAB" in caplog.text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, words: Callable[..., Path]) -> None:
    (tmp_path / "held_back").write_text("in the way")
    with pytest.raises(TrainingError, match=r"held_back: cannot copy the images that are held back: .*\n"):
        write_held_back(tmp_path / "held_back.tsv", [open_dataset(words("ab"))])


def test_the_images_trained_on_are_added_up_and_found_under_any_name(tmp_path: Path) -> None:
    file = tmp_path / "trained_on.txt"
    assert read_trained_on(file) == frozenset()
    add_trained_on(file, [Words(range(5))])
    add_trained_on(file, [Words([3, 8]), Words([9])])
    assert read_trained_on(file) == set(image_hashes(Words([0, 1, 2, 3, 4, 8, 9])))
    assert count_known(Words([4, 4, 8, 77], "other.tsv"), read_trained_on(file)) == 3
    assert count_known(Words([4]), frozenset()) == 0
