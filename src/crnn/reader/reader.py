"""The one path from pictures to Readings: preprocess, recognize, decode (paper §2, Figure 1).

    sources     file | bytes | PIL image | array, one word or line each
    recognize   uint8 (N, 1, H, W) -> float32 log_probs (T, N, C)
    decode      log_probs (T, N, C) -> N lists of Hypotheses, best first
    returns     one Reading a source, in order

Training, evaluation, the command line and servers read through it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import ImageError, ModelError, OptionError
from crnn.images.load import ImageSource, load_picture
from crnn.images.preprocess import PreprocessConfig, View, views_of
from crnn.language.model import Language
from crnn.reader.frames import Frames, ViewResult
from crnn.reader.reading import Reading, choose, frames_of
from crnn.reader.windows import Recognize, recognize_any_width
from crnn.transcription.decode import decoder_for
from crnn.transcription.hypothesis import Decode, Hypothesis
from crnn.transcription.options import DecodeOptions, options_of

__all__ = ["CHUNK", "KEPT", "DecodeEach", "Reader", "Recognize"]

DecodeEach = Callable[[npt.NDArray[np.floating], Sequence[int]], list[list[Hypothesis]]]
"""As `Decode`, with the place in the stream of sources of each of the N images."""

CHUNK = 256
"""Images held in memory at once: enough to fill batches of one width, about 2.5 MB at 32x320."""

KEPT = 16
"""Decoders kept for the next call; then all are forgotten."""


@dataclass(frozen=True, eq=False, repr=False)
class Reader:
    """A recognizer with the alphabet and the preprocessing that belong to it.

    It does not change, can be pickled where it was opened from a file, and may be used by several
    threads at once. `dataclasses.replace(reader, language=None)` makes another one.

    reader = crnn.load("small")
    reader.read("sign.jpg").text
    reader.read("plate.jpg", pattern="[A-Z]{3}-?[0-9]{4}").candidates[0].spans
    """

    recognize: Recognize
    """Images of one width, as the network takes them, to log_probs."""
    _: KW_ONLY
    alphabet: Alphabet
    """Symbols in class order."""
    preprocess: PreprocessConfig
    """The size rule."""
    language: Language | None = None
    """What texts are weighed by where nothing else is asked for."""
    card: Mapping[str, object] = field(default_factory=dict)
    """What the model is, trained on what, by whom."""
    path: Path | None = None
    """The model file; None where it was opened from none."""
    reopen: "Callable[[], Reader] | None" = None
    """Opens the same file again, in the process that a pickled Reader arrives in."""
    _decoders: dict[object, Decode] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        """Name the file, the alphabet, and whether a language is asked."""
        file = "no file" if self.path is None else repr(str(self.path))
        alphabet = self.alphabet.name or f"{len(self.alphabet)} symbols"
        language = "a language" if self.language else "no language"
        return f"<Reader of {file}, alphabet {alphabet}, {language}>"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the name of the file in place of the network; ModelError where there is none."""
        if self.reopen is None:
            raise ModelError("a Reader that was opened from no file cannot be pickled; save the model first.")
        kept = ("alphabet", "preprocess", "language", "card", "path", "reopen")
        return _reopened, ({name: getattr(self, name) for name in kept},)

    def read(self, source: ImageSource, options: DecodeOptions | None = None, /, **named: object) -> Reading:
        """Read one word: by the model's own language, if it has one, or as the options say.

        Args:
            source: A file, the bytes of one, a PIL image or an array.
            options: How texts are found.
            named: Options by name, such as top=3; they count before `options`.

        Raises:
            ImageError: The image cannot be read.
            OptionError: An option that there is not, or that cannot have its value.
            PatternError, LabelError, AlphabetError: What is asked for cannot be written in the alphabet.
            DataError, ModelError: A file of words, or of a language, cannot be read.
        """
        return self.read_batch([source], options_of(options, named))[0]

    __call__ = read

    def read_batch(
        self,
        sources: Iterable[ImageSource],
        options: DecodeOptions | None = None,
        /,
        *,
        batch_size: int = 32,
        **named: object,
    ) -> list[Reading]:
        """Read many words, those of one width together; the order is kept.

        Args:
            sources: What `read` takes, each.
            options: How texts are found.
            batch_size: Images that go through the network together at most.
            named: Options by name; they count before `options`.

        Raises:
            ImageError: At the first source that cannot be loaded; `iterate` goes on past it.
            OptionError, PatternError, LabelError, AlphabetError, DataError, ModelError: As `read`.
        """
        readings: list[Reading] = []
        for reading in self.iterate(sources, options_of(options, named), batch_size=batch_size):
            if isinstance(reading, ImageError):
                raise reading
            readings.append(reading)
        return readings

    def iterate(
        self,
        sources: Iterable[ImageSource],
        options: DecodeOptions | None = None,
        /,
        *,
        batch_size: int = 32,
        **named: object,
    ) -> Iterator[Reading | ImageError]:
        """Read any number of words, in order, in constant memory; an unreadable one yields its error.

        Args:
            sources: What `read` takes, each; taken as they are needed.
            options: How texts are found.
            batch_size: Images that go through the network together at most.
            named: Options by name; they count before `options`.

        Raises:
            OptionError, PatternError, LabelError, AlphabetError, DataError, ModelError: As `read`.
        """
        chosen = options_of(options, named)
        decode = self.decoder(chosen)
        found = self.iterate_each(sources, lambda log_probs, _: decode(log_probs), batch_size)
        if chosen.reject is None:
            return found
        risk = chosen.reject
        return (reading.reject(risk) if isinstance(reading, Reading) else reading for reading in found)

    def iterate_each(
        self, sources: Iterable[ImageSource], decode_each: DecodeEach, batch_size: int = 32
    ) -> Iterator[Reading | ImageError]:
        """Read as `iterate` does, by a decoder that is told which source each image is: 0, 1, 2, ..."""
        if type(batch_size) is not int or batch_size < 1:
            raise OptionError(f"batch_size is {batch_size!r:.80}; it must be an integer of 1 or more.")
        if isinstance(sources, str | bytes) or not hasattr(sources, "__iter__"):
            raise OptionError(
                f"sources are {sources!r:.80}; give several in a list, or read(...) one of them."
            )
        return self._iterate_chunks(iter(sources), decode_each, batch_size)

    def frames(
        self, sources: Iterable[ImageSource], *, batch_size: int = 32
    ) -> Iterator[Frames | ImageError]:
        """Recognize images without choosing a text: what the network says of each, in order.

        Args:
            sources: What `read` takes, each; taken as they are needed.
            batch_size: Images that go through the network together at most.

        Returns:
            The Frames of the reading by the best path, so that a word on its side is the right way up; for
            an image that cannot be read, its error.

        Raises:
            OptionError: `batch_size` is no integer of 1 or more.
        """
        readings = self.iterate(sources, batch_size=batch_size, decoder="greedy")
        return (reading if isinstance(reading, ImageError) else frames_of(reading) for reading in readings)

    def frame_count(self, width_px: int) -> int:
        """Count the frames T that the network gives for an image of a width.

        Args:
            width_px: As preprocessed.
        """
        empty = np.zeros((1, 1, self.preprocess.height, width_px), np.uint8)
        return len(self.log_probs(empty))  # (T, 1, C)

    def log_probs(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Recognize images that are already as the network takes them, such as `Frames.image`.

        Args:
            images: uint8 (N, 1, h, w), of the network's height; wide ones are read in windows.

        Returns:
            log_probs (T, N, C).
        """
        return recognize_any_width(self.recognize, images, self.preprocess)

    def decoder(self, options: DecodeOptions | None = None, /, **named: object) -> Decode:
        """Return what decodes this model's log_probs as the options say; prepared once and kept.

        A pattern or a lexicon is searched without the model's own language. Raises what `read` raises
        but ImageError.
        """
        chosen = options_of(options, named)
        key = chosen, tuple(map(_stamp, (chosen.lexicon, chosen.language)))
        try:
            known = self._decoders.get(key)
        except TypeError:  # an option without a hash
            return decoder_for(self.alphabet, chosen, self.language)
        if known is None:
            known = decoder_for(self.alphabet, chosen, self.language)
            if len(self._decoders) >= KEPT:
                self._decoders.clear()
            self._decoders[key] = known
        return known

    def _iterate_chunks(
        self, remaining: Iterator[ImageSource], decode_each: DecodeEach, batch_size: int
    ) -> Iterator[Reading | ImageError]:
        first = 0
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._read_chunk(chunk, first, decode_each, batch_size)
            first += len(chunk)

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
        results: list[list[ViewResult]] = [[] for _ in sources]
        for group in by_width.values():
            for start in range(0, len(group), batch_size):
                for result in self._recognize(group[start : start + batch_size], first, decode_each):
                    results[result.view.position].append(result)
        for position, source in enumerate(sources):
            if position in errors:
                yield errors[position]
            else:
                image = Path(source) if isinstance(source, str | Path) else None
                reading = choose(results[position], self.alphabet)
                yield dataclasses.replace(reading, image=image, model=self.path)

    def _recognize(self, views: Sequence[View], first: int, decode_each: DecodeEach) -> Iterator[ViewResult]:
        """Recognize and decode views of one width."""
        images = np.stack([view.image for view in views])[:, None]  # (N, 1, H, W)
        log_probs = self.log_probs(images)  # (T, N, C)
        found = decode_each(log_probs, [first + view.position for view in views])
        for index, (view, hypotheses) in enumerate(zip(views, found, strict=True)):
            yield ViewResult(view=view, hypotheses=hypotheses, log_probs=log_probs[:, index])


def _stamp(option: object) -> tuple[int, int] | None:
    """Tell two states of a file apart, so that no decoder is kept of a list that has changed since."""
    try:
        state = Path(option).stat() if isinstance(option, str | Path) else None
    except (OSError, ValueError):
        return None
    return state and (state.st_mtime_ns, state.st_size)


def _reopened(kept: dict[str, Any]) -> Reader:
    """Open a Reader where it was unpickled."""
    reader: Reader = kept["reopen"]()
    return dataclasses.replace(reader, **kept)
