"""What the network said of one image, and where the symbols of a text stand in its picture.

Frames      log_probs (T, C), the image as the network saw it, and the way back to the picture
ViewResult  what was made of one view of a picture

Views of a picture: as it is, and turned by a quarter each way where it is much higher than wide.

    Picture (H, W)  ->  one View, or three; each an image as the network takes it

A word that stands on its side is an image much higher than wide, and so is a single upright symbol:
all views are read, and the likeliest text decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.images.load import GreyImage
from crnn.images.preprocess import View
from crnn.reader.boxes import bound, cut, ink_of
from crnn.transcription.alignment import align, posteriors
from crnn.transcription.ctc import log_prob
from crnn.transcription.hypothesis import Hypothesis

Box = tuple[float, float, float, float]
"""left, top, right, bottom in px of the image as it is shown (upright, in full size); y goes down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One symbol of a text: where it stands and how sure the model is of it."""

    symbol: str
    frames: tuple[int, int]
    """First frame, and the one after the last, of the symbol on the best path of the text."""
    box: Box
    """Where the symbol's ink stands, as far as frames and image tell."""
    posterior: float
    """0..1: p(this symbol at this place of the text | image, the symbols around it as they are)."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frames:
    """What the network said of one image, and the image as it saw it.

    Both arrays are copied, so that no batch and no picture of the caller's is kept alive: 16 KB for
    a word of 128 px and 95 classes, released with the reading that holds it.
    """

    log_probs: npt.NDArray[np.float32]
    """(T, C) natural log; class 0 is the blank."""
    image: GreyImage
    """(h, w) as preprocessed, and turned where `quarter_turns` says so."""
    quarter_turns: int = 0
    """Quarter turns against the clock that made the image of the picture."""
    width_px: int
    """Width of the picture as given, the right way up by its EXIF data and in full size."""
    height_px: int
    alphabet: Alphabet

    def __post_init__(self) -> None:
        """Copy the arrays."""
        object.__setattr__(self, "log_probs", self.log_probs.copy())
        object.__setattr__(self, "image", self.image.copy())

    def __repr__(self) -> str:
        """Name the sizes."""
        frames, classes = self.log_probs.shape
        height, width = self.image.shape
        return (
            f"Frames({frames} frames of {classes} classes, {width}x{height} px "
            f"of {self.width_px}x{self.height_px} px, quarter_turns={self.quarter_turns})"
        )

    def spans(self, text: str) -> tuple[Span, ...]:
        """Find where each symbol of a text stands, whether or not it is what was read.

        Args:
            text: Symbols of the alphabet.

        Returns:
            A Span for each symbol, in the order of the text; boxes in px of the picture as given.

        Raises:
            LabelError: A symbol is not in the alphabet, or the text needs more frames than there are.
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
        across, down = self._turned_size[0] / width, self._turned_size[1] / height
        boxes = bound(ink, cells) * (across, down, across, down)
        return tuple(
            Span(symbol=symbol, frames=location, box=self._in_picture(left, top, right, bottom), posterior=p)
            for symbol, location, (left, top, right, bottom), p in zip(
                symbols, frames, boxes.tolist(), weights.tolist(), strict=True
            )
        )

    def log_prob(self, text: str) -> float:
        """Sum ln p(text | image) over all paths (paper §2.3.1).

        Args:
            text: Symbols of the alphabet.

        Returns:
            0 or less; -inf where the frames are too few for the text.

        Raises:
            LabelError: A symbol is not in the alphabet.
        """
        return min(0.0, log_prob(self.log_probs, self.alphabet.encode(text)))

    def as_turned(self) -> "Frames":
        """Return the same frames as those of the picture turned the way that the network saw it."""
        width_px, height_px = self._turned_size
        return replace(self, quarter_turns=0, width_px=width_px, height_px=height_px)

    @property
    def _turned_size(self) -> tuple[int, int]:
        """Width and height of the picture after its quarter turns, px."""
        size = self.width_px, self.height_px
        return size[::-1] if self.quarter_turns % 2 else size

    def _in_picture(self, *box: float) -> Box:
        left, top, right, bottom = box
        if not self.quarter_turns:
            return left, top, right, bottom
        return turn_back((left, top, right, bottom), self.quarter_turns, *self._turned_size)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ViewResult:
    """What was made of one view."""

    view: View
    hypotheses: Sequence[Hypothesis]
    """Best first; none where nothing is possible."""
    log_probs: npt.NDArray[np.float32]
    """(T, C)."""

    @property
    def shows_a_word(self) -> bool:
        """Tell whether this may be what the picture says.

        A turned view has to show two symbols at least: one alone stands upright by itself.
        """
        return bool(self.hypotheses) and (not self.view.quarter_turns or len(self.hypotheses[0].text) > 1)

    def frames(self, alphabet: Alphabet) -> Frames:
        """Keep the log_probs and the image."""
        return Frames(
            log_probs=self.log_probs,
            image=self.view.image,
            quarter_turns=self.view.quarter_turns,
            width_px=self.view.width_px,
            height_px=self.view.height_px,
            alphabet=alphabet,
        )


def turn_back(box: Box, quarter_turns: int, width: float, height: float) -> Box:
    """Undo a quarter turn against the clock (1) or with it (3) for a box.

    width, height   of the turned picture

    >>> turn_back((0, 0, 10, 4), 1, 100, 30), turn_back((0, 0, 10, 4), 3, 100, 30)
    ((26, 0, 30, 10), (0, 90, 4, 100))
    """
    left, top, right, bottom = box
    if quarter_turns == 1:  # (x, y) of the picture had gone to (y, W - x)
        return height - bottom, left, height - top, right
    return top, width - right, bottom, width - left
