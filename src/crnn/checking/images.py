"""One image of a data set as the check sees it: opened, measured, and made as training makes it.

Sample -> Picture: size as it is stored, grey (height, width_px) as the network sees it

Labels that a model is sure are wrong: p(text | image) high, p(label | image) next to nothing.

    images uint8 (H, W) of several widths, labels -> SuspectLabel for each that the model would not believe

Both probabilities are sums over all paths (paper §2.3.1). Whether case is right is not checked:
many data sets are labelled in capitals whatever the image shows.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crnn.data.dataset import Sample
from crnn.errors import CrnnError, ImageError, LabelError
from crnn.images.load import GreyImage, load_image
from crnn.images.preprocess import PreprocessConfig, preprocess
from crnn.images.sizes import header_size
from crnn.reader.reader import CHUNK, Reader
from crnn.reader.reading import Reading

MIN_SIDE_PX = 8
"""Letters of dot-matrix printers have 5 x 7 dots: about the fewest that tell all of ASCII apart."""

MAX_IMAGE_PX = 1_000_000
"""Pixels of an image that is hardly a word any more: 32 times one of 96 x 320."""

MIN_TALL_RATIO = 1.5
"""Height over width from which a label of several symbols was hardly written from left to right."""

MIN_DEVIATION = 3.0
"""Standard deviation in grey levels under which an image is blank; the faintest of 3,868 street
words, ic15's training part, has 5.8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """An image that could be opened."""

    digest: bytes
    """Of the encoded image: equal for equal bytes."""
    width: int
    """In px, upright, as it is stored."""
    height: int
    grey: GreyImage
    """uint8 (H, W), as preprocessing makes it."""

    @property
    def is_blank(self) -> bool:
        """Whether it has no contrast to read by."""
        return float(self.grey.std()) < MIN_DEVIATION


def open_picture(sample: Sample, config: PreprocessConfig) -> Picture:
    """Open an image as training does; ImageError says why it cannot be."""
    try:
        digest = hashlib.blake2b(sample.read_bytes(), digest_size=16).digest()
        image = load_image(sample.image)
        width, height = header_size(sample.image)
    except CrnnError as error:
        raise ImageError(str(error)) from error
    return Picture(digest=digest, width=width, height=height, grey=preprocess(image, config))


def examine(picture: Picture, symbols: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, detail) for each problem of an image that could be opened, and has these symbols."""
    width, height = picture.width, picture.height
    if picture.is_blank:
        deviation = float(picture.grey.std())
        yield "blank-image", f"its grey values differ by {deviation:.1f} of 255 (standard deviation)"
    if min(width, height) < MIN_SIDE_PX:
        yield "tiny-image", f"is {width}x{height} px"
    if width * height > MAX_IMAGE_PX:
        yield "huge-image", f"is {width}x{height} px"
    if height >= MIN_TALL_RATIO * width and len(symbols) > 1:
        yield "tall-image", f"is {width}x{height} px for {len(symbols)} symbols"


MIN_CONFIDENCE = 0.9
"""p(text | image) from which the model is sure of what it reads."""

MAX_PROBABILITY_RATIO = 1e-3
"""p(label | image) / p(text | image) up to which the label is doubtful."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuspectLabel:
    """A label against which the model would bet a thousand to one."""

    number: int
    """Of the sample, as it was given to `LabelCheck.add`."""
    label: str
    text: str
    """What the model reads instead."""
    label_log_prob: float
    """ln p(label | image); -inf where no path gives the label."""
    confidence: float
    """p(text | image), 0..1."""


@dataclass(slots=True)
class LabelCheck:
    """Collects images until a chunk is full, then reads it, images of one width together."""

    reader: Reader
    suspects: list[SuspectLabel] = field(default_factory=list)
    compared: int = 0
    """Labels that the model's alphabet can encode, and that were compared."""
    read: int = 0
    """Labels that were read as they are."""
    only_case: int = 0
    """Labels that differ from what was read in their case alone."""
    _waiting: list[tuple[int, bytes | Path, str]] = field(default_factory=list)

    def add(self, number: int, image: bytes | Path, label: str) -> None:
        """Compare one label, now or later; one that the model cannot encode is passed over."""
        try:
            self.reader.alphabet.encode(label)
        except LabelError:
            return
        self.compared += 1
        self._waiting.append((number, image, label))
        if len(self._waiting) >= CHUNK:
            self.finish()

    def finish(self) -> None:
        """Compare what is still waiting."""
        waiting, self._waiting = self._waiting, []
        readings = self.reader.iterate([image for _, image, _ in waiting], decoder="greedy")
        for (number, _, label), reading in zip(waiting, readings, strict=True):
            if isinstance(reading, Reading) and reading.frames is not None:
                self._compare(number, label, reading, reading.frames.log_prob(label))

    def _compare(self, number: int, label: str, reading: Reading, label_log_prob: float) -> None:
        if reading.text.casefold() == label.casefold():
            self.read += reading.text == label
            self.only_case += reading.text != label
        elif reading.confidence >= MIN_CONFIDENCE and label_log_prob <= math.log(
            MAX_PROBABILITY_RATIO * reading.confidence
        ):
            self.suspects.append(
                SuspectLabel(
                    number=number,
                    label=label,
                    text=reading.text,
                    label_log_prob=label_log_prob,
                    confidence=reading.confidence,
                )
            )
