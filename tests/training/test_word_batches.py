"""Training batches of real words: one width each, nothing lost, the same on every run."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crnn.data import open_dataset, write_folder
from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError, ImageError
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, preprocess
from crnn.training.word_batches import BatchConfig, WordBatches

CONFIG = PreprocessConfig(min_width=64, max_width=256, width_step=16)


@pytest.fixture
def dataset(tmp_path: Path, samples: list[Sample]) -> Dataset:
    write_folder(tmp_path / "words", samples)
    return open_dataset(tmp_path / "words")


@pytest.fixture
def capitals(tmp_path: Path, draw_word: Callable[..., bytes]) -> Dataset:
    words = [Sample(word, draw_word(word, (100, 32)), word) for word in ("ONE", "TWO", "THREE")]
    write_folder(tmp_path / "capitals", words)
    return open_dataset(tmp_path / "capitals")


def plain(dataset: Dataset, batch_size: int = 4, **options: Any) -> WordBatches:
    config = BatchConfig(batch_size=batch_size, seed=1, augment=False, **options)
    return WordBatches([(dataset, 1.0)], CONFIG, config)


def test_a_batch_has_one_width_and_pairs_images_with_their_labels(dataset: Dataset) -> None:
    batches = plain(dataset)
    originals = {sample.label: load_image(sample.image) for sample in dataset}
    for index in range(8):
        images, labels, _ = batches.batch(index)
        assert images.dtype == np.uint8
        assert images.shape[:3] == (4, 1, 32)
        width = images.shape[3]
        exact = PreprocessConfig(min_width=width, max_width=width)
        for image, label in zip(images, labels, strict=True):
            np.testing.assert_array_equal(image[0], preprocess(originals[label], exact))


def test_no_word_is_squeezed_below_the_width_that_it_is_read_at(dataset: Dataset) -> None:
    batches = plain(dataset)
    natural = {sample.label: CONFIG.width_px(*load_image(sample.image).shape[::-1]) for sample in dataset}
    for index in range(16):
        images, labels, _ = batches.batch(index)
        assert max(natural[label] for label in labels) == images.shape[3]


def test_words_of_like_width_share_a_batch(dataset: Dataset) -> None:
    for index in range(8):
        _, labels, _ = plain(dataset).batch(index)
        widths = [64 + 16 * [sample.label for sample in dataset].index(label) for label in labels]
        assert max(widths) - min(widths) <= 48


def test_every_word_comes_equally_often(dataset: Dataset) -> None:
    batches = plain(dataset)
    counts = Counter(label for index in range(24) for label in batches.batch(index)[1])
    assert set(counts.values()) <= {7, 8, 9}  # 3 blocks of 32 words, 12 words
    assert sum(counts.values()) == 96
    assert len(counts) == len(batches) == 12


def test_a_batch_depends_on_seed_and_index_alone(dataset: Dataset) -> None:
    forward = WordBatches([(dataset, 1.0)], CONFIG, BatchConfig(batch_size=4, seed=1))
    backward = WordBatches([(dataset, 1.0)], CONFIG, BatchConfig(batch_size=4, seed=1))
    other = WordBatches([(dataset, 1.0)], CONFIG, BatchConfig(batch_size=4, seed=2))
    expected = [forward.batch(index) for index in range(20)]
    for index in reversed(range(20)):
        images, labels, _ = backward.batch(index)
        assert labels == expected[index][1]
        np.testing.assert_array_equal(images, expected[index][0])
    assert [other.batch(index)[1] for index in range(20)] != [labels for _, labels, _ in expected]


def test_augmentation_changes_images_and_not_labels(dataset: Dataset) -> None:
    augmented = WordBatches([(dataset, 1.0)], CONFIG, BatchConfig(batch_size=4, seed=1))
    images, labels, _ = augmented.batch(5)
    plain_images, plain_labels, _ = plain(dataset).batch(5)
    assert labels == plain_labels
    assert images.shape == plain_images.shape
    assert images.dtype == np.uint8
    assert all((a != b).any() for a, b in zip(images, plain_images, strict=True))


def test_each_batch_is_augmented_anew(tmp_path: Path, samples: list[Sample]) -> None:
    write_folder(tmp_path / "single", samples[:1])
    source = open_dataset(tmp_path / "single")
    augmented = WordBatches([(source, 1.0)], CONFIG, BatchConfig(batch_size=4, seed=1))
    assert (augmented.batch(0)[0] != augmented.batch(1)[0]).any()


@pytest.mark.parametrize("cache_bytes", [0, 10_000])
def test_images_beyond_the_memory_limit_are_decoded_again_to_the_same_batches(
    dataset: Dataset, cache_bytes: int
) -> None:
    whole, limited = plain(dataset), plain(dataset, cache_bytes=cache_bytes)
    assert len(whole._cache) == 12
    # 64, 80, 96 and 112 px wide, 32 high: the fourth passes 10,000 bytes
    assert len(limited._cache) == (4 if cache_bytes else 0)
    for index in range(8):
        np.testing.assert_array_equal(whole.batch(index)[0], limited.batch(index)[0])
        assert whole.batch(index)[1] == limited.batch(index)[1]


def test_data_sets_are_mixed_by_weight_whatever_their_sizes(dataset: Dataset, capitals: Dataset) -> None:
    batches = WordBatches(
        [(dataset, 3.0), (capitals, 9.0)], CONFIG, BatchConfig(batch_size=8, seed=1, augment=False)
    )
    labels = [label for index in range(80) for label in batches.batch(index)[1]]
    assert len(labels) == 640
    assert 0.70 < sum(label.isupper() for label in labels) / len(labels) < 0.80


def test_a_batch_may_be_larger_than_the_data_set(capitals: Dataset) -> None:
    counts = Counter(plain(capitals, batch_size=64).batch(0)[1])
    assert sum(counts.values()) == 64
    assert min(counts.values()) > 10


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_that_is_no_share_is_refused(dataset: Dataset, weight: float) -> None:
    with pytest.raises(DataError, match=rf"labels\.tsv: its weight is {weight}; it must be above 0"):
        WordBatches([(dataset, weight)], CONFIG, BatchConfig(batch_size=4, seed=1))


def test_no_data_set_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="no data sets were given"):
        WordBatches([], CONFIG, BatchConfig(batch_size=4, seed=1))


@pytest.mark.parametrize("cache_bytes", [0, 1 << 20])
def test_an_unreadable_image_is_named_by_line_before_training(dataset: Dataset, cache_bytes: int) -> None:
    (dataset.path.parent / "images" / "000000005.png").write_bytes(b"no image")
    with pytest.raises(ImageError, match=r"labels\.tsv:5: .*000000005\.png"):
        plain(dataset, cache_bytes=cache_bytes)


def test_an_image_torn_behind_its_header_is_named_when_it_is_drawn(dataset: Dataset) -> None:
    file = dataset.path.parent / "images" / "000000005.png"
    file.write_bytes(file.read_bytes()[:-60])
    batches = plain(dataset, cache_bytes=0)
    with pytest.raises(ImageError, match=r"labels\.tsv:5: .*torn"):
        [batches.batch(index) for index in range(8)]


def torn(dataset: Dataset, *numbers: int) -> None:
    """Cut images short behind their headers."""
    for number in numbers:
        file = dataset.path.parent / "images" / f"{number:09}.png"
        file.write_bytes(file.read_bytes()[:-60])


@pytest.mark.parametrize("cache_bytes", [0, 1 << 20])
def test_skipped_images_are_named_and_others_keep_the_batches_full(
    dataset: Dataset, caplog: pytest.LogCaptureFixture, cache_bytes: int
) -> None:
    (dataset.path.parent / "images" / "000000003.png").write_bytes(b"no image")
    torn(dataset, 5)
    batches = plain(dataset, unreadable="skip", cache_bytes=cache_bytes)
    assert caplog.text.count("labels.tsv:3") == 1  # its header is no image's
    assert caplog.text.count("labels.tsv:5") == (1 if cache_bytes else 0)  # found when it is decoded
    drawn = [batches.batch(index) for index in range(24)]
    assert all(len(batch.images) == len(batch.labels) == 4 for batch in drawn)
    assert {label for batch in drawn for label in batch.labels} == {s.label for s in dataset} - {
        "three",
        "five",
    }
    faults = [fault for batch in drawn for fault in batch.unreadable]
    assert len(set(faults)) == (0 if cache_bytes else 1)
    assert all("labels.tsv:5: " in fault and "torn" in fault for fault in faults)
    again = plain(dataset, unreadable="skip", cache_bytes=cache_bytes)
    for index in reversed(range(24)):  # a function of seed and index still
        images, labels, unreadable = again.batch(index)
        assert (labels, unreadable) == drawn[index][1:]
        np.testing.assert_array_equal(images, drawn[index].images)


def test_a_skipped_image_changes_no_other_draw(dataset: Dataset) -> None:
    whole = [plain(dataset, cache_bytes=0).batch(index).labels for index in range(16)]
    torn(dataset, 5)
    batches = plain(dataset, unreadable="skip", cache_bytes=0)
    for index, labels in enumerate(whole):
        now = batches.batch(index).labels
        assert [new for new, old in zip(now, labels, strict=True) if old != "five"] == [
            old for old in labels if old != "five"
        ]


def test_where_a_whole_batch_is_torn_a_word_of_another_one_stands_in(dataset: Dataset) -> None:
    torn(dataset, *range(1, 12))
    batches = plain(dataset, unreadable="skip", cache_bytes=0)
    for index in range(8):
        images, labels, unreadable = batches.batch(index)
        assert labels == ["twelve"] * 4
        assert images.shape == (4, 1, 32, 240)  # as wide as it is read at
        assert len(unreadable) >= 1


def test_a_set_of_nothing_but_torn_images_is_refused(dataset: Dataset) -> None:
    torn(dataset, *range(1, 13))
    with pytest.raises(ImageError, match=r"none of 32 images drawn can be read; one of them: .*tsv:"):
        plain(dataset, unreadable="skip", cache_bytes=0).batch(0)
    with pytest.raises(DataError, match=r"labels\.tsv: none of its 12 images can be read"):
        plain(dataset, unreadable="skip")


def test_real_words_fill_batches_that_are_hardly_stretched() -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "ic03" / "train.tsv"
    if not path.exists():
        pytest.skip("needs the word images of ic03, which are not part of the repository")
    config = PreprocessConfig()
    batches = WordBatches([(open_dataset(path), 1.0)], config, BatchConfig(batch_size=32, seed=1))
    stretch = []
    for index in range(30):
        images, labels, _ = batches.batch(index)
        assert images.shape[0] == len(labels) == 32
        stretch += list(images.shape[3] / batches._widths_px[batches._numbers(index)])
    assert np.mean(stretch) < 1.05
