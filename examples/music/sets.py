"""The data sets: what training sees, and the three that the paper's Table 4 has columns for.

    train, held     clean engravings, each with disturbed variants; another seed
    clean           engravings that training never saw
    synthesized     the same, disturbed as training's were
    camera          others, as a phone takes them; training saw no such picture

Each is a folder with images/ and labels.tsv, as `crnn train` and `crnn evaluate` take it; a label is
written with a space between its symbols: F#4 G4 Bb4.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from disturb import camera, disturbed
from engrave import Look, engrave
from melody import melody
from PIL import Image

from crnn.data import write_folder
from crnn.data.dataset import Sample

Grey = npt.NDArray[np.uint8]
Change = Callable[[Grey, np.random.Generator], Grey]

TESTED = 500
"""Fragments of each test set."""
VARIANTS: tuple[Change | None, ...] = (None, disturbed, disturbed, disturbed)
"""How often training sees a fragment, and how."""
TESTS: dict[str, tuple[int, Change | None]] = {
    "clean": (2, None),
    "synthesized": (2, disturbed),
    "camera": (3, camera),
}
"""Test set -> seed of its music, and what happens to it."""


def fragments(count: int, seed: int, *changes: Change | None) -> Iterator[Sample]:
    """Draw `count` fragments, each once for every change; None leaves it clean. A seed has its music."""
    music, accidents = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    for number in range(count):
        engraving = engrave(melody(music), Look.drawn(music))
        for variant, change in enumerate(changes):
            image = engraving.image if change is None else change(engraving.image, accidents)
            file = io.BytesIO()
            Image.fromarray(image).save(file, "PNG" if change is None else "JPEG", quality=90)
            yield Sample(f"fragment {number}, variant {variant}", file.getvalue(), engraving.label)


def write_sets(out: Path, count: int, tested: int = TESTED) -> None:
    """Write every set that is not there yet into the folder `out`; `count` fragments to train on."""
    wanted = {"train": (count, 0, VARIANTS), "held": (150, 1, (None, disturbed))}
    wanted |= {name: (tested, seed, (change,)) for name, (seed, change) in TESTS.items()}
    for name, (fragment_count, seed, changes) in wanted.items():
        if not (out / name).exists():
            write_folder(out / name, fragments(fragment_count, seed, *changes))
