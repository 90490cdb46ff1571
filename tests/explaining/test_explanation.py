"""What an explanation says is what the reader says."""

import pickle
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
from PIL import Image

import crnn
from crnn.errors import DataError, ImageError, LabelError
from crnn.explaining import Explanation, Opened, explain, open_model, write
from tests.explaining.conftest import Fake


def test_text_probability_and_spans_are_the_readers(sign: Explanation, tiny: Opened, root: Path) -> None:
    reading = tiny.reader.read(root / "examples" / "sign.png")
    assert (sign.read, sign.explained.text) == (reading.text, reading.text)
    assert sign.explained.probability == pytest.approx(reading.confidence)
    assert sign.explained.spans == reading.candidates[0].spans
    assert sign.name == "sign.png"


def test_the_runner_up_is_the_second_candidate_and_differs_where_marked(
    sign: Explanation, tiny: Opened, root: Path
) -> None:
    second = tiny.reader.read(root / "examples" / "sign.png", top=2, language=None).candidates[1]
    assert sign.runner_up is not None
    assert (sign.runner_up.text, sign.runner_up.probability) == (
        second.text,
        pytest.approx(second.confidence),
    )
    kept = [
        s.symbol
        for s, differs in zip(sign.explained.spans, sign.explained.differs, strict=True)
        if not differs
    ]
    also = [
        s.symbol
        for s, differs in zip(sign.runner_up.spans, sign.runner_up.differs, strict=True)
        if not differs
    ]
    assert kept == also
    assert any((*sign.explained.differs, *sign.runner_up.differs))


def test_the_parts_have_the_shapes_of_frames_image_and_text(sign: Explanation) -> None:
    frames, length = len(sign.frames.log_probs), len(sign.explained.text)
    assert sign.evidence.shape == (length, *sign.frames.image.shape)
    assert len(sign.fields) == frames
    assert 0 <= sign.frame < frames
    assert sign.rows[-1] == 0
    assert len(set(sign.rows)) == len(sign.rows)
    assert sign.no_activity == ""


def test_another_text_can_be_asked_about(tiny: Opened, root: Path) -> None:
    asked = explain(tiny.reader.read(root / "examples" / "sign.png"), tiny, text="Baker")
    assert (asked.read, asked.explained.text) == ("Bakery", "Baker")
    assert asked.explained.probability < 0.1
    assert asked.runner_up is not None
    assert asked.runner_up.text == "Bakery"
    assert asked.runner_up.differs == (False,) * 5 + (True,)


def test_an_empty_text_has_no_symbols_and_the_middle_frame(fake: Fake) -> None:
    empty = fake([0] * 8, "ab")
    assert (empty.explained.text, empty.explained.spans, empty.evidence.shape[0]) == ("", (), 0)
    assert empty.frame == 4


def test_the_chosen_frame_is_that_of_the_least_sure_symbol(sign: Explanation) -> None:
    doubtful = min(sign.explained.spans, key=lambda span: span.posterior)
    assert doubtful.frames[0] <= sign.frame < doubtful.frames[1]


def test_an_upright_image_is_shown_as_it_was_read(turning: Opened, root: Path) -> None:
    picture = Image.open(root / "examples" / "sign.png").convert("L")
    upright = picture.rotate(-90, expand=True)
    turned = explain(turning.reader.read(upright), turning, image=upright)
    assert (turned.explained.text, turned.quarter_turns) == ("Bakery", 1)
    assert np.array_equal(turned.picture, np.asarray(picture))
    assert (turned.frames.width_px, turned.frames.height_px) == picture.size
    assert all(0 <= span.box[0] < span.box[2] <= turned.frames.width_px for span in turned.explained.spans)


def test_without_its_file_the_picture_is_the_networks_own(tiny: Opened, root: Path) -> None:
    seen = explain(tiny.reader.read((root / "examples" / "sign.png").read_bytes()), tiny)
    assert (seen.name, seen.explained.text) == ("an image", "Bakery")
    assert np.array_equal(seen.picture, seen.frames.image)


def test_an_onnx_model_shows_fields_but_no_gates(tiny: Opened, root: Path, tmp_path: Path) -> None:
    packaged = Path(crnn.__file__).parent / "weights" / "tiny.onnx"
    opened = open_model(copyfile(packaged, tmp_path / "mine.onnx"))
    seen = explain(opened.reader.read(root / "examples" / "sign.png"), opened)
    assert (tiny.name, opened.name) == ("tiny", "mine.onnx")
    assert opened.layers == tiny.layers
    assert seen.activity == ()
    assert ".onnx" in seen.no_activity
    assert len(seen.fields) == len(seen.frames.log_probs)


def test_a_text_that_cannot_be_spelt_and_a_lost_image_are_refused(tiny: Opened, tmp_path: Path) -> None:
    grey = np.full((32, 100), 200, np.uint8)
    with pytest.raises(LabelError, match="é"):
        explain(tiny.reader.read(grey), tiny, text="é")
    with pytest.raises(LabelError, match="frames"):
        explain(tiny.reader.read(grey), tiny, text="a" * 60)
    path = tmp_path / "gone.png"
    Image.fromarray(grey).save(path)
    reading = tiny.reader.read(path)
    path.unlink()
    with pytest.raises(ImageError, match=r"gone\.png"):
        explain(reading, tiny)


def test_a_path_of_many_classes_has_a_row_for_each(fake: Fake) -> None:
    symbols = "abcdefghijklmnopqrst"
    seen = fake(list(range(1, 21)), symbols, text="a")
    assert set(seen.rows) == set(range(21))


def test_any_reading_is_explained_whatever_decoder_found_it(root: Path, tmp_path: Path) -> None:
    reader, sign = crnn.load("tiny"), root / "examples" / "sign.png"
    of_a_list = reader.read(sign, lexicon=["Baker", "Brewery"])
    explanation = crnn.explain(of_a_list)
    assert (explanation.explained.text, explanation.model, explanation.name) == ("Baker", "tiny", "sign.png")
    assert explanation.runner_up is not None
    assert explanation.runner_up.text == "Bakery"
    assert explanation.activity
    rejected = reader.read(sign).reject(1e-9)
    assert rejected.text == ""
    assert crnn.explain(rejected).explained.text == "Bakery"
    write(explanation, tmp_path / "why.html")
    assert "Baker" in (tmp_path / "why.html").read_text("utf-8")


def test_a_reading_that_no_model_file_made_cannot_be_explained(tiny: Opened) -> None:
    by_hand = crnn.Reading(text="STOP", confidence=1.0)
    with pytest.raises(DataError, match="'STOP' does not say which model file it is of"):
        crnn.explain(by_hand)
    with pytest.raises(DataError, match="'STOP' has no frames to explain"):
        explain(by_hand, tiny)


def test_a_reading_keeps_where_it_came_from_and_can_be_sent_elsewhere(root: Path) -> None:
    sign = root / "examples" / "sign.png"
    reading = crnn.load("tiny").read(sign)
    sent = pickle.loads(pickle.dumps(reading))  # noqa: S301 - our own bytes
    assert (sent.text, sent.image, sent.model) == (reading.text, sign, reading.model)
    assert crnn.explain(sent).explained.text == reading.text
