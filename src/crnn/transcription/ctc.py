"""Connectionist temporal classification: paths, labels, probabilities (paper §2.3.1).

    log_probs  (T, C) or (T, N, C)   natural log, sums to 1 over C; class 0 is the blank
    classes    one label, as classes 1 .. C - 1
    returns    ln p(label | frames), the sum over all paths that collapse to the label (eq. 1)

A path names one class per frame. It collapses to a label by merging equal neighbours and then
dropping blanks, so "aab" and "a-b" are both "ab", and "aa" can only be reached through "a-a".
A label of L symbols has a number of paths that grows exponentially in T. They need not be listed:
paths that have spelt the same part of the label share their future, so one sum for each part, kept
from frame to frame, is enough (the forward algorithm of Graves et al. 2006).
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.errors import LabelError


def collapse(path: Iterable[int]) -> list[int]:
    """Merge equal neighbours, then drop blanks: the map B of the paper, from paths to labels.

    >>> collapse([0, 3, 3, 0, 3, 5, 5])
    [3, 3, 5]
    """
    return [merged for merged, _ in groupby(path) if merged != BLANK]


def log_prob(log_probs: NDArray[np.floating], classes: Sequence[int]) -> float:
    """Sum eq. 1 for one image: ln p(classes | log_probs), with `log_probs` (T, C).

    It is -inf where no path spells the label: more symbols, counting the blank that each repeat
    needs, than frames. LabelError: a class that is the blank, or outside `log_probs`.

    >>> float(round(np.exp(log_prob(np.log([[0.6, 0.4], [0.6, 0.4]]), [1])), 6))
    0.64
    """
    return float(log_prob_batch(log_probs[:, np.newaxis], [classes])[0])


def log_prob_batch(log_probs: NDArray[np.floating], labels: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Sum eq. 1 for N images at once: ln p(labels[n] | log_probs[:, n]) as (N,).

    `log_probs` is (T, N, C), `labels` holds N labels of any lengths. Errors as in `log_prob`.

    For every l = 0 .. L three sums are carried over the frames, each over all paths that have
    spelt exactly the first l symbols so far:

        on_symbol[l]   those that stand on symbol l      (none for l = 0)
        on_blank[l]    those that stand on a blank
        spelt[l]       all of them: on_symbol[l] + on_blank[l]

    A frame then moves every path one step. It may go to a blank from anywhere, stay on its symbol,
    or enter the next symbol from anywhere; only a symbol equal to the one before must be entered
    from the blank, or the two would collapse into one:

        on_blank'[l]  = p(blank) * spelt[l]
        on_symbol'[l] = p(l-th symbol) * (on_symbol[l] + (on_blank if repeat else spelt)[l - 1])

    Products are sums of logarithms here, so probabilities of any smallness keep their digits.
    """
    frames, images, class_count = log_probs.shape
    check_labels(labels, images, class_count)
    symbols, lengths = _stack(labels)  # (L, N), (N,)
    longest, every = len(symbols), np.arange(images)
    symbol_log_probs = log_probs[:, every, symbols]  # (T, N, C) -> (T, L, N)
    blank_log_probs = log_probs[:, :, BLANK]  # (T, N)
    repeat = np.zeros((longest, images), dtype=bool)
    repeat[1:] = symbols[1:] == symbols[:-1]

    on_symbol = np.full((longest + 1, images), -np.inf)  # (L + 1, N)
    on_blank = np.full((longest + 1, images), -np.inf)
    on_blank[0] = 0.0  # before the first frame nothing is spelt, as if a blank had been seen
    spelt = np.logaddexp(on_symbol, on_blank)
    for frame in range(frames):
        entering = np.where(repeat, on_blank[:-1], spelt[:-1])  # (L, N)
        on_symbol[1:] = np.logaddexp(on_symbol[1:], entering) + symbol_log_probs[frame]
        on_blank = spelt + blank_log_probs[frame]
        spelt = np.logaddexp(on_symbol, on_blank)
    total: NDArray[np.float64] = spelt[lengths, every]
    return total


def check_labels(labels: Sequence[Sequence[int]], images: int, class_count: int) -> None:
    """Raise LabelError unless there is one label per image, all of classes 1 .. C - 1."""
    if len(labels) != images:
        raise LabelError(f"{len(labels)} labels for {images} images; give one label per image.")
    for place, label in enumerate(labels):
        if len(label) and not BLANK < min(label) <= max(label) < class_count:
            raise LabelError(
                f"label {place} of the batch, classes {list(label)}, has a class outside "
                f"1..{class_count - 1} (class 0 is the blank, C = {class_count}).\n"
                "    Encode labels with the alphabet that the model was built for."
            )


def _stack(labels: Sequence[Sequence[int]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Put N labels of several lengths into one array (L, N), and their lengths into (N,).

    Shorter labels are filled up with blanks. Sums of the first l symbols never look past l, so
    what stands there has no influence.
    """
    lengths = np.array([len(label) for label in labels], dtype=np.intp)
    symbols = np.full((int(lengths.max(initial=0)), len(labels)), BLANK, dtype=np.intp)
    for place, label in enumerate(labels):
        symbols[: len(label), place] = label
    return symbols, lengths
