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
from itertools import chain, groupby

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
    """
    check_labels(labels, log_probs.shape[1], log_probs.shape[2])
    return log_prob_stacked(log_probs, np.arange(len(labels)), *stack_labels(labels))


def log_prob_stacked(
    log_probs: NDArray[np.floating],
    images: NDArray[np.intp],
    symbols: NDArray[np.intp],
    lengths: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Sum eq. 1 for M labels, several of which may belong to one image: ln p as (M,).

    images    (M,)     label m is looked for in log_probs[:, images[m]]
    symbols   (L, M)   the labels, as classes 1 .. C - 1, unchecked, filled up with anything
    lengths   (M,)

    Probabilities are multiplied as they are, which is many times as fast as adding logarithms;
    those too small for that are summed again in logarithms, so that probabilities of any
    smallness keep their digits.
    """
    alone = len(images) == 1 and lengths[0] <= _SHORT
    with np.errstate(all="ignore"):  # what leaves the range of floats is summed again
        if alone:
            sums = np.array([_sum_one(log_probs[:, images[0]], symbols[: lengths[0], 0])])
        else:
            sums = _sum_products(log_probs, images, symbols, lengths)
        total: NDArray[np.float64] = np.log(sums)
    total -= np.log(_START)
    again = np.flatnonzero(~((total > _SMALLEST_LN) & (total < np.inf)))
    if again.size:
        total[again] = _sum_logarithms(log_probs, images[again], symbols[:, again], lengths[again])
    return total


_START = 2.0**900
"""What the empty path counts in place of 1: room for products far below the smallest float."""
_SMALLEST_LN = float(np.log(2.0) * (-960 - 900))
"""Below this, products that became 0 on the way could be missed in the sum."""
_SHORT = 32
"""Symbols up to which one label alone is summed faster in Python's floats than by NumPy."""


def _sum_products(
    log_probs: NDArray[np.floating],
    images: NDArray[np.intp],
    symbols: NDArray[np.intp],
    lengths: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Sum eq. 1 by products: _START * p as (M,).

    For every l = 0 .. L two sums are carried over the frames, each over all paths that have
    spelt exactly the first l symbols so far:

        on_symbol[l]   those that stand on symbol l      (none for l = 0)
        on_blank[l]    those that stand on a blank

    A frame then moves every path one step. It may go to a blank from anywhere, stay on its symbol,
    or enter the next symbol from anywhere; only a symbol equal to the one before must be entered
    from the blank, or the two would collapse into one:

        on_blank'[l]  = p(blank) * (on_blank[l] + on_symbol[l])
        on_symbol'[l] = p(l-th symbol) * (on_symbol[l] + on_blank[l - 1] + on_symbol[l - 1] unless repeat)
    """
    frames, count, class_count = log_probs.shape
    probs = np.exp(log_probs, dtype=np.float64).reshape(frames, count * class_count)
    blanks = probs[:, images * class_count + BLANK]  # (T, M)
    place = images * class_count + symbols  # (L, M) into N * C
    enters = 1.0 - _is_repeat(symbols)  # (L, M) 0 where the step from symbol to symbol is barred
    on_symbol = np.zeros((len(symbols) + 1, len(images)))  # (L + 1, M)
    on_blank = np.zeros_like(on_symbol)
    on_blank[0] = _START  # before the first frame nothing is spelt, as if a blank had been seen
    arriving, symbol_probs = np.empty_like(enters), np.empty_like(enters)
    for frame in range(frames):
        np.take(probs[frame], place, out=symbol_probs, mode="clip")  # (N * C,) -> (L, M)
        np.multiply(on_symbol[:-1], enters, out=arriving)
        arriving += on_blank[:-1]
        arriving += on_symbol[1:]
        arriving *= symbol_probs
        on_blank += on_symbol
        on_blank *= blanks[frame]
        on_symbol[1:] = arriving
    every = np.arange(len(images))
    total: NDArray[np.float64] = (on_symbol + on_blank)[lengths, every]
    return total


def _sum_one(log_probs: NDArray[np.floating], classes: NDArray[np.intp]) -> float:
    """Sum eq. 1 for one image as `_sum_products` does, to the bit: log_probs (T, C), classes (L,).

    An array of ten numbers costs NumPy more than the ten numbers: this is four times as fast for
    the words that a reader is given one by one.
    """
    probs = np.exp(log_probs, dtype=np.float64)
    enters = (1.0 - _is_repeat(classes)).tolist()
    on_symbol = [0.0] * len(classes)  # (L,) of symbols 1 .. L
    on_blank = [_START] + [0.0] * len(classes)  # (L + 1,)
    for blank, symbol_probs in zip(probs[:, BLANK].tolist(), probs[:, classes].tolist(), strict=True):
        before, moved = 0.0, []  # on_symbol[l - 1], and the new on_symbol
        for number, symbol_prob in enumerate(symbol_probs):
            arriving = before * enters[number] + on_blank[number] + on_symbol[number]
            moved.append(arriving * symbol_prob)
            on_blank[number] = (on_blank[number] + before) * blank
            before = on_symbol[number]
        on_blank[-1] = (on_blank[-1] + before) * blank
        on_symbol = moved
    return (on_symbol[-1] if on_symbol else 0.0) + on_blank[-1]


def _sum_logarithms(
    log_probs: NDArray[np.floating],
    images: NDArray[np.intp],
    symbols: NDArray[np.intp],
    lengths: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Sum eq. 1 as `_sum_products` does, in logarithms: ln p as (M,)."""
    repeat = _is_repeat(symbols)
    on_symbol = np.full((len(symbols) + 1, len(images)), -np.inf)  # (L + 1, M)
    on_blank = np.full_like(on_symbol, -np.inf)
    on_blank[0] = 0.0
    spelt = np.logaddexp(on_symbol, on_blank)
    for frame in log_probs:  # (N, C)
        entering = np.where(repeat, on_blank[:-1], spelt[:-1])  # (L, M)
        on_symbol[1:] = np.logaddexp(on_symbol[1:], entering) + frame[images, symbols]
        on_blank = spelt + frame[images, BLANK]
        spelt = np.logaddexp(on_symbol, on_blank)
    total: NDArray[np.float64] = spelt[lengths, np.arange(len(images))]
    return total


def _is_repeat(symbols: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which symbols (L, M) or (L,) equal the one before."""
    repeat = np.zeros(symbols.shape, dtype=bool)
    repeat[1:] = symbols[1:] == symbols[:-1]
    return repeat


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


def stack_labels(labels: Sequence[Sequence[int]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Put M labels of several lengths into one array (L, M), and their lengths into (M,)."""
    lengths = np.fromiter(map(len, labels), dtype=np.intp, count=len(labels))
    classes = np.fromiter(chain.from_iterable(labels), dtype=np.intp, count=int(lengths.sum()))
    return stack(classes, lengths), lengths


def stack(classes: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Put M labels, given one after the other, into one array (L, M), filled up with blanks.

    Sums of the first l symbols never look past l, so what stands there has no influence.

    >>> stack(np.array([3, 1, 2]), np.array([1, 2])).tolist()
    [[3, 1], [0, 2]]
    """
    inside = np.arange(lengths.max(initial=0)) < lengths[:, np.newaxis]  # (M, L)
    symbols = np.full(inside.shape, BLANK, dtype=np.intp)
    symbols[inside] = classes
    return np.ascontiguousarray(symbols.T)
