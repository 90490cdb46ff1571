"""From frames and image to places in the picture as it was given."""

import pickle

import numpy as np
import pytest
from PIL import Image

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import LabelError
from crnn.images.load import load_picture
from crnn.images.preprocess import PreprocessConfig, preprocess
from crnn.reader.frames import Frames
from crnn.reader.reading import Candidate
from crnn.transcription.greedy import greedy_batch
from tests.pictures import encoded
from tests.synthesis.glyphs import engine_of

from .drawn import Box, picture, spelling

LETTERS = Alphabet("abn")
BOXES: list[Box] = [(10, 6, 30, 26), (36, 6, 56, 26), (62, 6, 84, 26), (92, 10, 118, 26)]
FRAMES = {0: "a", 11: "b", 18: "b", 31: "n"}


def made() -> Frames:
    log_probs = spelling("abbn", FRAMES, 32, LETTERS)
    return Frames(log_probs=log_probs, image=picture(BOXES), width_px=128, height_px=32, alphabet=LETTERS)


def test_spans_name_symbol_frames_box_and_posterior() -> None:
    spans = made().spans("abbn")
    assert "".join(span.symbol for span in spans) == "abbn"
    assert [span.frames for span in spans] == [(0, 1), (11, 12), (18, 19), (31, 32)]
    assert [span.box for span in spans] == BOXES
    assert all(0.9 < span.posterior <= 1 for span in spans)


def test_another_text_can_be_located_and_its_wrong_symbol_is_unlikely() -> None:
    spans = made().spans("abnn")
    assert [span.posterior > 0.5 for span in spans] == [True, True, False, True]
    assert len({span.box for span in spans}) == 4


def test_the_empty_text_has_no_spans() -> None:
    assert made().spans("") == ()


def test_a_text_that_cannot_stand_there_is_a_label_error() -> None:
    with pytest.raises(LabelError, match="needs 33 frames"):
        made().spans("ab" * 16 + "a")
    with pytest.raises(LabelError, match="not in alphabet"):
        made().spans("abc")


def test_boxes_are_in_px_of_the_picture_whatever_size_the_network_saw() -> None:
    large = np.kron(picture(BOXES), np.ones((7, 5), np.uint8))  # 224 x 640
    loaded = load_picture(large)
    image = preprocess(loaded.grey, PreprocessConfig())
    assert image.shape[1] != 640
    spans = Frames(
        log_probs=spelling("abbn", FRAMES, 32, LETTERS),
        image=image,
        width_px=loaded.width_px,
        height_px=loaded.height_px,
        alphabet=LETTERS,
    ).spans("abbn")
    for span, (left, top, right, bottom) in zip(spans, BOXES, strict=True):
        assert span.box == pytest.approx((5 * left, 7 * top, 5 * right, 7 * bottom), abs=10)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_boxes_are_in_full_size_and_upright_where_a_jpeg_is_decoded_smaller(orientation: int) -> None:
    upright = Image.fromarray(np.kron(picture(BOXES), np.ones((40, 20), np.uint8)))  # 1280 x 2560
    laid = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]  # how the sensor saw it
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load_picture(encoded(upright.rotate(laid, expand=True), "JPEG", exif=exif))
    assert loaded.grey.shape[0] < 1280
    assert (loaded.width_px, loaded.height_px) == (2560, 1280)
    spans = Frames(
        log_probs=spelling("abbn", FRAMES, 32, LETTERS),
        image=preprocess(loaded.grey, PreprocessConfig(min_width=128, max_width=128)),
        width_px=loaded.width_px,
        height_px=loaded.height_px,
        alphabet=LETTERS,
    ).spans("abbn")
    for span, (left, top, right, bottom) in zip(spans, BOXES, strict=True):
        assert span.box == pytest.approx((20 * left, 40 * top, 20 * right, 40 * bottom), abs=45)


def test_frames_keep_neither_batch_nor_picture_alive() -> None:
    batch = np.repeat(spelling("abbn", FRAMES, 32, LETTERS)[:, None], 8, 1)
    image = picture(BOXES)
    kept = Frames(log_probs=batch[:, 3], image=image, width_px=128, height_px=32, alphabet=LETTERS)
    batch[:], image[:] = 0, 0
    assert kept.log_probs.base is None
    assert kept.image.base is None
    assert kept.spans("abbn") == made().spans("abbn")


def test_a_candidate_that_is_located_later_travels_between_processes() -> None:
    candidate = Candidate(text="abbn", confidence=0.9, frames=made())
    arrived = pickle.loads(pickle.dumps(candidate))  # noqa: S301  # our own
    assert arrived.spans == candidate.spans == made().spans("abbn")


def test_a_symbol_of_several_characters_is_one_span() -> None:
    alphabet = Alphabet(["do", "re"])
    log_probs = spelling("dore", {0: "do", 20: "re"}, 32, alphabet)
    spans = Frames(
        log_probs=log_probs, image=picture(BOXES[:2]), width_px=128, height_px=32, alphabet=alphabet
    ).spans("dore")
    assert [(span.symbol, span.box) for span in spans] == [("do", BOXES[0]), ("re", BOXES[1])]


@pytest.mark.slow
def test_boxes_of_drawn_words_overlap_the_true_ones_by_seven_tenths() -> None:
    reader = crnn.load("small")
    engine = engine_of("print94", batch_size=32, seed=31)
    batch, ground_truth = engine.batch(1), engine.ground_truth(1)
    images = batch.images.numpy()
    log_probs = reader.log_probs(images)
    overlaps = []
    for place, reading in enumerate(greedy_batch(log_probs, reader.alphabet)):
        if reading.text != batch.labels[place]:
            continue
        seen = Frames(
            log_probs=log_probs[:, place],
            image=images[place, 0],
            width_px=images.shape[3],
            height_px=32,
            alphabet=reader.alphabet,
        )
        for span, true in zip(seen.spans(reading.text), ground_truth.boxes[place].tolist(), strict=True):
            overlaps.append(intersection_over_union(span.box, true))
    assert len(overlaps) > 50
    assert np.mean(overlaps) > 0.7


def intersection_over_union(one: tuple[float, ...], other: list[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    both = max(wide, 0) * max(tall, 0)
    return both / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - both)
