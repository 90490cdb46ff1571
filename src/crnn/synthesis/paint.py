"""Paint: ink becomes a grey picture of a word on its ground, before the camera.

    mask, clutter  (N, 1, H, W) in 0..1   where the label's ink is; what stands around it
    textures       (N, 1, H, W) in 0..1
    returns        (N, 1, H, W) in 0..1

Batch order is random, so an effect works on a fresh random slice of the batch.

Shapes made from a mask in 0..1: dilated, eroded, shifted, extruded (N, 1, H, W).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.rng import Rng


def paint(mask: Tensor, clutter: Tensor, textures: Tensor, rng: Rng) -> Tensor:
    """Paint the ground, what is behind the letters, the letters, and the light."""
    count = len(mask)
    mask = _weigh(mask, rng)
    ground_tone, ink_tone = tones(count, rng)
    ground = _ground(ground_tone, textures, rng)
    ground = torch.lerp(ground, ink_tone, clutter)
    ground = _rules(ground, ink_tone, rng)
    ground = _behind(ground, mask, ground_tone, ink_tone, rng)
    fill = _fill(mask, ink_tone, textures, rng)
    cover = _cover(mask, textures, rng)
    image = torch.lerp(ground, fill, cover)
    image = _bars(_hold_contrast(image, ground, fill, cover, rng), rng)
    return _light(image, rng)


def tones(count: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Draw the grey of ground and ink, (N, 1, 1, 1) each, 0.15 to 1 apart.

    A third is print (dark on light), a sixth light on dark, the rest whatever signs show.
    """
    ground = rng.per_image(count)
    gap = rng.per_image(count, 0.18, 1)
    sign = torch.where(rng.per_image(count) < 0.5, -1.0, 1.0)
    ink = ground + sign * gap
    roomier = torch.where(ground < 0.5, gap, -gap)
    ink = torch.where((ink < -0.03) | (ink > 1.03), ground + roomier, ink)
    kind = rng.per_image(count)
    printed, inverse = kind < 0.34, kind > 0.84
    ground = torch.where(printed, rng.per_image(count, 0.6, 1), ground)
    ink = torch.where(printed, rng.per_image(count, 0, 0.3), ink)
    ground = torch.where(inverse, rng.per_image(count, 0, 0.35), ground)
    ink = torch.where(inverse, rng.per_image(count, 0.7, 1), ink)
    return ground.clamp(0, 1), ink.clamp(0, 1)


def smooth(count: int, rows: int, columns: int, like: Tensor, rng: Rng) -> Tensor:
    """Draw a smooth field in -1..1 of the size of `like`: (N, 1, H, W)."""
    field = rng.uniform(-1, 1, count, 1, rows, columns)
    return F.interpolate(field, size=like.shape[2:], mode="bilinear", align_corners=True)


def _weigh(mask: Tensor, rng: Rng) -> Tensor:
    """Make some letters bolder, some thinner, and some of dots, as the needles of a printer do."""
    mask = mask.clone()
    chosen = rng.subset(len(mask), 0.25)
    mask[chosen] = torch.lerp(mask[chosen], dilate(mask[chosen]), rng.per_image(len(chosen), 0, 0.7))
    chosen = rng.subset(len(mask), 0.2)
    mask[chosen] = torch.lerp(mask[chosen], erode(mask[chosen]), rng.per_image(len(chosen), 0, 0.3))
    chosen = rng.subset(len(mask), 0.04)
    mask[chosen] *= 1 - _mesh(mask, rng) * rng.per_image(len(chosen), 0.3, 0.8)
    return mask


def _mesh(mask: Tensor, rng: Rng) -> Tensor:
    """Draw the gaps between dots in 0..1: (H, W); seven dots or so make a letter's height."""
    height, width = mask.shape[2:]
    frequency = 2 * math.pi / (rng.number(0.08, 0.13) * height)  # rad a px
    down = torch.cos(frequency * torch.arange(height, device=mask.device) + rng.number(0, 6))
    across = torch.cos(frequency * torch.arange(width, device=mask.device) + rng.number(0, 6))
    return (0.5 - 0.25 * (down[:, None] + across)).clamp(0, 1)


def _ground(tone: Tensor, textures: Tensor, rng: Rng) -> Tensor:
    """Lay texture and a gradient over the ground's tone; nearly half stay plain."""
    count = len(tone)
    plain = (rng.per_image(count) > 0.45).float()
    detail = textures - textures.mean((2, 3), keepdim=True)
    ground = tone + detail * (rng.per_image(count, power=2.5) * plain)
    chosen = rng.subset(count, 0.4)
    gradient = smooth(len(chosen), 2, 4, textures, rng)
    ground[chosen] += gradient * rng.per_image(len(chosen), 0, 0.25, power=2)
    return ground


def _rules(ground: Tensor, ink_tone: Tensor, rng: Rng) -> Tensor:
    """Draw rules and frames near the border, as forms, labels and plates have them."""
    height, width = ground.shape[2:]
    chosen = rng.subset(len(ground), 0.08)
    for part in chosen.tensor_split(4):
        offset = rng.integer(max(1, height // 6))
        rows = slice(offset, offset + 1 + rng.integer(2))
        rows = rows if rng.bernoulli(0.4) else slice(height - rows.stop, height - rows.start)
        ground[part, :, rows] = ink_tone[part]
    for part in rng.subset(len(ground), 0.03).tensor_split(2):
        column = rng.integer(3)
        column = column if rng.bernoulli(0.5) else width - 1 - column
        ground[part, :, :, column] = ink_tone[part, :, :, 0]
    return ground


def _behind(ground: Tensor, mask: Tensor, ground_tone: Tensor, ink_tone: Tensor, rng: Rng) -> Tensor:
    """Lay shadows, thick edges and outlines under some of the letters."""
    count = len(ground)
    tone = (ink_tone + rng.per_image(count, -0.9, 0.9)).clamp(0, 1)
    tone = torch.where(rng.per_image(count) < 0.5, ground_tone * 0.3, tone)

    def lay(chosen: Tensor, shape: Tensor, low: float) -> None:
        strength = rng.per_image(len(chosen), low, 1)
        ground[chosen] = torch.lerp(ground[chosen], tone[chosen], shape * strength)

    for part in rng.subset(count, 0.12).tensor_split(3):  # shadows, soft and hard
        cast = shift(mask[part], rng.integer(7) - 3, rng.integer(5) - 2)
        lay(part, F.avg_pool2d(cast, 3, 1, 1) if rng.bernoulli(0.5) else cast, 0.3)
    for part in rng.subset(count, 0.1).tensor_split(3):  # letters cut from thick board
        right, down = 1 - 2 * rng.integer(2), rng.integer(3) - 1
        lay(part, extrude(mask[part], right, down, 1 + rng.integer(5)), 0.7)
    outlined = rng.subset(count, 0.12)
    once, twice = outlined.tensor_split([len(outlined) * 2 // 3])
    lay(once, dilate(mask[once]), 0.8)
    lay(twice, dilate(dilate(mask[twice])), 0.8)
    return ground


def _fill(mask: Tensor, ink_tone: Tensor, textures: Tensor, rng: Rng) -> Tensor:
    """Give the letters their tone, some a texture, a gradient or a raised edge."""
    count = len(mask)
    detail = textures.roll(count // 2, 0)
    detail = detail - detail.mean((2, 3), keepdim=True)
    fill = ink_tone + detail * rng.per_image(count, 0, 0.6, power=4)
    chosen = rng.subset(count, 0.12)
    gradient = smooth(len(chosen), 3, 4, mask, rng)
    fill[chosen] += gradient * rng.per_image(len(chosen), 0.05, 0.3)
    chosen = rng.subset(count, 0.05)  # metal and plastic letters catch the light on one side
    side = 1 - 2 * rng.integer(2)
    edge = shift(mask[chosen], side, 1) - shift(mask[chosen], -side, -1)
    fill[chosen] += edge * rng.per_image(len(chosen), 0.15, 0.5)
    return fill


def _cover(mask: Tensor, textures: Tensor, rng: Rng) -> Tensor:
    """Say how much of the ground the letters hide: thin, worn or hollow paint hides less."""
    cover = mask.clone()
    chosen = rng.subset(len(mask), 0.25)
    cover[chosen] *= rng.per_image(len(chosen), 0.6, 1)
    chosen = rng.subset(len(mask), 0.07)
    detail = textures[chosen] - textures[chosen].mean((2, 3), keepdim=True)
    cover[chosen] *= 1 - (detail * 6).clamp(0, 1) * rng.per_image(len(chosen), 0.2, 0.9)
    chosen = rng.subset(len(mask), 0.03)  # hollow letters: the outline alone
    cover[chosen] = (dilate(mask[chosen]) - erode(mask[chosen]) * 0.9).clamp(0, 1)
    return cover


def _hold_contrast(image: Tensor, ground: Tensor, fill: Tensor, cover: Tensor, rng: Rng) -> Tensor:
    """Push letters away from a ground that swallowed them, beyond the ground's own unrest.

    They go to the side on which they stand, but not where that side ends before the floor.
    """
    weight = cover.sum((2, 3), keepdim=True).clamp(min=1)
    difference = ((fill - ground) * cover).sum((2, 3), keepdim=True) / weight
    below = (ground * cover).sum((2, 3), keepdim=True) / weight  # grey of the ground they hide
    unrest = (ground - ground.mean((2, 3), keepdim=True)).square().mean((2, 3), keepdim=True).sqrt()
    floor = rng.per_image(len(image), 0.12, 0.35) + 1.5 * unrest
    darker = difference < 0
    room = torch.where(darker, below, 1 - below)
    darker = darker ^ ((room < floor) & (room < 0.15))
    lacking = torch.where(darker, -floor - difference, floor - difference)
    return image + lacking * cover * (difference.abs() < floor)


def _bars(image: Tensor, rng: Rng) -> Tensor:
    """Set bars before some words, as fences and blinds do; none is wider than an eighth of the height."""
    height, width = image.shape[2:]
    x = torch.arange(width, device=image.device)
    y = torch.arange(height, device=image.device)[:, None]
    for part in rng.subset(len(image), 0.05).tensor_split(4):
        period = rng.number(0.4, 2) * height
        thickness = min(rng.number(0.04, 0.2) * period, height / 8)
        phase = (x + rng.normal_number(0.15) * y + rng.number(0, period)) % period  # (H, W)
        bars = (thickness - phase).clamp(0, 1)  # soft on one side, as round bars are
        image[part] = torch.lerp(
            image[part], rng.per_image(len(part)), bars * rng.per_image(len(part), 0.4, 1)
        )
    return image


def _light(image: Tensor, rng: Rng) -> Tensor:
    """Cast uneven light, the edge of a shadow, and glare over some images."""
    count = len(image)
    chosen = rng.subset(count, 0.5)
    field = smooth(len(chosen), 2, 3, image, rng)
    image[chosen] *= 1 + field * rng.per_image(len(chosen), 0, 0.5, power=2)
    chosen = rng.subset(count, 0.04)
    edge = smooth(len(chosen), 2, 2, image, rng) > 0
    image[chosen] *= 1 - edge * rng.per_image(len(chosen), 0.1, 0.45)
    chosen = rng.subset(count, 0.06)
    spot = smooth(len(chosen), 4, 6, image, rng).clamp(min=0) ** 2
    image[chosen] += spot * rng.per_image(len(chosen), 0.1, 0.6)
    return image.clamp_(0, 1)


def dilate(mask: Tensor) -> Tensor:
    """Grow a mask by a pixel on every side."""
    return _spread(_spread(mask, 2), 3)  # a thirtieth of the time that max_pool2d takes


def _spread(mask: Tensor, axis: int) -> Tensor:
    """Take the maximum of every pixel and its two neighbours along one axis."""
    spread, last = mask.clone(), mask.shape[axis] - 1
    for onto, source in ((0, 1), (1, 0)):
        part = spread.narrow(axis, onto, last)
        torch.maximum(part, mask.narrow(axis, source, last), out=part)
    return spread


def erode(mask: Tensor) -> Tensor:
    """Shrink a mask by a pixel on every side."""
    return 1 - dilate(1 - mask)


def shift(mask: Tensor, right: int, down: int) -> Tensor:
    """Move a mask; what leaves the image is lost, what enters is empty."""
    height, width = mask.shape[2:]
    moved = torch.zeros_like(mask)
    to_y, from_y = slice(max(0, down), height + min(0, down)), slice(max(0, -down), height - max(0, down))
    to_x, from_x = slice(max(0, right), width + min(0, right)), slice(max(0, -right), width - max(0, right))
    moved[:, :, to_y, to_x] = mask[:, :, from_y, from_x]
    return moved


def extrude(mask: Tensor, right: int, down: int, depth: int) -> Tensor:
    """Drag a mask `depth` px in one direction, as letters cut from thick board look."""
    body = mask
    for step in range(1, depth + 1):
        body = torch.maximum(body, shift(mask, right * step, down * step))
    return body
