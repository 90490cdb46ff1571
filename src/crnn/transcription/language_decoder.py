"""Reading with a language: the best path where the image says enough, the likeliest words elsewhere.

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists with one Candidate

A frame's symbol is chosen by CTC without regard to the symbols of the other frames; what a language
makes of them together is lost on the best path. Beam search brings it back, at many times the price
of the best path. So it is asked only where it can matter: where the best path is unsure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.reading import Candidate
from crnn.transcription.beam import BeamConfig, BeamDecoder
from crnn.transcription.greedy import GreedyDecoder

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
