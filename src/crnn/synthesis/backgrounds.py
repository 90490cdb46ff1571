"""Backgrounds: a bank of grey textures, computed or cut from photographs.

bank     (K, 1, 64, 384) uint8
sample   (N, 1, H, W) float32 in 0..1
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.errors import DataError, ImageError
from crnn.images.load import load_image
from crnn.synthesis.rng import Rng

logger = logging.getLogger(__name__)

BANK = (512, 64, 384)
"""Textures, and their height and width in px."""
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tga", ".bmp"}
MAX_PHOTOS = 400
"""Photographs opened at most; a folder with more is thinned evenly."""


class Backgrounds:
    """A bank of textures on one device."""

    def __init__(self, folders: Sequence[str], seed: int, device: torch.device) -> None:
        rng = Rng(seed, torch.device("cpu"))  # the bank is alike on every device
        if folders:
            bank = torch.cat([_photo_bank(folders, seed), _computed_bank(BANK[0] // 4, rng)])
        else:
            bank = _computed_bank(BANK[0], rng)
        self.bank = bank.to(device)  # (K, 1, 64, 384)

    def sample(self, count: int, height: int, width: int, rng: Rng) -> Tensor:
        """Cut `count` textures of height x width px, mirrored at random: (N, 1, H, W)."""
        tall, wide = self.bank.shape[2:]
        if height > tall or width > wide:  # a tall image takes stretched textures
            chosen = self.bank[rng.integers(len(self.bank), count)].float()
            return F.interpolate(chosen, size=(height, width), mode="bilinear") / 255
        parts = []
        for part in torch.arange(count, device=self.bank.device).tensor_split(8):
            top, left = rng.integer(tall - height + 1), rng.integer(wide - width + 1)
            chosen = rng.integers(len(self.bank), len(part))
            cut = self.bank[chosen, :, top : top + height, left : left + width]
            parts.append(cut.flip(3) if rng.bernoulli(0.5) else cut)
        return torch.cat(parts).float().mul_(1 / 255)  # (N, 1, H, W)


def _computed_bank(count: int, rng: Rng) -> Tensor:
    """Value noise in several scales, stripes, bricks and soft gradients: (K, 1, 64, 384)."""
    _, height, width = BANK
    bank = torch.zeros(count, 1, height, width)
    for rows, columns in ((2, 6), (4, 16), (8, 48), (16, 96), (32, 192), (64, 384)):
        noise = rng.normal(1, count, 1, rows, columns)
        layer = F.interpolate(noise, size=(height, width), mode="bicubic", align_corners=False)
        bank += layer * rng.per_image(count, 0, 1, power=2)
    x = torch.arange(width).view(1, 1, 1, -1)
    y = torch.arange(height).view(1, 1, -1, 1)
    striped = rng.subset(count, 0.2)
    period, slope = rng.per_image(len(striped), 3, 30), rng.per_image(len(striped), -2, 2)
    stripes = torch.sign(torch.sin((x + slope * y) * (2 * torch.pi / period)))
    bank[striped] += stripes * rng.per_image(len(striped), 0.1, 1.2)
    tiled = rng.subset(count, 0.1)
    high, long = rng.per_image(len(tiled), 6, 24), rng.per_image(len(tiled), 12, 60)
    joint = (y % high < 1.5) | ((x + (y // high) % 2 * long / 2) % long < 1.5)
    bank[tiled] -= joint.float() * rng.per_image(len(tiled), 0.5, 2.5)
    level, contrast = rng.per_image(count, 0.2, 0.8), rng.per_image(count, 0.02, 0.2)
    deviation = bank.std((2, 3), keepdim=True).clamp(min=1e-3)
    return ((level + contrast * bank / deviation).clamp(0, 1) * 255).to(torch.uint8)


def _photo_bank(folders: Sequence[str], seed: int) -> Tensor:
    """Cut crops of many sizes from the photographs in the folders: (K, 1, 64, 384)."""
    photos = sorted(
        path
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in PHOTO_SUFFIXES
    )
    if not photos:
        raise DataError(
            f"no photograph ({', '.join(sorted(PHOTO_SUFFIXES))}) in {', '.join(folders)}; "
            "leave synthesis.backgrounds empty to use computed backgrounds."
        )
    photos = photos[:: -(-len(photos) // MAX_PHOTOS)]
    rng = np.random.default_rng(seed)
    count, height, width = BANK
    each = -(-count * 4 // len(photos))
    crops = []
    for path in photos:
        try:
            image = load_image(path)
        except ImageError as error:
            logger.warning("background left out: %s", error)
            continue
        pixels = torch.tensor(image, dtype=torch.float32)[None, None]  # (1, 1, H, W)
        crops += [_crop(pixels, rng, height, width) for _ in range(each)]
    if not crops:
        raise DataError(f"none of the {len(photos)} photographs in {', '.join(folders)} opens.")
    bank = torch.cat(crops)
    lively = bank.float().std((1, 2, 3)) > 3  # plain sky is what computed grounds already give
    return bank[lively] if lively.any() else bank


def _crop(pixels: Tensor, rng: np.random.Generator, height: int, width: int) -> Tensor:
    """Cut one window, 60 px wide to all of the photograph: (1, 1, 64, 384) uint8."""
    tall, wide = pixels.shape[2:]
    across = int(np.exp(rng.uniform(np.log(min(60, wide)), np.log(wide))))
    down = min(tall, max(1, int(across * height / width * rng.uniform(0.8, 2))))
    top, left = int(rng.integers(tall - down + 1)), int(rng.integers(wide - across + 1))
    window = pixels[:, :, top : top + down, left : left + across]
    shrunk = F.interpolate(window, size=(height, width), mode="bilinear", antialias=True)
    return shrunk.round().clamp(0, 255).to(torch.uint8)
