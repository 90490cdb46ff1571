"""Alignment: which frames spell which symbol of a text, and how sure each symbol is (paper §2.3.1).

    log_probs    (T, C)   natural log, sums to 1 over C; class 0 is the blank
    classes      L        the text, as classes 1 .. C - 1
    frames       L        [first, last + 1) of each symbol on the best path that spells the text
    posteriors   (L,)     p(this symbol at this place | image, the symbols around it as they are)

The posterior of place l compares the text with the C - 1 texts that differ from it there alone:
p(text) over the sum of their probabilities, each the sum over all its paths (eq. 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK, frames_needed, too_few_frames
from crnn.transcription.ctc import check_labels

Floats = NDArray[np.float64]

LEAST = -1e30
"""Logarithm of what is as good as nothing; unlike -inf, it can be taken from itself."""
RANGE = 600.0
"""Natural log of a factor that a float64 holds, with room for T."""
UNSEEN = -1e4
"""The best path may cross a frame of probability 0 where it must, at this price (natural log)."""


def align(log_probs: NDArray[np.floating], classes: Sequence[int]) -> list[tuple[int, int]]:
    """Find the best path of a text: each symbol's first frame, and the one after its last.

    LabelError: more symbols, counting the blank that each repeat needs, than frames; a class that
    is the blank, or outside `log_probs` (T, C).

    >>> frames = np.log([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.1, 0.9]])
    >>> align(frames, [1, 1]), align(frames, [1])
    ([(0, 2), (3, 4)], [(0, 4)])
    """
    _check(log_probs, classes)
    if not len(classes):
        return []
    states = np.full(2 * len(classes) + 1, BLANK)  # blank, symbol, blank, ... symbol, blank
    states[1::2] = classes
    passing = np.where(states[2:] == states[:-2], -np.inf, 0.0)  # into a symbol past the blank before it
    passing[::2] = -np.inf  # and never into a blank
    scores = np.maximum(log_probs[:, states], UNSEEN).astype(np.float64)  # (T, 2L + 1)
    best = scores[0]
    best[2:] = -np.inf
    for earlier, score in pairwise(scores):  # a row becomes the best path up to it
        best = earlier.copy()
        np.maximum(best[1:], earlier[:-1], out=best[1:])
        np.maximum(best[2:], earlier[:-2] + passing, out=best[2:])
        np.add(score, best, out=score)
    return _frames(_trace(scores.tolist(), [-np.inf, -np.inf, *passing.tolist()]), len(classes))


def posteriors(log_probs: NDArray[np.floating], classes: Sequence[int]) -> Floats:
    """Weigh each symbol of a text against all others in its place: (L,), 0..1.

    One pass over the (T, L, C - 1) sums of all paths that stand on symbol c as place l; `_Around`
    says what the rest of the text allows before and after. 0 where the text has probability 0.
    Errors as in `align`.

    >>> posteriors(np.log([[0.1, 0.6, 0.3], [0.8, 0.1, 0.1]]), [1]).round(3).tolist()
    [0.663]
    """
    _check(log_probs, classes)
    if not len(classes):
        return np.empty(0)
    around = _around(log_probs.astype(np.float64), np.asarray(classes))
    sums = _substitutions(log_probs[:, 1:].astype(np.float64), np.asarray(classes) - 1, around)  # (L, C - 1)
    own = sums[np.arange(len(classes)), np.asarray(classes) - 1]
    shares: Floats = own / np.maximum(sums.sum(1), np.finfo(float).tiny)
    return shares


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """Natural logs of what stands before and after each place of the text; all (T, L)."""

    on: Floats
    """[t, l]: p(frames 0 .. t spell the first l + 1 symbols, and frame t stands on the last of them)."""
    before: Floats
    """[t, l]: p(frames 0 .. t - 1 spell the first l symbols)."""
    before_blank: Floats
    """The same, ending in a blank: what may go before a symbol like the one before it."""
    after: Floats
    """[t, l]: p(frames t + 1 .. T - 1 spell the symbols past place l)."""
    after_blank: Floats
    """The same, beginning with a blank."""


def _around(log_probs: Floats, classes: NDArray[np.integer]) -> _Around:
    """Run the forward algorithm of `ctc.log_prob_batch` from both ends at once.

    What comes after a place is what comes before it when frames and text are read backwards.
    """
    frames, length = len(log_probs), len(classes)
    ways = np.stack([classes, classes[::-1]])  # (2, L)
    both = np.stack([log_probs, log_probs[::-1]], 1)  # (T, 2, C)
    symbol_log_probs = both[:, [[0], [1]], ways]  # (T, 2, L)
    blank_log_probs = both[:, :, BLANK, None]  # (T, 2, 1)
    repeat = np.zeros((2, length), bool)
    repeat[:, 1:] = ways[:, 1:] == ways[:, :-1]
    on_symbol = np.full((frames + 1, 2, length + 1), -np.inf)
    on_blank, spelt = on_symbol.copy(), on_symbol.copy()
    spelt[0, :, 0] = on_blank[0, :, 0] = 0.0  # as if a blank had been seen before the first frame
    entered, left_spelt, left_blank = on_symbol[:, :, 1:], spelt[:, :, :-1], on_blank[:, :, :-1]
    for frame, (symbol, blank) in enumerate(zip(symbol_log_probs, blank_log_probs, strict=True)):
        entering = np.where(repeat, left_blank[frame], left_spelt[frame])
        np.add(np.logaddexp(entered[frame], entering), symbol, out=entered[frame + 1])
        np.add(spelt[frame], blank, out=on_blank[frame + 1])
        np.logaddexp(on_symbol[frame + 1], on_blank[frame + 1], out=spelt[frame + 1])
    return _Around(
        on=on_symbol[1:, 0, 1:],
        before=spelt[:-1, 0, :-1],
        before_blank=on_blank[:-1, 0, :-1],
        after=spelt[-2::-1, 1, -2::-1],
        after_blank=on_blank[-2::-1, 1, -2::-1],
    )


def _substitutions(symbol_log_probs: Floats, symbols: NDArray[np.integer], around: _Around) -> Floats:
    """Sum the paths of every text with one symbol replaced: (L, C - 1), each row up to a factor.

    symbol_log_probs   (T, C - 1)   without the blank;   symbols   L of 0 .. C - 2

    standing[t] sums the paths that stand on c as place l in frame t: they stood there in frame
    t - 1, or enter. It is kept as a factor times e^level, a level for each frame and place.
    """
    places = np.arange(len(symbols))
    second, first = (places[1:], symbols[:-1]), (places[:-1], symbols[1:])  # equal to a neighbour
    peak = np.maximum(symbol_log_probs.max(1), UNSEEN)[:, None]  # (T, 1)
    probs = np.exp(symbol_log_probs - peak)  # (T, C - 1)
    level = _levels(peak, around)  # (T, L)
    standing = np.exp(around.before + peak - level)[:, :, None] * probs[:, None]  # (T, L, C - 1)
    entering = np.exp(around.before_blank + peak - level)[:, 1:]
    standing[:, *second] = entering * probs[:, symbols[:-1]]
    staying = np.exp(level[:-1] + peak[1:] - level[1:])[:, :, None] * probs[1:, None]
    for now, before, stays in zip(standing[1:], standing, staying, strict=False):
        np.add(now, np.multiply(stays, before, out=stays), out=now)
    leaving = level + around.after
    top = np.maximum(leaving.max(0), LEAST)  # (L,)
    sums: Floats = np.einsum("tlc,tl->lc", standing, np.exp(leaving - top))
    leaving_blank = np.exp(level + around.after_blank - top)[:, :-1]
    sums[first] = (standing[:, *first] * leaving_blank).sum(0)
    return sums


def _levels(peak: Floats, around: _Around) -> Floats:
    """Choose levels (T, L) at which no sum overflows, and the text's own do not underflow.

    peak   (T, 1)   natural log of the likeliest symbol of each frame

    No sum can be more than T times what enters at the best time and meets the likeliest symbols
    only. A text that falls far below that is its own measure.
    """
    ridden = peak.cumsum(0)
    highest = ridden + np.maximum.accumulate(np.maximum(around.before, LEAST) - ridden + peak)
    return np.maximum(around.on, highest - RANGE)


def _trace(best: list[list[float]], passing: list[float]) -> list[int]:
    """Follow the best path back from its last frame: T states of 0 .. 2L."""
    last = len(best[0]) - 1
    state = last if best[-1][last] >= best[-1][last - 1] else last - 1
    path = [state]
    for row in reversed(best[:-1]):
        came = state
        if state > 0 and row[state - 1] > row[came]:
            came = state - 1
        if state > 1 and row[state - 2] + passing[state] > row[came]:
            came = state - 2
        state = came
        path.append(state)
    return path[::-1]


def _frames(path: list[int], length: int) -> list[tuple[int, int]]:
    """Take each symbol's run of frames, states 1, 3, 5, ..., out of a path."""
    starts = [path.index(2 * place + 1) for place in range(length)]
    return [(start, start + path.count(2 * place + 1)) for place, start in enumerate(starts)]


def _check(log_probs: NDArray[np.floating], classes: Sequence[int]) -> None:
    frames, class_count = log_probs.shape
    check_labels([classes], 1, class_count)
    if frames_needed(classes) > frames:
        raise too_few_frames(
            classes,
            frames,
            text=f"a text of {len(classes)} symbols, classes {list(classes)},",
            image="this image",
            way_out="Align a shorter text, or read the image at a larger width.",
        )
