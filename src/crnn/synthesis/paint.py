"""Paint: ink becomes a grey picture of a word on its ground, before the camera.

    ink, clutter   (N, 1, H, W) in 0..1   the label; what stands around it
    textures       (N, 1, H, W) in 0..1
    returns        (N, 1, H, W) in 0..1

Batch order is random, so an effect works on a fresh random slice of the batch.

Shapes made from ink: masks in 0..1 become bolder, thinner, shifted, outlined (N, 1, H, W).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.rng import Dice


def paint(ink: Tensor, clutter: Tensor, textures: Tensor, dice: Dice) -> Tensor:
    """Paint the ground, what is behind the letters, the letters, and the light."""
    count = len(ink)
    ink = _weigh(ink, dice)
    ground_tone, ink_tone = tones(count, dice)
    ground = _ground(ground_tone, textures, dice)
    ground = torch.lerp(ground, ink_tone, clutter)
    ground = _rules(ground, ink_tone, dice)
    ground = _behind(ground, ink, ground_tone, ink_tone, dice)
    fill = _fill(ink, ink_tone, textures, dice)
    cover = _cover(ink, textures, dice)
    image = torch.lerp(ground, fill, cover)
    image = _bars(_hold_contrast(image, ground, fill, cover, dice), dice)
    return _light(image, dice)


def tones(count: int, dice: Dice) -> tuple[Tensor, Tensor]:
    """Draw the grey of ground and ink, (N, 1, 1, 1) each, 0.15 to 1 apart.

    A third is print (dark on light), a sixth light on dark, the rest whatever signs show.
    """
    ground = dice.column(count)
    gap = dice.column(count, 0.18, 1)
    sign = torch.where(dice.column(count) < 0.5, -1.0, 1.0)
    ink = ground + sign * gap
    roomier = torch.where(ground < 0.5, gap, -gap)
    ink = torch.where((ink < -0.03) | (ink > 1.03), ground + roomier, ink)
    kind = dice.column(count)
    printed, inverse = kind < 0.34, kind > 0.84
    ground = torch.where(printed, dice.column(count, 0.6, 1), ground)
    ink = torch.where(printed, dice.column(count, 0, 0.3), ink)
    ground = torch.where(inverse, dice.column(count, 0, 0.35), ground)
    ink = torch.where(inverse, dice.column(count, 0.7, 1), ink)
    return ground.clamp(0, 1), ink.clamp(0, 1)


def smooth(count: int, rows: int, columns: int, like: Tensor, dice: Dice) -> Tensor:
    """Draw a smooth field in -1..1 of the size of `like`: (N, 1, H, W)."""
    field = dice.uniform(-1, 1, count, 1, rows, columns)
    return F.interpolate(field, size=like.shape[2:], mode="bilinear", align_corners=True)


def _weigh(ink: Tensor, dice: Dice) -> Tensor:
    """Make some letters bolder, some thinner, and some of dots, as the needles of a printer do."""
    ink = ink.clone()
    chosen = dice.some(len(ink), 0.25)
    ink[chosen] = torch.lerp(ink[chosen], bolder(ink[chosen]), dice.column(len(chosen), 0, 0.7))
    chosen = dice.some(len(ink), 0.2)
    ink[chosen] = torch.lerp(ink[chosen], thinner(ink[chosen]), dice.column(len(chosen), 0, 0.3))
    chosen = dice.some(len(ink), 0.04)
    ink[chosen] *= 1 - _mesh(ink, dice) * dice.column(len(chosen), 0.3, 0.8)
    return ink


def _mesh(ink: Tensor, dice: Dice) -> Tensor:
    """Draw the gaps between dots in 0..1: (H, W); seven dots or so make a letter's height."""
    height, width = ink.shape[2:]
    turn = 2 * math.pi / (dice.number(0.08, 0.13) * height)  # rad a px
    down = torch.cos(turn * torch.arange(height, device=ink.device) + dice.number(0, 6))
    across = torch.cos(turn * torch.arange(width, device=ink.device) + dice.number(0, 6))
    return (0.5 - 0.25 * (down[:, None] + across)).clamp(0, 1)


def _ground(tone: Tensor, textures: Tensor, dice: Dice) -> Tensor:
    """Lay texture and a gradient over the ground's tone; nearly half stay plain."""
    count = len(tone)
    plain = (dice.column(count) > 0.45).float()
    detail = textures - textures.mean((2, 3), keepdim=True)
    ground = tone + detail * (dice.column(count, power=2.5) * plain)
    chosen = dice.some(count, 0.4)
    gradient = smooth(len(chosen), 2, 4, textures, dice)
    ground[chosen] += gradient * dice.column(len(chosen), 0, 0.25, power=2)
    return ground


def _rules(ground: Tensor, ink_tone: Tensor, dice: Dice) -> Tensor:
    """Draw rules and frames near the border, as forms, labels and plates have them."""
    height, width = ground.shape[2:]
    chosen = dice.some(len(ground), 0.08)
    for part in chosen.tensor_split(4):
        offset = dice.integer(max(1, height // 6))
        rows = slice(offset, offset + 1 + dice.integer(2))
        rows = rows if dice.chance(0.4) else slice(height - rows.stop, height - rows.start)
        ground[part, :, rows] = ink_tone[part]
    for part in dice.some(len(ground), 0.03).tensor_split(2):
        column = dice.integer(3)
        column = column if dice.chance(0.5) else width - 1 - column
        ground[part, :, :, column] = ink_tone[part, :, :, 0]
    return ground


def _behind(ground: Tensor, ink: Tensor, ground_tone: Tensor, ink_tone: Tensor, dice: Dice) -> Tensor:
    """Lay shadows, thick edges and outlines under some of the letters."""
    count = len(ground)
    other = (ink_tone + dice.column(count, -0.9, 0.9)).clamp(0, 1)
    other = torch.where(dice.column(count) < 0.5, ground_tone * 0.3, other)

    def lay(chosen: Tensor, shape: Tensor, low: float) -> None:
        strength = dice.column(len(chosen), low, 1)
        ground[chosen] = torch.lerp(ground[chosen], other[chosen], shape * strength)

    for part in dice.some(count, 0.12).tensor_split(3):  # shadows, soft and hard
        cast = shifted(ink[part], dice.integer(7) - 3, dice.integer(5) - 2)
        lay(part, F.avg_pool2d(cast, 3, 1, 1) if dice.chance(0.5) else cast, 0.3)
    for part in dice.some(count, 0.1).tensor_split(3):  # letters cut from thick board
        right, down = 1 - 2 * dice.integer(2), dice.integer(3) - 1
        lay(part, extruded(ink[part], right, down, 1 + dice.integer(5)), 0.7)
    outlined = dice.some(count, 0.12)
    once, twice = outlined.tensor_split([len(outlined) * 2 // 3])
    lay(once, bolder(ink[once]), 0.8)
    lay(twice, bolder(bolder(ink[twice])), 0.8)
    return ground


def _fill(ink: Tensor, ink_tone: Tensor, textures: Tensor, dice: Dice) -> Tensor:
    """Give the letters their tone, some a texture, a gradient or a raised edge."""
    count = len(ink)
    detail = textures.roll(count // 2, 0)
    detail = detail - detail.mean((2, 3), keepdim=True)
    fill = ink_tone + detail * dice.column(count, 0, 0.6, power=4)
    chosen = dice.some(count, 0.12)
    gradient = smooth(len(chosen), 3, 4, ink, dice)
    fill[chosen] += gradient * dice.column(len(chosen), 0.05, 0.3)
    chosen = dice.some(count, 0.05)  # metal and plastic letters catch the light on one side
    side = 1 - 2 * dice.integer(2)
    edge = shifted(ink[chosen], side, 1) - shifted(ink[chosen], -side, -1)
    fill[chosen] += edge * dice.column(len(chosen), 0.15, 0.5)
    return fill


def _cover(ink: Tensor, textures: Tensor, dice: Dice) -> Tensor:
    """Say how much of the ground the letters hide: thin, worn or hollow paint hides less."""
    cover = ink.clone()
    chosen = dice.some(len(ink), 0.25)
    cover[chosen] *= dice.column(len(chosen), 0.6, 1)
    chosen = dice.some(len(ink), 0.07)
    detail = textures[chosen] - textures[chosen].mean((2, 3), keepdim=True)
    cover[chosen] *= 1 - (detail * 6).clamp(0, 1) * dice.column(len(chosen), 0.2, 0.9)
    chosen = dice.some(len(ink), 0.03)  # hollow letters: the outline alone
    cover[chosen] = (bolder(ink[chosen]) - thinner(ink[chosen]) * 0.9).clamp(0, 1)
    return cover


def _hold_contrast(image: Tensor, ground: Tensor, fill: Tensor, cover: Tensor, dice: Dice) -> Tensor:
    """Push letters away from a ground that swallowed them, beyond the ground's own unrest.

    They go to the side on which they stand, but not where that side ends before the floor.
    """
    weight = cover.sum((2, 3), keepdim=True).clamp(min=1)
    difference = ((fill - ground) * cover).sum((2, 3), keepdim=True) / weight
    below = (ground * cover).sum((2, 3), keepdim=True) / weight  # grey of the ground they hide
    unrest = (ground - ground.mean((2, 3), keepdim=True)).square().mean((2, 3), keepdim=True).sqrt()
    floor = dice.column(len(image), 0.12, 0.35) + 1.5 * unrest
    darker = difference < 0
    room = torch.where(darker, below, 1 - below)
    darker = darker ^ ((room < floor) & (room < 0.15))
    lacking = torch.where(darker, -floor - difference, floor - difference)
    return image + lacking * cover * (difference.abs() < floor)


def _bars(image: Tensor, dice: Dice) -> Tensor:
    """Set bars before some words, as fences and blinds do; none is wider than an eighth of the height."""
    height, width = image.shape[2:]
    x = torch.arange(width, device=image.device)
    y = torch.arange(height, device=image.device)[:, None]
    for part in dice.some(len(image), 0.05).tensor_split(4):
        period = dice.number(0.4, 2) * height
        thickness = min(dice.number(0.04, 0.2) * period, height / 8)
        place = (x + dice.bell(0.15) * y + dice.number(0, period)) % period  # (H, W)
        bars = (thickness - place).clamp(0, 1)  # soft on one side, as round bars are
        image[part] = torch.lerp(image[part], dice.column(len(part)), bars * dice.column(len(part), 0.4, 1))
    return image


def _light(image: Tensor, dice: Dice) -> Tensor:
    """Cast uneven light, the edge of a shadow, and glare over some images."""
    count = len(image)
    chosen = dice.some(count, 0.5)
    field = smooth(len(chosen), 2, 3, image, dice)
    image[chosen] *= 1 + field * dice.column(len(chosen), 0, 0.5, power=2)
    chosen = dice.some(count, 0.04)
    edge = smooth(len(chosen), 2, 2, image, dice) > 0
    image[chosen] *= 1 - edge * dice.column(len(chosen), 0.1, 0.45)
    chosen = dice.some(count, 0.06)
    spot = smooth(len(chosen), 4, 6, image, dice).clamp(min=0) ** 2
    image[chosen] += spot * dice.column(len(chosen), 0.1, 0.6)
    return image.clamp_(0, 1)


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
