"""An explanation as a file: .png to look at, .html to point at."""

import io
from pathlib import Path

from crnn.errors import DataError
from crnn.explain.explanation import Explanation
from crnn.explain.figure import draw
from crnn.explain.page import render

SUFFIXES = (".png", ".html")


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
        buffer = io.BytesIO()
        draw(explanation).savefig(buffer, format="png")
        content = buffer.getvalue()
    else:
        content = render(explanation).encode("utf-8", "backslashreplace")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}.") from error
