"""Crisp print: labels as screens and printers show them, without a camera.

    ink      (N, 1, H, W) in 0..1   the label
    guides   (N, 6)                 left, right, top, bottom of the box round the text, its baseline
                                    and the top of its capitals, as shares of the image
    returns  (N, 1, H, W) in 0..1

Small print is made as reading meets it: drawn with the few pixels that it has, frames and rules
included, and then enlarged to the height that the network reads.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.dice import Dice
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.rasterize import baseline_row
from crnn.synthesis.segments import COUNT_SEVEN, showable
from crnn.synthesis.warp import Pose

WORN, PLAIN, FIELD, FRAMED, DISPLAY = range(5)
"""How a label is shown: by a camera; as crisp print alone, in a wide field, in a frame, on a display."""
CRISP_WORD, CRISP_PRINT, CRISP_UNUSUAL = 0.24, 0.54, 0.35
"""Shares of crisp images: of labels of letters alone, and of those with a digit, mark or space; and the
factor of both in display faces and handwriting, which screens and documents seldom show. Together about a
third, because photographs of signs are harder and need the larger part."""
SEVEN_SEGMENTS, FOURTEEN_SEGMENTS = 0.08, 0.015
"""Shares of the labels that a display can show, by its segments: numbers above all."""
DOTTED = 0.1
"""Share of groups of crisp images that are printed in dots, as by needles or on boards of lamps."""
FIELDS, FRAMES = 0.18, 0.22
"""Shares of crisp images in a wide field, and in a frame or button."""
WIDEST_FIELD = 9.0
"""Width of the widest field over its height."""
SMALLEST_PX, LARGEST_PX = 6.0, 26.0
"""Heights of capitals in px before the image is enlarged; above the larger one nothing is enlarged."""
DOTS_PX, DOT_PX = (7.0, 9.0), 4
"""Dots in the height of a capital, and the px in which a dot is drawn before it is shrunk."""
GROUPS = 6
"""Groups of images that share a number of pixels."""


def draw_styles(labels: tuple[str, ...], glyphs: Glyphs, faces: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Choose how each label is shown.

    Returns:
        The style (N,), and the face (N,): that given, or one of a display.
    """
    count = len(labels)
    letters = torch.tensor([label.isalpha() for label in labels], device=dice.device)
    share = torch.where(letters, CRISP_WORD, CRISP_PRINT)
    if glyphs.usual is not None:
        share = torch.where(glyphs.usual[faces], share, CRISP_UNUSUAL * share)
    kind = dice.uniform(0, 1, count)
    style = torch.full_like(kind, PLAIN, dtype=torch.long)
    style[kind < FIELDS + FRAMES] = FIELD
    style[kind < FRAMES] = FRAMED
    style = torch.where(dice.uniform(0, 1, count) < share, style, WORN)
    if glyphs.displays is None:
        return style, faces
    shown = torch.tensor([showable(label) for label in labels], device=dice.device)  # (N, 2)
    chance = dice.uniform(0, 1, count)
    seven, fourteen = shown[:, 0] & (chance < SEVEN_SEGMENTS), shown[:, 1] & (chance > 1 - FOURTEEN_SEGMENTS)
    few, many = glyphs.displays[:COUNT_SEVEN], glyphs.displays[COUNT_SEVEN:]
    faces = torch.where(seven, few[dice.integers(len(few), count)], faces)
    faces = torch.where(fourteen, many[dice.integers(len(many), count)], faces)
    return torch.where(seven | fourteen, DISPLAY, style), faces


def lay_flat(pose: Pose, box: Tensor, style: Tensor, cap_px: float, dice: Dice) -> tuple[Pose, Tensor]:
    """Lay crisp labels flat, in lines of text, fields and frames; the others stay.

    Args:
        pose: How the labels lie.
        box: (N, 4) their ink in the canvas.
        style: (N,) how they are shown.
        cap_px: Height of capitals in the canvas.
        dice: What chooses.

    Returns:
        The poses, and the guides (N, 6) as shares of the crop, which say nothing of worn labels.
    """
    count, width, height = len(style), pose.half_width, pose.half_height
    middle = box[:, 2:].float().sum(1) / 2
    baseline = baseline_row(round(cap_px)) - middle  # (N,) px below the middle of the ink
    padding = (dice.uniform(0, 1, count, 4) ** 1.5 * 0.6 + 0.02) * cap_px
    # A line of text is as high as its tallest letters would be, unless the ink alone was cut out.
    rise = baseline - cap_px * dice.uniform(1.0, 1.3, count)
    fall = baseline + cap_px * dice.uniform(0.25, 0.45, count)
    tight = (dice.uniform(0, 1, count) < 0.25) & (height > 0.4 * cap_px) & (style == PLAIN)
    top = torch.where(tight, -height, torch.minimum(rise, -height)) - padding[:, 2]
    bottom = torch.where(tight, height, torch.maximum(fall, height)) + padding[:, 3]
    framed = style == FRAMED
    inner = dice.uniform(0.15, 0.9, count) * cap_px * framed
    left, right = -width - padding[:, 0] - inner, width + padding[:, 1] + inner
    inner = dice.uniform(0.05, 0.4, count) * cap_px * framed
    top, bottom = top - inner, bottom + inner
    guides = torch.stack([left, right, top, bottom, baseline, baseline - cap_px], 1)
    page = dice.uniform(0.04, 0.8, count, 4).square() * cap_px * framed[:, None]
    spare = _spare(right - left, bottom - top, dice) * (style == FIELD)
    before = spare * torch.tensor([0.0, 0.0, 0.5, 1.0], device=dice.device)[dice.integers(4, count)]
    left, right = left - page[:, 0] - before, right + page[:, 1] + spare - before
    top, bottom = top - page[:, 2], bottom + page[:, 3]
    margin = torch.stack([-width - left, right - width, -height - top, bottom - height], 1)
    crop_width, crop_height = (right - left)[:, None], (bottom - top)[:, None]
    guides = torch.cat(
        [(guides[:, :2] - left[:, None]) / crop_width, (guides[:, 2:] - top[:, None]) / crop_height], 1
    )
    return pose.flat(style != WORN, margin), guides


def _spare(width: Tensor, height: Tensor, dice: Dice) -> Tensor:
    """Draw how much of a field stays empty, px."""
    wanted = height * dice.uniform(3, WIDEST_FIELD, len(width))
    return (wanted - width).clamp(min=0)


def print_crisp(ink: Tensor, guides: Tensor, style: Tensor, dice: Dice) -> Tensor:
    """Print labels with as many pixels as small text has, and enlarge them."""
    height, width = ink.shape[2:]
    share = guides[:, 4] - guides[:, 5]  # of the capitals in the image's height
    order = share.argsort(stable=True)
    images = torch.empty_like(ink)
    parts = order.tensor_split(min(GROUPS, len(order)))
    for part, least in zip(parts, [float(share[part[0]]) for part in parts], strict=True):
        dotted = dice.chance(DOTTED)
        low, high = DOTS_PX if dotted else (SMALLEST_PX, LARGEST_PX)
        cap_px = math.exp(dice.number(math.log(low), math.log(high)))
        rows = min(height, math.ceil(cap_px / max(least, 0.05)))
        size = rows, max(8, round(width * rows / height))
        small = ink[part] if rows == height else F.interpolate(ink[part], size, mode="area")
        small = _in_dots(small, (height, width), dice) if dotted else _harden(small, dice)
        printed = _print(small, guides[part], style[part], dice)
        if small.shape[2] < height:
            printed = F.interpolate(printed, (height, width), mode="bilinear", align_corners=False)
        images[part] = printed
    return images


def _in_dots(ink: Tensor, size: tuple[int, int], dice: Dice) -> Tensor:
    """Draw every pixel of the ink as a dot of its own: (N, 1, *size)."""
    ink = ink / ink.amax((2, 3), keepdim=True).clamp(min=0.2)
    lit = ((ink - 0.4) * 5 + 0.5).clamp(0, 1)
    at = torch.arange(DOT_PX, device=ink.device) - (DOT_PX - 1) / 2
    dot = (dice.number(0.34, 0.55) * DOT_PX + 0.5 - torch.hypot(at[:, None], at)).clamp(0, 1)
    dots = lit.repeat_interleave(DOT_PX, 2).repeat_interleave(DOT_PX, 3)
    dots = dots * dot.repeat(ink.shape[2], ink.shape[3])
    return F.interpolate(dots, size, mode="area")


def _harden(ink: Tensor, dice: Dice) -> Tensor:
    """Make strokes as full as screens draw them, from smooth edges to hardly any grey."""
    count = len(ink)
    ink = ink / ink.amax((2, 3), keepdim=True).clamp(min=0.2)
    ink = ink * dice.column(count, 1, 1.6)
    hard = dice.column(count) < 0.2
    return torch.where(hard, (ink - 0.4) * dice.column(count, 1.5, 5) + 0.5, ink).clamp(0, 1)


def _print(ink: Tensor, guides: Tensor, style: Tensor, dice: Dice) -> Tensor:
    """Print the box or button, rules and the text: (N, 1, h, w)."""
    count = len(ink)
    framed, shown = style == FRAMED, (style == DISPLAY).view(-1, 1, 1, 1)
    ground, tone = crisp_tones(count, dice)
    lamps = dice.column(count) < 0.5  # else dark segments on a grey-green ground
    ground = torch.where(
        shown, torch.where(lamps, dice.column(count, 0, 0.12), dice.column(count, 0.5, 0.9)), ground
    )
    tone = torch.where(
        shown, torch.where(lamps, dice.column(count, 0.35, 1), dice.column(count, 0, 0.25)), tone
    )
    page = torch.where(dice.column(count) < 0.8, dice.column(count, 0.85, 1.1), dice.column(count, 0, 0.3))
    framed = framed.view(-1, 1, 1, 1)
    filled = framed & (dice.column(count) < 0.5)
    page = torch.where(filled, page.clamp(max=1), ground)
    distance = _box_distance(ink, guides, dice)
    image = torch.lerp(page, ground, (0.5 - distance).clamp(0, 1) * filled)
    thickness = dice.column(count, 1, 2.4)
    edge = (thickness / 2 + 0.5 - distance.abs()).clamp(0, 1) * (framed & ~filled)
    image = torch.lerp(image, torch.where(dice.column(count) < 0.5, tone, (ground + tone) / 2), edge)
    image = torch.lerp(image, tone, ink)
    return torch.lerp(image, tone, _rules(ink, guides, dice) * ~(framed | shown))


def crisp_tones(count: int, dice: Dice) -> tuple[Tensor, Tensor]:
    """Draw the greys of ground and ink, (N, 1, 1, 1) each, 0.3 apart or more.

    Half is black or dark on white, a quarter light on dark, the rest grey print or coloured grounds.
    """
    kind = dice.column(count)
    ground, ink = dice.column(count, 0.85, 1.12).clamp(max=1), dice.column(count, 0, 0.35, power=2)
    for low, high, grounds, inks in (
        (0.52, 0.76, (0, 0.28), (0.75, 1.05)),
        (0.76, 0.88, (0.88, 1.05), (0.3, 0.58)),
        (0.88, 0.96, (0.25, 0.6), (0.9, 1.05)),
        (0.96, 1.0, (0.45, 0.8), (0.0, 0.15)),
    ):
        chosen = (kind >= low) & (kind < high)
        ground = torch.where(chosen, dice.column(count, *grounds), ground)
        ink = torch.where(chosen, dice.column(count, *inks), ink)
    return ground.clamp(0, 1), ink.clamp(0, 1)


def _box_distance(like: Tensor, guides: Tensor, dice: Dice) -> Tensor:
    """Measure how far each pixel lies outside (above 0) or inside the box: (N, 1, h, w), px."""
    x, y = _pixels(like)
    left, right, top, bottom = _in_px(guides, like)[:4]
    half_width, half_height = (right - left) / 2, (bottom - top) / 2
    corner = dice.column(len(like), 0, 1, power=2) * torch.minimum(half_width, half_height)
    across = (x - (left + right) / 2).abs() - half_width + corner
    down = (y - (top + bottom) / 2).abs() - half_height + corner
    outside = torch.hypot(across.clamp(min=0), down.clamp(min=0))
    return outside + torch.maximum(across, down).clamp(max=0) - corner


def _rules(like: Tensor, guides: Tensor, dice: Dice) -> Tensor:
    """Draw rules under and through some labels, and those of tables beside others: (N, 1, h, w)."""
    count, (height, width) = len(like), like.shape[2:]
    x, y = _pixels(like)
    left, right, _, _, baseline, capitals = _in_px(guides, like)
    size = baseline - capitals
    kind = dice.column(count)
    kind = torch.where(right - left > 2.5 * size, kind, kind + 0.09)  # a struck dash would be another mark
    under, through, above, beside = (
        (kind >= low) & (kind < high) for low, high in ((0, 0.05), (0.05, 0.09), (0.09, 0.12), (0.12, 0.15))
    )
    place = torch.where(under, baseline + size * dice.column(count, 0.12, 0.35), height - 1.0)
    place = torch.where(through, baseline - size * dice.column(count, 0.28, 0.45), place)
    place = torch.where(above, torch.where(dice.column(count) < 0.5, 0.0, height - 1.0), place)
    place = place.floor().clamp(0, height - 1) + 0.5  # rules lie on whole pixels
    thickness = torch.maximum(dice.column(count, 0.9, 1.6), size * dice.column(count, 0.02, 0.12))
    rule = (thickness / 2 + 0.5 - (y - place).abs()).clamp(0, 1) * (under | through | above)
    long = above | (dice.column(count) < 0.4)
    rule = rule * (long | ((x > left) & (x < right)))
    side = torch.where(dice.column(count) < 0.5, 0.5, width - 0.5)
    return torch.maximum(rule, (thickness / 2 + 0.5 - (x - side).abs()).clamp(0, 1) * beside)


def _pixels(like: Tensor) -> tuple[Tensor, Tensor]:
    """Return the middles of the pixels: across (1, 1, 1, w), down (1, 1, h, 1)."""
    height, width = like.shape[2:]
    x = torch.arange(width, device=like.device).view(1, 1, 1, -1) + 0.5
    y = torch.arange(height, device=like.device).view(1, 1, -1, 1) + 0.5
    return x, y


def _in_px(guides: Tensor, like: Tensor) -> list[Tensor]:
    """Return the six guides in px of an image: (N, 1, 1, 1) each."""
    height, width = like.shape[2:]
    sizes = torch.tensor([width] * 2 + [height] * 4, device=like.device)
    return [guide.view(-1, 1, 1, 1) for guide in (guides * sizes).unbind(1)]
