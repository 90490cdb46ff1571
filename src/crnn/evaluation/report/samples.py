"""The samples that a report shows: which ones, and each with its picture and its frames.

At most MAX_SAMPLES of each kind, every picture at most 480 x 64 px: whatever the data set, a report stays
below a few megabytes. Only for these are the frames computed again and kept.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crnn.alphabet import BLANK, Alphabet
from crnn.data.dataset import Dataset
from crnn.evaluation.evaluate import Evaluation, SampleOutcome
from crnn.evaluation.metrics import Protocol, protocol_named
from crnn.evaluation.report.figures import AlignedText, align_texts
from crnn.html import data_uri
from crnn.images.load import GreyImage, load_image
from crnn.reader.reader import Reader
from crnn.reader.reading import Candidate

SampleKind = Literal["sure and wrong", "least sure", "cross-section", "not opened"]

MAX_SAMPLES: dict[SampleKind, int] = {
    "sure and wrong": 80,
    "least sure": 60,
    "cross-section": 40,
    "not opened": 20,
}
"""Samples shown of each kind."""
MAX_CANDIDATES = 5
"""Likeliest texts shown of each sample."""
MAX_PICTURE_PX = (480, 64)
"""Width and height that no picture in a report exceeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRun:
    """Neighbouring frames whose best class is the same."""

    symbol: str
    """'' for the blank."""
    frames: int
    probability: float
    """Mean probability of that class over the frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSample:
    """One sample as the report shows it."""

    kind: SampleKind
    outcome: SampleOutcome
    aligned: AlignedText
    length: int
    """Symbols of the label that the protocol counts."""
    picture: str
    """Data URI; '' where the image could not be opened."""
    size_px: tuple[int, int]
    """Width and height of the original."""
    runs: tuple[FrameRun, ...]
    """All frames from left to right."""
    candidates: tuple[Candidate, ...]
    """Other texts that the reader considered, the best first; () where it takes the best path only."""


def choose_samples(outcomes: Sequence[SampleOutcome]) -> list[tuple[SampleKind, SampleOutcome]]:
    """Choose what to show: confident mistakes, unsure readings, some of the rest, failed images.

    No sample is chosen twice. The rest is sampled evenly in the data set's order.
    """
    failed = [outcome for outcome in outcomes if outcome.error]
    read = sorted((outcome for outcome in outcomes if not outcome.error), key=lambda o: o.confidence)
    wrong = [outcome for outcome in reversed(read) if not outcome.right][: MAX_SAMPLES["sure and wrong"]]
    taken = {outcome.index for outcome in wrong}
    unsure = [outcome for outcome in read if outcome.index not in taken][: MAX_SAMPLES["least sure"]]
    taken |= {outcome.index for outcome in unsure}
    rest = [outcome for outcome in outcomes if not outcome.error and outcome.index not in taken]
    step = max(1, -(-len(rest) // MAX_SAMPLES["cross-section"]))
    kinds: dict[SampleKind, Sequence[SampleOutcome]] = {
        "sure and wrong": wrong,
        "least sure": unsure,
        "cross-section": rest[::step],
        "not opened": failed[: MAX_SAMPLES["not opened"]],
    }
    return [(kind, outcome) for kind, chosen in kinds.items() for outcome in chosen]


def show_samples(evaluation: Evaluation, dataset: Dataset, reader: Reader) -> list[ShownSample]:
    """Open and read the chosen samples once more, for their pictures, frames and candidates."""
    rule = protocol_named(evaluation.protocol)
    return [
        _show(kind, outcome, dataset, reader, rule) for kind, outcome in choose_samples(evaluation.outcomes)
    ]


def _show(
    kind: SampleKind, outcome: SampleOutcome, dataset: Dataset, reader: Reader, rule: Protocol
) -> ShownSample:
    split, separator = reader.alphabet.split, reader.alphabet.separator
    picture, size_px = "", (0, 0)
    runs: tuple[FrameRun, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    if not outcome.error:
        image = load_image(dataset[outcome.index].image)
        picture, size_px = image_uri(image), (image.shape[1], image.shape[0])
        frames = reader.read(image).frames
        runs = frame_runs(frames.log_probs, reader.alphabet) if frames else ()
        candidates = reader.read(image, top=MAX_CANDIDATES).candidates
    return ShownSample(
        kind=kind,
        outcome=outcome,
        aligned=align_texts(split(outcome.label), split(outcome.text), rule.normalize, separator),
        length=len(split(rule.normalize(outcome.label))),
        picture=picture,
        size_px=size_px,
        runs=runs,
        candidates=candidates if len(candidates) > 1 else (),
    )


def frame_runs(log_probs: NDArray[np.floating], alphabet: Alphabet) -> tuple[FrameRun, ...]:
    """Join equal neighbours of the best path through `log_probs` (T, C).

    >>> [run.symbol for run in frame_runs(np.log([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]]), Alphabet("a"))]
    ['a', '']
    """
    best = log_probs.argmax(axis=1)  # (T,)
    probability = np.exp(log_probs.max(axis=1))  # (T,)
    runs, start = [], 0
    for symbol_class, group in groupby(best.tolist()):
        end = start + len(list(group))
        symbol = "" if symbol_class == BLANK else alphabet.decode([symbol_class])
        mean = float(probability[start:end].mean())
        runs.append(FrameRun(symbol=symbol, frames=end - start, probability=min(1.0, mean)))
        start = end
    return tuple(runs)


def image_uri(image: GreyImage) -> str:
    """Encode a grey image (H, W) as a JPEG of at most MAX_PICTURE_PX inside a data URI."""
    picture = Image.fromarray(image)
    picture.thumbnail(MAX_PICTURE_PX, Image.Resampling.BILINEAR)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return data_uri(file.getvalue(), "image/jpeg")
