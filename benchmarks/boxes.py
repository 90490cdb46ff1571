"""How well the boxes of symbols fit: words that the engine draws, and knows the boxes of.

    python benchmarks/boxes.py [--model small] [--batches 64]

Only words that the model reads right count: where a letter was misread there is no box to compare.
Printed are the mean intersection over union of located and true boxes (2-D), the same of their
sides alone (across), and the share of boxes above a half, by how the words lie; where the frames of
a symbol stand within its true box, 0 at its left and 1 at its right side; and the processor time of
locating beside that of recognizing, measured in turn.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import torch  # noqa: E402

import crnn  # noqa: E402
from crnn.reader.frames import Frames, Span  # noqa: E402
from crnn.reader.reader import Reader  # noqa: E402
from crnn.synthesis import Engine, SynthesisConfig  # noqa: E402
from crnn.synthesis.warp import Pose  # noqa: E402
from crnn.transcription.greedy import greedy  # noqa: E402

BATCH = 32
WANTED, LIMIT_MS = 0.7, 1.0
ARCHED, TILTED = 0.15, 0.03
"""Half the angle of the arc, rad, from which a word counts as arched; turn, slant or perspective
from which it counts as tilted."""

Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word read right: its frames, what is on it and where, and how it lies."""

    frames: Frames
    label: str
    ground_truth: Boxes
    kind: str


@dataclass
class Clock:
    """Seconds spent, and words read."""

    recognizing: float = 0.0
    locating: float = 0.0
    words: int = 0


def words(reader: Reader, seed: int, batches: int, clock: Clock) -> Iterator[Word]:
    """Draw words, read each alone, and give those that are read right."""
    engine = Engine(SynthesisConfig(seed=seed), reader.alphabet, reader.preprocess, BATCH)
    for index in range(batches):
        batch, ground_truth = engine.batch(index), engine.ground_truth(index)
        for place, (label, boxes) in enumerate(zip(batch.labels, ground_truth.boxes, strict=True)):
            image = batch.images[place].numpy()  # (1, H, W)
            started = process_time()
            log_probs = reader.log_probs(image[None])[:, 0]  # (T, C)
            text = greedy(log_probs, reader.alphabet).text
            clock.recognizing += process_time() - started
            clock.words += 1
            if text == label:
                height, width = image.shape[1:]
                frames = Frames(
                    log_probs=log_probs,
                    image=image[0],
                    width_px=width,
                    height_px=height,
                    alphabet=reader.alphabet,
                )
                yield Word(
                    frames=frames, label=label, ground_truth=boxes, kind=kind_of(ground_truth.pose, place)
                )


def kind_of(pose: Pose, place: int) -> str:
    """Say how a word lies."""
    if abs(float(pose.bend[place])) > ARCHED:
        return "arched"
    turned = abs(float(pose.angle[place])), abs(float(pose.shear[place])), float(pose.tilt[place].abs().max())
    return "tilted" if max(turned) > TILTED else "straight"


def overlap(found: Boxes, ground_truth: Boxes) -> tuple[Boxes, Boxes]:
    """Return the intersection over union of boxes (L, 4), and of their sides across alone: (L,) each."""
    low, high = np.maximum(found[:, :2], ground_truth[:, :2]), np.minimum(found[:, 2:], ground_truth[:, 2:])
    both = np.clip(high - low, 0, None)  # (L, 2)
    sides = [boxes[:, 2:] - boxes[:, :2] for boxes in (found, ground_truth)]
    area = both.prod(1)
    across = both[:, 0] / (sides[0][:, 0] + sides[1][:, 0] - both[:, 0])
    return area / (sides[0].prod(1) + sides[1].prod(1) - area), across


def frame_places(spans: tuple[Span, ...], ground_truth: Boxes, frames: Frames) -> Boxes:
    """Say where the middle of each symbol's frames stands: (L,), 0 left and 1 right side of its box."""
    frame_px = frames.image.shape[1] / len(frames.log_probs)
    middles = frame_px / 2 * np.array([sum(span.frames) for span in spans])
    return (middles - ground_truth[:, 0]) / (ground_truth[:, 2] - ground_truth[:, 0])


def print_places(places: list[Boxes]) -> None:
    """Print the quantiles of the first, the inner and the last symbols of words of three or more."""
    long = [word for word in places if len(word) > 2]
    for name, part in {"first": slice(1), "inner": slice(1, -1), "last": slice(-1, None)}.items():
        values = np.concatenate([word[part] for word in long])
        low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95])
        print(f"frames of {name:5} symbols: {low:.2f}, {middle:.2f}, {high:.2f} of the box (5, 50, 95 %)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--seed", type=int, default=271828, help="unlike that of any training run")
    parser.add_argument("--batches", type=int, default=64, help=f"of {BATCH} words")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clock, scores, places = Clock(), defaultdict(list), []
    located = 0
    for word in words(crnn.load(options.model), options.seed, options.batches, clock):
        started = process_time()
        spans = word.frames.spans(word.label)
        clock.locating += process_time() - started
        located += 1
        places.append(frame_places(spans, word.ground_truth, word.frames))
        seen = ~np.isnan(word.ground_truth).any(1)  # a symbol may be cut off by the border
        area, across = overlap(np.array([span.box for span in spans])[seen], word.ground_truth[seen])
        for kind in (word.kind, "all"):
            scores[kind].append(np.stack([area, across, area > 0.5], 1))
    print(f"{describe()}; {options.model}, seed {options.seed}, {located} of {clock.words} words read right")
    for kind in ("straight", "tilted", "arched", "all"):
        boxes = np.concatenate(scores[kind])  # (boxes, 3)
        area, across, above = boxes.mean(0)
        print(
            f"{kind:9} {len(scores[kind]):5} words {len(boxes):6} boxes   mean IoU {area:.3f}"
            f"   across {across:.3f}   above a half {100 * above:.1f} %"
        )
    print_places(places)
    recognizing, locating = 1000 * clock.recognizing / clock.words, 1000 * clock.locating / located
    print(
        f"locating {locating:.2f} ms a word, {locating / recognizing:.2f} x recognizing, {recognizing:.2f} ms"
    )
    print(
        f"wanted: mean IoU {WANTED} over all: {area >= WANTED}; {LIMIT_MS} ms a word: {locating < LIMIT_MS}"
    )


if __name__ == "__main__":
    main()
