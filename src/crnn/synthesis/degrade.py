"""Degradation: what lens, sensor and JPEG do to a picture (N, 1, H, W) in 0..1.

Loss of resolution and blur are one matrix per axis, so that a group of images costs two products.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.rng import Rng

BLUR_GROUPS = 16
"""Slices of a batch that share a blur."""
NOISE_SAMPLES = 1 << 20
"""Values of the noise bank, from which every image takes a run."""
SCANNED = 0.15
"""Share of images that go through a scanner which knows little but black and white, if they are clear."""
CLEAR_DEVIATION = 0.15
"""Deviation of the grey values, white being 1, from which an image survives that."""
CRISP_NOISE = 0.02
"""Deviation of the strongest noise on crisp print."""
# Table K.1 of ITU-T T.81 (the JPEG standard): quantisation of luminance at quality 50.
QUANTISATION = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


class Degradation:
    """The camera; keeps its noise bank and DCT basis on one device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.noise = Rng(seed, device).normal(1, NOISE_SAMPLES, limit=4)
        k = torch.arange(8, device=device)
        basis = torch.cos((2 * k + 1) * k[:, None] * (math.pi / 16)) / 2
        basis[0] /= math.sqrt(2)
        self.basis = basis  # (8, 8), rows are frequencies
        self.quantisation = torch.tensor(QUANTISATION, dtype=torch.float32, device=device)

    def __call__(self, images: Tensor, rng: Rng) -> Tensor:
        """Scan, blur, expose, add noise, compress: (N, 1, H, W) in 0..1."""
        images = self._blur(_scan(images, rng), rng)
        images = _expose(images, rng)
        images = self._add_noise(images, rng)
        chosen = rng.subset(len(images), 0.5)
        images[chosen] = self._compress(images[chosen], 15 + 80 * rng.per_image(len(chosen), power=0.6))
        return images.clamp_(0, 1)

    def slightly(self, images: Tensor, rng: Rng) -> Tensor:
        """Add what screenshots and scans may have: hardly any noise, and JPEG in a quarter of the images."""
        images = self._add_noise(images, rng, CRISP_NOISE)
        chosen = rng.subset(len(images), 0.25)
        images[chosen] = self._compress(images[chosen], 40 + 55 * rng.per_image(len(chosen)))
        return images.clamp_(0, 1)

    def _blur(self, images: Tensor, rng: Rng) -> Tensor:
        """Blur and shrink group by group; half the groups keep their resolution."""
        height, width = images.shape[2:]
        scale = height / 32
        blurred = torch.empty_like(images)
        for rows in torch.arange(len(images)).tensor_split(min(BLUR_GROUPS, len(images))):
            sigma = abs(rng.normal_number(0.55)) if rng.bernoulli(0.85) else rng.number(0.8, 1.5)
            kept = 1.0 if rng.bernoulli(0.5) else math.exp(rng.number(math.log(0.4), 0))
            streak = rng.number(0.5, 2.4) if rng.bernoulli(0.14) else 0.0  # a moved camera
            sideways = 1.0 if rng.bernoulli(0.7) else 0.0
            across = resample(width, (sigma * rng.number(0.8, 1.2) + streak * sideways) * scale, kept)
            down = resample(height, (sigma + streak * (1 - sideways) / 2) * scale, kept)
            group = slice(int(rows[0]), int(rows[-1]) + 1)
            blurred[group] = down.to(images.device) @ images[group] @ across.T.to(images.device)
        return blurred

    def _add_noise(self, images: Tensor, rng: Rng, max_deviation: float = 0.05) -> Tensor:
        """Add sensor noise, near `max_deviation` in few images."""
        count, size = len(images), images[0].numel()
        start = rng.integers(len(self.noise) - size, count)
        noise = self.noise.unfold(0, size, 1)[start].view_as(images)
        return images + noise * rng.per_image(count, 0, max_deviation, power=4)

    def _compress(self, images: Tensor, quality: Tensor) -> Tensor:
        """Round the 8x8 cosine transform as JPEG of `quality` (N, 1, 1, 1) in 1..100 does."""
        count, _, height, width = images.shape
        tall, wide = -height % 8, -width % 8
        padded = F.pad(images, (0, wide, 0, tall), mode="replicate") * 255 - 128
        rows, columns = (height + tall) // 8, (width + wide) // 8
        blocks = padded.view(count, rows, 8, columns, 8).transpose(2, 3)  # (N, h, w, 8, 8)
        spectrum = self.basis @ blocks @ self.basis.T
        factor = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
        steps = (self.quantisation * factor).clamp(min=1).view(count, 1, 1, 8, 8)
        spectrum = torch.round(spectrum / steps) * steps
        blocks = self.basis.T @ spectrum @ self.basis
        pixels = blocks.transpose(2, 3).reshape(count, 1, height + tall, width + wide)
        return ((pixels + 128) / 255)[:, :, :height, :width].clamp(0, 1)


def resample(length: int, sigma: float, kept: float) -> Tensor:
    """Build the matrix (length, length) that blurs a line, shrinks it and stretches it again.

    sigma   deviation of the blur, px
    kept    share of the line's pixels that the shrunk line has

    >>> resample(32, 0.7, 0.5).sum(1).allclose(torch.ones(32))
    True
    """
    at = torch.arange(length)
    bell = torch.exp(-0.5 * (at / max(sigma, 0.15)) ** 2)  # by distance
    blur = bell[(at[:, None] - at).abs()]
    blur /= blur.sum(1, keepdim=True)
    if kept > 0.98:
        return blur
    few = max(6, int(length * kept))
    identity = torch.eye(length)[None]
    down = F.adaptive_avg_pool1d(identity, few)[0].T  # (few, length)
    up = F.interpolate(torch.eye(few)[None], size=length, mode="linear")[0].T  # (length, few)
    return up @ down @ blur


def _expose(images: Tensor, rng: Rng) -> Tensor:
    """Change contrast, brightness and gamma, but leave what is faint as clear as it is."""
    count = len(images)
    mean = images.mean((2, 3), keepdim=True)
    centred = images - mean
    deviation = centred.square().mean((2, 3), keepdim=True).sqrt()
    gain = rng.per_image(count, 0.6, 1.3)
    gain = torch.maximum(gain, 0.045 / deviation.clamp(min=1e-3)).clamp(max=3)  # 11 grey levels
    room = (1.5 * gain * deviation).clamp(max=0.5)  # a dark image is not pushed below black
    mean = (mean + rng.per_image(count, -0.1, 0.1)).clamp(room, 1 - room)
    images = mean + centred * gain
    gamma = torch.exp(rng.per_image(count, -0.35, 0.35))
    return images.clamp(1e-4, 1) ** gamma


def _scan(images: Tensor, rng: Rng) -> Tensor:
    """Drive some clear images towards black and white, as scanners and fax machines do.

    The threshold lies off the middle, so that letters swell and close, or thin out and break.
    """
    chosen = rng.subset(len(images), SCANNED)
    page = images[chosen]
    low, high = page.amin((2, 3), keepdim=True), page.amax((2, 3), keepdim=True)
    threshold = torch.lerp(low, high, rng.per_image(len(chosen), 0.35, 0.65))
    hardness = rng.per_image(len(chosen), 2, 8) / (high - low).clamp(min=0.05)
    scanned = ((page - threshold) * hardness + 0.5).clamp(0, 1)
    centred = page - page.mean((2, 3), keepdim=True)
    clear = centred.square().mean((2, 3), keepdim=True) > CLEAR_DEVIATION**2
    images[chosen] = torch.where(clear, scanned, page)
    return images
