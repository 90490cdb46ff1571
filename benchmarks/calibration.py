"""Ways to calibrate a model compared: a temperature fitted by three criteria, and two maps of the confidence.

    python benchmarks/calibration.py small ../data/{ic15,ic03}/val.tsv --expect 800

Each way is fitted on one half of the words and measured on the other, both ways round; halves go
by the content of the image. "by chance" is the calibration error of perfect confidences on so
many words: differences below it say nothing.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

import crnn  # noqa: E402
from crnn.data import open_dataset  # noqa: E402
from crnn.errors import LabelError  # noqa: E402
from crnn.evaluation.calibrate import TEMPERATURES, UNCHANGED, temperature_scaled  # noqa: E402
from crnn.evaluation.confidence import confidence_figures  # noqa: E402
from crnn.images.load import load_image  # noqa: E402
from crnn.images.preprocess import preprocess  # noqa: E402
from crnn.transcription.ctc import log_prob_batch  # noqa: E402
from crnn.transcription.greedy import best_labels  # noqa: E402

Values = NDArray[np.float64]
MIN_PROBABILITY = 1e-7
"""A confidence is kept so far from 0 and 1 where its logarithm is taken."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """One row a word, one column a temperature."""

    text: Values
    """(n, temperatures) ln p(greedy text | image)."""
    label: Values
    """(n, temperatures) ln p(label | image); NaN where the alphabet or the frames cannot spell it."""
    right: NDArray[np.bool_]
    half: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "Words":
        """Return the chosen rows."""
        return Words(
            text=self.text[chosen],
            label=self.label[chosen],
            right=self.right[chosen],
            half=self.half[chosen],
        )


def read(model: str, tables: list[str]) -> Words:
    """Read every word once, and weigh its text and its label at every temperature."""
    reader = crnn.load(model)
    rows = []
    for sample in (sample for table in tables for sample in open_dataset(table)):
        image = preprocess(load_image(sample.image), reader.preprocess)
        log_probs = reader.recognize(image[np.newaxis, np.newaxis])  # (T, 1, C)
        (classes,) = best_labels(log_probs)
        scaled = temperature_scaled(log_probs[:, 0], TEMPERATURES)  # (T, temperatures, C)
        text = np.minimum(0, log_prob_batch(scaled, [classes] * len(TEMPERATURES)))
        try:
            label = log_prob_batch(scaled, [reader.alphabet.encode(sample.label)] * len(TEMPERATURES))
        except LabelError:
            label = np.full(len(TEMPERATURES), -np.inf)
        right = reader.alphabet.decode(classes) == sample.label
        half = hashlib.sha256(sample.read_bytes()).digest()[0] & 1
        rows.append((text, np.where(np.isfinite(label), label, np.nan), right, half))
    text, label, right, half = map(np.array, zip(*rows, strict=True))
    return Words(text=text, label=label, right=right.astype(bool), half=half.astype(bool))


def unchanged(_: Words, measured: Words) -> Values:
    """Leave the confidences as they are."""
    return np.exp(measured.text[:, UNCHANGED])


def by_temperature(loss: Callable[[Words], Values]) -> Callable[[Words, Words], Values]:
    """Fit the temperature of the smallest mean loss, (n, temperatures)."""

    def fit(fitted: Words, measured: Words) -> Values:
        best = int(np.nanmean(loss(fitted), axis=0).argmin())
        print(f"    temperature {TEMPERATURES[best]:.3f}")
        return np.exp(measured.text[:, best])

    return fit


def brier(words: Words) -> Values:
    """Squared distance of the confidence from what came true."""
    return (np.exp(words.text) - words.right[:, np.newaxis]) ** 2


def log_loss(words: Words) -> Values:
    """-ln of the confidence where the text is right, of its complement where it is wrong."""
    p = np.clip(np.exp(words.text), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return -np.where(words.right[:, np.newaxis], np.log(p), np.log1p(-p))


def label_loss(words: Words) -> Values:
    """-ln p(label | image), the CTC loss: the criterion of Guo et al. 2017 for classifiers."""
    return -words.label


def isotonic(fitted: Words, measured: Words) -> Values:
    """Map the confidence by the best monotone staircase (pool adjacent violators), interpolated."""
    p = unchanged(fitted, fitted)
    order = np.argsort(p, kind="stable")
    blocks: list[tuple[float, int]] = []
    for value in fitted.right[order].astype(float):
        mean, n = value, 1
        while blocks and blocks[-1][0] >= mean:
            earlier, m = blocks.pop()
            mean, n = (earlier * m + mean * n) / (m + n), m + n
        blocks.append((mean, n))
    steps = np.repeat([mean for mean, _ in blocks], [n for _, n in blocks])
    return np.interp(unchanged(fitted, measured), p[order], steps)


def logistic(fitted: Words, measured: Words) -> Values:
    """Map the log odds of the confidence by a straight line (Platt 1999), fitted by Newton's steps."""

    def features(words: Words) -> Values:
        p = np.clip(unchanged(words, words), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
        return np.stack([np.log(p) - np.log1p(-p), np.ones_like(p)], axis=1)  # (n, 2)

    x, weights = features(fitted), np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        curvature = (x * (p * (1 - p))[:, np.newaxis]).T @ x
        weights = weights + np.linalg.solve(curvature, x.T @ (fitted.right - p))
    mapped: Values = 1 / (1 + np.exp(-features(measured) @ weights))
    return mapped


WAYS: dict[str, Callable[[Words, Words], Values]] = {
    "unchanged": unchanged,
    "temperature by Brier score": by_temperature(brier),
    "temperature by log loss": by_temperature(log_loss),
    "temperature by CTC loss of the label": by_temperature(label_loss),
    "isotonic map": isotonic,
    "logistic map": logistic,
}


def main() -> None:
    """Compare the ways."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("data", nargs="+")
    parser.add_argument("--expect", type=int, required=True, help="samples in all sets together")
    options = parser.parse_args()
    words = read(options.model, options.data)
    if len(words.right) != options.expect:
        sys.exit(f"{len(words.right)} samples, not the {options.expect} expected: other sets?")
    print(f"{describe()}; {options.model}, {len(words.right)} words, {words.right.mean():.1%} exactly right")
    halves = words.half, ~words.half
    for name, way in WAYS.items():
        confidences = np.empty(len(words.right))
        for fitted, measured in (halves, halves[::-1]):
            confidences[measured] = way(words.where(fitted), words.where(measured))
        figures = confidence_figures(confidences, words.right)
        print(
            f"{name:38} ECE {figures.ece:.4f}, of equal mass {figures.ece_equal_mass:.4f}, "
            f"by chance {figures.ece_by_chance:.4f}, Brier {figures.brier:.4f}"
        )


if __name__ == "__main__":
    main()
