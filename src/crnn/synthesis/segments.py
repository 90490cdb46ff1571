"""Faces of displays: digits of seven segments, capitals and digits of fourteen, drawn by arithmetic.

Each display face is one more face behind those of the atlas; it has few symbols, so it draws only
labels that it can show. Segments are named as usual:

     aaa          aaa
    f   b       f h i j b        g is g1 and g2 together
     ggg         g1 g2
    e   c       e k l m c
     ddd          ddd
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from crnn.synthesis.glyphs import baseline_row
from crnn.synthesis.layout import Glyphs

Floats = npt.NDArray[np.float64]

ENDS: Final = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2), "e": (0, 1, 0, 2),
    "f": (0, 0, 0, 1), "1": (0, 1, 0.5, 1), "2": (0.5, 1, 1, 1), "h": (0, 0, 0.5, 1), "i": (0.5, 0, 0.5, 1),
    "j": (1, 0, 0.5, 1), "k": (0.5, 1, 0, 2), "l": (0.5, 1, 0.5, 2), "m": (0.5, 1, 1, 2), "g": (0, 1, 1, 1),
}  # fmt: skip
"""Segments: x and y of both ends, in half heights down and widths across; g1 is "1", g2 is "2"."""
SEVEN: Final = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc",
    "7": "abc", "8": "abcdefg", "9": "abcdfg", "-": "g",
}  # fmt: skip
FOURTEEN: Final = {
    "0": "abcdefjk", "1": "bcj", "2": "ab12ed", "3": "abcd2", "4": "f12bc", "5": "af1md", "6": "af12edc",
    "7": "abc", "8": "abcdef12", "9": "abcdf12", "-": "12", "+": "12il", "/": "jk", "*": "12hijklm",
    "_": "d", "A": "abcef12", "B": "abcdil2", "C": "adef", "D": "abcdil", "E": "adef12", "F": "aef12",
    "G": "acdef2", "H": "bcef12", "I": "adil", "J": "bcde", "K": "ef1jm", "L": "def", "M": "bcefhj",
    "N": "bcefhm", "O": "abcdef", "P": "abef12", "Q": "abcdefm", "R": "abef12m", "S": "acdf12", "T": "ail",
    "U": "bcdef", "V": "efjk", "W": "bcefkm", "X": "hjkm", "Y": "hjl", "Z": "adjk",
}  # fmt: skip
DOTS: Final = {".": (1.0,), ":": (0.3, 0.75)}
"""Heights of dots, in capitals below the top."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DisplayFace:
    """One make of display; lengths in heights of a digit."""

    segments: dict[str, str]
    width: float
    """Of a digit, between the middles of its upright segments."""
    thickness: float
    gap: float
    """Between two segments, along them."""
    slant: float


DISPLAYS: Final = (
    DisplayFace(segments=SEVEN, width=0.44, thickness=0.11, gap=0.04, slant=0.0),
    DisplayFace(segments=SEVEN, width=0.46, thickness=0.14, gap=0.04, slant=0.1),
    DisplayFace(segments=SEVEN, width=0.5, thickness=0.08, gap=0.03, slant=0.1),
    DisplayFace(segments=SEVEN, width=0.4, thickness=0.16, gap=0.05, slant=0.14),
    DisplayFace(segments=SEVEN, width=0.48, thickness=0.12, gap=0.0, slant=0.0),
    DisplayFace(segments=FOURTEEN, width=0.56, thickness=0.09, gap=0.04, slant=0.0),
    DisplayFace(segments=FOURTEEN, width=0.52, thickness=0.11, gap=0.05, slant=0.1),
    DisplayFace(segments=FOURTEEN, width=0.6, thickness=0.07, gap=0.03, slant=0.08),
)


def showable(label: str) -> tuple[bool, bool]:
    """Tell whether seven, and whether fourteen segments can show a label that has a digit."""
    symbols = set(label)
    digit = any(symbol in "0123456789" for symbol in symbols)
    seven, fourteen = (symbols <= {*segments, *DOTS, " "} for segments in (SEVEN, FOURTEEN))
    return seven and digit, fourteen and (digit or len(symbols) > 1)


def with_displays(glyphs: Glyphs, symbols: tuple[str, ...], cap_px: int) -> Glyphs:
    """Add the display faces behind the others."""
    columns = [glyphs.columns.cpu()]
    rows = len(glyphs.columns)
    metrics = np.zeros((len(DISPLAYS), len(symbols), 6), np.int64)
    for face, display in enumerate(DISPLAYS):
        for index, symbol in enumerate(symbols):
            ink, advance = _draw(display, symbol, cap_px)
            base = baseline_row(cap_px)
            metrics[face, index] = rows, len(ink), 0, advance, base, base
            if len(ink):
                inked = np.flatnonzero(ink.any(0))
                metrics[face, index, 4:] = inked[0], inked[-1] + 1
                columns.append(torch.from_numpy(ink))
                rows += len(ink)
    device = glyphs.columns.device
    added = torch.from_numpy(metrics).to(device).unbind(2)
    names = ("offset", "width", "left", "advance", "top", "bottom")
    joined = {name: torch.cat([getattr(glyphs, name), new]) for name, new in zip(names, added, strict=True)}
    first = len(glyphs.offset)
    numbers = torch.arange(first, first + len(DISPLAYS), device=device)
    return replace(glyphs, columns=torch.cat(columns).to(device), displays=numbers, **joined)


def _draw(display: DisplayFace, symbol: str, cap_px: int) -> tuple[npt.NDArray[np.uint8], int]:
    """Draw a symbol: its columns (w, 2 * cap_px), and its advance; nothing where the display lacks it."""
    nothing = np.zeros((0, 2 * cap_px), np.uint8)
    half = display.thickness / 2
    if symbol == " ":
        return nothing, round(cap_px * (display.width + 0.25))
    if symbol in DOTS:
        width, lines = 2.2 * half, [(1.1 * half, y - half, 1.1 * half, y - half) for y in DOTS[symbol]]
        advance = width + 0.12
    elif symbol in display.segments:
        width, advance = display.width + 2 * half, display.width + 2 * half + 0.18
        lines = [_line(display, segment) for segment in display.segments[symbol]]
    else:
        return nothing, 0
    slanted = width + display.slant
    x = (np.arange(round(slanted * cap_px) + 2)[:, None] + 0.5) / cap_px  # (w, 1)
    y = (np.arange(2 * cap_px)[None] + 0.5 - baseline_row(cap_px)) / cap_px + 1  # (1, R), 0 at the top
    x = x - display.slant * (1 - y)
    ink = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    for line in lines:
        distance = (np.hypot(x - line[0], y - line[1]) if symbol in DOTS else _distance(x, y, line)) - half
        ink = np.maximum(ink, np.clip(0.5 - distance * cap_px, 0, 1))
    return np.asarray(np.round(255 * ink), np.uint8), round(cap_px * advance)


def _line(display: DisplayFace, segment: str) -> tuple[float, float, float, float]:
    """Return the ends of a segment's middle line, shortened by its points and the gap: x and y of both."""
    half, high = display.thickness / 2, (1 - display.thickness) / 2
    left, top, right, bottom = ENDS[segment]
    x0, x1 = half + left * display.width, half + right * display.width
    y0, y1 = half + top * high, half + bottom * high
    length = float(np.hypot(x1 - x0, y1 - y0))
    points = half * (2 if segment in "hjkm" else 1)
    cut = min(0.4, (display.gap / 2 + points) / length)
    return x0 + cut * (x1 - x0), y0 + cut * (y1 - y0), x1 - cut * (x1 - x0), y1 - cut * (y1 - y0)


def _distance(x: Floats, y: Floats, line: tuple[float, float, float, float]) -> Floats:
    """Measure how far points lie from a line between two ends, so that a thick line ends in points."""
    x0, y0, x1, y1 = line
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-9)
    across, down = (x1 - x0) / length, (y1 - y0) / length
    along = (x - x0) * across + (y - y0) * down
    beside = np.abs((x - x0) * down - (y - y0) * across)
    return np.asarray(beside + np.maximum(np.maximum(-along, along - length), 0))


COUNT_SEVEN: Final = sum(display.segments is SEVEN for display in DISPLAYS)
"""Displays of seven segments; they are the first ones."""
