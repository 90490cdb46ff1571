"""Word images drawn on the spot, so that no test needs a file of the repository."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from crnn.data import Sample

DrawWord = Callable[..., bytes]


def _draw_word(text: str, size: tuple[int, int] = (80, 32), kind: str = "PNG", orientation: int = 1) -> bytes:
    image = Image.new("L", size, 230)
    ImageDraw.Draw(image).text((6, 6), text, fill=20, font_size=min(size) * 0.6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.fixture
def draw_word() -> DrawWord:
    """Encode a dark word on light grey."""
    return _draw_word


@pytest.fixture
def samples() -> list[Sample]:
    """Twelve words whose widths run from 64 to 240 px at a height of 32."""
    words = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    return [
        Sample(f"memory/{number}", _draw_word(word, (64 + 16 * number, 32)), word)
        for number, word in enumerate(words)
    ]


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write the bytes of a table beside a.png and b.png."""

    def write(content: bytes, name: str = "train.tsv") -> Path:
        for image in ("a.png", "b.png"):
            (tmp_path / image).write_bytes(_draw_word(image))
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write
