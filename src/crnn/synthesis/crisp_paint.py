"""Paint crisp print: text, frames, buttons and rules, without a camera.

    mask     (N, 1, H, W) in 0..1   where the label's ink is
    guides   (N, 6)                 as `crisp.py` lays them
    returns  (N, 1, H, W) in 0..1

Small print is made as reading meets it: drawn with the few pixels that it has, frames and rules
included, and then enlarged to the height that the network reads.
"""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.crisp import DISPLAY, FRAMED
from crnn.synthesis.rng import Rng

DOTTED = 0.1
"""Share of groups of crisp images that are printed in dots, as by needles or on boards of lamps."""
SMALLEST_PX, LARGEST_PX = 6.0, 26.0
"""Heights of capitals in px before the image is enlarged; above the larger one nothing is enlarged."""
DOTS_PX, DOT_PX = (7.0, 9.0), 4
"""Dots in the height of a capital, and the px in which a dot is drawn before it is shrunk."""
SIZE_GROUPS = 6
"""Groups of images that share a number of pixels."""
UNDERLINED, STRUCK, RULED, BESIDE = 0.05, 0.04, 0.03, 0.03
"""Shares of images with a rule under the text, through it, at the edge above or below, and at a side."""
SHORTEST_RULED = 2.5
"""Widths of capitals from which on a label may be struck or underlined: a struck dash is another mark."""

Edges = tuple[Tensor, Tensor, Tensor, Tensor]
"""Left, right, top, bottom of a box in N images, px: (N, 1, 1, 1) each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintLook:
    """What is drawn at random of N images; all (N, 1, 1, 1)."""

    ground: Tensor
    tone: Tensor
    """Grey of the text."""
    page: Tensor
    """Grey around a button."""
    edge: Tensor
    """Grey of a frame."""
    framed: Tensor
    filled: Tensor
    """True for a button, which has a ground of its own and no frame."""
    shown: Tensor
    """True on a display."""
    edge_px: Tensor
    corner: Tensor
    """Radius of the corners, as a share of half the box."""
    gain: Tensor
    """Of the text's edges: 1 is smooth."""
    hardness: Tensor
    """Of edges with hardly any grey; 0 for those with `gain`."""
    rule: Tensor
    """In 0..1: which rules there are, by the shares above."""
    under: Tensor
    """Place of a rule under the text, in heights of capitals below the baseline."""
    through: Tensor
    """Place of a rule through the text, in heights of capitals above the baseline."""
    far: Tensor
    """True for rules at the top or left edge, False at the bottom or right."""
    long: Tensor
    """True for rules from edge to edge."""
    rule_px: Tensor
    """Least thickness of a rule."""
    rule_share: Tensor
    """Thickness of a rule as a share of the capitals' height."""

    def rows(self, index: Tensor) -> "PrintLook":
        """Take the images at `index`."""
        return PrintLook(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def draw_look(style: Tensor, rng: Rng) -> PrintLook:
    """Draw how the images of the given styles (N,) look."""
    count = len(style)
    framed, shown = (style.view(-1, 1, 1, 1) == kind for kind in (FRAMED, DISPLAY))
    ground, tone = crisp_tones(count, rng)
    lamps = rng.per_image(count) < 0.5  # else dark segments on a grey-green ground
    dark, light = rng.per_image(count, 0, 0.12), rng.per_image(count, 0.5, 0.9)
    ground = torch.where(shown, torch.where(lamps, dark, light), ground)
    tone = torch.where(shown, torch.where(lamps, light, 2 * dark), tone)
    white = rng.per_image(count) < 0.8
    page = torch.where(white, rng.per_image(count, 0.85, 1.1).clamp(max=1), rng.per_image(count, 0, 0.3))
    filled = framed & (rng.per_image(count) < 0.5)
    hard = rng.per_image(count) < 0.2
    return PrintLook(
        ground=ground,
        tone=tone,
        page=torch.where(filled, page, ground),
        edge=torch.where(rng.per_image(count) < 0.5, tone, (ground + tone) / 2),
        framed=framed,
        filled=filled,
        shown=shown,
        edge_px=rng.per_image(count, 1, 2.4),
        corner=rng.per_image(count, 0, 1, power=2),
        gain=rng.per_image(count, 1, 1.6),
        hardness=rng.per_image(count, 1.5, 5) * hard,
        rule=torch.where(framed | shown, 1.0, rng.per_image(count)),
        under=rng.per_image(count, 0.12, 0.35),
        through=rng.per_image(count, 0.28, 0.45),
        far=rng.per_image(count) < 0.5,
        long=rng.per_image(count) < 0.4,
        rule_px=rng.per_image(count, 0.9, 1.6),
        rule_share=rng.per_image(count, 0.02, 0.12),
    )


def print_crisp(mask: Tensor, guides: Tensor, style: Tensor, rng: Rng) -> Tensor:
    """Print labels with as many pixels as small text has, and enlarge them."""
    height, width = mask.shape[2:]
    share = guides[:, 4] - guides[:, 5]  # of the capitals in the image's height
    order = share.argsort(stable=True)
    look = draw_look(style, rng)
    images = torch.empty_like(mask)
    parts = order.tensor_split(min(SIZE_GROUPS, len(order)))
    for part, smallest in zip(parts, [float(share[part[0]]) for part in parts], strict=True):
        dotted = rng.bernoulli(DOTTED)
        low, high = DOTS_PX if dotted else (SMALLEST_PX, LARGEST_PX)
        cap_px = math.exp(rng.number(math.log(low), math.log(high)))
        rows = min(height, math.ceil(cap_px / max(smallest, 0.05)))
        size = rows, max(8, round(width * rows / height))
        small = mask[part] if rows == height else F.interpolate(mask[part], size, mode="area")
        of_part = look.rows(part)
        small = _in_dots(small, (height, width), rng) if dotted else _harden(small, of_part)
        printed = _print(small, guides[part], of_part)
        if small.shape[2] < height:
            printed = F.interpolate(printed, (height, width), mode="bilinear", align_corners=False)
        images[part] = printed
    return images


def _in_dots(mask: Tensor, size: tuple[int, int], rng: Rng) -> Tensor:
    """Draw every pixel of the ink as a dot of its own: (N, 1, *size)."""
    mask = mask / mask.amax((2, 3), keepdim=True).clamp(min=0.2)
    lit = ((mask - 0.4) * 5 + 0.5).clamp(0, 1)
    at = torch.arange(DOT_PX, device=mask.device) - (DOT_PX - 1) / 2
    dot = (rng.number(0.34, 0.55) * DOT_PX + 0.5 - torch.hypot(at[:, None], at)).clamp(0, 1)
    dots = lit.repeat_interleave(DOT_PX, 2).repeat_interleave(DOT_PX, 3)
    dots = dots * dot.repeat(mask.shape[2], mask.shape[3])
    return F.interpolate(dots, size, mode="area")


def _harden(mask: Tensor, look: PrintLook) -> Tensor:
    """Make strokes as full as screens draw them, from smooth edges to hardly any grey."""
    mask = mask / mask.amax((2, 3), keepdim=True).clamp(min=0.2) * look.gain
    return torch.where(look.hardness > 0, (mask - 0.4) * look.hardness + 0.5, mask).clamp(0, 1)


def _print(mask: Tensor, guides: Tensor, look: PrintLook) -> Tensor:
    """Print the box or button, rules and the text: (N, 1, h, w)."""
    left, right, top, bottom, baseline, capitals = _in_px(guides, mask)
    distance = _box_distance(mask, (left, right, top, bottom), look.corner)
    image = torch.lerp(look.page, look.ground, (0.5 - distance).clamp(0, 1) * look.filled)
    edge = (look.edge_px / 2 + 0.5 - distance.abs()).clamp(0, 1) * (look.framed & ~look.filled)
    image = torch.lerp(image, look.edge, edge)
    image = torch.lerp(image, look.tone, mask)
    return torch.lerp(image, look.tone, _rules(mask, (left, right, baseline, baseline - capitals), look))


def crisp_tones(count: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Draw the greys of ground and ink, (N, 1, 1, 1) each, 0.3 apart or more.

    Half is black or dark on white, a quarter light on dark, the rest grey print or coloured grounds.
    """
    kind = rng.per_image(count)
    ground, ink = rng.per_image(count, 0.85, 1.12).clamp(max=1), rng.per_image(count, 0, 0.35, power=2)
    for low, high, grounds, inks in (
        (0.52, 0.76, (0, 0.28), (0.75, 1.05)),
        (0.76, 0.88, (0.88, 1.05), (0.3, 0.58)),
        (0.88, 0.96, (0.25, 0.6), (0.9, 1.05)),
        (0.96, 1.0, (0.45, 0.8), (0.0, 0.15)),
    ):
        chosen = (kind >= low) & (kind < high)
        ground = torch.where(chosen, rng.per_image(count, *grounds), ground)
        ink = torch.where(chosen, rng.per_image(count, *inks), ink)
    return ground.clamp(0, 1), ink.clamp(0, 1)


def _box_distance(like: Tensor, box: Edges, corner: Tensor) -> Tensor:
    """Measure how far each pixel lies outside (above 0) or inside the box: (N, 1, h, w), px."""
    x, y = _pixels(like)
    left, right, top, bottom = box
    half_width, half_height = (right - left) / 2, (bottom - top) / 2
    corner = corner * torch.minimum(half_width, half_height)
    across = (x - (left + right) / 2).abs() - half_width + corner
    down = (y - (top + bottom) / 2).abs() - half_height + corner
    outside = torch.hypot(across.clamp(min=0), down.clamp(min=0))
    return outside + torch.maximum(across, down).clamp(max=0) - corner


def _rules(like: Tensor, text: Edges, look: PrintLook) -> Tensor:
    """Draw rules under and through some labels, and those of tables beside others: (N, 1, h, w).

    text   left and right of the box round the text, its baseline, the height of its capitals, px
    """
    height, width = like.shape[2:]
    x, y = _pixels(like)
    left, right, baseline, size = text
    roomy = right - left > SHORTEST_RULED * size
    under = roomy & (look.rule < UNDERLINED)
    through = roomy & (look.rule >= UNDERLINED) & (look.rule < UNDERLINED + STRUCK)
    above = (look.rule >= 0.5) & (look.rule < 0.5 + RULED)
    beside = (look.rule >= 0.5 + RULED) & (look.rule < 0.5 + RULED + BESIDE)
    y_px = torch.where(look.far, 0.0, height - 1.0)
    y_px = torch.where(under, baseline + size * look.under, y_px)
    y_px = torch.where(through, baseline - size * look.through, y_px)
    y_px = y_px.floor().clamp(0, height - 1) + 0.5  # rules lie on whole pixels
    thick = torch.maximum(look.rule_px, size * look.rule_share) / 2 + 0.5
    rule = (thick - (y - y_px).abs()).clamp(0, 1) * (under | through | above)
    rule = rule * (above | look.long | ((x > left) & (x < right)))
    side = torch.where(look.far, 0.5, width - 0.5)
    return torch.maximum(rule, (thick - (x - side).abs()).clamp(0, 1) * beside)


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
