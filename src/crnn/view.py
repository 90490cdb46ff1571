"""Views of a picture: as it is, and turned by a quarter each way where it stands upright.

    Picture (H, W)  ->  one View, or three; each an image as the network takes it

A word that stands on its side is an image much higher than wide, and so is a single upright symbol:
all views are read, and the likeliest text decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.location import Sight
from crnn.picture import GreyImage, Picture
from crnn.preprocess import PreprocessConfig, preprocess
from crnn.reading import Box, Candidate, Reading, Span
from crnn.windows import in_proportion


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """One image to recognize, and how it came from its picture."""

    position: int
    """Of its picture among those that are read together."""
    image: GreyImage
    """(h, w), preprocessed."""
    quarters: int
    """Quarter turns against the clock that made it."""
    width_px: int
    """Width of the picture as it was given, before the turn."""
    height_px: int


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


def views_of(picture: Picture, config: PreprocessConfig, position: int) -> list[View]:
    """Make the views of one picture that `config` asks for, the picture as it is first."""
    height, width = picture.grey.shape
    size_rule = in_proportion(config) if config.windows else config
    return [
        View(
            position=position,
            image=preprocess(np.ascontiguousarray(np.rot90(picture.grey, quarters)), size_rule),
            quarters=quarters,
            width_px=picture.width_px,
            height_px=picture.height_px,
        )
        for quarters in ((0, 1, 3) if config.stands_upright(height, width) else (0,))
    ]


def choose(seen: Sequence[Seen], alphabet: Alphabet) -> Reading:
    """Make a Reading of the view whose best candidate is the likeliest."""
    words = [one for one in seen if one.shows_a_word]
    if not words:  # a lexicon or a pattern of which nothing fits into the frames
        return Reading(text="", confidence=0.0)
    best = max(words, key=lambda one: one.candidates[0].confidence)
    sight = best.sight(alphabet)
    candidates = tuple(
        replace(candidate, locate=Locate(sight=sight, quarters=best.view.quarters, text=candidate.text))
        for candidate in best.candidates
    )
    return Reading(text=candidates[0].text, confidence=candidates[0].confidence, candidates=candidates)


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
