"""Numbers of any kind become grey values: what is white in them?

to_uint8    bool | integers | floats, any shape  ->  uint8 of that shape, 0 black, 255 white
"""

import numpy as np
import numpy.typing as npt

from crnn.errors import ImageError

WHITES = (1, 255, 65535)
"""What white may be."""

OVERSHOOT = 0.01
"""Share of white by which floats may leave their range, as resizing makes them; it is cut off."""


def to_uint8(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale numbers to 0..255.

    bool is 0 or white, uint8 and uint16 have their whole range. Other integers are in 0..255, or else in
    0..65535; floats in 0..1, in 0..255 or in 0..65535: the smallest range that holds all of them.

    Raises:
        ImageError: Numbers are complex or no numbers, NaN or infinite, negative or above 65535; or floats
            are more than a white and less than twice that, so that either range would be a guess.

    >>> to_uint8(np.array([0, 0.5, 1])).tolist(), to_uint8(np.array([0.0, 127.5, 255.0])).tolist()
    ([0, 128, 255], [0, 128, 255])
    """
    if values.dtype == np.uint8:
        return values.view(np.uint8)
    kind, bytes_each = values.dtype.kind, values.dtype.itemsize
    if kind not in "buif":
        raise ImageError(f"pixels of type {values.dtype} are no grey values; use bool, integers or floats.")
    low, high = float(values.min()), float(values.max())
    if np.isnan(low):  # NumPy's least of all where one is NaN
        raise ImageError("pixels are NaN; replace them: np.nan_to_num(image).")
    if kind == "f":
        white = _white_of_floats(low, high)
    elif low < 0 or high > WHITES[-1]:
        raise _out_of_range(low, high)
    elif kind == "b":
        white = 1
    else:
        white = 65535 if high > 255 or (kind == "u" and bytes_each == 2) else 255
    scaled = values.astype(np.float32).clip(0, white) * (255 / white)
    grey: npt.NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return grey


def _white_of_floats(low: float, high: float) -> int:
    """Return what white is in floats that run from `low` to `high`."""
    white = next((white for white in WHITES if high <= white * (1 + OVERSHOOT)), None)
    if white is None or low < -white * OVERSHOOT:
        raise _out_of_range(low, high)
    for smaller in WHITES[:-1]:
        if smaller < white and high < 2 * smaller:
            raise ImageError(
                f"pixels run from {low:g} to {high:g}: too far for 0..{smaller}, and hardly meant for "
                f"0..{white}; cut them off, np.clip(image, 0, {smaller}), or scale them to 0..1."
            )
    return white


def _out_of_range(low: float, high: float) -> ImageError:
    return ImageError(f"pixels run from {low:g} to {high:g}; scale them to 0..1, 0..255 or 0..65535.")
