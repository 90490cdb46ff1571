"""How well and how fast `crnn check` finds nearly equal images.

    python benchmarks/near_images.py ../data/ic15/train.tsv ../data/svt/train.tsv ...

Every seventh image is copied in seven ways; printed is the share of the copies that are found
again. Then the pairs that look alike within each set as it is, at several limits, and those whose
labels differ: copies that the set has, and mistakes. Last, the processor time that 100,000 random
images take when all have one width, and when they have fifteen, and the ratio of the two.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt
from machine import describe
from PIL import Image

from crnn.checking.duplicates import MIN_CORRELATION, near_pairs, thumbnail
from crnn.data import open_dataset
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, preprocess

MANY = 100_000
LIMITS = (0.95, 0.97, 0.98, 0.99)
CONFIG = PreprocessConfig()


def compressed(quality: int) -> Callable[[Image.Image], Image.Image]:
    """Return what compresses an image as JPEG."""

    def change(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return change


def scaled(factor: float) -> Callable[[Image.Image], Image.Image]:
    """Return what scales an image."""
    return lambda image: image.resize((round(image.width * factor), round(image.height * factor)))


def cut(px: int) -> Callable[[Image.Image], Image.Image]:
    """Return what cuts some pixels off each side."""
    return lambda image: image.crop((px, px, image.width - px, image.height - px))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG quality 50": compressed(50),
    "JPEG quality 25": compressed(25),
    "scaled by 0.7": scaled(0.7),
    "scaled by 0.4": scaled(0.4),
    "contrast 0.8": lambda image: image.point(lambda value: int(value * 0.8 + 20)),
    "1 px cut off": cut(1),
    "3 px cut off": cut(3),
}


def pattern(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the thumbnail of an image with mean 0 and length 1: (256,)."""
    cells = thumbnail(preprocess(image, CONFIG)).astype(float)
    cells -= cells.mean()
    return cells / max(float(np.linalg.norm(cells)), 1e-6)


def seconds(widths_px: npt.NDArray[np.int32]) -> float:
    """Search MANY random thumbnails and return the processor time that it took."""
    thumbnails = np.random.default_rng(0).integers(0, 256, (MANY, 256), dtype=np.uint8)
    started = process_time()
    assert not list(near_pairs(thumbnails, widths_px, CONFIG.width_step))
    return process_time() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+", type=Path)
    found = dict.fromkeys(COPIES, 0)
    copied = 0
    print(describe())
    for path in parser.parse_args().data:
        dataset = open_dataset(path)
        images = [load_image(sample.image) for sample in dataset]
        labels = np.array([sample.label.casefold() for sample in dataset])
        patterns = np.stack([pattern(image) for image in images])  # (N, 256)
        widths_px = np.array([CONFIG.width_px(image.shape[1], image.shape[0]) for image in images])
        near = np.abs(widths_px[:, None] - widths_px) <= CONFIG.width_step  # (N, N)
        similarity = np.triu(patterns @ patterns.T * near, 1)  # (N, N)
        differs = labels[:, None] != labels
        counts = [
            f"{limit}: {(similarity >= limit).sum()} ({(differs & (similarity >= limit)).sum()})"
            for limit in LIMITS
        ]
        print(f"{path}: {len(images)} images; pairs (with different labels) from {', '.join(counts)}")
        for number in range(0, len(images), 7):
            if min(images[number].shape) < 12:  # nothing would be left of it
                continue
            copied += 1
            for name, change in COPIES.items():
                copy = np.asarray(change(Image.fromarray(images[number])))
                found[name] += bool(pattern(copy) @ patterns[number] >= MIN_CORRELATION)
    for name, count in found.items():
        print(f"{name:16} {count} of {copied} copies found, {100 * count / copied:.1f} %")
    single = seconds(np.full(MANY, 96, np.int32))
    fifteen = seconds(np.random.default_rng(1).choice(np.arange(96, 321, 16), MANY).astype(np.int32))
    print(
        f"{MANY:,} images of one width {single:.1f} s, of 15 {fifteen:.1f} s ({fifteen / single:.2f} of it)"
    )


if __name__ == "__main__":
    main()
