"""Truth: where the ink of each symbol of a label stands in its image, through bend, turn and perspective.

The glyphs of one place of all words are drawn alone and sent through the same grid as the whole
words, at FINE times the resolution; what can be seen of their ink bounds the box.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.layout import Glyphs, draw_each
from crnn.synthesis.plan import Plan
from crnn.synthesis.warp import Pose, sampling_grid

FINE = 2
"""Samples in a pixel, across and down: boxes are exact to a quarter of a pixel."""
SEEN = 0.25
"""Share of a glyph's darkest ink from which on a sample is ink, so that hairlines count."""

Boxes = npt.NDArray[np.float32]
"""(L, 4) left, top, right, bottom of each symbol's ink, image px."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What an engine knows of N images beside their labels."""

    boxes: tuple[Boxes, ...]
    """N arrays (L, 4). A symbol without ink in the image, such as a space, has four NaN."""
    pose: Pose
    """How the words lie."""


def ink_boxes(glyphs: Glyphs, plan: Plan, size: tuple[int, int]) -> tuple[Boxes, ...]:
    """Find the boxes of a batch whose images have `size` (H, W): N arrays (L, 4)."""
    fine = size[0] * FINE, size[1] * FINE
    grid: Tensor | None = None
    places = []
    for canvas in draw_each(glyphs, plan.layout):  # (N, X, R)
        if grid is None:
            drawn = canvas.shape[1], canvas.shape[2]
            grid = sampling_grid(plan.pose, plan.crop, plan.layout.box.float(), drawn, fine)
        ink = F.grid_sample(canvas[:, None].float(), grid, align_corners=False)[:, 0]  # (N, H, W) fine
        seen = ink > SEEN * ink.amax((1, 2), keepdim=True)
        left, right = _ends(seen.any(1), size[1])
        top, bottom = _ends(seen.any(2), size[0])
        places.append(torch.stack([left, top, right, bottom], 1))
    boxes = torch.stack(places, 1).cpu().numpy()  # (N, L, 4)
    return tuple(word[label] for word, label in zip(boxes, plan.layout.label.cpu().numpy(), strict=True))


def _ends(seen: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Find where the first sample that is seen begins and the last one ends: (N,) each, px.

    seen   (N, FINE * length)   bool; NaN is returned where none is True

    The grid puts its first and last samples on the middles of the first and last pixels.
    """
    samples = seen.shape[1]
    step = (length - 1) / (samples - 1)  # px between two samples
    first = seen.int().argmax(1)
    last = samples - 1 - seen.flip(1).int().argmax(1)
    nothing = ~seen.any(1)
    start, end = 0.5 + step * (first - 0.5), 0.5 + step * (last + 0.5)
    return start.masked_fill(nothing, torch.nan), end.masked_fill(nothing, torch.nan)
