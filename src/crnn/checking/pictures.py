"""One image of a data set as the check sees it: opened, measured, and made as training makes it.

Sample -> Picture: size as it is stored, grey (height, width_px) as the network sees it
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crnn.data import Sample
from crnn.data.sizes import header_size
from crnn.errors import CrnnError, ImageError
from crnn.picture import GreyImage, load_image
from crnn.preprocess import PreprocessConfig, preprocess

SMALLEST_PX = 8
"""Letters of dot-matrix printers have 5 x 7 dots: about the fewest that tell all of ASCII apart."""
HUGE_PX = 1_000_000
"""Pixels of an image that is hardly a word any more: 32 times one of 96 x 320."""
TALL = 1.5
"""Height over width from which a label of several symbols was hardly written from left to right."""
FAINTEST = 3.0
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
        return float(self.grey.std()) < FAINTEST


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
    """Yield (kind, detail) for each fault of an image that could be opened, and has these symbols."""
    width, height = picture.width, picture.height
    if picture.is_blank:
        deviation = float(picture.grey.std())
        yield "blank-image", f"its grey values differ by {deviation:.1f} of 255 (standard deviation)"
    if min(width, height) < SMALLEST_PX:
        yield "tiny-image", f"is {width}x{height} px"
    if width * height > HUGE_PX:
        yield "huge-image", f"is {width}x{height} px"
    if height >= TALL * width and len(symbols) > 1:
        yield "tall-image", f"is {width}x{height} px for {len(symbols)} symbols"
