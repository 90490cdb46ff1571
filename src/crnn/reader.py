"""The one path from pictures to Readings: preprocess, recognize, decode (paper §2, Figure 1).

    sources     file | bytes | PIL image | array, one word each
    recognize   uint8 (N, 1, H, W) -> float32 log_probs (T, N, C)
    decode      log_probs (T, N, C) -> N lists of Candidates, best first
    returns     one Reading a source, in order

Training, evaluation, the command line and servers read through it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import ImageError
from crnn.preprocess import GreyImage, ImageSource, PreprocessConfig, load_image, preprocess
from crnn.reading import Candidate, Reading
from crnn.transcription.greedy import GreedyDecoder

Recognize = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""uint8 images (N, 1, H, W) of one width -> float32 log_probs (T, N, C); a live model or an ONNX session."""

Decode = Callable[[npt.NDArray[np.floating]], list[list[Candidate]]]
"""log_probs (T, N, C) -> the candidates of each image, best first; [] where none is possible."""

CHUNK = 256
"""Images held in memory at once: enough to fill batches of one width, about 2.5 MB at 32x320."""


@dataclass(frozen=True, slots=True)
class _View:
    """One way to look at a source: as it is, or turned where it stands upright."""

    position: int
    """Of its source in the chunk."""
    quarters: int
    """Quarter turns against the clock."""
    image: GreyImage
    """(H, W), preprocessed."""


class Reader:
    """A recognizer with the alphabet and the preprocessing that belong to it.

    reader = crnn.load("small")
    reader.read("sign.jpg").text
    """

    def __init__(
        self,
        recognize: Recognize,
        *,
        alphabet: Alphabet,
        preprocess: PreprocessConfig,
        card: Mapping[str, object] | None = None,
    ) -> None:
        """Join the parts; `card` says what the model is, trained on what, by whom."""
        self.recognize = recognize
        self.alphabet = alphabet
        self.preprocess = preprocess
        self.card: Mapping[str, object] = card or {}

    def read(self, source: ImageSource, decode: Decode | None = None) -> Reading:
        """Read one word by `decode`, the best path where none is given.

        Raises ImageError where `load_image` does.
        """
        return self.read_batch([source], decode=decode)[0]

    def read_batch(
        self, sources: Sequence[ImageSource], batch_size: int = 32, decode: Decode | None = None
    ) -> list[Reading]:
        """Read many words, those of one width together; the order is kept.

        Raises ImageError at the first source that cannot be loaded; `iterate` goes on past it.
        """
        readings: list[Reading] = []
        for reading in self.iterate(sources, batch_size, decode):
            if isinstance(reading, ImageError):
                raise reading
            readings.append(reading)
        return readings

    def iterate(
        self, sources: Iterable[ImageSource], batch_size: int = 32, decode: Decode | None = None
    ) -> Iterator[Reading | ImageError]:
        """Read any number of words, in order, in constant memory; an unreadable one yields its error."""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be 1 or more.")
        decode = decode or GreedyDecoder(self.alphabet)
        remaining = iter(sources)
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._read_chunk(chunk, batch_size, decode)

    def _read_chunk(
        self, sources: Sequence[ImageSource], batch_size: int, decode: Decode
    ) -> Iterator[Reading | ImageError]:
        errors: dict[int, ImageError] = {}
        by_width: dict[int, list[_View]] = {}
        for position, source in enumerate(sources):
            try:
                views = self._views(position, load_image(source))
            except ImageError as error:
                errors[position] = error
            else:
                for view in views:
                    by_width.setdefault(view.image.shape[1], []).append(view)
        found: list[list[tuple[_View, list[Candidate]]]] = [[] for _ in sources]
        for group in by_width.values():
            for start in range(0, len(group), batch_size):
                part = group[start : start + batch_size]
                batch = np.stack([view.image for view in part])[:, None]  # (N, 1, H, W)
                for view, candidates in zip(part, decode(self.recognize(batch)), strict=True):
                    found[view.position].append((view, candidates))
        for position in range(len(sources)):
            yield errors[position] if position in errors else _choose(found[position])

    def _views(self, position: int, image: GreyImage) -> list[_View]:
        quarters = (0, 1, 3) if self.preprocess.stands_upright(*image.shape) else (0,)
        return [
            _View(position, turn, preprocess(np.ascontiguousarray(np.rot90(image, turn)), self.preprocess))
            for turn in quarters
        ]


def _choose(found: Sequence[tuple[_View, list[Candidate]]]) -> Reading:
    """Take the view whose best candidate is the likeliest; [] is found where nothing is possible.

    A turned view has to show two symbols at least: one alone stands upright by itself.
    """
    views = [candidates for view, candidates in found if candidates and _shows_a_word(view, candidates[0])]
    if not views:  # a lexicon or a pattern of which nothing fits into the frames
        return Reading(text="", confidence=0.0)
    best = max(views, key=lambda candidates: candidates[0].confidence)
    return Reading(text=best[0].text, confidence=best[0].confidence, candidates=tuple(best))


def _shows_a_word(view: _View, candidate: Candidate) -> bool:
    return not view.quarters or len(candidate.text) > 1
