"""Shapes made from ink: masks in 0..1 become bolder, thinner, shifted, outlined (N, 1, H, W)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def bolder(ink: Tensor) -> Tensor:
    """Grow the ink by a pixel on every side."""
    return F.max_pool2d(ink, 3, 1, 1)


def thinner(ink: Tensor) -> Tensor:
    """Shrink the ink by a pixel on every side."""
    return 1 - F.max_pool2d(1 - ink, 3, 1, 1)


def shifted(ink: Tensor, right: int, down: int) -> Tensor:
    """Move the ink; what leaves the image is lost, what enters is empty."""
    height, width = ink.shape[2:]
    moved = torch.zeros_like(ink)
    to_y, from_y = slice(max(0, down), height + min(0, down)), slice(max(0, -down), height - max(0, down))
    to_x, from_x = slice(max(0, right), width + min(0, right)), slice(max(0, -right), width - max(0, right))
    moved[:, :, to_y, to_x] = ink[:, :, from_y, from_x]
    return moved


def extruded(ink: Tensor, right: int, down: int, depth: int) -> Tensor:
    """Drag the ink `depth` px in one direction, as letters cut from thick board look."""
    body = ink
    for step in range(1, depth + 1):
        body = torch.maximum(body, shifted(ink, right * step, down * step))
    return body
