"""An evaluation counts what a Reader makes of a data set, and leaves nothing out in silence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.alphabet import Alphabet
from crnn.data import open_dataset
from crnn.errors import DataError
from crnn.evaluation.evaluate import evaluate
from crnn.images.preprocess import PreprocessConfig
from crnn.reader.reader import Reader

ALPHABET = Alphabet("abcA!")
SIZE = PreprocessConfig(height=8, min_width=16, max_width=16)


def read_brightness(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Give each image, all of one grey, the one symbol of that class: grey 20 is class 1, 40 class 2."""
    classes = np.rint(images[:, 0, 0, 0] / 20).astype(int)
    log_probs = np.full((1, len(images), len(ALPHABET) + 1), -30.0, dtype=np.float32)
    log_probs[0, np.arange(len(images)), classes] = 0
    return log_probs


@pytest.fixture
def reader() -> Reader:
    return Reader(read_brightness, alphabet=ALPHABET, preprocess=SIZE)


def write_set(folder: Path, read_as: Sequence[str | None], labels: Sequence[str]) -> Path:
    """Write images that `read_brightness` reads as `read_as`; None is a torn file."""
    folder.mkdir(parents=True)
    table = folder / "val.tsv"
    for index, symbol in enumerate(read_as):
        path = folder / f"{index}.png"
        if symbol is None:
            path.write_bytes(b"torn")
        else:
            grey = 20 * (ALPHABET.encode(symbol)[0] if symbol else 0)
            Image.new("L", (16, 8), grey).save(path)
    lines = [f"{index}.png\t{label}\n" for index, label in enumerate(labels)]
    table.write_text("".join(lines), encoding="utf-8")
    return table


def test_every_figure_follows_from_the_readings(reader: Reader, tmp_path: Path) -> None:
    table = write_set(tmp_path / "set", ["a", "b", "c", None], ["a", "B", "ab", "ac"])
    result = evaluate(reader, open_dataset(table))
    assert (result.dataset, result.protocol, result.n, result.correct) == ("set/val", "alnum", 4, 2)
    assert result.accuracy == 50.0
    assert result.one_minus_ned == 50.0  # distances 0, 0, 1, 1
    assert result.cer == pytest.approx(100 * 4 / 6)  # 2 edits each for "ab" and the torn "ac"
    assert result.interval[0] < 50 < result.interval[1]
    assert result.ms_per_word > 0


def test_an_unreadable_image_counts_as_wrong_and_says_why(reader: Reader, tmp_path: Path) -> None:
    result = evaluate(reader, open_dataset(write_set(tmp_path / "set", ["a", None], ["a", "b"])))
    (failed,) = result.failed
    assert (result.n, result.correct) == (2, 1)
    assert failed.key == str(tmp_path / "set" / "1.png")
    assert "no image in a known format" in failed.error


def test_mistakes_keep_label_and_text_as_they_were(reader: Reader, tmp_path: Path) -> None:
    result = evaluate(reader, open_dataset(write_set(tmp_path / "set", ["a", "A"], ["B", "a"])))
    (mistake,) = result.mistakes
    assert (mistake.label, mistake.text, mistake.error) == ("B", "a", "")
    assert mistake.confidence == pytest.approx(1)


def test_every_sample_that_counts_has_its_outcome(reader: Reader, tmp_path: Path) -> None:
    result = evaluate(reader, open_dataset(write_set(tmp_path / "set", ["a", "b", None], ["a", "!", "c"])))
    assert [(o.index, o.text, o.right, bool(o.error)) for o in result.outcomes] == [
        (0, "a", True, False), (2, "", False, True),
    ]  # fmt: skip
    assert result.mistakes == result.failed == result.outcomes[1:]


def test_images_without_a_reading_have_no_confidence_to_measure(reader: Reader, tmp_path: Path) -> None:
    result = evaluate(reader, open_dataset(write_set(tmp_path / "one", ["a", None], ["a", "b"])))
    figures = result.confidence_figures()
    assert figures is not None
    assert (figures.n, figures.aurc) == (1, 0)
    torn = evaluate(reader, open_dataset(write_set(tmp_path / "two", [None], ["b"])))
    assert torn.confidence_figures() is None


def test_whole_words_are_counted_where_labels_have_spaces(reader: Reader, tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["a", "b"], ["A ! b", "b"]))
    assert evaluate(reader, dataset).wer == pytest.approx(100 / 3)  # "!" leaves no word behind
    assert evaluate(reader, dataset, "exact").wer == 75.0
    assert evaluate(reader, open_dataset(write_set(tmp_path / "b", ["b"], ["b"]))).wer is None


def test_exact_minds_case_where_alnum_does_not(reader: Reader, tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["A", "a"], ["a", "a"]))
    assert evaluate(reader, dataset, "alnum").accuracy == 100.0
    assert evaluate(reader, dataset, "exact").accuracy == 50.0


def test_skipped_samples_are_not_counted_but_named(reader: Reader, tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["a", "!"], ["a", "!"]))
    result = evaluate(reader, dataset)
    assert (result.n, result.skipped) == (1, (str(tmp_path / "set" / "1.png"),))
    assert evaluate(reader, dataset, "exact").n == 2


def test_a_set_of_which_nothing_is_left_is_an_error(reader: Reader, tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["!"], ["!"]))
    with pytest.raises(DataError, match="no sample left to evaluate: protocol 'alnum' skips all 1"):
        evaluate(reader, dataset)


def test_progress_adds_up_to_the_whole_set(reader: Reader, tmp_path: Path) -> None:
    labels = ["!" if index % 7 == 0 else "a" for index in range(300)]
    dataset = open_dataset(write_set(tmp_path / "set", ["a"] * 300, labels))
    steps: list[int] = []
    evaluate(reader, dataset, on_samples=steps.append)
    assert sum(steps) == 300
    assert len(steps) > 1


def test_the_order_of_samples_survives_batches_of_several_widths(tmp_path: Path) -> None:
    config = PreprocessConfig(height=8, min_width=16, max_width=64)
    reader = Reader(read_brightness, alphabet=ALPHABET, preprocess=config)
    table = write_set(tmp_path / "set", ["a", "b", "c"] * 4, ["a", "b", "c"] * 4)
    for index in range(0, 12, 2):
        path = tmp_path / "set" / f"{index}.png"
        Image.open(path).resize((40, 8)).save(path)
    assert evaluate(reader, open_dataset(table), batch_size=2).accuracy == 100.0


NOTES = Alphabet(["C4", "D4", "D#4"], separator=" ")


def read_notes(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Read "C4 D#4" in every image."""
    log_probs = np.full((3, len(images), len(NOTES) + 1), -30.0, dtype=np.float32)
    log_probs[[0, 1, 2], :, [1, 0, 3]] = 0
    return log_probs


def test_edits_are_counted_in_symbols_where_a_separator_parts_them(tmp_path: Path) -> None:
    table = write_set(tmp_path / "notes", ["", ""], ["C4 D4", "C4 D#4 C4"])
    reader = Reader(read_notes, alphabet=NOTES, preprocess=SIZE)
    evaluation = evaluate(reader, open_dataset(table), "exact")
    assert [outcome.text for outcome in evaluation.outcomes] == ["C4 D#4", "C4 D#4"]
    assert evaluation.cer == pytest.approx(100 * 2 / 5)  # one wrong of two, one missing of three
    assert evaluation.one_minus_ned == pytest.approx(100 * (1 - (1 / 2 + 1 / 3) / 2))
    assert evaluation.wer is None
    with pytest.raises(DataError, match=r"protocol 'alnum' removes ' '.*use --protocol exact"):
        evaluate(reader, open_dataset(table))
