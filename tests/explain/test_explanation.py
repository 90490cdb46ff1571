"""What an explanation says is what the reader says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import crnn
from crnn.errors import ImageError, LabelError
from crnn.explain import Explanation, Opened, explain
from tests.explain.conftest import Fake


def test_text_probability_and_spans_are_the_readers(sign: Explanation, tiny: Opened, root: Path) -> None:
    reading = tiny.reader.read(root / "examples" / "sign.png")
    assert (sign.read, sign.told.text) == (reading.text, reading.text)
    assert sign.told.probability == pytest.approx(reading.confidence)
    assert sign.told.spans == reading.candidates[0].spans
    assert sign.name == "sign.png"


def test_the_runner_up_is_the_second_candidate_and_differs_where_marked(
    sign: Explanation, tiny: Opened, root: Path
) -> None:
    second = tiny.reader.read(root / "examples" / "sign.png", top=2).candidates[1]
    assert sign.other is not None
    assert (sign.other.text, sign.other.probability) == (second.text, pytest.approx(second.confidence))
    kept = [s.symbol for s, differs in zip(sign.told.spans, sign.told.differs, strict=True) if not differs]
    also = [s.symbol for s, differs in zip(sign.other.spans, sign.other.differs, strict=True) if not differs]
    assert kept == also
    assert any((*sign.told.differs, *sign.other.differs))


def test_the_parts_have_the_shapes_of_frames_image_and_text(sign: Explanation) -> None:
    frames, length = len(sign.sight.log_probs), len(sign.told.text)
    assert sign.evidence.shape == (length, *sign.sight.image.shape)
    assert len(sign.fields) == frames
    assert 0 <= sign.frame < frames
    assert sign.rows[-1] == 0
    assert len(set(sign.rows)) == len(sign.rows)
    assert sign.no_activity == ""


def test_another_text_can_be_asked_about(tiny: Opened, root: Path) -> None:
    asked = explain(root / "examples" / "sign.png", tiny, text="Baker")
    assert (asked.read, asked.told.text) == ("Bakery", "Baker")
    assert asked.told.probability < 0.1
    assert asked.other is not None
    assert asked.other.text == "Bakery"
    assert asked.other.differs == (False,) * 5 + (True,)


def test_an_empty_text_has_no_symbols_and_the_middle_frame(fake: Fake) -> None:
    empty = fake([0] * 8, "ab")
    assert (empty.told.text, empty.told.spans, empty.evidence.shape[0]) == ("", (), 0)
    assert empty.frame == 4


def test_the_chosen_frame_is_that_of_the_least_sure_symbol(sign: Explanation) -> None:
    doubtful = min(sign.told.spans, key=lambda span: span.posterior)
    assert doubtful.frames[0] <= sign.frame < doubtful.frames[1]


def test_an_upright_image_is_shown_as_it_was_read(turning: Opened, root: Path) -> None:
    picture = Image.open(root / "examples" / "sign.png").convert("L")
    turned = explain(picture.rotate(-90, expand=True), turning)
    assert (turned.told.text, turned.quarters) == ("Bakery", 1)
    assert np.array_equal(turned.picture, np.asarray(picture))
    assert (turned.sight.width_px, turned.sight.height_px) == picture.size
    assert all(0 <= span.box[0] < span.box[2] <= turned.sight.width_px for span in turned.told.spans)


def test_an_onnx_model_shows_fields_but_no_gates(tiny: Opened, root: Path) -> None:
    from crnn.explain import open_model

    packaged = Path(crnn.__file__).parent / "weights" / "tiny.onnx"
    opened = open_model(packaged)
    seen = explain(root / "examples" / "sign.png", opened)
    assert opened.layers == tiny.layers
    assert seen.activity == ()
    assert ".onnx" in seen.no_activity
    assert len(seen.fields) == len(seen.sight.log_probs)


def test_a_text_that_cannot_be_spelt_and_a_torn_image_are_refused(tiny: Opened, tmp_path: Path) -> None:
    grey = np.full((32, 100), 200, np.uint8)
    with pytest.raises(LabelError, match="é"):
        explain(grey, tiny, text="é")
    with pytest.raises(LabelError, match="frames"):
        explain(grey, tiny, text="a" * 60)
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    with pytest.raises(ImageError, match=r"torn\.png"):
        explain(tmp_path / "torn.png", tiny)


def test_a_path_of_many_classes_has_a_row_for_each(fake: Fake) -> None:
    symbols = "abcdefghijklmnopqrst"
    seen = fake(list(range(1, 21)), symbols, text="a")
    assert set(seen.rows) == set(range(21))
