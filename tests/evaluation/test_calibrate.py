"""A temperature is found where it is known, and measured on words that it was not fitted on."""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.alphabet import Alphabet
from crnn.data import open_dataset
from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError
from crnn.evaluation.calibrate import PULL_TO_1, TEMPERATURES, UNCHANGED, calibrate, temperature_scaled
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, preprocess
from crnn.reader.reader import Reader
from crnn.transcription.greedy import greedy

ALPHABET = Alphabet("ab")
SIZE = PreprocessConfig(height=8, min_width=16, max_width=16)


class Words(Dataset):
    """Pictures whose first pixels are the seed of a distribution; labels are drawn from it."""

    def __init__(self, count: int, *, all_right: bool = False, torn: int = 0) -> None:
        self.path = Path("words")
        random = np.random.default_rng(count)
        self._samples = []
        for index in range(count):
            picture = random.integers(0, 256, (8, 16), dtype=np.uint8)
            reading = greedy(true_log_probs(picture[None, None])[:, 0], ALPHABET)
            other = "b" if reading.text == "a" else "a"
            right = all_right or random.random() < reading.probability
            self._samples.append(Sample(f"{index}", png(picture), reading.text if right else other))
        self._samples += [Sample(f"torn{index}", b"torn", "a") for index in range(torn)]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]

    def location(self, index: int) -> str:
        return self._samples[index].key


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    import io

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def true_log_probs(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """One frame, 'a' or 'b', as sure as the picture's first pixel is far from grey."""
    score = (images[:, 0, 0, 0].astype(np.float64) - 127.5) / 40  # (N,)
    log_probs = np.stack([np.full_like(score, -30), -np.logaddexp(0, score), -np.logaddexp(0, -score)], 1)
    return log_probs[np.newaxis].astype(np.float32)  # (1, N, C)


def reader_off_by(temperature: float, alphabet: Alphabet = ALPHABET) -> Reader:
    """A reader whose confidences come true once its log_probs are divided by `temperature`."""

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        off = temperature_scaled(true_log_probs(images)[0], np.array([1 / temperature]))  # (N, 1, C)
        return off.swapaxes(0, 1).astype(np.float32)

    return Reader(recognize, alphabet=alphabet, preprocess=SIZE)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.0])
def test_the_temperature_that_was_taken_away_is_found(temperature: float) -> None:
    result = calibrate(reader_off_by(temperature), [("words", Words(1000))])
    assert result.temperature == pytest.approx(temperature, rel=0.2)
    assert result.pooled.after.ece < 2 * result.pooled.after.ece_by_chance
    assert result.pooled.after.brier <= result.pooled.before.brier + 1e-3


def halves_of(words: Words) -> list[list[Sample]]:
    """The samples, parted by the last bit of the first byte of their images' SHA-256."""
    samples = [words[index] for index in range(len(words))]
    bits = [hashlib.sha256(sample.read_bytes()).digest()[0] % 2 for sample in samples]
    return [[sample for sample, bit in zip(samples, bits, strict=True) if bit == half] for half in (0, 1)]


def squared_errors(reader: Reader, samples: list[Sample], temperature: float) -> float:
    """The sum over words of (confidence - right)², word by word."""
    total = 0.0
    for sample in samples:
        image = preprocess(load_image(sample.image), reader.preprocess)
        log_probs = reader.recognize(image[None, None])[:, 0]  # (T, C)
        log_probs = temperature_scaled(log_probs, np.array([temperature]))[:, 0]  # (T, C)
        reading = greedy(log_probs, ALPHABET)
        total += (reading.probability - (reading.text == sample.label)) ** 2
    return total


def test_each_half_is_measured_at_the_temperature_of_the_other() -> None:
    reader, words = reader_off_by(2.0), Words(300)
    result = calibrate(reader, [("words", words)])
    low, high = sorted(result.halves)
    assert low <= result.temperature <= high
    assert low != high
    first, second = halves_of(words)
    assert min(len(first), len(second)) > 100
    for samples, temperature in zip((first, second), result.halves, strict=True):
        errors = [
            squared_errors(reader, samples, t) + PULL_TO_1 * np.log(t) ** 2
            for t in (temperature / 1.1, temperature, temperature * 1.1)
        ]
        assert errors.index(min(errors)) == 1  # each half's temperature is that half's
    of_first, of_second = result.halves
    crossed = squared_errors(reader, first, of_second) + squared_errors(reader, second, of_first)
    own = squared_errors(reader, first, of_first) + squared_errors(reader, second, of_second)
    assert result.pooled.after.brier == pytest.approx(crossed / 300, rel=1e-6)
    assert result.pooled.after.brier != pytest.approx(own / 300, rel=1e-5)
    assert result.pooled.after.n == 300


def test_every_set_and_both_protocols_are_stated() -> None:
    result = calibrate(reader_off_by(2.0), [("one", Words(300)), ("two", Words(200))])
    assert [(row.name, row.before.n) for row in result.sets] == [("one", 300), ("two", 200)]
    assert result.pooled.protocol == "exact"
    assert result.pooled_alnum is not None
    assert result.pooled_alnum.after == result.pooled.after  # all labels are letters of one case


def test_images_that_cannot_be_opened_are_left_out_and_named() -> None:
    steps: list[int] = []
    result = calibrate(reader_off_by(2.0), [("words", Words(300, torn=2))], steps.append)
    assert [line.split(":")[0] for line in result.left_out] == ["torn0", "torn1"]
    assert (result.pooled.before.n, sum(steps)) == (300, 302)


def test_a_sample_without_a_label_is_left_out_and_named(tmp_path: Path) -> None:
    Image.new("L", (16, 8)).save(tmp_path / "x.png")
    (tmp_path / "val.tsv").write_text("x.png\t\n")
    empty = open_dataset(tmp_path / "val.tsv")
    result = calibrate(reader_off_by(2.0), [("words", Words(300)), ("empty", empty)])
    assert result.left_out == (f"{tmp_path / 'x.png'}: its label is empty.",)
    assert [row.name for row in result.sets] == ["words"]


def test_too_few_words_are_refused() -> None:
    with pytest.raises(DataError, match="49 words could be read; a temperature needs at least 50"):
        calibrate(reader_off_by(2.0), [("words", Words(49))])


def test_copies_of_one_image_are_refused(tmp_path: Path) -> None:
    Image.new("L", (16, 8)).save(tmp_path / "x.png")
    (tmp_path / "val.tsv").write_text("x.png\ta\n" * 60)
    with pytest.raises(DataError, match="the 60 words have too few different images"):
        calibrate(reader_off_by(1.0), [("copies", open_dataset(tmp_path / "val.tsv"))])


def test_words_that_are_all_right_ask_for_more_confidence() -> None:
    result = calibrate(reader_off_by(1.0), [("words", Words(100, all_right=True))])
    assert result.right == 100
    assert TEMPERATURES[0] <= result.temperature < 1


def test_a_half_without_a_wrong_word_stops_nothing() -> None:
    words = Words(100, all_right=True)
    sample = words[0]
    words._samples[0] = Sample(sample.key, sample.image, "b" if sample.label == "a" else "a")
    result = calibrate(reader_off_by(1.0), [("words", words)])
    assert result.right == 99
    assert all(TEMPERATURES[0] <= half < 1.5 for half in result.halves)


@pytest.mark.slow
def test_the_fewer_the_words_the_nearer_is_the_temperature_to_1() -> None:
    few, many = (calibrate(reader_off_by(0.5), [("words", Words(count))]) for count in (50, 2000))
    assert many.temperature < few.temperature < 1


def test_where_none_is_right_no_temperature_fits() -> None:
    words = Words(100, all_right=True)
    words._samples = [Sample(word.key, word.image, "?") for word in words]
    with pytest.raises(DataError, match=r"no temperature up to 4\.01 fits: 0 of 100 words"):
        calibrate(reader_off_by(1.0), [("words", words)])


def test_tempering_by_1_changes_nothing_and_keeps_the_best_class() -> None:
    log_probs = np.log(np.random.default_rng(0).dirichlet(np.ones(5), size=7))  # (T, C)
    scaled = temperature_scaled(log_probs, TEMPERATURES)  # (T, temperatures, C)
    assert TEMPERATURES[UNCHANGED] == 1
    np.testing.assert_allclose(scaled[:, UNCHANGED], log_probs)
    np.testing.assert_allclose(np.exp(scaled).sum(axis=2), 1)
    assert (scaled.argmax(axis=2) == log_probs.argmax(axis=1)[:, np.newaxis]).all()


def test_letters_and_digits_alone_are_not_compared_where_a_separator_parts_the_symbols() -> None:
    result = calibrate(reader_off_by(2.0, Alphabet("ab", separator=" ")), [("words", Words(1000))])
    assert result.pooled_alnum is None
    assert result.pooled.after.n == 1000
