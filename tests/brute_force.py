"""The definition of CTC, word for word: list all C^T paths, collapse each, add up their products.

Written without a glance at `crnn.transcription`, so that it can judge it. Small T and C only.
"""

from collections import defaultdict
from itertools import product

import numpy as np
from numpy.typing import NDArray

Label = tuple[int, ...]


def collapse_path(path: tuple[int, ...]) -> Label:
    """Merge equal neighbours, then drop the blanks (class 0)."""
    label = []
    previous = 0
    for one in path:
        if one not in (previous, 0):
            label.append(one)
        previous = one
    return tuple(label)


def probability_of_every_label(log_probs: NDArray[np.floating]) -> dict[Label, float]:
    """Sum exp(log_probs) (T, C) over the paths of each label that T frames can spell."""
    frames, class_count = log_probs.shape
    probs = np.exp(log_probs.astype(np.float64))
    total: dict[Label, float] = defaultdict(float)
    for path in product(range(class_count), repeat=frames):
        share = 1.0
        for frame, one in enumerate(path):
            share *= float(probs[frame, one])
        total[collapse_path(path)] += share
    return dict(total)


def random_log_probs(
    rng: np.random.Generator, frames: int, images: int, class_count: int, spread: float = 1.0
) -> NDArray[np.float64]:
    """Draw (T, N, C) normalised log-probabilities; a wider `spread` makes them more certain."""
    scores = rng.normal(scale=spread, size=(frames, images, class_count))
    log_probs: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
    return log_probs
