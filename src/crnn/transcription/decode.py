"""Which decoder answers what somebody wishes for (paper §2.3).

    nothing            the best path                                  greedy.py
    top                the likeliest texts                            beam.py
    language           the best path, or the likeliest text of one    LanguageDecoder
    language + top     the likeliest texts, weighed by a language     beam.py
    pattern            the likeliest text that matches                pattern.py
    lexicon            the likeliest word                             lexicon_decoder.py
    lexicon + delta    the likeliest word near the best path          bktree.py

All take log_probs (T, N, C) and return N lists of Candidates, best first.

Reading with a language: the best path where the image says enough, the likeliest words elsewhere.

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists with one Candidate

A frame's symbol is chosen by CTC without regard to the symbols of the other frames; what a language
makes of them together is lost on the best path. Beam search brings it back, at many times the price
of the best path. So it is asked only where it can matter: where the best path is unsure.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import DecodeError
from crnn.language.model import Language
from crnn.reading import Candidate
from crnn.transcription.beam import BeamConfig, BeamDecoder
from crnn.transcription.greedy import GreedyDecoder
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import LexiconDecoder
from crnn.transcription.pattern import PatternDecoder

Decode = Callable[[NDArray[np.floating]], list[list[Candidate]]]
"""log_probs (T, N, C) -> the candidates of each image, best first; [] where none is possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the text of an image has to be, and how much is to be told of it."""

    top: int = 1
    """Candidates wanted."""
    pattern: str | re.Pattern[str] | None = None
    """A regular expression that the whole text matches, as text or compiled by `re`."""
    accept: Callable[[str], bool] | None = None
    """A further condition on a text that matches `pattern`, such as a checksum."""
    lexicon: Lexicon | Iterable[str] | None = None
    """The words that the text may be."""
    delta: int | None = None
    """Only words within so many edits of the best path, as in the paper; None: all words, exactly."""
    outside_factor: float | None = None
    """Answer the best path, too, where it is so many times as likely as any word of the lexicon."""
    language: Language | None = None
    """A language model that weighs the texts."""
    width: int | None = None
    """Prefixes that a beam search keeps; None: ten, or `top` where that is more."""


def decoder_for(alphabet: Alphabet, wish: Wish) -> Decode:
    """Build the decoder that a wish asks for.

    >>> decode = decoder_for(Alphabet("ab"), Wish(pattern="b+"))
    >>> [[best]] = decode(np.log([[[0.2, 0.7, 0.1]]]))  # (T=1, N=1, C=3)
    >>> best.text
    'b'

    DecodeError where two wishes contradict each other; PatternError, LabelError and AlphabetError
    where the alphabet cannot spell what is wished for.
    """
    _check(wish)
    if wish.pattern is not None:
        return PatternDecoder(alphabet, pattern=wish.pattern, top=wish.top, accept=wish.accept)
    if wish.lexicon is not None:
        lexicon = wish.lexicon if isinstance(wish.lexicon, Lexicon) else Lexicon(wish.lexicon, alphabet)
        if wish.delta is not None:
            # Imported here because it brings RapidFuzz, which reading otherwise does without.
            from crnn.transcription.bktree import BKTree, BKTreeDecoder

            return BKTreeDecoder(alphabet, tree=BKTree(lexicon), delta=wish.delta, top=wish.top)
        return LexiconDecoder(alphabet, lexicon=lexicon, top=wish.top, outside_factor=wish.outside_factor)
    if wish.top > 1 or wish.width is not None:
        width = max(wish.width or BeamConfig().width, wish.top)
        return BeamDecoder(alphabet, BeamConfig(width=width, top=wish.top), wish.language)
    if wish.language is not None:
        return LanguageDecoder(GreedyDecoder(alphabet), BeamDecoder(alphabet, QUICK, wish.language))
    return GreedyDecoder(alphabet)


def _check(wish: Wish) -> None:
    """Raise DecodeError for wishes that no decoder grants together."""
    if wish.top < 1:
        raise DecodeError(f"top is {wish.top}; it must be 1 or more.")
    asked = [name for name in ("pattern", "lexicon", "language") if getattr(wish, name) is not None]
    if len(asked) > 1:
        raise DecodeError(f"{' and '.join(asked)} cannot be asked for together; choose one.")
    needs = {"accept": "pattern", "delta": "lexicon", "outside_factor": "lexicon"}
    for name, needed in needs.items():
        if getattr(wish, name) is not None and getattr(wish, needed) is None:
            raise DecodeError(f"{name} is {getattr(wish, name)!r}, but there is no {needed} that it is for.")
    if wish.delta is not None and wish.outside_factor is not None:
        raise DecodeError("delta and outside_factor cannot be asked for together; choose one.")
    if wish.width is not None and (wish.pattern is not None or wish.lexicon is not None):
        raise DecodeError("width is for beam search; a pattern or a lexicon is searched exactly.")


SURE = 0.8
"""Confidence of a best path that is not questioned: to ask more often changes next to nothing
(docs/transcription.md)."""

QUICK = BeamConfig(top=1, least_share=0.01, least_score=0.01)
"""A search for the best text alone. It reads as well as one that follows fainter symbols and prefixes
too, in a third of the time (docs/transcription.md)."""


@dataclass(frozen=True, slots=True)
class LanguageDecoder:
    """Reads the best path, and where that is unsure the best text of a beam search with a language."""

    greedy: GreedyDecoder
    beam: BeamDecoder
    sure: float = SURE

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Candidate]]:
        """Read N images from `log_probs` (T, N, C), one candidate each; errors as in `greedy_batch`."""
        found = self.greedy(log_probs)
        unsure = [image for image, (best,) in enumerate(found) if best.confidence < self.sure]
        if unsure:
            for image, candidates in zip(unsure, self.beam(log_probs[:, unsure]), strict=True):
                found[image] = candidates[:1]
        return found
