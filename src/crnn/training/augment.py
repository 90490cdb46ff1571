"""Augmentation of real word images, for training: what another camera would have seen.

    images   uint8 (N, 1, H, W)   ->   uint8 (N, 1, H, W)

Geometry (one bilinear sampling for all of it), focus, light, noise and inversion, each image
by its own amounts. The caller's generator decides everything.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

ROTATION = math.radians(8)
"""Largest rotation, for words up to about four times as wide as high; longer ones turn less."""

END_SHIFT = 0.25
"""Furthest that a rotation moves the two ends of a word up or down, as a part of the height."""

SHEAR = 0.35
"""Largest slant, in px to the side for each px of height."""

SCALE = (0.82, 1.04)
"""Size of the word in its image, for each axis apart: below 1 it gains a margin, above it is cut."""

SHIFT = (0.01, 0.05)
"""Furthest shift, as a part of the width and of the height, beyond the margin gained by the scale."""

PERSPECTIVE = 0.12
"""Largest difference in size between the middle and the two ends (or top and bottom)."""

WAVES = (3, 5)
"""Points, down and across, of a mesh that is bent at random."""

BENDING = (0.12, 0.09)
"""Furthest that such a point moves across and down, as parts of the height."""

COARSE = 0.45
"""Smallest resolution to which a third of the images are brought, as a part of their own."""

BLUR = 1.0
"""Share of the blurred image at most; an image is blurred one way, the other way, or both."""

SHARPEN = 0.8
"""Share at most by which the difference from the blurred image is exaggerated."""

CONTRAST = (0.55, 1.3)
"""Factor on the distance from the image's mean."""

BRIGHTNESS = 0.18
"""Largest shift of all grey values, of a range of 1."""

GAMMA = 0.6
"""Largest bend b of the tone curve x + b x (1 - x): the middle tones grow lighter or darker."""

NOISE = 0.2
"""Largest standard deviation of the noise, as a part of the image's own; half of the images have none."""

INVERSION = 0.3
"""Share of the images that are turned into their negative."""

_PIECE = 32  # images at a time: what is computed on the way then stays in the processor's cache


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return each image as it might have been taken otherwise; the input is not changed.

    What a movement uncovers continues the image's border. The same generator state gives the
    same images; `generator` may be on another device than `images`.
    """
    return torch.cat([_augment(piece, generator) for piece in torch.split(images, _PIECE)])


def _augment(images: Tensor, generator: torch.Generator) -> Tensor:
    draw = _Draw(len(images), generator, images.device)
    pixels = images.float() / 255  # (N, 1, H, W) in 0..1
    grid = _grid(draw, *images.shape[2:]) + _bend(draw, *images.shape[2:])  # (N, H, W, 2)
    pixels = functional.grid_sample(
        pixels, grid, mode="bilinear", padding_mode="border", align_corners=False
    )  # (N, 1, H, W)
    pixels = _light(_focus(_coarsen(pixels, draw), draw), draw)
    pixels = _noise(pixels, draw)
    return (pixels * 255).round_().clamp_(0, 255).to(torch.uint8)


class _Draw:
    """Random amounts, one an image."""

    def __init__(self, count: int, generator: torch.Generator, device: torch.device) -> None:
        self._count, self._generator, self._device = count, generator, device

    def uniform(self, low: float, high: float) -> Tensor:
        """Draw (N, 1, 1, 1) from low..high."""
        unit = torch.rand(
            (self._count, 1, 1, 1), generator=self._generator, device=self._generator.device
        ).to(self._device)
        return low + (high - low) * unit

    def centred(self, largest: float) -> Tensor:
        """Draw (N, 1, 1, 1) from -largest..largest, small amounts more often than large ones."""
        return largest * (self.uniform(-0.5, 0.5) + self.uniform(-0.5, 0.5))

    def mesh(self, points: tuple[int, int]) -> Tensor:
        """Draw (N, 1, *points) from -1..1."""
        shape = (self._count, 1, *points)
        unit = torch.rand(shape, generator=self._generator, device=self._generator.device)
        return 2 * unit.to(self._device) - 1

    def chance(self, probability: float) -> Tensor:
        """Draw (N, 1, 1, 1) of 0 or 1, 1 with `probability`."""
        return (self.uniform(0, 1) < probability).float()

    def normal(self, shape: torch.Size) -> Tensor:
        """Draw standard normal numbers."""
        return torch.randn(shape, generator=self._generator, device=self._generator.device).to(self._device)


def _grid(draw: _Draw, height: int, width: int) -> Tensor:
    """Map each output pixel to where it is taken from: (N, H, W, 2), in -1..1 as grid_sample wants.

    Coordinates are centred; x and y are in units of half the width and half the height.
    """
    aspect = width / height
    angle = draw.centred(min(ROTATION, math.atan(2 * END_SHIFT / aspect)))
    shear = draw.centred(SHEAR)
    scale_x, scale_y = draw.uniform(*SCALE), draw.uniform(*SCALE)
    # A word that was made smaller may move anywhere in its margin.
    shift_x = draw.uniform(-1, 1) * (2 * SHIFT[0] + (1 - scale_x).clamp(min=0))
    shift_y = draw.uniform(-1, 1) * (2 * SHIFT[1] + (1 - scale_y).clamp(min=0))
    tilt_x, tilt_y = draw.centred(PERSPECTIVE), draw.centred(PERSPECTIVE)
    x = (torch.arange(width, device=angle.device) + 0.5).mul(2 / width).sub(1)  # (W)
    y = (torch.arange(height, device=angle.device) + 0.5).mul(2 / height).sub(1)[:, None]  # (H, 1)
    # Times its largest value or nearly, so that no end of the word leaves the image.
    nearness = (1 + 0.7 * (tilt_x.abs() + tilt_y.abs())) / (1 + tilt_x * x + tilt_y * y)  # (N, 1, H, W)
    x, y = x - shift_x, y - shift_y  # (N, 1, 1, W), (N, 1, H, 1)
    cos, sin = torch.cos(angle), torch.sin(angle)
    across = cos / scale_x * x + (sin + shear) / (aspect * scale_x) * y  # (N, 1, H, W)
    down = cos / scale_y * y - sin * aspect / scale_y * x  # (N, 1, H, W)
    return torch.stack([across.mul_(nearness), down.mul_(nearness)], dim=-1).squeeze(1)  # (N, H, W, 2)


def _bend(draw: _Draw, height: int, width: int) -> Tensor:
    """Draw smooth waves, 0 at the border so that no letter leaves the image: (N, H, W, 2)."""
    largest = draw.uniform(0, 1)
    across = largest * 2 * BENDING[0] * height / width * draw.mesh(WAVES)  # (N, 1, h, w)
    down = largest * 2 * BENDING[1] * draw.mesh(WAVES)
    mesh = functional.pad(torch.cat([across, down], dim=1), (1, 1, 1, 1))  # (N, 2, h + 2, w + 2)
    waves = functional.interpolate(mesh, size=(height, width), mode="bicubic", align_corners=True)
    return waves.permute(0, 2, 3, 1)  # (N, H, W, 2)


def _coarsen(pixels: Tensor, draw: _Draw) -> Tensor:
    """Bring a third of the images to one lower resolution and back: (N, 1, H, W)."""
    kept = float(draw.uniform(COARSE, 1)[0]) if len(pixels) else 1.0
    small = functional.interpolate(pixels, scale_factor=kept, mode="area")
    coarse = functional.interpolate(small, size=pixels.shape[2:], mode="bilinear")
    return pixels + draw.chance(1 / 3) * (coarse - pixels)


def _focus(pixels: Tensor, draw: _Draw) -> Tensor:
    """Blur or sharpen along each axis: (N, 1, H, W)."""
    blurred = draw.chance(0.5)
    for axis, padding in ((3, (2, 2, 0, 0)), (2, (0, 0, 2, 2))):
        amount = blurred * draw.uniform(0, BLUR) - (1 - blurred) * draw.uniform(0, SHARPEN)
        padded = functional.pad(pixels, padding, mode="replicate")
        size = pixels.shape[axis]
        # The binomial as sums of shifted images: eight times as fast as conv2d, which is made for channels.
        far, near = (
            padded.narrow(axis, 2 - steps, size) + padded.narrow(axis, 2 + steps, size) for steps in (2, 1)
        )
        soft = far.add_(near, alpha=4).add_(pixels, alpha=6).div_(16)  # (N, 1, H, W)
        pixels = torch.addcmul(pixels, amount, soft.sub_(pixels))
    return pixels


def _light(pixels: Tensor, draw: _Draw) -> Tensor:
    """Change tone curve, contrast and brightness, and invert: (N, 1, H, W)."""
    pixels = pixels.clamp(0, 1)
    bend = draw.centred(GAMMA)
    pixels = torch.addcmul(1 + bend, pixels, -bend).mul_(pixels)  # x + b x (1 - x)
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)  # (N, 1, 1, 1)
    contrast, brightness = draw.uniform(*CONTRAST), draw.centred(BRIGHTNESS)
    negative = draw.chance(INVERSION)
    sign = 1 - 2 * negative
    base = negative + sign * (mean * (1 - contrast) + brightness)
    return torch.addcmul(base, pixels, sign * contrast)


def _noise(pixels: Tensor, draw: _Draw) -> Tensor:
    """Add noise in proportion to the contrast, so that faint words stay legible: (N, 1, H, W)."""
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)  # (N, 1, 1, 1)
    variance = (pixels * pixels).mean(dim=(1, 2, 3), keepdim=True) - mean * mean
    own = variance.clamp_(min=0).sqrt_()  # (N, 1, 1, 1), thrice as fast as Tensor.std
    deviation = draw.chance(0.5) * draw.uniform(0, NOISE) * own
    return torch.addcmul(pixels, deviation, draw.normal(pixels.shape))
