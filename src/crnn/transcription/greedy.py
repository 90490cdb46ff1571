"""Greedy decoding: the best class of each frame, collapsed (paper §2.3.2).

    log_probs  (T, C) or (T, N, C)   natural log; class 0 is the blank
    returns    the text of the single best path, and p(text | frames) over all paths

The best path need not belong to the best text: many lesser paths of one text may outweigh it.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK, Alphabet
from crnn.errors import AlphabetError
from crnn.transcription.ctc import log_prob_batch
from crnn.transcription.hypothesis import Hypothesis


@dataclass(frozen=True, slots=True)
class GreedyDecoder:
    """Reads the best path: the decoder of a Reader that is asked for nothing else."""

    alphabet: Alphabet

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Read N images from `log_probs` (T, N, C), one hypothesis each; errors as in `greedy_batch`."""
        return [[hypothesis] for hypothesis in greedy_batch(log_probs, self.alphabet)]


def greedy(log_probs: NDArray[np.floating], alphabet: Alphabet) -> Hypothesis:
    """Read the text of the best path from `log_probs` (T, C) of one image.

    >>> hypothesis = greedy(np.log([[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]]), Alphabet("a"))
    >>> hypothesis.text, round(hypothesis.probability, 3)
    ('aa', 0.648)
    """
    return greedy_batch(log_probs[:, np.newaxis], alphabet)[0]


def greedy_batch(log_probs: NDArray[np.floating], alphabet: Alphabet) -> list[Hypothesis]:
    """Read N images from `log_probs` (T, N, C); the same as one by one.

    AlphabetError: an alphabet of another size than the C classes.
    """
    check_classes(log_probs, alphabet)
    labels = best_labels(log_probs)
    return [
        # Rounding in a certain frame may lift the sum a hair above 1.
        Hypothesis(text=alphabet.decode(label), probability=min(1.0, math.exp(log_p)))
        for label, log_p in zip(labels, log_prob_batch(log_probs, labels).tolist(), strict=True)
    ]


def best_labels(log_probs: NDArray[np.floating]) -> list[list[int]]:
    """Collapse the best path of every image: (T, N, C) -> N labels as classes."""
    paths = log_probs.argmax(axis=2).T  # (T, N, C) -> (N, T)
    counted = paths != BLANK  # `ctc.collapse`, whole batches at once
    counted[:, 1:] &= paths[:, 1:] != paths[:, :-1]
    classes: list[int] = paths[counted].tolist()
    ends = counted.sum(axis=1).cumsum().tolist()
    return [classes[start:end] for start, end in pairwise([0, *ends])]


def check_classes(log_probs: NDArray[np.floating], alphabet: Alphabet) -> None:
    """Raise AlphabetError where `log_probs` (..., C) are not those of a model of this alphabet."""
    if log_probs.shape[-1] != len(alphabet) + 1:
        raise AlphabetError(
            f"log_probs have {log_probs.shape[-1]} classes, blank included, but {alphabet!r} "
            f"has {len(alphabet)} symbols and needs {len(alphabet) + 1}.\n"
            "    Decode with the alphabet that the model was built for."
        )
