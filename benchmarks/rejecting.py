"""What `--reject` keeps and leaves out where the texts are limited to a list of words.

    python benchmarks/rejecting.py ic15/val.tsv iiit5k/val.tsv

Every word is read twice, with lists of 50 words drawn from all labels: once with its own label among
them, once without, so that no answer can be right. The tables are for several values of
OUT_OF_CONSTRAINT, of which 0 goes by the conditional probability alone; last, how many readings have
less probability a symbol than LEAST_SEEN, and how many of them would be right.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402

import crnn  # noqa: E402
from crnn.reader.reading import LEAST_SEEN, OUT_OF_CONSTRAINT, Reading, frames_of  # noqa: E402
from crnn.transcription.greedy import greedy  # noqa: E402

LISTED = 50
WEIGHTS = (0.0, 1e-8, 1e-6, 1e-4, 1e-2)
RISKS = (0.02, 0.1)


def evidence(reading: Reading) -> tuple[float, float]:
    """Return the conditional probability of the answer, and how many nats the best free text is ahead."""
    best, frames = reading.candidates[0], frames_of(reading)
    free = frames.log_prob(greedy(frames.log_probs, frames.alphabet).text)
    return best.conditional_probability or 0.0, min(700.0, max(0.0, free - frames.log_prob(best.text)))


def accepted(found: Sequence[tuple[float, float]], weight: float, risk: float) -> list[bool]:
    """Say which answers are believed."""
    return [1 - share / (1 + weight * math.exp(ahead)) <= risk for share, ahead in found]


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=350, help="of each data set, spread evenly")
    arguments = parser.parse_args()
    reader, rng = crnn.load("small"), np.random.default_rng(0)
    known = set(reader.alphabet.symbols)
    samples = []
    for path in arguments.data:
        usable = [sample for sample in crnn.open_dataset(path) if sample.label and known >= set(sample.label)]
        count = min(arguments.words, len(usable))
        samples += [usable[n] for n in np.linspace(0, len(usable) - 1, count).astype(int)]
    labels = sorted({sample.label for sample in samples})
    inside, outside, right, faint, faint_right = [], [], [], 0, 0
    for sample in samples:
        words = [word for word in rng.choice(labels, LISTED) if word.lower() != sample.label.lower()]
        free = reader.read(sample.image)
        best = free.candidates[0]
        if not free.text and best.text:
            faint, faint_right = faint + 1, faint_right + (best.text == sample.label)
        with_label = reader.read(sample.image, lexicon=[*words, sample.label])
        without = reader.read(sample.image, lexicon=words)
        if with_label.candidates and without.candidates:
            inside.append(evidence(with_label))
            right.append(with_label.candidates[0].text.lower() == sample.label.lower())
            outside.append(evidence(without))
    print(f"{len(inside)} words of {len(arguments.data)} sets; {describe()}")
    print("OUT_OF_CONSTRAINT | risk | label listed: answered, of them wrong | not listed: answered")
    for weight in WEIGHTS:
        for risk in RISKS:
            kept = accepted(inside, weight, risk)
            wrong = sum(not good for good, taken in zip(right, kept, strict=True) if taken)
            others = accepted(outside, weight, risk)
            shares = [f"{100 * sum(taken) / len(taken):.1f} %" for taken in (kept, others)]
            mark = " (ours)" if weight == OUT_OF_CONSTRAINT else ""
            print(f"{weight:g}{mark} | {risk} | {shares[0]}, {wrong} | {shares[1]}")
    print(f"less than {LEAST_SEEN} a symbol: {faint} of {len(samples)}, {faint_right} of them right")


if __name__ == "__main__":
    main()
