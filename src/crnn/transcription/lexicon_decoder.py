"""The most probable word of a lexicon (paper §2.3.3, equation 2).

    log_probs   (T, N, C)   natural log; class 0 is the blank
    returns     N lists of Hypotheses, best first

Of a small lexicon every word is scored, as the paper does. Where the paper looks only at the words
of a large one that are near the greedy text (`bktree.py`), and may miss the best, here the tree of
prefixes is searched (`search.py`): the answer is exact for any lexicon.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, DataError, OptionError
from crnn.transcription.ctc import log_prob_stacked, stack
from crnn.transcription.exact.automaton import of_tree
from crnn.transcription.exact.search import Limits, search
from crnn.transcription.greedy import check_classes, greedy_batch
from crnn.transcription.hypothesis import Hypothesis
from crnn.transcription.lexicon import Lexicon

SMALL = 100
"""Texts up to which all are scored: of so few a tree saves nothing, for one image alone up to 400."""
_AT_ONCE = 1024
"""Texts scored in one piece."""
_IMAGES = 64
"""Images searched in one piece."""

_Scored = tuple[list[str], list[float], float]
"""Texts, best first, the ln p of each, and ln of the sum over all accepted texts."""


class LexiconDecoder:
    """Reads words of one lexicon, and no others.

    >>> lexicon = Lexicon(["ab", "b"], Alphabet("ab"))
    >>> decode = LexiconDecoder(Alphabet("ab"), lexicon=lexicon)
    >>> [[best]] = decode(np.log([[[0.2, 0.7, 0.1]], [[0.3, 0.3, 0.4]]]))
    >>> best.text, round(best.probability, 3), round(best.conditional_probability, 3)
    ('ab', 0.28, 0.651)
    """

    def __init__(
        self, alphabet: Alphabet, *, lexicon: Lexicon, top: int = 1, oov_factor: float | None = None
    ) -> None:
        """Prepare to decode for one alphabet, which the lexicon must have been made for.

        top              hypotheses wanted for each image; with a lexicon that folds case, only the
                         best casing of a word is one
        oov_factor   the greedy text is answered, too, where it is no word of the lexicon and
                         more than so many times as probable as the best one; its conditional
                         probability is None. None: never
        """
        self.decode_lists = ListsDecoder(alphabet, top=top, oov_factor=oov_factor)
        self.decode_lists.check(lexicon)
        self.lexicon = lexicon

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Read N images: `top` hypotheses of each, fewer where the lexicon has fewer that fit.

        A list is empty where no word has any probability: all need more frames than there are.
        `conditional_probability` counts every word; in a lexicon of more than SMALL texts those
        that are less than a thousandth as probable as the best may stay uncounted.
        """
        alphabet, wanted = self.decode_lists.alphabet, self.decode_lists.wanted(self.lexicon)
        check_classes(log_probs, alphabet)
        count = log_probs.shape[1]
        if len(self.lexicon) <= SMALL:
            return self.decode_lists(log_probs, [self.lexicon] * count)
        scored: list[_Scored] = []
        for start in range(0, count, _IMAGES):
            part = log_probs[:, start : start + _IMAGES]
            probs = np.exp(part, dtype=np.float64)
            reach = of_tree(probs, self.lexicon.tree)
            for image, found in enumerate(search(self.lexicon.tree, probs, reach, Limits(top=wanted))):
                if found.labels:
                    texts = [alphabet.decode(label) for label in found.labels]
                    scored.append((texts, found.log_probs, found.log_total))
                else:  # too little for products of floats, if not impossible
                    scored += score_all(part[:, image : image + 1], [self.lexicon], wanted)
        return self.decode_lists.choose(log_probs, [self.lexicon] * count, scored)


class ListsDecoder:
    """Reads each image with a lexicon of its own, as the benchmarks' lists of 50 words ask for.

    >>> lists = [Lexicon(["a"], Alphabet("ab")), Lexicon(["b"], Alphabet("ab"))]
    >>> decode = ListsDecoder(Alphabet("ab"))
    >>> [[hypothesis.text for hypothesis in one] for one in decode(np.log(np.full((1, 2, 3), 1 / 3)), lists)]
    [['a'], ['b']]
    """

    def __init__(self, alphabet: Alphabet, *, top: int = 1, oov_factor: float | None = None) -> None:
        """Prepare to decode; the options are those of `LexiconDecoder`."""
        if top < 1:
            raise OptionError(f"top is {top}; it must be 1 or more.")
        self.alphabet = alphabet
        self.top = top
        self.oov_factor = oov_factor

    def __call__(
        self, log_probs: NDArray[np.floating], lexicons: Sequence[Lexicon]
    ) -> list[list[Hypothesis]]:
        """Read N images with N lexicons; every word is scored, so `conditional_probability` is exact.

        AlphabetError: an alphabet of another size than the C classes, or a lexicon of another one.
        DataError: not one lexicon an image.
        """
        check_classes(log_probs, self.alphabet)
        if len(lexicons) != log_probs.shape[1]:
            raise DataError(f"{len(lexicons)} lexicons for {log_probs.shape[1]} images; give one an image.")
        for lexicon in {id(lexicon): lexicon for lexicon in lexicons}.values():
            self.check(lexicon)
        wanted = max(map(self.wanted, lexicons), default=1)
        return self.choose(log_probs, lexicons, score_all(log_probs, lexicons, wanted))

    def check(self, lexicon: Lexicon) -> None:
        """Raise AlphabetError where a lexicon was made for another alphabet."""
        if lexicon.alphabet != self.alphabet:
            raise AlphabetError(
                f"the lexicon was made for {lexicon.alphabet!r}, the model reads {self.alphabet!r}.\n"
                "    Make it for the alphabet of the model."
            )

    def wanted(self, lexicon: Lexicon) -> int:
        """Count the texts among which there are `top` different words: a word has four casings."""
        return 4 * (self.top - 1) + 1 if lexicon.fold_case else self.top

    def choose(
        self, log_probs: NDArray[np.floating], lexicons: Sequence[Lexicon], scored: Sequence[_Scored]
    ) -> list[list[Hypothesis]]:
        """Make the hypotheses of each image, with the greedy text where it is so much better."""
        chosen = []
        for lexicon, (texts, log_ps, log_total) in zip(lexicons, scored, strict=True):
            best: dict[str, Hypothesis] = {}
            for text, log_p in zip(texts, log_ps, strict=True):
                conditional = min(1.0, math.exp(log_p - log_total))
                hypothesis = Hypothesis(
                    text=text, probability=min(1.0, math.exp(log_p)), conditional_probability=conditional
                )
                best.setdefault(text.lower() if lexicon.fold_case else text, hypothesis)
            chosen.append(list(best.values())[: self.top])
        if self.oov_factor is not None:
            self._add_free_text(log_probs, lexicons, chosen)
        return chosen

    def _add_free_text(
        self, log_probs: NDArray[np.floating], lexicons: Sequence[Lexicon], chosen: list[list[Hypothesis]]
    ) -> None:
        readings = greedy_batch(log_probs, self.alphabet)
        for lexicon, reading, hypotheses in zip(lexicons, readings, chosen, strict=True):
            best = hypotheses[0].probability if hypotheses else 0.0
            if reading.probability > (self.oov_factor or 0.0) * best and reading.text not in lexicon:
                hypotheses.insert(0, Hypothesis(text=reading.text, probability=reading.probability))
                del hypotheses[self.top :]


def score_all(log_probs: NDArray[np.floating], lexicons: Sequence[Lexicon], wanted: int) -> list[_Scored]:
    """Score every text of N lexicons in its image; return the best `wanted` of each."""
    scored: list[_Scored] = []
    for start, stop in _groups([len(lexicon) for lexicon in lexicons]):
        group = lexicons[start:stop]
        counts = [len(lexicon) for lexicon in group]
        log_ps = _log_probs_of(
            log_probs[:, start:stop],
            np.repeat(np.arange(len(group)), counts),
            np.concatenate([lexicon.classes for lexicon in group]),
            np.concatenate([lexicon.lengths for lexicon in group]),
        )
        for lexicon, mine in zip(group, np.split(log_ps, np.cumsum(counts)[:-1]), strict=True):
            order = np.argsort(-mine, kind="stable")[:wanted]
            order = order[mine[order] > -np.inf]
            total = float(np.logaddexp.reduce(mine)) if order.size else -math.inf
            scored.append(([lexicon.texts[place] for place in order], mine[order].tolist(), total))
    return scored


def _groups(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut images into runs that have _AT_ONCE texts together, or are one image."""
    start = total = 0
    for place, size in enumerate(sizes):
        if total and total + size > _AT_ONCE:
            yield start, place
            start, total = place, 0
        total += size
    if sizes:
        yield start, len(sizes)


def _log_probs_of(
    log_probs: NDArray[np.floating],
    images: NDArray[np.intp],
    classes: NDArray[np.intp],
    lengths: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Score M texts, given one after the other, at most _AT_ONCE in one piece: ln p (M,)."""
    ends = lengths.cumsum()
    parts = []
    for start in range(0, len(lengths), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(lengths))
        symbols = stack(classes[ends[start] - lengths[start] : ends[stop - 1]], lengths[start:stop])
        parts.append(log_prob_stacked(log_probs, images[start:stop], symbols, lengths[start:stop]))
    return np.concatenate(parts)
