"""What happens to a clean engraving: by the paper's augmentation, or under a camera.

    disturbed   rotated, scaled, on another ground, with noise: what training sees too (paper §3.4)
    camera      as a phone takes it from a book: what training never sees

Both take and return grey images, uint8 (H, W); the second returns other sizes than it takes.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Rng = np.random.Generator
Grey = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.float64]


def disturbed(image: Grey, rng: Rng) -> Grey:
    """Turn an engraving a little, scale it, and print it on another ground."""
    height, width = image.shape
    angle = rng.uniform(-1, 1) * min(0.04, 0.5 * height / width)  # radians; a long staff turns less
    x, y = _centred(height, width)  # (1, W), (H, 1)
    across = (x + angle * y) / rng.uniform(0.9, 1.05) + rng.normal(0, 2)
    down = (y - angle * x) / rng.uniform(0.82, 1.03) + rng.normal(0, 2)
    paper = _sampled(image.astype(float), across, down) / 255  # (H, W), 1 where there is no ink
    ink, ground = rng.uniform(0, 100), rng.uniform(160, 255)
    pixels = ink * (1 - paper) + paper * (ground + rng.uniform(0, 30) * texture(height, width, rng))
    pixels = _blurred(pixels, rng.uniform(0, 1.3))
    return _rounded(pixels + rng.normal(0, rng.uniform(0, 18), pixels.shape))


def camera(image: Grey, rng: Rng) -> Grey:
    """Take a picture of an engraving in a book: bent, from the side, badly lit, out of focus."""
    height, width = image.shape
    x, y = _centred(height, width)
    tilts = np.clip(rng.normal(0, 0.06, 2), -0.12, 0.12)
    nearness = 1 + tilts[0] * x / (width / 2) + tilts[1] * y / (height / 2)  # (H, W)
    nearness = nearness * (1 + np.abs(tilts).sum())  # who takes a picture takes all of it
    bend = rng.normal(0, 1.7) * ((x - rng.uniform(-1, 1) * width / 2) / (width / 2)) ** 2
    slope = rng.uniform(-1, 1) * min(0.02, 3 / width)
    across = x * nearness * rng.uniform(1, 1.05) + rng.normal(0, 0.06) * y
    down = (y + slope * x + bend) * nearness * rng.uniform(1, 1.12) + rng.normal(0, 1.5)
    paper = _sampled(image.astype(float), across, down) / 255  # (H, W)
    fibres = rng.uniform(1, 7) * texture(height, width, rng, finest=1)
    pixels = rng.uniform(15, 70) * (1 - paper) + paper * (rng.uniform(185, 235) + fibres)
    pixels = pixels * _light(x, y, rng)
    pixels = _blurred(pixels, rng.uniform(0.4, 1.5))
    moved = int(rng.integers(0, 4))  # px that the hand moves while the shutter is open
    pixels = np.mean([np.roll(pixels, step, axis=1) for step in range(moved + 1)], axis=0)
    pixels += rng.normal(0, rng.uniform(2, 10), pixels.shape)
    seen = Image.fromarray(_rounded(pixels))
    scale = rng.uniform(0.6, 1.2)
    seen = seen.resize((round(width * scale), round(height * scale)), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    seen.save(file, "JPEG", quality=int(rng.integers(35, 85)))
    return np.asarray(Image.open(file))


def texture(height: int, width: int, rng: Rng, finest: int = 3) -> Pixels:
    """Draw a ground without pattern, coarse and fine: (H, W), mean about 0, deviation about 1."""
    ground = np.zeros((height, width))
    for size_px in (48, 16, 6, finest):
        shape = -(-height // size_px) + 1, -(-width // size_px) + 1
        noise = Image.fromarray(rng.normal(size=shape).astype(np.float32))
        ground += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC))
    return ground / 2


def _light(x: Pixels, y: Pixels, rng: Rng) -> Pixels:
    """Light a page from one side, with the soft edge of a shadow on half of them: (H, W) up to 1."""
    height, width = y.size, x.size
    falling = 1 - rng.uniform(0, 0.45) * (0.5 + rng.choice([-1, 1]) * x / width) + 0 * y
    falling = falling * (1 - rng.uniform(0, 0.2) * (0.5 + y / height))
    if rng.random() < 0.5:
        edge = x - rng.uniform(-0.5, 0.5) * width + rng.normal(0, 1) * y
        falling = falling * (1 - rng.uniform(0.2, 0.5) / (1 + np.exp(edge / rng.uniform(2, 15))))
    return falling


def _centred(height: int, width: int) -> tuple[Pixels, Pixels]:
    """Return x (1, W) and y (H, 1) in px from the middle."""
    return np.arange(width)[None] - (width - 1) / 2, np.arange(height)[:, None] - (height - 1) / 2


def _sampled(pixels: Pixels, across: Pixels, down: Pixels) -> Pixels:
    """Take each pixel from a place between four others, in px from the middle; white lies outside."""
    height, width = pixels.shape
    padded = np.pad(pixels, 1, constant_values=255)
    x = np.clip(across + (width - 1) / 2 + 1, 0, width + 0.999)
    y = np.clip(down + (height - 1) / 2 + 1, 0, height + 0.999)
    x, y = np.broadcast_arrays(x, y)  # (H, W)
    left, top = x.astype(int), y.astype(int)
    right, low = x - left, y - top
    upper = padded[top, left] * (1 - right) + padded[top, left + 1] * right
    lower = padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right
    return np.asarray(upper * (1 - low) + lower * low)


def _blurred(pixels: Pixels, radius_px: float) -> Pixels:
    return np.asarray(Image.fromarray(_rounded(pixels)).filter(ImageFilter.GaussianBlur(radius_px)), float)


def _rounded(pixels: Pixels) -> Grey:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
