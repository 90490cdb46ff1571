"""Size and format of an encoded image, read from its header without decoding it."""

import io
from pathlib import Path

from PIL import Image

from crnn.errors import DataError, ImageError
from crnn.images.load import FORMATS, ORIENTATION_TAG, PIXEL_LIMIT, SIDEWAYS_TAGS

_SUFFIXES = {"jpeg2000": "jp2", "mpo": "jpeg"}  # the other formats' names are suffixes


def header_size(image: bytes | Path) -> tuple[int, int]:
    """Return (width, height) in px of the upright image; ImageError where the header is torn."""
    place = str(image) if isinstance(image, Path) else f"an image of {len(image)} bytes"
    try:
        with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image, formats=FORMATS) as opened:
            width, height = opened.size
            sideways = opened.getexif().get(ORIENTATION_TAG) in SIDEWAYS_TAGS
    except Exception as error:  # a torn header makes Pillow raise nearly anything
        raise ImageError(f"{place}: the image header cannot be read: {error}.") from error
    if not 0 < width * height <= PIXEL_LIMIT:
        raise ImageError(f"{place}: is {width}x{height} px; 1 to {PIXEL_LIMIT:,} pixels are read.")
    return (height, width) if sideways else (width, height)


def image_suffix(image: bytes, key: str) -> str:
    """Return what a file of this encoded image should end in, such as 'jpeg'; DataError where it is none."""
    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
            form = str(opened.format).lower()
    except Exception as error:  # a torn header makes Pillow raise nearly anything
        raise DataError(
            f"{key}: these {len(image)} bytes are no image that can be read ({type(error).__name__})."
        ) from error
    return _SUFFIXES.get(form, form)
