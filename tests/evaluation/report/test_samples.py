"""What a report shows: the telling samples, each once, in pictures of bounded size."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from crnn.alphabet import Alphabet
from crnn.evaluation.evaluate import SampleOutcome
from crnn.evaluation.report.samples import (
    MAX_CANDIDATES,
    MAX_PICTURE_PX,
    MAX_SAMPLES,
    choose_samples,
    frame_runs,
    image_uri,
    show_samples,
)
from tests.evaluation.report.conftest import MakeEvaluated


def outcomes(n: int) -> list[SampleOutcome]:
    """Every third is wrong, every seventh cannot be opened; confidences go up and down."""
    random = np.random.default_rng(0)
    return [
        SampleOutcome(
            index=index,
            key=f"{index}.png",
            label="a",
            text="a" if index % 3 and index % 7 else "",
            confidence=float(random.random()) if index % 7 else 0.0,
            right=bool(index % 3 and index % 7),
            error="" if index % 7 else "torn",
        )
        for index in range(n)
    ]


@pytest.mark.parametrize("n", [1, 30, 5000])
def test_no_sample_is_chosen_twice_and_of_each_kind_not_too_many(n: int) -> None:
    chosen = choose_samples(outcomes(n))
    assert len({outcome.index for _, outcome in chosen}) == len(chosen)
    for kind, most in MAX_SAMPLES.items():
        assert sum(kind == other for other, _ in chosen) <= most
    if n == 30:
        assert len(chosen) == n  # a small set is shown whole


def test_the_most_confident_mistakes_and_the_least_sure_readings_are_chosen() -> None:
    everything = outcomes(5000)
    chosen = choose_samples(everything)
    wrong = sorted((o.confidence for o in everything if not o.right and not o.error), reverse=True)
    assert [o.confidence for kind, o in chosen if kind == "sure and wrong"] == wrong[:80]
    shown = {o.index for kind, o in chosen if kind == "sure and wrong"}
    unsure = sorted(o.confidence for o in everything if not o.error and o.index not in shown)
    assert [o.confidence for kind, o in chosen if kind == "least sure"] == unsure[:60]
    assert all(o.error for kind, o in chosen if kind == "not opened")
    rest = [o.index for kind, o in chosen if kind == "cross-section"]
    assert rest == sorted(rest)
    assert rest[-1] - rest[0] > 4000


def test_runs_cover_all_frames_and_name_the_best_class() -> None:
    alphabet = Alphabet(["do", "re"])
    log_probs = np.log([[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.1, 0.5, 0.4], [0.2, 0.1, 0.7], [1, 1e-9, 1e-9]])
    runs = frame_runs(log_probs, alphabet)
    assert [(run.symbol, run.frames) for run in runs] == [("", 1), ("do", 2), ("re", 1), ("", 1)]
    assert runs[1].probability == pytest.approx(0.6)


@pytest.mark.parametrize("shape", [(600, 4000), (1, 1), (3000, 2), (20, 30)])
def test_pictures_are_made_small_never_large(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kind, content = image_uri(noise).split(",")
    assert kind == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(content)))
    assert picture.width <= min(MAX_PICTURE_PX[0], shape[1])
    assert picture.height <= min(MAX_PICTURE_PX[1], shape[0])
    assert len(content) < 40_000  # the worst case; 180 of them stay below 7 MB


def test_a_shown_sample_has_its_frames_and_size(evaluated: MakeEvaluated) -> None:
    made = evaluated([("12", "13"), (None, "4")])
    wrong, torn = show_samples(made.evaluation, made.dataset, made.reader)
    assert (wrong.kind, wrong.length, wrong.size_px) == ("sure and wrong", 2, (128, 32))
    assert "".join(run.symbol for run in wrong.runs) == "12"
    assert sum(run.frames for run in wrong.runs) == 8
    assert len(wrong.candidates) == MAX_CANDIDATES
    assert wrong.candidates[0].text == "12"
    assert (torn.kind, torn.picture, torn.runs) == ("not opened", "", ())
