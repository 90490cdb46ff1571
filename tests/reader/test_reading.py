"""When a text is not sure enough, and when an image shows none."""

import numpy as np
import pytest

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import DataError, OptionError
from crnn.reader.frames import Frames
from crnn.reader.reading import OUT_OF_CONSTRAINT, Candidate, Reading, frames_of

SIGN = "examples/sign.png"  # says Bakery


@pytest.fixture(scope="module")
def reader() -> crnn.Reader:
    return crnn.load("small")


@pytest.mark.parametrize(
    "options",
    [{"lexicon": ["OPEN", "CLOSED"]}, {"pattern": "(YES|NO)"}, {"lexicon": ["OPEN"], "case": "exact"}],
)
def test_a_constraint_that_nothing_in_the_image_supports_is_rejected(
    reader: crnn.Reader, options: dict[str, object]
) -> None:
    reading = reader.read(SIGN, **options)
    best = reading.candidates[0]
    assert best.conditional_probability is not None
    assert best.conditional_probability > 0.5  # of the few texts that are allowed
    assert reading.probability_right < 1e-6
    assert reading.reject(0.9).text == ""


def test_a_word_of_the_list_is_as_sure_as_ever(reader: crnn.Reader) -> None:
    reading = reader.read(SIGN, lexicon=["Bakery", "Butcher", "Barber"])
    best = reading.candidates[0]
    assert reading.probability_right == pytest.approx(best.conditional_probability, rel=1e-4)
    assert reading.reject(0.02).text == "Bakery"


def test_evidence_is_weighed_by_how_far_the_best_free_text_is_ahead() -> None:
    alphabet = Alphabet("ab")
    for ahead in (1.0, 1e3, 1 / OUT_OF_CONSTRAINT, 1e9):
        p = np.array([[0.0, 1.0, 1.0 / ahead]]) / (1 + 1 / ahead)  # (T=1, C=3)
        with np.errstate(divide="ignore"):
            frames = Frames(
                log_probs=np.log(p).astype(np.float32),
                image=np.zeros((32, 8), np.uint8),
                width_px=8,
                height_px=32,
                alphabet=alphabet,
            )
        best = Candidate(text="b", confidence=float(p[0, 2]), conditional_probability=0.9, frames=frames)
        reading = Reading(text="b", confidence=best.confidence, candidates=(best,), frames=frames)
        assert reading.probability_right == pytest.approx(0.9 / (1 + OUT_OF_CONSTRAINT * ahead), rel=1e-4)


def test_without_a_constraint_the_confidence_decides(reader: crnn.Reader) -> None:
    reading = reader.read(SIGN)
    assert reading.probability_right == reading.confidence
    assert reading.reject(1 - reading.confidence + 1e-9).text == "Bakery"
    assert reading.reject(1 - reading.confidence - 1e-9).text == ""


@pytest.mark.parametrize("risk", [-0.1, 1.5, "0.02", None, True])
def test_a_risk_is_a_number_from_0_to_1(risk: float) -> None:
    with pytest.raises(OptionError, match="risk is"):
        Reading(text="a", confidence=0.5).reject(risk)


NOISE = np.random.default_rng(0).integers(0, 256, (32, 120), dtype=np.uint8)
NOTHING = {
    "white": np.full((32, 120), 255, np.uint8),
    "black": np.zeros((32, 120), np.uint8),
    "one pixel": np.full((1, 1), 128, np.uint8),
    "noise": NOISE,
    "grain": np.clip(np.random.default_rng(1).normal(128, 25, (64, 300)), 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("model", ["small", "tiny", "small-int8", "tiny-int8"])
@pytest.mark.parametrize("name", NOTHING)
def test_an_image_of_nothing_reads_as_no_text(model: str, name: str) -> None:
    reader, image = crnn.load(model), NOTHING[name]
    assert reader.read(image).text == ""
    assert reader.read(image, language=None).text == ""
    assert reader.read(image, top=3).text == ""
    assert reader.read(image, lexicon=["open", "closed"]).text == ""
    assert reader.read(image, pattern="[A-Z]+").text == ""


def test_a_reading_that_no_reader_made_has_no_frames() -> None:
    with pytest.raises(DataError, match="no Reader made it"):
        frames_of(Reading(text="a", confidence=0.5))
