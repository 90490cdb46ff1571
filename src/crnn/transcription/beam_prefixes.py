"""The prefixes of a beam search as a tree that grows from frame to frame, for one image.

    Frame      (p of the blank, [(symbol, p), ...]): one frame, only the symbols that are worth a try
    node       a prefix: its parent with one symbol more, so "ab" is one node whichever path spells it
    on_blank   sum over the paths that spell a prefix and stand on a blank, by its weights
    on_symbol  the same for those that stand on its last symbol

From its last symbol a path enters the same symbol anew only through a blank: "aa" is one a. Sums are
plain products, scaled by the best one in each frame, so that they neither vanish nor overflow.
"""

import math
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.transcription.language import Language
from crnn.transcription.ngrams import EDGE

Frame = tuple[float, list[tuple[int, float]]]
Row = tuple[Sequence[float], Sequence[int]]
"""What each class multiplies a sum by, and the state after it."""
Found = tuple[list[int], float]
"""A label, and ln of what its symbols and its end have been weighted by."""

_ROOT = 0
_KEPT_ROWS = 20_000  # some 25 MB for an alphabet of 94


def frames(log_probs: NDArray[np.floating], least_share: float) -> list[Frame]:
    """Return the frames of `log_probs` (T, C) that say something.

    A symbol less likely than `least_share` of its frame's likeliest class counts as impossible.
    Where no symbol is left, a frame makes every path stand on a blank and changes all sums by one
    factor, that of the blank. A second such frame in a row only repeats the factor, which no
    comparison of prefixes feels, so it is left out.
    """
    p = np.exp(log_probs, dtype=np.float64)  # (T, C)
    tried = (p >= least_share * p.max(axis=1, keepdims=True)) & (p > 0)
    tried[:, BLANK] = False
    found: list[Frame] = [(blank, []) for blank in p[:, BLANK].tolist()]
    frame, symbol = tried.nonzero()
    tried_p = p[frame, symbol].tolist()
    for row, which, p_of_it in zip(frame.tolist(), symbol.tolist(), tried_p, strict=True):
        found[row][1].append((which, p_of_it))
    return [one for place, one in enumerate(found) if one[1] or place == 0 or found[place - 1][1]]


class Weights:
    """What symbols multiply the sums of a prefix by: a language model and a bonus, or nothing.

    Safe to share among threads.
    """

    def __init__(self, classes: int, language: Language | None, weight: float, bonus: float) -> None:
        self.start = language.start if language else 0
        self.bonus = bonus if language else 0.0
        self._language, self._weight = language, weight
        self._rows: dict[int, Row] = {}
        if language is None:
            self._rows[0] = [1.0] * classes, [0] * classes

    def rows(self, states: Sequence[int]) -> list[Row]:
        """Return the row of each state, computed where it is not known yet."""
        known = self._rows
        rows = [known.get(state) for state in states]
        if None in rows and self._language is not None:
            lacking = np.array([state for state, row in zip(states, rows, strict=True) if row is None])
            log_p, after = self._language.distributions(lacking)  # (K, C)
            factors = np.exp(self._weight * log_p + self.bonus)
            if len(known) > _KEPT_ROWS:
                known.clear()
            fresh = {
                state: (array("d", factors[place]), array("l", after[place]))
                for place, state in enumerate(lacking.tolist())
            }
            known.update(fresh)
            rows = [row or fresh[state] for state, row in zip(states, rows, strict=True)]
        return rows  # type: ignore[return-value]  # none is None any more

    def of_end(self, state: int) -> float:
        """Return ln of the factor of a text's end, which has no bonus."""
        ((factors, _),) = self.rows([state])
        return _log(factors[EDGE]) - self.bonus


class Tree:
    """The prefixes of one image."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._parent, self._symbol = [_ROOT], [BLANK]
        self._factor, self._state = [1.0], [weights.start]
        self._children: dict[tuple[int, int], int] = {}
        self._beam = [(_ROOT, 1.0, 0.0)]  # as if a blank had been seen before the first frame

    def grow(self, frame: Frame, width: int, least_score: float) -> None:
        """Take one frame, and keep the `width` best of the prefixes that it leads to.

        A prefix gains a symbol only where what goes there is `least_score` of the best one's sum at
        least. Of prefixes that are equally good either may go.
        """
        blank, tried = frame
        on_blank: dict[int, float] = {}
        on_symbol: dict[int, float] = {}
        symbols, states = self._symbol, self._state
        rows = self._weights.rows([states[node] for node, _, _ in self._beam])
        for (node, from_blank, from_symbol), row in zip(self._beam, rows, strict=True):
            total, last = from_blank + from_symbol, symbols[node]
            on_blank[node] = on_blank.get(node, 0.0) + total * blank
            for symbol, p in tried:
                arriving = total * p
                if symbol == last:
                    on_symbol[node] = on_symbol.get(node, 0.0) + from_symbol * p
                    arriving = from_blank * p
                if arriving > least_score:
                    child = self._children.get((node, symbol))
                    if child is None:
                        child = self._add(node, symbol, row)
                    on_symbol[child] = on_symbol.get(child, 0.0) + arriving * self._factor[child]
        self._keep(on_blank, on_symbol, width)

    def _add(self, node: int, symbol: int, row: Row) -> int:
        child = self._children[node, symbol] = len(self._parent)
        self._parent.append(node)
        self._symbol.append(symbol)
        self._factor.append(row[0][symbol])
        self._state.append(row[1][symbol])
        return child

    def _keep(self, on_blank: dict[int, float], on_symbol: dict[int, float], width: int) -> None:
        """Make the beam of the `width` best, the best one's sum being 1."""
        sums = [(blank + on_symbol.get(node, 0.0), node) for node, blank in on_blank.items()]
        sums += [(symbol, node) for node, symbol in on_symbol.items() if node not in on_blank]
        sums.sort(reverse=True)
        best = sums[0][0] if sums else 0.0
        self._beam = [
            (node, on_blank.get(node, 0.0) / best, on_symbol.get(node, 0.0) / best)
            for total, node in sums[:width]
            if total > 0
        ]

    def labels(self) -> list[Found]:
        """Return the labels in the beam, best first."""
        return [self._label(node) for node, _, _ in self._beam]

    def _label(self, node: int) -> Found:
        label, worth = [], self._weights.of_end(self._state[node])
        while node != _ROOT:
            label.append(self._symbol[node])
            worth += _log(self._factor[node])
            node = self._parent[node]
        return label[::-1], worth


def _log(factor: float) -> float:
    return math.log(factor) if factor > 0 else -math.inf
