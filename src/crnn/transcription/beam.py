"""Prefix beam search: the likeliest texts, summed over their paths (paper §2.3.2 asks for the best label).

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists of Candidates, best first, each with its exact p(text | frames)

The best path need not belong to the best text. This search walks the frames once and keeps, in
place of paths, the texts that were spelt so far: *prefixes*, each with the sum over the paths that
spell it (Graves and Jaitly 2014; Hannun et al. 2014). Two sums a prefix are enough:

    on_blank    paths that stand on a blank: any symbol may follow
    on_symbol   paths that stand on the prefix's last symbol: entering it again needs a blank between

All images of a batch and all their prefixes take a step at once:

    N images, W prefixes an image (`width`), K symbols tried in a frame, S frames that say something

What the beam lets go is lost to its sums. So they only choose; what is returned has been summed
again over all paths (`ctc.log_prob_batch`), and that sum decides the order.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.reading import Candidate
from crnn.transcription.beam_prefixes import advance, frames, labels_of, start
from crnn.transcription.ctc import log_prob_batch
from crnn.transcription.greedy import check_classes
from crnn.transcription.language import Language

_SUMMED_AT_ONCE = 1024
"""Texts whose frames are copied at once, so that wide beams do not fill the memory."""


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
    language_weight: float = 0.4
    """Factor on the language model's ln p; without a language model it does nothing. This and the
    bonus were chosen on training words shrunk to 10 px (docs/decisions/0013-beam-search.md)."""
    symbol_bonus: float = 1.0
    """Added for each symbol, since a language model likes short texts; nothing without one."""

    def __post_init__(self) -> None:
        """Raise ModelError for a number that is out of range."""
        for name in ("width", "top"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ModelError(f"beam {name} is {value!r}; it must be an integer of 1 or more.")
        if not 0 <= self.least_share <= 1:
            raise ModelError(f"beam least_share is {self.least_share}; it must lie between 0 and 1.")
        if not 0 <= self.language_weight < math.inf:
            raise ModelError(f"beam language_weight is {self.language_weight}; it must be 0 or more.")
        if not math.isfinite(self.symbol_bonus):
            raise ModelError(f"beam symbol_bonus is {self.symbol_bonus}; it must be finite.")


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
        found = self._search(log_probs)
        images = np.repeat(np.arange(len(found)), [len(labels) for labels in found])  # (M,) of N * W
        labels = [label for of_image in found for label in of_image]
        log_p = _log_prob(log_probs, images, labels)  # (M,)
        order = np.lexsort((-(log_p + self._worth(labels)), images))
        results: list[list[Candidate]] = [[] for _ in found]
        for place in order.tolist():
            candidates = results[images[place]]
            if not candidates or (len(candidates) < self.config.top and log_p[place] > -np.inf):
                # Rounding in a certain frame may lift the sum a hair above 1.
                confidence = min(1.0, math.exp(log_p[place]))
                text = self.alphabet.decode(labels[place])
                candidates.append(Candidate(text=text, confidence=confidence))
        return results

    def _search(self, log_probs: NDArray[np.floating]) -> list[list[list[int]]]:
        """Return, for each image, the labels in the beam after the last frame."""
        config, language = self.config, self.language
        prefixes = start(log_probs.shape[1], config.width, language.start if language else 0)
        steps = []
        for frame in frames(log_probs, config.least_share):
            prefixes, step = advance(prefixes, frame, language, config.language_weight, config.symbol_bonus)
            steps.append(step)
        alive = prefixes.alive
        alive[:, 0] |= ~alive.any(axis=1)  # frames that allow nothing: some text of probability 0
        return labels_of(steps, alive)

    def _worth(self, labels: list[list[int]]) -> NDArray[np.float64]:
        """Return what the language model and the bonus add to ln p of each whole text."""
        if self.language is None:
            return np.zeros(len(labels))
        lengths = np.array([len(label) for label in labels])
        log_p = self.language.log_prob_batch(labels)  # (M,)
        return self.config.language_weight * log_p + self.config.symbol_bonus * lengths


def _log_prob(
    log_probs: NDArray[np.floating], images: NDArray[np.intp], labels: list[list[int]]
) -> NDArray[np.float64]:
    """Return ln p(labels[m] | log_probs[:, images[m]]) as (M,)."""
    parts = [slice(begin, begin + _SUMMED_AT_ONCE) for begin in range(0, len(labels), _SUMMED_AT_ONCE)]
    sums = [log_prob_batch(log_probs[:, images[part]], labels[part]) for part in parts]
    return np.concatenate([np.empty(0), *sums])
