"""Evidence: which pixels each symbol rests on, found by hiding them.

    image     uint8 (h, w)       as the network saw it
    returns   float32 (L, h, w)  nats that the log-odds of each symbol lose where a pixel is hidden

A soft patch is moved over the image. Below it the image fades into its own blur: strokes vanish, and
no edge appears that the network could take for one. Each position of the patch is one image more to
recognize, so this works for every model, and needs no gradients. The evidence of a pixel is the mean
loss of the patches over it, weighed by how well they hid it.

The log-odds ln(p / (1 - p)) of a symbol at its best frame tell apart what ln p cannot: 0.9999 and
0.99 are nearly the same ln p, but the second is a hundred times as often wrong.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from crnn.images.load import GreyImage
from crnn.reader.windows import Recognize

Floats = npt.NDArray[np.float32]

PATCH_STEP = 0.125
"""Least distance of two patches, in heights of the image."""
MAX_PATCHES = 256
"""Patches in all, about: over a long line they are larger and stand further apart."""
PATCH_DEVIATION = 0.14
"""Least deviation of a patch, in heights of the image: it hides about a third of the height."""
BLUR_DEVIATION = 0.3
"""Deviation of the blur, in heights of the image: what is left of a letter is a smudge."""
MIN_PROBABILITY = 1e-6
"""Probabilities nearer to 0 or 1 count as that near: float32 tells no more."""
_AT_ONCE = 32


def evidence(
    recognize: Recognize, image: GreyImage, classes: Sequence[int], frames: Sequence[tuple[int, int]]
) -> Floats:
    """Measure what each symbol loses when pixels are hidden.

    Args:
        recognize: (N, 1, h, w) -> (T, N, C), the network.
        image: (h, w), as the network sees it.
        classes: L classes of the text.
        frames: [first, last + 1) of each symbol; it may move by a frame while pixels are hidden.

    Returns:
        (L, h, w), nats of log-odds, 0 or more.
    """
    height, width = image.shape
    if not classes:
        return np.zeros((0, height, width), np.float32)
    faded = Image.fromarray(image).filter(ImageFilter.GaussianBlur(BLUR_DEVIATION * height))
    sharp, blurred = image.astype(np.float32), np.asarray(faded, np.float32)
    log_probs = recognize(image[None, None])  # (T, 1, C)
    windows = frames_around(frames, len(log_probs))
    before_hiding = log_odds(log_probs, classes, windows)  # (L, 1)
    total = np.zeros((len(classes), height, width), np.float32)
    weight = np.zeros((height, width), np.float32)
    masks = _patches(height, width)  # (M, h, w)
    for start in range(0, len(masks), _AT_ONCE):
        batch = masks[start : start + _AT_ONCE]
        hidden = np.rint(sharp + batch * (blurred - sharp)).astype(np.uint8)[:, None]  # (N, 1, h, w)
        loss = np.maximum(before_hiding - log_odds(recognize(hidden), classes, windows), 0)  # (L, N)
        total += np.einsum("ln,nhw->lhw", loss, batch)
        weight += batch.sum(0)
    return np.asarray(total / weight, np.float32)


def _patches(height: int, width: int) -> Floats:
    """Make the masks (M, h, w): 1 hides a pixel, 0 leaves it."""
    step = max(PATCH_STEP * height, math.sqrt(height * width / MAX_PATCHES))
    deviation = max(PATCH_DEVIATION * height, 0.6 * step)
    down, across = _bumps(height, step, deviation), _bumps(width, step, deviation)
    masks: Floats = down[:, None, :, None] * across[None, :, None, :]
    return masks.reshape(-1, height, width)


def _bumps(length: int, step: float, deviation: float) -> Floats:
    """Make bumps (count, length) of height 1, `step` px apart and `deviation` px in deviation."""
    count = max(1, round(length / step))
    centres = (np.arange(count) + 0.5) * length / count
    away = np.arange(length) + 0.5 - centres[:, None]
    return np.asarray(np.exp(-0.5 * (away / deviation) ** 2), np.float32)


def frames_around(frames: Sequence[tuple[int, int]], count: int) -> list[slice]:
    """Widen each symbol's frames by one to both sides, but not into its neighbours'."""
    ends = [0, *(end for _, end in frames[:-1])]
    firsts = [*(first for first, _ in frames[1:]), count]
    return [
        slice(max(first - 1, before), min(end + 1, after))
        for (first, end), before, after in zip(frames, ends, firsts, strict=True)
    ]


def log_odds(log_probs: Floats, classes: Sequence[int], windows: Sequence[slice]) -> Floats:
    """Take the log-odds of each symbol at its best frame: log_probs (T, N, C) -> (L, N)."""
    best = [log_probs[window, :, index].max(0) for index, window in zip(classes, windows, strict=True)]
    probs = np.clip(np.exp(np.stack(best)), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return np.asarray(np.log(probs / (1 - probs)), np.float32)
