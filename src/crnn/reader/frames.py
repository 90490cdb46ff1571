"""What the network said of one image: its views, and where the symbols of a text stand.

Sight: what is kept of one image to say, when somebody asks, where the symbols of a text stand.

Views of a picture: as it is, and turned by a quarter each way where it stands upright.

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
from crnn.reading import Box, Candidate, Span
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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Seen:
    """What was made of a view."""

    view: View
    candidates: Sequence[Candidate]
    """Best first; none where nothing is possible."""
    log_probs: npt.NDArray[np.float32]
    """(T, C)."""

    @property
    def shows_a_word(self) -> bool:
        """Tell whether this may be what the picture says.

        A turned view has to show two symbols at least: one alone stands upright by itself.
        """
        return bool(self.candidates) and (not self.view.quarters or len(self.candidates[0].text) > 1)

    def sight(self, alphabet: Alphabet) -> Sight:
        """Keep what locating symbols needs."""
        turned = self.view.quarters % 2 == 1
        return Sight(
            log_probs=self.log_probs,
            image=self.view.image,
            width_px=self.view.height_px if turned else self.view.width_px,
            height_px=self.view.width_px if turned else self.view.height_px,
            alphabet=alphabet,
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Locate:
    """What a Reader's `Candidate.locate` is: it finds the spans when called, and shows what it looks at."""

    sight: Sight
    quarters: int
    """Quarter turns against the clock that made the sight's image of the picture."""
    text: str

    def __call__(self) -> tuple[Span, ...]:
        """Locate the symbols; LabelError as in `Sight.spans`."""
        return spans_in_picture(self.sight, self.quarters, self.text)


def spans_in_picture(sight: Sight, quarters: int, text: str) -> tuple[Span, ...]:
    """Locate the symbols of `text` in the picture of which the sight is a turned view.

    LabelError as in `Sight.spans`.
    """
    spans = sight.spans(text)
    if not quarters:
        return spans
    size = sight.width_px, sight.height_px
    return tuple(replace(span, box=turn_back(span.box, quarters, *size)) for span in spans)


def turn_back(box: Box, quarters: int, width: float, height: float) -> Box:
    """Undo a quarter turn against the clock (1) or with it (3) for a box.

    width, height   of the turned picture

    >>> turn_back((0, 0, 10, 4), 1, 100, 30), turn_back((0, 0, 10, 4), 3, 100, 30)
    ((26, 0, 30, 10), (0, 90, 4, 100))
    """
    left, top, right, bottom = box
    if quarters == 1:  # (x, y) of the picture had gone to (y, W - x)
        return height - bottom, left, height - top, right
    return top, width - right, bottom, width - left
