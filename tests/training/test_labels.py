"""Labels that the alphabet or the frames cannot hold are found before training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.alphabet import Alphabet
from crnn.data import open_dataset
from crnn.data.dataset import Dataset
from crnn.errors import DataError, ImageError, LabelError
from crnn.images.preprocess import PreprocessConfig
from crnn.training.labels import check_labels

LOWER = Alphabet.named("lower36")
CONFIG = PreprocessConfig(min_width=32, max_width=320, width_step=8)


def frames(width_px: int) -> int:
    return width_px // 4 + 1


@pytest.fixture
def dataset(table: Callable[..., Path], draw_word: Callable[..., bytes]) -> Dataset:
    rows = b"a.png\tone\nb.png\tcaf\xc3\xa9\nnarrow.png\tbookkeeper\nwide.png\tbookkeeper\na.png\tTwo\n"
    path = table(b"")
    (path.parent / "narrow.png").write_bytes(draw_word("bookkeeper", (40, 32)))
    (path.parent / "wide.png").write_bytes(draw_word("bookkeeper", (48, 32)))
    path.write_bytes(rows)
    return open_dataset(path)


def only(dataset: Dataset, line: int) -> Dataset:
    path = dataset.path.with_name("only.tsv")
    path.write_bytes(dataset.path.read_bytes().split(b"\n")[line - 1])
    return open_dataset(path)


def test_a_character_outside_the_alphabet_is_named_with_file_and_line(dataset: Dataset) -> None:
    with pytest.raises(LabelError, match=r"train\.tsv:2: label 'café' has 'é' \(U\+00E9\), not in alphabet"):
        check_labels(dataset, LOWER, CONFIG, frames)


def test_a_label_longer_than_its_frames_is_named_with_both_counts(dataset: Dataset) -> None:
    expected = (
        r"only\.tsv:1: label 'bookkeeper' needs 13 frames \(10 symbols \+ 3 repeats\); "
        "an image 40 px wide gives 11"
    )
    with pytest.raises(LabelError, match=expected):
        check_labels(only(dataset, 3), LOWER, CONFIG, frames)


def test_a_label_that_needs_every_frame_is_kept(dataset: Dataset) -> None:
    assert frames(48) == 13
    wide = only(dataset, 4)
    assert check_labels(wide, LOWER, CONFIG, frames).dataset is wide


def test_dropped_labels_are_counted_by_reason_and_named(dataset: Dataset) -> None:
    checked = check_labels(dataset, LOWER, CONFIG, frames, skip_labels=True)
    assert [sample.label for sample in checked.dataset] == ["one", "bookkeeper"]
    assert checked.dataset.location(1) == f"{dataset.path}:4"
    assert [message.split(":")[1] for message in checked.outside_alphabet] == ["2", "5"]
    assert [message.split(":")[1] for message in checked.too_long] == ["3"]


def test_dropping_every_label_is_a_data_error(dataset: Dataset) -> None:
    with pytest.raises(DataError, match=r"train\.tsv: no sample of 5 is left"):
        check_labels(dataset, Alphabet.named("digits"), CONFIG, frames, skip_labels=True)


def test_images_without_a_header_stop_or_are_left_out_and_named(dataset: Dataset) -> None:
    (dataset.path.parent / "wide.png").write_bytes(b"no image")
    with pytest.raises(ImageError, match=r"wide\.png: the image header cannot be read"):
        check_labels(dataset, LOWER, CONFIG, frames, skip_labels=True)
    checked = check_labels(dataset, LOWER, CONFIG, frames, skip_labels=True, skip_images=True)
    assert [sample.label for sample in checked.dataset] == ["one"]
    assert [message.split(":")[1] for message in checked.unreadable] == ["4"]
