"""Draw fragments of the three test sets, and beside each what was read in it, engraved anew.

    python examples/music/picture.py runs/music/model runs/music docs/music.png

The first three fragments of each set are shown, right or wrong.
"""

import argparse
import re
from pathlib import Path

import matplotlib.pyplot as plt
from engrave import engrave
from melody import octave_marks
from sets import TESTS

import crnn
from crnn.data import open_dataset
from crnn.images.load import load_image

SHOWN = 3
_NOTE = re.compile(r"([A-G])([#b]?)(\d)")


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="run folder or model file")
    parser.add_argument("sets", type=Path, help="folder with clean/, synthesized/ and camera/")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    reader = crnn.load(options.model)
    samples = [(name, sample) for name in TESTS for sample in list(open_dataset(options.sets / name))[:SHOWN]]
    figure, axes = plt.subplots(len(samples), 2, figsize=(9, 1.05 * len(samples)), layout="constrained")
    for (name, sample), (left, right) in zip(samples, axes, strict=True):
        image, text = load_image(sample.image), reader.read(sample.image).text
        left.imshow(image, cmap="gray", vmin=0, vmax=255)
        left.set_title(name, loc="left", fontsize=8)
        right.imshow(engrave(code_for(text)).image, cmap="gray", vmin=0, vmax=255)
        truth = "" if text == sample.label else f"    (it is {sample.label})"
        right.set_title(f"{text}{truth}", loc="left", fontsize=7)
        for panel in (left, right):
            panel.axis("off")
            panel.set_anchor("W")
    figure.savefig(options.out, dpi=90)
    print(options.out)


def code_for(text: str) -> str:
    r"""Write what was read as Plaine & Easie code: crotchets without a key, every accidental at its note.

    >>> code_for("C4 F#4")
    "@clef:G-2\n@data:4'C/4'xF/\n"
    """
    notes = _NOTE.findall(text)
    octaves = [int(octave) for _, _, octave in notes]
    clef = "F-4" if octaves and sum(octaves) < 3.5 * len(octaves) else "G-2"
    signs = {"#": "x", "b": "b", "": ""}
    bars = "".join(
        f"4{octave_marks(int(octave))}{signs[sign]}{letter}/" for letter, sign, octave in notes
    )  # a bar a note, so that no accidental holds for the next
    return f"@clef:{clef}\n@data:{bars or '4-/'}\n"


if __name__ == "__main__":
    main()
