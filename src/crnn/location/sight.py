"""Sight: what is kept of one image to say, when somebody asks, where the symbols of a text stand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.location.boxes import bound
from crnn.location.cells import cut
from crnn.location.ink import ink_of
from crnn.picture import GreyImage
from crnn.reading import Span
from crnn.transcription.alignment import align, posteriors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sight:
    """One image as the network saw it, and what it made of it.

    Both arrays are copied, so that no batch and no picture of the caller's is kept alive: 16 KB for
    a word of 128 px and 95 classes, released with the reading that holds it.
    """

    log_probs: npt.NDArray[np.float32]
    """(T, C) natural log; class 0 is the blank."""
    image: GreyImage
    """(h, w) as preprocessed."""
    width_px: int
    """Width of the picture as given, upright and in full size."""
    height_px: int
    alphabet: Alphabet

    def __post_init__(self) -> None:
        """Copy the arrays."""
        object.__setattr__(self, "log_probs", self.log_probs.copy())
        object.__setattr__(self, "image", self.image.copy())

    def spans(self, text: str) -> tuple[Span, ...]:
        """Find where each symbol of `text` stands, whether or not it is what was read.

        LabelError: a text that the frames cannot spell, or with a symbol outside the alphabet.
        """
        classes = self.alphabet.encode(text)
        if not classes:
            return ()
        frames = align(self.log_probs, classes)
        weights = posteriors(self.log_probs, classes)
        height, width = self.image.shape
        frame_px = width / len(self.log_probs)
        symbols = [self.alphabet.symbols[one - 1] for one in classes]
        ink = ink_of(self.image)
        cells = cut(ink, [frame_px * (first + end) / 2 for first, end in frames], symbols)
        across, down = self.width_px / width, self.height_px / height
        boxes = bound(ink, cells) * (across, down, across, down)
        return tuple(
            Span(symbol=symbol, frames=place, box=(left, top, right, bottom), posterior=weight)
            for symbol, place, (left, top, right, bottom), weight in zip(
                symbols, frames, boxes.tolist(), weights.tolist(), strict=True
            )
        )
