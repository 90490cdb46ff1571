"""The one path from pictures to Readings: preprocess, recognize, decode (paper §2, Figure 1).

    sources     file | bytes | PIL image | array, one word or line each
    recognize   uint8 (N, 1, H, W) -> float32 log_probs (T, N, C)
    decode      log_probs (T, N, C) -> N lists of Candidates, best first
    returns     one Reading a source, in order

Training, evaluation, the command line and servers read through it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import ImageError
from crnn.images.load import ImageSource, load_picture
from crnn.images.preprocess import PreprocessConfig, View, views_of
from crnn.language.model import Language
from crnn.reader.frames import Locate, Seen
from crnn.reader.windows import Recognize, recognize_any_width
from crnn.reading import Candidate, Reading
from crnn.transcription.decode import Decode, Wish, decoder_for
from crnn.transcription.lexicon import Lexicon

__all__ = ["CHUNK", "KEPT", "DecodeEach", "Reader", "Recognize", "Wishes"]

DecodeEach = Callable[[npt.NDArray[np.floating], Sequence[int]], list[list[Candidate]]]
"""As `Decode`, with the place in the stream of sources of each of the N images."""

CHUNK = 256
"""Images held in memory at once: enough to fill batches of one width, about 2.5 MB at 32x320."""

KEPT = 16
"""Decoders kept for the next call; then all are forgotten."""


class Wishes(TypedDict, total=False):
    """What may be wished for by name; `transcription.decoders.Wish` says what each means."""

    top: int
    pattern: str | re.Pattern[str] | None
    accept: Callable[[str], bool] | None
    lexicon: Lexicon | Iterable[str] | None
    delta: int | None
    outside_factor: float | None
    language: Language | None
    width: int | None


class Reader:
    """A recognizer with the alphabet and the preprocessing that belong to it.

    reader = crnn.load("small")
    reader.read("sign.jpg").text
    reader.read("plate.jpg", pattern="[A-Z]{3}-?[0-9]{4}").candidates[0].spans
    """

    def __init__(
        self,
        recognize: Recognize,
        *,
        alphabet: Alphabet,
        preprocess: PreprocessConfig,
        language: Language | None = None,
        card: Mapping[str, object] | None = None,
        path: Path | None = None,
    ) -> None:
        """Join the parts; `card` says what the model is, trained on what, by whom, `path` its file.

        Where nothing is wished for, texts are weighed by `language`.
        """
        self.recognize = recognize
        self.alphabet = alphabet
        self.preprocess = preprocess
        self.language = language
        self.card: Mapping[str, object] = card or {}
        self.path = path
        self._decoders: dict[Wish, Decode] = {}

    def read(self, source: ImageSource, **wishes: Unpack[Wishes]) -> Reading:
        """Read one word: by the model's own language, if it has one, or as is wished for.

        `language=None` reads the best path: what the image says, letter by letter.

        Raises ImageError where `load_image` does, and what `decoder_for` raises.
        """
        return self.read_batch([source], **wishes)[0]

    def read_batch(
        self, sources: Sequence[ImageSource], batch_size: int = 32, **wishes: Unpack[Wishes]
    ) -> list[Reading]:
        """Read many words, those of one width together; the order is kept.

        Raises ImageError at the first source that cannot be loaded; `iterate` goes on past it.
        """
        readings: list[Reading] = []
        for reading in self.iterate(sources, self.decoder(**wishes), batch_size):
            if isinstance(reading, ImageError):
                raise reading
            readings.append(reading)
        return readings

    def iterate(
        self, sources: Iterable[ImageSource], decode: Decode | None = None, batch_size: int = 32
    ) -> Iterator[Reading | ImageError]:
        """Read any number of words, in order, in constant memory; an unreadable one yields its error.

        `decode` is what `decoder` returns, or another of that kind; None: what it returns for no wish.
        """
        decode = decode or self.decoder()
        return self.iterate_each(sources, lambda log_probs, _: decode(log_probs), batch_size)

    def iterate_each(
        self, sources: Iterable[ImageSource], decode_each: DecodeEach, batch_size: int = 32
    ) -> Iterator[Reading | ImageError]:
        """Read as `iterate` does, by a decoder that is told which source each image is: 0, 1, 2, ..."""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be 1 or more.")
        remaining, first = iter(sources), 0
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._read_chunk(chunk, first, decode_each, batch_size)
            first += len(chunk)

    def decoder(self, **wishes: Unpack[Wishes]) -> Decode:
        """Return what decodes this model's log_probs as wished for; prepared once and kept.

        A pattern or a lexicon is searched without the model's own language. Raises what `decoder_for`
        raises.
        """
        if wishes.get("pattern") is None and wishes.get("lexicon") is None:
            wishes.setdefault("language", self.language)
        wish = Wish(**wishes)
        try:
            known = self._decoders.get(wish)
        except TypeError:  # a list of words has no hash: a Lexicon would be prepared once
            return decoder_for(self.alphabet, wish)
        if known is None:
            if len(self._decoders) >= KEPT:
                self._decoders.clear()
            known = self._decoders[wish] = decoder_for(self.alphabet, wish)
        return known

    def _read_chunk(
        self, sources: Sequence[ImageSource], first: int, decode_each: DecodeEach, batch_size: int
    ) -> Iterator[Reading | ImageError]:
        errors: dict[int, ImageError] = {}
        by_width: dict[int, list[View]] = {}
        for position, source in enumerate(sources):
            try:
                views = views_of(load_picture(source), self.preprocess, position)
            except ImageError as error:
                errors[position] = error
            else:
                for view in views:
                    by_width.setdefault(view.image.shape[1], []).append(view)
        seen: list[list[Seen]] = [[] for _ in sources]
        for group in by_width.values():
            for start in range(0, len(group), batch_size):
                for one in self._look(group[start : start + batch_size], first, decode_each):
                    seen[one.view.position].append(one)
        for position, source in enumerate(sources):
            if position in errors:
                yield errors[position]
            else:
                image = Path(source) if isinstance(source, str | Path) else None
                yield replace(choose(seen[position], self.alphabet), image=image, model=self.path)

    def _look(self, views: Sequence[View], first: int, decode_each: DecodeEach) -> Iterator[Seen]:
        """Recognize and decode views of one width."""
        images = np.stack([view.image for view in views])[:, None]  # (N, 1, H, W)
        log_probs = recognize_any_width(self.recognize, images, self.preprocess)  # (T, N, C)
        found = decode_each(log_probs, [first + view.position for view in views])
        for place, (view, candidates) in enumerate(zip(views, found, strict=True)):
            yield Seen(view=view, candidates=candidates, log_probs=log_probs[:, place])


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
