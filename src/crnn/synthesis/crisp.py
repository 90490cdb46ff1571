"""Crisp print: which labels are shown as screens and printers show them, and how these lie.

    style    (N,)     WORN, or one of the kinds of crisp print
    guides   (N, 6)   left, right, top, bottom of the box round the text, its baseline and the top of
                      its capitals, as shares of the crop; they say nothing of worn labels

`crisp_paint.py` paints them.
"""

import torch
from torch import Tensor

from crnn.synthesis.glyphs import baseline_row
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.rng import Rng
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
FIELDS, FRAMES = 0.18, 0.22
"""Shares of crisp images in a wide field, and in a frame or button."""
WIDEST_FIELD = 9.0
"""Width of the widest field over its height."""


def draw_styles(labels: tuple[str, ...], glyphs: Glyphs, faces: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
    """Choose how each label is shown.

    Returns:
        The style (N,), and the face (N,): that given, or one of a display.
    """
    count = len(labels)
    letters = torch.tensor([label.isalpha() for label in labels], device=rng.device)
    share = torch.where(letters, CRISP_WORD, CRISP_PRINT)
    if glyphs.usual is not None:
        share = torch.where(glyphs.usual[faces], share, CRISP_UNUSUAL * share)
    kind = rng.uniform(0, 1, count)
    style = torch.full_like(kind, PLAIN, dtype=torch.long)
    style[kind < FIELDS + FRAMES] = FIELD
    style[kind < FRAMES] = FRAMED
    style = torch.where(rng.uniform(0, 1, count) < share, style, WORN)
    if glyphs.displays is None:
        return style, faces
    shown = torch.tensor([showable(label) for label in labels], device=rng.device)  # (N, 2)
    chance = rng.uniform(0, 1, count)
    seven, fourteen = shown[:, 0] & (chance < SEVEN_SEGMENTS), shown[:, 1] & (chance > 1 - FOURTEEN_SEGMENTS)
    few, many = glyphs.displays[:COUNT_SEVEN], glyphs.displays[COUNT_SEVEN:]
    faces = torch.where(seven, few[rng.integers(len(few), count)], faces)
    faces = torch.where(fourteen, many[rng.integers(len(many), count)], faces)
    return torch.where(seven | fourteen, DISPLAY, style), faces


def lay_flat(
    pose: Pose, box: Tensor, style: Tensor, cap_px: float, widest: float, rng: Rng
) -> tuple[Pose, Tensor]:
    """Lay crisp labels flat, in lines of text, fields and frames; the others stay.

    Args:
        pose: How the labels lie.
        box: (N, 4) their ink in the canvas.
        style: (N,) how they are shown.
        cap_px: Height of capitals in the canvas.
        widest: Width over height of the widest image that the network takes: no field is wider.
        rng: What chooses.

    Returns:
        The poses, and the guides (N, 6) as shares of the crop, which say nothing of worn labels.
    """
    count, width, height = len(style), pose.half_width, pose.half_height
    middle = box[:, 2:].float().sum(1) / 2
    baseline = baseline_row(round(cap_px)) - middle  # (N,) px below the middle of the ink
    padding = (rng.uniform(0, 1, count, 4) ** 1.5 * 0.6 + 0.02) * cap_px
    # A line of text is as high as its tallest letters would be, unless the ink alone was cut out.
    rise = baseline - cap_px * rng.uniform(1.0, 1.3, count)
    fall = baseline + cap_px * rng.uniform(0.25, 0.45, count)
    tight = (rng.uniform(0, 1, count) < 0.25) & (height > 0.4 * cap_px) & (style == PLAIN)
    top = torch.where(tight, -height, torch.minimum(rise, -height)) - padding[:, 2]
    bottom = torch.where(tight, height, torch.maximum(fall, height)) + padding[:, 3]
    framed = style == FRAMED
    inner = rng.uniform(0.15, 0.9, count) * cap_px * framed
    left, right = -width - padding[:, 0] - inner, width + padding[:, 1] + inner
    inner = rng.uniform(0.05, 0.4, count) * cap_px * framed
    top, bottom = top - inner, bottom + inner
    guides = torch.stack([left, right, top, bottom, baseline, baseline - cap_px], 1)
    page = rng.uniform(0.04, 0.8, count, 4).square() * cap_px * framed[:, None]
    spare = _spare(right - left, bottom - top, widest, rng) * (style == FIELD)
    before = spare * torch.tensor([0.0, 0.0, 0.5, 1.0], device=rng.device)[rng.integers(4, count)]
    left, right = left - page[:, 0] - before, right + page[:, 1] + spare - before
    top, bottom = top - page[:, 2], bottom + page[:, 3]
    margin = torch.stack([-width - left, right - width, -height - top, bottom - height], 1)
    crop_width, crop_height = (right - left)[:, None], (bottom - top)[:, None]
    guides = torch.cat(
        [(guides[:, :2] - left[:, None]) / crop_width, (guides[:, 2:] - top[:, None]) / crop_height], 1
    )
    return pose.flat(style != WORN, margin), guides


def _spare(width: Tensor, height: Tensor, widest: float, rng: Rng) -> Tensor:
    """Draw how much of a field stays empty, px."""
    wanted = height * rng.uniform(3, WIDEST_FIELD, len(width)).clamp(max=widest)
    return (wanted - width).clamp(min=0)
