"""The size of an encoded image, read from its header without decoding it."""

import io
from pathlib import Path

from PIL import Image

from crnn.errors import ImageError
from crnn.preprocess import FORMATS, PIXEL_LIMIT

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height


def header_size(image: bytes | Path) -> tuple[int, int]:
    """Return (width, height) in px of the upright image; ImageError where the header is torn."""
    place = str(image) if isinstance(image, Path) else f"an image of {len(image)} bytes"
    try:
        with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image, formats=FORMATS) as opened:
            width, height = opened.size
            sideways = opened.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
    except Exception as error:  # a torn header makes Pillow raise nearly anything
        raise ImageError(f"{place}: the image header cannot be read: {error}.") from error
    if not 0 < width * height <= PIXEL_LIMIT:
        raise ImageError(f"{place}: is {width}x{height} px; 1 to {PIXEL_LIMIT:,} pixels are read.")
    return (height, width) if sideways else (width, height)
