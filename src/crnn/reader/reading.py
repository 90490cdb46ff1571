"""What a reader returns for one image: its candidates, best first, and the frames they rest on.

Reading      text and confidence of the best candidate, and all candidates
Candidate    one text that the image may hold, with its probability, and where its symbols stand

A text that is not sure enough is emptied by `Reading.reject`; its rule is in docs/transcription.md.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crnn.alphabet import Alphabet
from crnn.errors import DataError, OptionError
from crnn.reader.frames import Frames, Span, ViewResult
from crnn.transcription.greedy import greedy

__all__ = ["Candidate", "Frames", "Reading", "Span"]

OUT_OF_CONSTRAINT = 1e-6
"""How likely it is, before an image is seen, that it shows no text that the lexicon or pattern allows,
as free text counts: `Reading.reject` (docs/transcription.md has the curve)."""


LEAST_SEEN = 0.1
"""p(text | image) a symbol, as a geometric mean, that the likeliest free text has where anything is seen.
Of white, black and noise the packaged models give 0.09 and less (docs/transcription.md)."""


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
    conditional_probability: float | None = None
    """p(text | image, the constraint), 0..1, where a lexicon or pattern allows some texts only."""
    frames: Frames | None = field(default=None, repr=False, compare=False)
    """What the text was found in; None where no Reader made this."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """One Span a symbol, left to right; computed on each call, () where no Reader made this."""
        return self.frames.spans(self.text) if self.frames else ()

    def to_dict(self) -> dict[str, object]:
        """Return what `crnn read --json` prints of a candidate, its spans included."""
        conditional = self.conditional_probability
        named = {} if conditional is None else {"given": conditional, "conditional_probability": conditional}
        spans = [
            {
                "symbol": span.symbol,
                "box": [round(edge, 1) for edge in span.box],
                "frames": span.frames,
                "posterior": float(span.posterior),
            }
            for span in self.spans
        ]
        numbers = {name: float(value) for name, value in named.items()}
        return {"text": self.text, "confidence": float(self.confidence), **numbers, "spans": spans}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text of one image, and how sure the model is of it.

    >>> Reading(text="STOP", confidence=0.98).text
    'STOP'
    """

    text: str
    """What was read; '' where the model sees no text, nothing that it can make out (`LEAST_SEEN`), or is
    less sure than was asked for."""
    confidence: float
    """p(text | image) of the best candidate, 0..1 (paper §2.3.1)."""
    candidates: tuple[Candidate, ...] = ()
    """What was found, best first; the first one's text is `text` unless it was rejected."""
    frames: Frames | None = field(default=None, repr=False, compare=False)
    """What the network said of the image, the way up that it was read; None where no Reader made this."""
    image: Path | None = field(default=None, repr=False, compare=False)
    """The file that was read; None for bytes, arrays and streams."""
    model: Path | None = field(default=None, repr=False, compare=False)
    """The model file that read it; None for a Reader that was opened from none."""

    def __repr__(self) -> str:
        """Name the text, its confidence, and the file."""
        several = f", {len(self.candidates)} candidates" if len(self.candidates) > 1 else ""
        file = f", image={str(self.image)!r}" if self.image else ""
        return f"Reading(text={self.text!r}, confidence={self.confidence:.4g}{several}{file})"

    def reject(self, risk: float) -> "Reading":
        """Empty the text where a wrong one is too likely.

        Where a lexicon or a pattern was given, the text counts as one of theirs, as long as the image
        does not speak against all of them: `probability_right` says how both are weighed.

        Args:
            risk: Largest probability of a wrong text that is accepted, 0..1.

        Returns:
            This reading, or the same with an empty text.

        Raises:
            OptionError: The risk is no number from 0 to 1.

        >>> Reading(text="STOP", confidence=0.97).reject(0.02).text
        ''
        """
        if type(risk) not in (int, float) or not 0 <= risk <= 1:
            raise OptionError(f"risk is {risk!r:.80}; it must be a number from 0 to 1.")
        return replace(self, text="") if 1 - self.probability_right > risk else self

    @property
    def probability_right(self) -> float:
        """How likely the best candidate is right, 0..1: its confidence, unless it was found by a constraint.

        By a lexicon or pattern it is the conditional probability, times that of the image showing what
        they allow at all: p / (p + OUT_OF_CONSTRAINT * f), where p is the candidate's p(text | image)
        and f that of the best free text, if it is the likelier one.
        """
        conditional = self.candidates[0].conditional_probability if self.candidates else None
        if conditional is None:
            return self.confidence
        best = self.candidates[0]
        if best.frames is None:
            return conditional
        log_p = best.frames.log_prob(best.text)
        free = best.frames.log_prob(greedy(best.frames.log_probs, best.frames.alphabet).text)
        behind = max(0.0, free - log_p)  # nats; inf where the frames cannot spell the text at all
        return conditional / (1 + OUT_OF_CONSTRAINT * math.exp(min(behind, 700.0)))

    def to_dict(self) -> dict[str, object]:
        """Return what `crnn read --json` prints: path, text, confidence, and all candidates."""
        return {
            "path": None if self.image is None else str(self.image),
            "text": self.text,
            "confidence": float(self.confidence),
            "candidates": [candidate.to_dict() for candidate in self.candidates],
        }

    def to_json(self) -> str:
        """Return `to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def frames_of(reading: Reading) -> Frames:
    """Return the frames of a reading that a Reader made."""
    if reading.frames is None:
        raise DataError(f"the reading of {reading.text!r} has no frames: no Reader made it.")
    return reading.frames


def choose(results: Sequence[ViewResult], alphabet: Alphabet) -> Reading:
    """Make a Reading of the view whose best hypothesis is the likeliest."""
    words = [result for result in results if result.shows_a_word]
    if not words:  # a lexicon or a pattern of which nothing fits into the frames
        return Reading(text="", confidence=0.0, frames=results[0].frames(alphabet))
    best = max(words, key=lambda result: result.hypotheses[0].probability)
    frames = best.frames(alphabet)
    candidates = tuple(
        Candidate(
            text=hypothesis.text,
            confidence=hypothesis.probability,
            conditional_probability=hypothesis.conditional_probability,
            frames=frames,
        )
        for hypothesis in best.hypotheses
    )
    first = candidates[0]
    text = first.text if _is_seen(first, frames) else ""
    return Reading(text=text, confidence=first.confidence, candidates=candidates, frames=frames)


def _is_seen(best: Candidate, frames: Frames) -> bool:
    """Tell whether the image shows something: the best candidate, or else the best free text, is likely.

    Which text a lexicon, a pattern or a language would have it be says nothing of that.
    """
    if best.confidence >= LEAST_SEEN ** len(frames.alphabet.encode(best.text)):
        return True
    free = greedy(frames.log_probs, frames.alphabet)
    return free.probability >= LEAST_SEEN ** len(frames.alphabet.encode(free.text))
