"""What a reader returns for one image: its candidates, best first, each with its characters' places.

Reading      text and confidence of the best candidate, and all candidates
Candidate    one text that the image may hold, with its probability
Span         one symbol of a candidate: its frames, its box, its own probability
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One text that an image may hold.

    >>> Candidate(text="STOP", confidence=0.98).text
    'STOP'
    """

    text: str
    confidence: float
    """p(text | image), 0..1: the CTC sum over all paths that spell `text` (paper §2.3.1); where a
    language was asked, those sums shared out anew by it (`transcription/beam.py`)."""
    given: float | None = None
    """p(text | image, the constraint), 0..1, where a lexicon or pattern allows some texts only."""
    locate: Callable[[], tuple[Span, ...]] | None = field(default=None, repr=False, compare=False)
    """Computes `spans`; the Reader sets it."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """One Span a symbol, left to right; computed on each call, () where no Reader located them."""
        return self.locate() if self.locate else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text of one image, and how sure the model is of it.

    >>> Reading(text="STOP", confidence=0.98).text
    'STOP'
    """

    text: str
    """What was read; '' where the model sees no text, or is less sure than was asked for."""
    confidence: float
    """p(text | image) of the best candidate, 0..1 (paper §2.3.1)."""
    candidates: tuple[Candidate, ...] = ()
    """What was found, best first; the first one's text is `text` unless it was rejected."""
    image: Path | None = field(default=None, repr=False, compare=False)
    """The file that was read; None for bytes, arrays and streams."""
    model: Path | None = field(default=None, repr=False, compare=False)
    """The model file that read it; None for a Reader that was opened from none."""

    def unless_wrong(self, risk: float) -> "Reading":
        """Return this reading, its text emptied where a wrong one is likelier than `risk`, 0..1.

        Where a lexicon or a pattern was given, that the text is one of theirs counts as known.

        >>> Reading(text="STOP", confidence=0.97).unless_wrong(0.02).text
        ''
        """
        given = self.candidates[0].given if self.candidates else None
        sure = self.confidence if given is None else given
        return replace(self, text="") if 1 - sure > risk else self
