"""Boxes: what the ink of each cell covers.

ink, cells   ->   (L, 4) left, top, right, bottom in px of the ink's image
"""

from itertools import groupby

import numpy as np
import numpy.typing as npt

from crnn.location.cells import Cells
from crnn.location.ink import HALF, Ink

SPECK = 4 / 32**2
"""Ink of less than this, in squares of the image's height, is a speck where it stands apart."""


def bound(ink: Ink, cells: Cells) -> npt.NDArray[np.float64]:
    """Bound the ink of every cell, leaving out specks and what comes in from another line.

    The box of a cell without ink is the cell, as high as the ink of the others.
    """
    height, width = ink.shape
    count = len(cells.edges) - 1
    rows, columns = (ink > HALF).nonzero()  # (K,) each
    up = height / 2 - rows - 0.5
    cuts = cells.edges[1:-1, None] + cells.slants[1:-1, None] * up  # (L - 1, K)
    owner = (columns + 0.5 > cuts).sum(0)  # (K,) 0 .. L - 1
    by_row = np.bincount(owner * height + rows, minlength=count * height).reshape(count, height)
    spans = np.array([_rows(line) for line in by_row.tolist()])  # (L, 2)
    written = spans[:, 1] > spans[:, 0]
    if not written.any():
        spans[:] = 0, height
    else:
        spans[~written] = spans[written, 0].min(), spans[written, 1].max()
    boxes = np.stack([cells.edges[:-1], spans[:, 0], cells.edges[1:], spans[:, 1]], 1).astype(float)
    kept = (rows >= spans[owner, 0]) & (rows < spans[owner, 1])
    seen = np.bincount((owner * width + columns)[kept], minlength=count * width).reshape(count, width) > 0
    boxes[written, 0] = seen.argmax(1)[written]
    boxes[written, 2] = width - seen[:, ::-1].argmax(1)[written]
    return boxes


def _rows(ink: list[int]) -> tuple[int, int]:
    """Choose a symbol's rows from the pixels of ink in each: (first, last + 1), (0, 0) without ink.

    The heaviest run of rows with ink is the symbol's, and so is what stands apart from it, as dots
    and accents do, but for specks and what touches the top or bottom of the image.
    """
    runs, row = [], 0
    for inked, run in groupby(ink, bool):
        pixels = list(run)
        if inked:
            runs.append((sum(pixels), row, row + len(pixels)))
        row += len(pixels)
    if not runs:
        return 0, 0
    heaviest = max(runs)
    kept = [
        run
        for run in runs
        if run is heaviest or (run[0] >= SPECK * len(ink) ** 2 and run[1] > 0 and run[2] < len(ink))
    ]
    return kept[0][1], kept[-1][2]
