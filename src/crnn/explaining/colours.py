"""Colours that differ for every eye: Okabe and Ito (2008) for kinds, cividis and viridis for amounts.

Cividis (Nuñez, Anderton & Renslow 2018) looks nearly the same with and without red-green blindness.
"""

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps

BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
)  # fmt: skip
SYMBOLS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
"""Neighbouring symbols have different ones, in this order; VERMILION is left for differences."""
AMOUNT, SIGNED = "cividis", "PuOr"
GAMMA = 0.5
"""Amounts are drawn by their square root: 1 % is then a tenth of the scale and can be seen."""
MIXING = 4
"""Power by which the stronger of two colours outweighs the other."""


def colour_of(place: int) -> str:
    """Colour of the symbol at a place of the text."""
    return SYMBOLS[place % len(SYMBOLS)]


def rgb(colour: str) -> npt.NDArray[np.float64]:
    """Red, green and blue of "#rrggbb", (3,), 0..1."""
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255


def tinted(
    image: npt.NDArray[np.uint8], strengths: npt.NDArray[np.floating], colours: npt.NDArray[np.floating]
) -> npt.NDArray[np.uint8]:
    """Tint a pale copy of a grey image: each pixel by its strongest of L colours, as far as that is strong.

    image (h, w), strengths (L, h, w) 0..1, colours (L, 3)   ->   uint8 (h, w, 3)
    """
    pale = np.repeat(0.45 + 0.55 * image[..., None] / 255, 3, axis=2)  # (h, w, 3)
    if len(strengths):
        weights = strengths**MIXING + 1e-9  # (L, h, w)
        colour = np.einsum("lhw,lc->hwc", weights / weights.sum(0), colours)
        # The colour lies on the image as a glass: it darkens, so that strokes stay visible.
        pale *= 1 - 0.9 * strengths.max(0)[..., None] * (1 - colour)
    return np.rint(255 * pale).astype(np.uint8)


def painted(values: npt.NDArray[np.floating], name: str) -> npt.NDArray[np.uint8]:
    """Paint values 0..1 by a colour map: (h, w) -> uint8 (h, w, 3)."""
    colours: npt.NDArray[np.uint8] = colormaps[name](np.clip(values, 0, 1), bytes=True)[..., :3]
    return colours
