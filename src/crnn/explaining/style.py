"""Colours that differ for every eye: Okabe and Ito (2008) for kinds, cividis and viridis for amounts.

Cividis (Nuñez, Anderton & Renslow 2018) looks nearly the same with and without red-green blindness.

How symbols and probabilities are written in a figure: visible, short, with glyphs that its font has.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.font_manager import findfont, get_font

BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
)  # fmt: skip

SYMBOLS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
"""Neighbouring symbols have different ones, in this order; VERMILION is left for differences."""

AMOUNT, SIGNED = "cividis", "PuOr"

AMOUNT_GAMMA = 0.5
"""Amounts are drawn by their square root: 1 % is then a tenth of the scale and can be seen."""

MIXING = 4
"""Power by which the stronger of two colours outweighs the other."""


def color_of(index: int) -> str:
    """Return the colour of the symbol at an index of the text."""
    return SYMBOLS[index % len(SYMBOLS)]


def rgb(color: str) -> npt.NDArray[np.float64]:
    """Red, green and blue of "#rrggbb", (3,), 0..1."""
    return np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255


def tinted(
    image: npt.NDArray[np.uint8], strengths: npt.NDArray[np.floating], colors: npt.NDArray[np.floating]
) -> npt.NDArray[np.uint8]:
    """Tint a pale copy of a grey image: each pixel by its strongest of L colours, as far as that is strong.

    image (h, w), strengths (L, h, w) 0..1, colours (L, 3)   ->   uint8 (h, w, 3)
    """
    pale = np.repeat(0.45 + 0.55 * image[..., None] / 255, 3, axis=2)  # (h, w, 3)
    if len(strengths):
        weights = strengths**MIXING + 1e-9  # (L, h, w)
        color = np.einsum("lhw,lc->hwc", weights / weights.sum(0), colors)
        # The colour lies on the image as a glass: it darkens, so that strokes stay visible.
        pale *= 1 - 0.9 * strengths.max(0)[..., None] * (1 - color)
    return np.rint(255 * pale).astype(np.uint8)


def painted(values: npt.NDArray[np.floating], name: str) -> npt.NDArray[np.uint8]:
    """Paint values 0..1 by a colour map: (h, w) -> uint8 (h, w, 3)."""
    colors: npt.NDArray[np.uint8] = colormaps[name](np.clip(values, 0, 1), bytes=True)[..., :3]
    return colors


FONT = "DejaVu Sans"
"""Comes with Matplotlib, so that a figure looks the same everywhere; Latin, Greek, Cyrillic and more."""

MAX_SYMBOL_CHARS = 8
"""Characters of a symbol that are shown; a music token may have more."""

_NAMED = {" ": "␣", "\t": "tab", "\n": "newline", "\u00a0": "nbsp"}


def written(symbol: str) -> str:
    """Write a symbol so that it can be seen and drawn; by code points where the font lacks it.

    >>> written("a"), written(" "), written("字"), written("clef-soprano")
    ('a', '␣', 'U+5B57', 'clef-so…')
    """
    if symbol in _NAMED:
        return _NAMED[symbol]
    if any(ord(character) not in _glyphs() or not character.isprintable() for character in symbol):
        return " ".join(f"U+{ord(character):04X}" for character in symbol[:2]) + ("…" if symbol[2:] else "")
    return symbol if len(symbol) <= MAX_SYMBOL_CHARS else symbol[: MAX_SYMBOL_CHARS - 1] + "…"


def sentence(text: str) -> str:
    """Write a text of any characters, each as in `written` where it cannot be drawn."""
    drawable = _glyphs()
    return "".join(
        character if ord(character) in drawable and character.isprintable() else f"\\u{{{ord(character):x}}}"
        for character in text
    )


def percent(probability: float) -> str:
    """Write a probability in percent, short.

    >>> percent(0.98), percent(0.074), percent(0.0003), percent(1e-9), percent(0.9999)
    ('98%', '7.4%', '0.03%', '~0%', '100%')
    """
    percent = 100 * probability
    if 0 < percent < 0.01:
        return "~0%"
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%" if percent >= 1 else f"{percent:.1g}%"


def exactly(probability: float) -> str:
    """Write a probability with four digits after the point, and a tiny one with its magnitude.

    >>> exactly(0.98273), exactly(1.234e-9)
    ('0.9827', '1.2e-09')
    """
    return f"{probability:.4f}" if probability >= 0.0001 else f"{probability:.1e}"


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the figure's font has."""
    return frozenset(get_font(findfont(FONT)).get_charmap())
