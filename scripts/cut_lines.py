"""Cut lines of text into words with labels in their own case, which a model reads.

    python scripts/cut_lines.py ../data/sroie_lines/train.tsv words/receipts --model small

SROIE's labels are whole lines, all in capitals whatever the receipt shows; the packaged models learn
single words, and from such labels they learn to shout. A line is cut in its widest gaps, one fewer
than its label has words, and left out where the gaps do not tell. The model then reads each piece, and
the word is kept where that is its label, or nearly; the case is the one that was read.

The model must not have been trained on these labels, or it shouts as well: take one from before.
"""

import argparse
import io
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

import crnn
from crnn.data import open_dataset, write_folder
from crnn.data.dataset import Sample
from crnn.images.load import GreyImage, load_image

INK = 0.35
"""A column holds ink where a pixel is darker than the paper by this part of the line's contrast."""
GAP_PX = 5
"""The narrowest gap between words."""
CLEARER = 1.25
"""How much wider it must be than the widest gap within them."""
MARGIN_PX = 3
"""What a word keeps of the gaps beside it."""
SYMBOLS_PER_ERROR = 3
"""Symbols of a label for each that the model may misread."""


def main() -> None:
    """Write the words as a folder of images and labels."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lines", help="data set of lines, dark on light")
    parser.add_argument("out", type=Path, help="new folder")
    parser.add_argument("--model", default="small", help="reads the case")
    options = parser.parse_args()

    pieces = [
        piece for line in open_dataset(options.lines) for piece in cut(load_image(line.image), line.label)
    ]
    readings = crnn.load(options.model).read_batch([image for image, _ in pieces])
    kept = write_folder(options.out, _samples(pieces, [reading.text for reading in readings]))
    print(f"{len(pieces)} words cut out, {kept} kept in {options.out}")


def _samples(pieces: Sequence[tuple[GreyImage, str]], texts: Sequence[str]) -> Iterator[Sample]:
    for (image, label), text in zip(pieces, texts, strict=True):
        word = written(label, text)
        if word:
            file = io.BytesIO()
            Image.fromarray(image).save(file, "JPEG", quality=92)
            yield Sample(word, file.getvalue(), word)


def cut(image: GreyImage, label: str) -> list[tuple[GreyImage, str]]:
    """Return the words of a line with their labels; [] where its gaps do not tell them apart."""
    words = label.split()
    if len(words) < 2:
        return [(image, label)]
    gaps = sorted(_gaps(image), key=lambda gap: gap[0] - gap[1])  # the widest first
    between = gaps[: len(words) - 1]
    if len(between) < len(words) - 1:
        return []
    narrowest, next_one = (end - start for start, end in [between[-1], *gaps[len(between) :], (0, 0)][:2])
    if narrowest < GAP_PX or narrowest < CLEARER * next_one:
        return []
    edges = [(0, 0), *sorted(between), (image.shape[1], image.shape[1])]
    pieces = [
        image[:, max(0, left - MARGIN_PX) : right + MARGIN_PX] for (_, left), (right, _) in pairwise(edges)
    ]
    return list(zip(pieces, words, strict=True))


def written(label: str, text: str) -> str:
    """Return the label in the case of what was read; '' where that is another word, or of unclear case.

    >>> written("TOTAL:", "Total:"), written("GARDENIA", "Gardonia"), written("RM", "12")
    ('Total:', 'Gardenia', '')
    """
    if text.lower() == label.lower():
        return text
    if Levenshtein.distance(text.lower(), label.lower()) > len(label) // SYMBOLS_PER_ERROR:
        return ""
    letters = "".join(filter(str.isalpha, text))
    fitting = (case(label) for case in (str.upper, str.lower, str.capitalize) if case(letters) == letters)
    return next(fitting, "")


def _gaps(image: GreyImage) -> list[tuple[int, int]]:
    """Return the first column without ink, and the one after its last, of every gap."""
    paper = np.percentile(image, 90)
    darkness = (paper - image).clip(0)  # (H, W)
    contrast = max(40.0, float(np.percentile(darkness, 97)))
    inked = np.flatnonzero((darkness > INK * contrast).any(axis=0))  # columns
    return [(left + 1, right) for left, right in pairwise(inked.tolist()) if right > left + 1]


if __name__ == "__main__":
    main()
