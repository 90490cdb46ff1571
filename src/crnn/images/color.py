"""Grey values of a color image: its luma, or where that does not tell ink from ground, its color contrast.

    image   RGB (H, W)  ->  L (H, W)

Red letters on a green ground of equal brightness vanish in luma. There, and only there, the pixels
are projected on the axis along which their colors differ most (the first principal component).
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

PLAIN_LUMA_STD = 16.0
"""Standard deviation of the luma from which on brightness tells enough, of 255."""
FAINT_LUMA = 0.2
"""Share of the colors' standard deviation that is left in the luma, below which it tells too little.
A grey image has 0.58; of 1,757 words of photographs (ic15, ic03, svt, iiit5k) none has less than this."""
LEAST_COLOR_STD = 10.0
"""Standard deviation of the colors below which there is no contrast to bring out, of 255."""
SAMPLED_PX = 4096
"""Pixels that are looked at."""

_LUMA = np.array([0.299, 0.587, 0.114])


def grey_of_color(image: Image.Image) -> Image.Image:
    """Convert an RGB image to L.

    Args:
        image: Of mode RGB.

    Returns:
        Its luma (ITU-R 601), or the projection on the axis of its colors where luma hides the ink:
        the commoner color light, the other dark.
    """
    grey = image.convert("L")
    pixels = _sample(np.asarray(grey))  # (P, 1)
    if pixels.std() >= PLAIN_LUMA_STD:
        return grey
    axis = _hidden_axis(_sample(np.asarray(image)))
    return grey if axis is None else _project(np.asarray(image), axis)


def _sample(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Take every k-th pixel (P, channels), at most about SAMPLED_PX."""
    flat = pixels.reshape(pixels.shape[0] * pixels.shape[1], -1)
    return flat[:: max(1, len(flat) // SAMPLED_PX)].astype(np.float64)


def _hidden_axis(pixels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Find the axis (3,) along which the colors (P, 3) differ, where luma shows hardly any of it."""
    if len(pixels) < 2:
        return None
    covariance = np.cov(pixels.T)  # (3, 3)
    variances, axes = np.linalg.eigh(covariance)
    color_std = np.sqrt(max(variances[-1], 0.0))
    luma_std = np.sqrt(max(_LUMA @ covariance @ _LUMA, 0.0))
    if color_std < LEAST_COLOR_STD or luma_std > FAINT_LUMA * color_std:
        return None
    axis: npt.NDArray[np.float64] = axes[:, -1]
    along = pixels @ axis
    is_ground_light = np.median(along) > (along.min() + along.max()) / 2
    return axis if is_ground_light else -axis


def _project(image: npt.NDArray[np.uint8], axis: npt.NDArray[np.float64]) -> Image.Image:
    """Spread the colors (H, W, 3) along the axis over 0..255, one in a hundred at each end cut off."""
    along = image.astype(np.float32) @ axis.astype(np.float32)  # (H, W)
    dark, light = np.percentile(along, (1, 99))
    scaled = (along - dark) * (255 / max(light - dark, 1.0))
    return Image.fromarray(np.clip(scaled, 0, 255).round().astype(np.uint8))
