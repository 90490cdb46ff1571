"""Cells: ink cut into one piece a symbol, by slanted cuts where little ink is crossed.

ink        (h, w), 0..1
middles    (L,)    px across where the frames of each symbol stand
returns    L + 1 edges, in px across at half the height, with their slants
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crnn.location.ink import HALF, Ink

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
