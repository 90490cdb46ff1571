"""Reading, calibrating, reporting, checking and explaining see the same text in the same image."""

import ast
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import crnn
from crnn.checking.images import MIN_CONFIDENCE, LabelCheck
from crnn.data.dataset import Dataset, Sample
from crnn.errors import ImageError
from crnn.evaluation.calibrate import UNCHANGED, _read_word
from crnn.evaluation.evaluate import evaluate
from crnn.evaluation.report.samples import show_samples
from crnn.reader.reader import Reader

SOURCE = Path(__file__).parents[2] / "src" / "crnn"
SIGN = Image.open(Path(__file__).parents[2] / "examples" / "sign.png").convert("L")


def long_line() -> Image.Image:
    line = Image.new("L", (5 * SIGN.width, SIGN.height))
    for place in range(5):
        line.paste(SIGN, (place * SIGN.width, 0))
    return line


WORDS = {
    "upright": (SIGN, "Bakery"),
    "on its side": (SIGN.rotate(90, expand=True), "Bakery"),
    "long": (long_line(), "Bakery" * 5),
}


def sample(name: str) -> Sample:
    image, label = WORDS[name]
    file = io.BytesIO()
    image.save(file, "PNG")
    return Sample(key=name, image=file.getvalue(), label=label)


class OneWord(Dataset):
    """A data set of one sample."""

    def __init__(self, only: Sample) -> None:
        self.path, self.only = Path("one"), only

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Sample:
        return self.only

    def __iter__(self) -> Iterator[Sample]:
        yield self.only

    def location(self, index: int) -> str:
        return f"one:{index}"


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One that turns pictures on their side, and reads long ones in windows."""
    small = crnn.load("small")
    return dataclasses.replace(small, preprocess=dataclasses.replace(small.preprocess, windows=True))


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_the_same_to_all_who_read_it(reader: Reader, name: str) -> None:
    word, (_, label) = sample(name), WORDS[name]
    reading = reader.read(word.image, language=None)
    assert (reading.text, reading.confidence > 0.5) == (label, True)
    calibrated = _read_word(reader, word, "one")
    assert calibrated.text == label
    assert calibrated.confidences[UNCHANGED] == pytest.approx(reading.confidence, rel=1e-4)
    (shown,) = show_samples(evaluate(reader, OneWord(word)), OneWord(word), reader)
    assert shown.outcome.text == label
    assert "".join(run.symbol for run in shown.runs) == label
    judge = LabelCheck(reader)
    judge.add(0, word.image, label)
    judge.add(1, word.image, "wrong")
    judge.finish()
    assert judge.read == 1
    is_sure = reading.confidence >= MIN_CONFIDENCE
    expected = [(label, pytest.approx(reading.confidence, rel=1e-4))] if is_sure else []
    assert [(doubt.text, doubt.confidence) for doubt in judge.suspects] == expected


@pytest.mark.parametrize("name", WORDS)
def test_an_explanation_is_of_the_text_that_was_read(reader: Reader, name: str) -> None:
    pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    pytest.importorskip("matplotlib", reason="needs Matplotlib (the extra 'train')")
    from crnn.explaining import Opened, explain, open_model

    word, (_, label) = sample(name), WORDS[name]
    reading = reader.read(word.image)
    model: Opened = dataclasses.replace(open_model("small"), reader=reader)
    explanation = explain(reading, model)
    assert explanation.explained.text == explanation.read == label
    alone = reader.read(word.image, language=None)
    assert explanation.explained.probability == pytest.approx(alone.confidence, rel=1e-4)


@pytest.mark.parametrize("name", WORDS)
def test_the_frames_of_a_reading_are_those_of_the_stream_of_frames(reader: Reader, name: str) -> None:
    word = sample(name)
    (frames,) = reader.frames([word.image])
    assert not isinstance(frames, ImageError)
    read = reader.read(word.image, language=None).frames
    assert read is not None
    assert frames.quarter_turns == read.quarter_turns == {"on its side": 3}.get(name, 0)
    assert np.array_equal(frames.log_probs, read.log_probs)
    assert (frames.width_px, frames.height_px) == WORDS[name][0].size
    assert read.log_prob(WORDS[name][1]) > np.log(0.5)


def test_frames_name_an_image_that_cannot_be_read_in_its_place(reader: Reader) -> None:
    first, second = reader.frames([b"", sample("upright").image])
    assert isinstance(first, ImageError)
    assert not isinstance(second, ImageError)


def test_only_reader_and_formats_touch_recognize() -> None:
    """`formats/` makes it, and compares two of them."""
    touching = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in {"reader", "formats"}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "recognize"
    ]
    assert touching == []
