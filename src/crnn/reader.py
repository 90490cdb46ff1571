"""The one path from pictures to Readings: preprocess, recognize, decode (paper §2, Figure 1).

    sources     file | bytes | PIL image | array, one word each
    recognize   uint8 (N, 1, H, W) -> float32 log_probs (T, N, C)
    returns     one Reading a source, in order

Training, evaluation, the command line and servers read through it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import ImageError
from crnn.preprocess import GreyImage, ImageSource, PreprocessConfig, load_image, preprocess
from crnn.reading import Reading
from crnn.transcription.greedy import greedy_batch

Recognize = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""uint8 images (N, 1, H, W) of one width -> float32 log_probs (T, N, C); a live model or an ONNX session."""

CHUNK = 256
"""Images held in memory at once: enough to fill batches of one width, about 2.5 MB at 32x320."""


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

    def read(self, source: ImageSource) -> Reading:
        """Read one word. Raises ImageError where `load_image` does."""
        return self._recognize([self._image(source)])[0]

    def read_batch(self, sources: Sequence[ImageSource], batch_size: int = 32) -> list[Reading]:
        """Read many words, those of one width together; the order is kept.

        Raises ImageError at the first source that cannot be loaded; `iterate` goes on past it.
        """
        readings: list[Reading] = []
        for reading in self.iterate(sources, batch_size):
            if isinstance(reading, ImageError):
                raise reading
            readings.append(reading)
        return readings

    def iterate(self, sources: Iterable[ImageSource], batch_size: int = 32) -> Iterator[Reading | ImageError]:
        """Read any number of words, in order, in constant memory; an unreadable one yields its error."""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be 1 or more.")
        remaining = iter(sources)
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._read_chunk(chunk, batch_size)

    def _read_chunk(self, sources: Sequence[ImageSource], batch_size: int) -> list[Reading | ImageError]:
        results: dict[int, Reading | ImageError] = {}
        by_width: dict[int, list[tuple[int, GreyImage]]] = {}
        for position, source in enumerate(sources):
            try:
                image = self._image(source)
            except ImageError as error:
                results[position] = error
            else:
                by_width.setdefault(image.shape[1], []).append((position, image))
        for group in by_width.values():
            for start in range(0, len(group), batch_size):
                positions, images = zip(*group[start : start + batch_size], strict=True)
                results.update(zip(positions, self._recognize(images), strict=True))
        return [results[position] for position in range(len(sources))]

    def _image(self, source: ImageSource) -> GreyImage:
        return preprocess(load_image(source), self.preprocess)

    def _recognize(self, images: Sequence[GreyImage]) -> list[Reading]:
        batch = np.stack(images)[:, None]  # (N, 1, H, W)
        return greedy_batch(self.recognize(batch), self.alphabet)
