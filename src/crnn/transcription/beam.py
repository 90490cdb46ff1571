"""Prefix beam search: the likeliest texts, summed over their paths (paper §2.3.2 asks for the best label).

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists of Candidates, best first

The best path need not belong to the best text. This search walks the frames once and keeps, in
place of paths, the texts that were spelt so far: *prefixes*, each with the sum over the paths that
spell it (Graves and Jaitly 2014; Hannun et al. 2014).

What the beam lets go is lost to its sums. So they only choose; what is returned has been summed
again over all paths (`ctc.log_prob_stacked`), and that sum decides the order and the confidence.

    without a language   confidence = p(text | image), the exact sum over all paths
    with one             the sums of all texts found are shared out among them once more, in
                         proportion to p(text | image) * p(text | language)^weight * e^(bonus * symbols)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.reading import Candidate
from crnn.transcription.beam_prefixes import Found, Tree, frames
from crnn.transcription.ctc import log_prob_stacked, stack_labels
from crnn.transcription.greedy import check_classes
from crnn.transcription.language import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class BeamConfig:
    """How wide to search, what to return, and how much a language model counts.

    Texts are ranked by ln p(text | frames), or with a language model by

        ln p(text | frames) + language_weight * ln p(text | language) + symbol_bonus * symbols
    """

    width: int = 10
    """Prefixes kept after each frame."""
    top: int = 5
    """Candidates returned for an image at most; never more than `width`."""
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
    >>> best.text, round(best.confidence, 2)  # "aa", "a-" and "-a" together
    ('a', 0.64)
    >>> other.text, round(other.confidence, 2)  # "--", the best path
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

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Candidate]]:
        """Decode N images from `log_probs` (T, N, C): for each its candidates, best first, at least one.

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
        return [self._candidates(texts, part) for texts, part in zip(found, parts, strict=False)]

    def _search(self, log_probs: NDArray[np.floating]) -> list[Found]:
        """Return the texts in one image's beam after the last frame."""
        bonus = self.config.symbol_bonus if self.language else 0.0
        tree = Tree(self.language, self.config.language_weight, bonus)
        for frame in frames(log_probs, self.config.least_share):
            tree.grow(frame, self.config.width, self.config.least_score)
        return tree.labels() or [([], 0.0)]  # frames that allow nothing: some text of probability 0

    def _candidates(self, texts: list[Found], log_p: NDArray[np.float64]) -> list[Candidate]:
        """Order the texts of one image by ln p, (W,), and what the language gives them."""
        score = log_p + np.array([worth for _, worth in texts])
        order = np.argsort(-score, kind="stable")
        # Rounding in a certain frame may lift a sum a hair above 1.
        shares = np.minimum(1.0, shared(log_p, score))
        chosen = [int(place) for place in order[: self.config.top] if place == order[0] or shares[place] > 0]
        return [
            Candidate(text=self.alphabet.decode(texts[place][0]), confidence=float(shares[place]))
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
