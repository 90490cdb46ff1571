"""Prefix beam search: the likeliest texts, summed over their paths (paper §2.3.2 asks for the best label).

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists of Hypotheses, best first

The best path need not belong to the best text. This search walks the frames once and keeps, in
place of paths, the texts that were spelt so far: *prefixes*, each with the sum over the paths that
spell it (Graves and Jaitly 2014; Hannun et al. 2014).

What the beam lets go is lost to its sums. So they only choose; what is returned has been summed
again over all paths (`ctc.log_prob_stacked`), and that sum decides the order and the confidence.

    without a language   confidence = p(text | image), the exact sum over all paths
    with one             the sums of all texts found are shared out among them once more, in
                         proportion to p(text | image) * p(text | language)^weight * e^(bonus * symbols)

The prefixes of a beam search as a tree that grows from frame to frame, for one image.

    Frame      (p of the blank, [(symbol, p), ...]): one frame, only the symbols that are worth a try
    node       a prefix: its parent with one symbol more, so "ab" is one node whichever path spells it
    on_blank   sum over the paths that spell a prefix and stand on a blank, by its weights
    on_symbol  the same for those that stand on its last symbol

From its last symbol a path enters the same symbol anew only through a blank: "aa" is one a. Sums are
plain products, scaled by the best one in each frame, so that they neither vanish nor overflow.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK, Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.language.model import EDGE, Language
from crnn.transcription.ctc import log_prob_stacked, stack_labels
from crnn.transcription.greedy import check_classes
from crnn.transcription.hypothesis import Hypothesis

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


@dataclass(frozen=True, kw_only=True, slots=True)
class BeamConfig:
    """How wide to search, what to return, and how much a language model counts.

    Texts are ranked by ln p(text | frames), or with a language model by

        ln p(text | frames) + language_weight * ln p(text | language) + symbol_bonus * symbols
    """

    width: int = 10
    """Prefixes kept after each frame."""
    top: int = 5
    """Hypotheses returned for an image at most; never more than `width`."""
    least_share: float = 0.001
    """A symbol is tried in a frame only where its probability is at least this part of the frame's
    likeliest class's; elsewhere it counts as impossible while searching. 0 tries all of them."""
    least_score: float = 0.0
    """A prefix gains a symbol only where the sum over the paths that go there is at least this part
    of the best prefix's. 0 lets all grow."""
    language_weight: float = 0.35
    """Factor on the language model's ln p; without a language model it does nothing. This and the
    bonus were chosen on training words shrunk to 10 px (docs/log.md#own-language)."""
    symbol_bonus: float = 1.0
    """Added for each symbol, since a language model likes short texts; nothing without one."""

    def __post_init__(self) -> None:
        """Raise ModelError for a number that is out of range."""
        for name in ("width", "top"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ModelError(f"beam {name} is {value!r}; it must be an integer of 1 or more.")
        for name in ("least_share", "least_score"):
            if not 0 <= getattr(self, name) <= 1:
                raise ModelError(f"beam {name} is {getattr(self, name)}; it must lie between 0 and 1.")
        if not 0 <= self.language_weight < math.inf:
            raise ModelError(f"beam language_weight is {self.language_weight}; it must be 0 or more.")
        if not -100 <= self.symbol_bonus <= 100:
            raise ModelError(f"beam symbol_bonus is {self.symbol_bonus}; it must lie between -100 and 100.")


class BeamDecoder:
    """Finds the likeliest texts of each image, with a language model or without.

    >>> decode = BeamDecoder(Alphabet("a"))
    >>> ((best, other),) = decode(np.log([[[0.6, 0.4]], [[0.6, 0.4]]]))  # (T=2, N=1, C=2): blank, 'a'
    >>> best.text, round(best.probability, 2)  # "aa", "a-" and "-a" together
    ('a', 0.64)
    >>> other.text, round(other.probability, 2)  # "--", the best path
    ('', 0.36)
    """

    def __init__(
        self, alphabet: Alphabet, config: BeamConfig | None = None, language: Language | None = None
    ) -> None:
        """Join the parts; AlphabetError for a language model of other symbols."""
        if language is not None and language.alphabet != alphabet:
            raise AlphabetError(
                f"the language model spells {language.alphabet!r:.80}, the reader {alphabet!r:.80}.\n"
                "    Train one for the reader's alphabet: crnn language train --alphabet ..."
            )
        self.alphabet = alphabet
        self.config = config or BeamConfig()
        self.language = language

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Decode N images from `log_probs` (T, N, C): for each its hypotheses, best first, at least one.

        A text of probability 0 is returned only where all others are no likelier. AlphabetError: an
        alphabet of another size than the C classes.
        """
        check_classes(log_probs, self.alphabet)
        found = [self._search(log_probs[:, image]) for image in range(log_probs.shape[1])]
        counts = [len(texts) for texts in found]
        images = np.arange(len(found)).repeat(counts)  # (M,) of N * W
        labels = [label for texts in found for label, _ in texts]
        log_p = log_prob_stacked(log_probs, images, *stack_labels(labels))
        parts = np.split(log_p, np.cumsum(counts)[:-1])
        return [self._hypotheses(texts, part) for texts, part in zip(found, parts, strict=False)]

    def _search(self, log_probs: NDArray[np.floating]) -> list[Found]:
        """Return the texts in one image's beam after the last frame."""
        bonus = self.config.symbol_bonus if self.language else 0.0
        tree = Tree(self.language, self.config.language_weight, bonus)
        for frame in frames(log_probs, self.config.least_share):
            tree.grow(frame, self.config.width, self.config.least_score)
        return tree.labels() or [([], 0.0)]  # frames that allow nothing: some text of probability 0

    def _hypotheses(self, texts: list[Found], log_p: NDArray[np.float64]) -> list[Hypothesis]:
        """Order the texts of one image by ln p, (W,), and what the language gives them."""
        score = log_p + np.array([worth for _, worth in texts])
        order = np.argsort(-score, kind="stable")
        # Rounding in a certain frame may lift a sum a hair above 1.
        shares = np.minimum(1.0, shared(log_p, score))
        chosen = [int(place) for place in order[: self.config.top] if place == order[0] or shares[place] > 0]
        return [
            Hypothesis(text=self.alphabet.decode(texts[place][0]), probability=float(shares[place]))
            for place in chosen
        ]


def shared(log_p: NDArray[np.float64], score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share out the sum of all p in proportion to e^score; equal scores leave p as it is. All (W,).

    >>> shared(np.log([0.3, 0.2]), np.log([0.3, 0.6])).round(3).tolist()
    [0.167, 0.333]
    """
    if (score == log_p).all() or not np.isfinite(score.max()):
        return np.exp(log_p)
    weights = np.exp(score - score.max())
    return np.exp(log_p).sum() * weights / weights.sum()  # type: ignore[no-any-return]
