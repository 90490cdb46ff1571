"""What a reader returns for one image."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text of one image, and how sure the model is of it.

    >>> Reading(text="STOP", confidence=0.98).text
    'STOP'
    """

    text: str
    """What was read; '' where the model sees no text."""
    confidence: float
    """p(text | image), 0..1: the CTC sum over all paths that spell `text` (paper §2.3.1)."""
