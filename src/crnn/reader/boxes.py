"""Boxes: what the ink of each cell covers.

ink, cells   ->   (L, 4) left, top, right, bottom in px of the ink's image

Ink: what in a grey image is written, dark on light or light on dark.

image    (h, w) uint8, as the network saw it
returns  (h, w) float32, 0 ground .. 1 ink

Cells: ink cut into one piece a symbol, by slanted cuts where little ink is crossed.

ink        (h, w), 0..1
middles    (L,)    px across where the frames of each symbol stand
returns    L + 1 edges, in px across at half the height, with their slants
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from crnn.images.load import GreyImage

Ink = npt.NDArray[np.float32]

HALF = 0.5
"""Ink of at least this much is taken as written."""

CROSSING = 0.95
"""Share of a row or column that ink fills where it is a rule or the edge of a plate, not text."""

FEWEST = 24
"""Pixels of ground below which no light is fitted to it: six numbers need some more."""


def ink_of(image: GreyImage) -> Ink:
    """Separate ink from ground, under uneven light, without rules near the border.

    What most of the border shows is ground. Light is the quadratic surface that fits the ground.
    """
    threshold = _threshold(image)
    light = image > threshold  # (h, w)
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    on_light = bool(2 * border.sum() >= len(border))
    ground = light if on_light else ~light
    depth = _light(image, ground) - image
    depth = np.clip(depth if on_light else -depth, 0, 255)
    rounded = depth.astype(np.uint8)
    written = rounded > _threshold(rounded)
    if not written.any():
        return np.zeros_like(depth)
    count, total, most = int(written.sum()), float(depth.sum()), float(depth[written].sum())
    low, high = (total - most) / (depth.size - count), most / count  # mean depth of ground and of ink
    ink: Ink = np.clip((depth - low) / (high - low), 0, 1)
    height = len(ink)
    top, bottom = _within_rules(ink, height // 4)
    left, right = _within_rules(ink.T, height // 8)  # a stem may be as high as the image
    ink[:top], ink[bottom:], ink[:, :left], ink[:, right:] = 0, 0, 0, 0
    return ink


def _threshold(values: npt.NDArray[np.uint8]) -> int:
    """Split values into two classes whose means are as far apart as their spread allows (Otsu 1979).

    Returns the largest value of the lower class; 255, so that the upper one is empty, where all are alike.
    """
    counts = np.bincount(values.ravel(), minlength=256)
    below = counts.cumsum()  # (256,)
    sums = (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    split = (below > 0) & (above > 0)
    if not split.any():
        return 255
    difference = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
    return int(np.where(split, difference**2 * below * above, -1).argmax())


def _light(image: GreyImage, ground: npt.NDArray[np.bool_]) -> Ink:
    """Fit a quadratic surface (h, w) to the ground, every fourth pixel both ways, by least squares."""
    height, width = image.shape
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    rows, columns = ground[::4, ::4].nonzero()
    if len(rows) < FEWEST:
        return np.full(image.shape, image[ground].mean() if ground.any() else image.mean(), np.float32)
    at_y, at_x = y[4 * rows], x[4 * columns]
    terms = np.stack([np.ones_like(at_x), at_x, at_x**2, at_y, at_y * at_x, at_y**2])  # (6, K)
    grey = image[::4, ::4][rows, columns].astype(np.float32)
    ridge = 1e-6 * len(rows) * np.eye(6)  # ground in one row alone says nothing of the slope down
    a, b, c, d, e, f = np.linalg.solve(terms @ terms.T + ridge, terms @ grey).tolist()
    down = y[:, None]
    surface: Ink = (a + x * (b + c * x)) + down * (d + f * down + e * x)
    return surface


def _within_rules(ink: Ink, near: int) -> tuple[int, int]:
    """Find the rows (first, last + 1) between rules, each a row of ink nearly throughout.

    Rules are looked for in the first and the last `near` rows.
    """
    full = (ink > HALF).mean(1) > CROSSING
    above, below = full[:near].nonzero()[0], full[len(ink) - near :].nonzero()[0]
    first = int(above[-1]) + 2 if len(above) else 0  # past the soft row beside it
    end = len(ink) - near + int(below[0]) - 1 if len(below) else len(ink)
    return first, end


Floats = npt.NDArray[np.float64]

SLANTS = np.array([-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6])
"""Slants tried at every cut: px to the right for a px up."""

BAND = 4
"""Rows that are slanted as one."""

STEP = 2
"""Px between two places where a cut is tried; boxes end at the ink, not at the cut."""

LEAST_PX = 1e-6
"""Width of a cell that is none: dear, but finite."""

CROSSED, SLANTED, STRAY, UNUSUAL = 2.5, 0.3, 5.0, 1.5
"""Prices: of a cut through ink all the way down; of a slant of 1; of a symbol whose frames stand an
image's height outside its cell; of a cell e times as wide as usual, or e times narrower."""

_WIDTHS = {
    0.5: "'.,:;|!ijlI` ",
    0.65: "[](){}",
    0.72: 'ft"r1-',
    0.88: "szJ?c\\/*",
    1.15: "BERPYXKZT#",
    1.3: "ADCUGHONQV&w",
    1.6: "mMW@%",
}
"""Advance widths of the commoner symbols, in means of a face; all others have 1. The medians over the
faces of the starter set, rounded: tests/location/test_cells.py compares."""

USUAL_WIDTH = {symbol: width for width, symbols in _WIDTHS.items() for symbol in symbols}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Where L symbols end; (L + 1,) each."""

    edges: Floats
    """Px across, at half the height of the image."""
    slants: Floats
    """Px to the right for a px up."""


def cut(ink: Ink, middles: Sequence[float], symbols: Sequence[str]) -> Cells:
    """Cut ink from its first to its last column into L >= 1 cells, at the least price in all.

    A cut pays for the ink that it crosses and for its slant, a cell for being wider or narrower
    than its symbol usually is, and for lying off its symbol's frames. The first and the last
    symbol do not pay for the latter: networks emit them at the ends of the image.
    """
    height, width = ink.shape
    columns = np.flatnonzero((ink > HALF).any(0))
    first, end = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, width)
    places = np.linspace(first, end, max(len(symbols), (end - first) // STEP) + 1)  # (K,)
    price, slant = _crossing(ink, places)
    usual = np.array([USUAL_WIDTH.get(symbol, 1.0) for symbol in symbols])
    usual *= (end - first) / usual.sum()
    width_px = np.maximum(places[:, None] - places, LEAST_PX)  # (K, K) to, from
    widths = np.sqrt(UNUSUAL) * np.log(width_px)
    strays = STRAY / height * (places - np.asarray(middles)[:, None])  # (L, K)
    every = np.arange(len(places))
    cost = np.full(len(places), np.inf)
    cost[0] = 0.0
    came = []
    for place, usually in enumerate(np.sqrt(UNUSUAL) * np.log(usual)):
        inner = 0 < place < len(symbols) - 1
        total = widths - usually
        total *= total
        total += cost + np.maximum(strays[place], 0) if inner else cost
        came.append(total.argmin(1))
        cost = total[every, came[-1]] + price
        if inner:
            cost += np.maximum(-strays[place], 0)
    last = len(places) - 1
    chosen = [last]
    for back in reversed(came):
        chosen.append(int(back[chosen[-1]]))
    chosen.reverse()
    slants = slant[chosen]
    slants[[0, -1]] = 0.0
    return Cells(edges=places[chosen], slants=slants)


def _crossing(ink: Ink, places: Floats) -> tuple[Floats, Floats]:
    """Price a cut at each place (K,), and choose the slant at which it is cheapest (K,)."""
    height, width = ink.shape
    bands = np.add.reduceat(ink, np.arange(0, height, BAND), 0)  # (h / BAND, w)
    up = height / 2 - (np.arange(len(bands)) + 0.5) * BAND  # px above half the height
    across = np.rint(places + SLANTS[:, None, None] * up[:, None]).astype(int)  # (S, h / BAND, K)
    beside = np.zeros((len(bands), width + 1))  # ink on both sides of the edges between pixels
    beside[:, :-1] = bands / 2
    beside[:, 1:] += bands / 2
    inside = (across >= 0) & (across <= width)
    met = beside[np.arange(len(bands))[:, None], np.clip(across, 0, width)] * inside
    price = met.sum(1) * (CROSSED / height) + SLANTED * np.abs(SLANTS)[:, None]  # (S, K)
    best = price.argmin(0)
    return price[best, np.arange(len(places))], SLANTS[best]


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
