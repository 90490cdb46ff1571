"""Ink: what in a grey image is written, dark on light or light on dark.

image    (h, w) uint8, as the network saw it
returns  (h, w) float32, 0 ground .. 1 ink
"""

import numpy as np
import numpy.typing as npt

from crnn.picture import GreyImage

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
