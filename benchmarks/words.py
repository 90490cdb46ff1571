"""Word images to measure on: drawn here, or read from a data set of a size that is stated."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from crnn.data import open_dataset

Word = tuple[Image.Image, str]
"""A decoded RGB image and its label."""

SYMBOLS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def drawn_words(count: int, seed: int = 7) -> Iterator[Word]:
    """Draw words of 2 to 10 symbols in Pillow's own face, 24 to 96 px high, blurred a little."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        label = "".join(rng.choice(list(SYMBOLS), size=rng.integers(2, 11)))
        font = ImageFont.load_default(size=int(rng.integers(18, 72)))
        left, top, right, bottom = font.getbbox(label)
        margin = int(0.15 * (bottom - top)) + 1
        size = int(right - left) + 2 * margin, int(bottom - top) + 2 * margin
        ground = rng.integers(140, 256, 3)
        image = Image.new("RGB", size, tuple(int(value) for value in ground))
        ink = tuple(int(value) for value in rng.integers(0, 90, 3))
        ImageDraw.Draw(image).text((margin - left, margin - top), label, fill=ink, font=font)
        yield image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1)))), label


def words_of(table: Path, expected: int) -> Iterator[Word]:
    """Decode a data set; end the program if it has not the `expected` number of samples."""
    dataset = open_dataset(table)
    if len(dataset) != expected:
        sys.exit(f"{table}: has {len(dataset)} samples, not the {expected} expected: another set?")
    for sample in dataset:
        with Image.open(BytesIO(sample.read_bytes())) as image:
            yield image.convert("RGB"), sample.label
