"""An explanation as a file: .png to look at, .html to point at."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from crnn.errors import DataError
from crnn.explaining.explanation import Explanation
from crnn.explaining.figure import draw
from crnn.explaining.page import render

SUFFIXES = (".png", ".html")
ROUGH = 5
"""Colours of a .png are rounded to multiples of this, of 255: two thirds of the bytes, and no eye tells."""


def check_out(path: str | Path) -> Path:
    """Return where to write; DataError for a name that ends in none of SUFFIXES."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{path}: an explanation is a .png or an .html file; end its name in one of them.")
    return path


def write(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation in the format that the name asks for.

    Raises DataError for another suffix, and where the file cannot be written.
    """
    path = check_out(path)
    if path.suffix.lower() == ".png":
        content = _png(explanation)
    else:
        content = render(explanation).encode("utf-8", "backslashreplace")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}.") from error


def _png(explanation: Explanation) -> bytes:
    """Draw the figure, its colours rounded to ROUGH."""
    drawn = io.BytesIO()
    draw(explanation).savefig(drawn, format="png")
    exact = np.asarray(Image.open(drawn).convert("RGB"))  # (H, W, 3)
    rough = (np.rint(exact / ROUGH) * ROUGH).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rough).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
