"""The prefixes of a beam search as a tree that grows from frame to frame, for one image.

    Frame      (p of the blank, [(symbol, p), ...]): one frame, only the symbols that are worth a try
    node       a prefix: its parent with one symbol more, so "ab" is one node whichever path spells it
    on_blank   sum over the paths that spell a prefix and stand on a blank, by its weights
    on_symbol  the same for those that stand on its last symbol

From its last symbol a path enters the same symbol anew only through a blank: "aa" is one a. Sums are
plain products, scaled by the best one in each frame, so that they neither vanish nor overflow.
"""

import math

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.transcription.language import Language
from crnn.transcription.ngrams import EDGE

Frame = tuple[float, list[tuple[int, float]]]
Found = tuple[list[int], float]
"""A label, and ln of what its symbols and its end have been weighted by."""

_ROOT = 0


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


class Tree:
    """The prefixes of one image, weighed by ln p of `language` times `weight`, and `bonus` a symbol."""

    def __init__(self, language: Language | None, weight: float, bonus: float) -> None:
        self._language, self._weight, self._bonus = language, weight, bonus
        self._parent, self._symbol = [_ROOT], [BLANK]
        self._worth, self._factor = [0.0], [1.0]  # of its last symbol, as a logarithm and as it is
        self._state = [language.start if language else 0]
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
        for node, from_blank, from_symbol in self._beam:
            total, last = from_blank + from_symbol, self._symbol[node]
            on_blank[node] = total * blank
            for symbol, p in tried:
                arriving = total * p
                if symbol == last:
                    on_symbol[node] = on_symbol.get(node, 0.0) + from_symbol * p
                    arriving = from_blank * p
                if arriving > least_score:
                    child = self._children.get((node, symbol))
                    if child is None:
                        child = self._add(node, symbol)
                    on_symbol[child] = on_symbol.get(child, 0.0) + arriving * self._factor[child]
        self._keep(on_blank, on_symbol, width)

    def _add(self, node: int, symbol: int) -> int:
        worth, state = 0.0, 0
        if self._language:
            log_p, state = self._language.step(self._state[node], symbol)
            worth = self._weight * log_p + self._bonus
        child = self._children[node, symbol] = len(self._parent)
        self._parent.append(node)
        self._symbol.append(symbol)
        self._worth.append(worth)
        self._factor.append(math.exp(worth))
        self._state.append(state)
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
        label, worth = [], 0.0
        if self._language:
            worth = self._weight * self._language.step(self._state[node], EDGE)[0]
        while node != _ROOT:
            label.append(self._symbol[node])
            worth += self._worth[node]
            node = self._parent[node]
        return label[::-1], worth
