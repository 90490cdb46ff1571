"""Plans: which words, faces and poses the next batches show, before a pixel is drawn.

One plan serves BATCHES_PER_PLAN batches: its words are sorted by the shape of their crops and cut into
batches of nearly equal shape, so that every batch has one width and nothing needs padding.

A plan also knows where the ink of each symbol will stand, through bend, turn and perspective: the
glyphs at one index of all words are drawn alone and sent through the same grid as the whole words,
at FINE times the resolution; what can be seen of their ink bounds the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.alphabet import Alphabet, frames_needed
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis.crisp import WIDEST_FIELD, WORN, draw_styles, lay_flat
from crnn.synthesis.layout import GAP, NONE, Glyphs, Layout, draw_each_symbol, lay_out
from crnn.synthesis.rng import Rng
from crnn.synthesis.warp import Pose, crop_boxes, draw_poses, sampling_grid

BATCHES_PER_PLAN = 8
"""Batches cut from one plan."""
NARROWEST_PX = 4.6
"""Image px that a symbol (and the blank between two equal ones) must have."""
FRAGMENTS, JOINED = 0.12, 0.06
"""Shares of words that stand beside pieces of other words, and of two words read as one."""
LONGEST_JOINED = 16
"""Symbols of two words read as one at most; never more than the longest word of the plan."""
FINE = 2
"""Samples in a pixel, across and down: boxes are exact to a quarter of a pixel."""

SEEN = 0.25
"""Share of a glyph's darkest ink from which on a sample is ink, so that hairlines count."""

Boxes = npt.NDArray[np.float32]
"""(L, 4) left, top, right, bottom of each symbol's ink, image px."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """N words of one batch, or of all batches of a plan."""

    labels: tuple[str, ...]
    layout: Layout
    pose: Pose
    crop: Tensor
    """(N, 4) left, right, top, bottom, canvas px around the middle of the ink."""
    style: Tensor
    """(N,) how each word is shown: WORN or one of the kinds of crisp print."""
    guides: Tensor
    """(N, 6) the box round crisp text, its baseline and the top of its capitals, as shares of the crop."""

    def rows(self, index: Tensor) -> "Plan":
        """Take the words at `index`."""
        return Plan(
            labels=tuple(self.labels[i] for i in index.tolist()),
            layout=self.layout.rows(index),
            pose=self.pose.rows(index),
            crop=self.crop[index],
            style=self.style[index],
            guides=self.guides[index],
        )

    def ratio(self) -> Tensor:
        """(N,) width of the crop over its height."""
        left, right, top, bottom = self.crop.unbind(1)
        return (right - left) / (bottom - top)

    def width_px(self, preprocess: PreprocessConfig) -> int:
        """Return the width that reading would give the middle one of these crops."""
        ratio = float(self.ratio().median())
        return preprocess.width_px(round(1000 * ratio), 1000)


def draw_plan(
    words: Sequence[str],
    glyphs: Glyphs,
    faces: Tensor,
    alphabet: Alphabet,
    rng: Rng,
    widest: float = WIDEST_FIELD,
) -> Plan:
    """Lay out the words in the given faces (N,) and draw their poses.

    A word that would be squeezed below NARROWEST_PX a symbol lies straight. No field is wider than
    `widest` times its height.
    """
    count, cap_px = len(words), glyphs.columns.shape[1] / 2
    labels, codes, label_mask = encode(words, alphabet, rng)
    codes, label_mask = codes.to(rng.device), label_mask.to(rng.device)
    style, faces = draw_styles(labels, glyphs, faces, rng)
    crisp = style != WORN
    codes = torch.where(crisp[:, None] & ~label_mask & (codes >= 0), GAP, codes)  # no pieces of neighbours
    wide = (rng.uniform(0, 1, count) < 0.15) & ~crisp
    spacing = torch.where(wide, rng.uniform(0, 0.6, count), rng.normal(0.02, count)) * cap_px
    gap = rng.uniform(0.18, 0.55, count) * cap_px
    layout = lay_out(glyphs, codes, label_mask, faces, spacing.long(), gap.long())
    left, right, top, bottom = layout.box.float().unbind(1)
    half_height = ((bottom - top) / 2).clamp(min=cap_px / 4)  # a dash is not blown up to a wall
    pose = draw_poses(((right - left) / 2).clamp(min=2), half_height, rng)
    pose, guides = lay_flat(pose, layout.box, style, cap_px, widest, rng)
    plan = Plan(labels=labels, layout=layout, pose=pose, crop=crop_boxes(pose), style=style, guides=guides)
    needed = torch.tensor([frames_needed(label) for label in labels], device=rng.device)
    cramped = plan.ratio() * 32 < NARROWEST_PX * needed
    pose = pose.straightened(cramped)
    return replace(plan, pose=pose, crop=crop_boxes(pose))


def split_plan(plan: Plan, preprocess: PreprocessConfig, rng: Rng) -> list[tuple[Plan, int]]:
    """Cut a plan into BATCHES_PER_PLAN batches of nearly equal shape, each with its width in px; shuffled.

    A word that even straight would be too narrow to read gives way to another of its batch.
    """
    plan = _with_room(plan, preprocess.max_width)
    groups = []
    for part in plan.ratio().argsort(stable=True).tensor_split(BATCHES_PER_PLAN):
        batch = plan.rows(part[rng.order(len(part))])
        width_px = batch.width_px(preprocess)
        groups.append((_with_room(batch, width_px), width_px))
    return [groups[i] for i in rng.order(BATCHES_PER_PLAN).tolist()]


def _with_room(plan: Plan, width_px: int) -> Plan:
    """Put words that have room in an image `width_px` wide in the place of those that have not.

    Where none has room all stay: whoever learns from them has to leave them out.
    """
    room = width_px / NARROWEST_PX
    fits = [i for i, label in enumerate(plan.labels) if frames_needed(label) <= room]
    if not fits or len(fits) == len(plan.labels):
        return plan
    kept = [fits[i % len(fits)] for i in range(len(plan.labels))]
    return plan.rows(torch.tensor(kept, device=plan.crop.device))


def encode(words: Sequence[str], alphabet: Alphabet, rng: Rng) -> tuple[tuple[str, ...], Tensor, Tensor]:
    """Turn words into labels, codes (N, L) and the mask of codes that are the label (N, L).

    Some words get fragments of others at their sides; some are joined with a gap that is drawn
    but, where the alphabet has no space, not read.
    """
    index = {symbol: i for i, symbol in enumerate(alphabet.symbols)}
    longest = min(LONGEST_JOINED, max(map(len, words)))
    partners = rng.numpy.permutation(len(words)).tolist()
    draws = rng.numpy.random((len(words), 3)).tolist()
    labels, rows = [], []
    for word, partner, (kind, left, right) in zip(words, partners, draws, strict=True):
        label, neighbor = word, words[partner]
        before: list[int] = []
        middle = [index[symbol] for symbol in word]
        after: list[int] = []
        if kind < JOINED and " " not in index and len(word) + len(neighbor) <= longest:
            middle += [GAP, *(index[symbol] for symbol in neighbor)]
            label = word + neighbor
        elif kind < JOINED + FRAGMENTS:
            piece = [index[symbol] for symbol in neighbor[:6]]
            before = [*piece, GAP] if left < 0.6 else []
            after = [GAP, *piece] if right < 0.6 or not before else []
        labels.append(label)
        rows.append((len(before), len(middle), [*before, *middle, *after]))
    codes = np.full((len(rows), max(len(row) for _, _, row in rows)), NONE)
    mask = np.zeros(codes.shape, bool)
    for i, (start, length, row) in enumerate(rows):
        codes[i, : len(row)] = row
        mask[i, start : start + length] = True
    return tuple(labels), torch.from_numpy(codes), torch.from_numpy(mask)


def symbol_boxes(glyphs: Glyphs, plan: Plan, size: tuple[int, int]) -> tuple[Boxes, ...]:
    """Find the boxes of the symbols of a batch.

    Args:
        glyphs: What the words are drawn with.
        plan: The words.
        size: (H, W) of the images, px.

    Returns:
        N arrays (L, 4).
    """
    fine = size[0] * FINE, size[1] * FINE
    grid: Tensor | None = None
    edges = []
    for canvas in draw_each_symbol(glyphs, plan.layout):  # (N, X, R)
        if grid is None:
            drawn = canvas.shape[1], canvas.shape[2]
            grid = sampling_grid(plan.pose, plan.crop, plan.layout.box.float(), drawn, fine)
        ink = F.grid_sample(canvas[:, None].float(), grid, align_corners=False)[:, 0]  # (N, H, W) fine
        seen = ink > SEEN * ink.amax((1, 2), keepdim=True)
        left, right = _ends(seen.any(1), size[1])
        top, bottom = _ends(seen.any(2), size[0])
        edges.append(torch.stack([left, top, right, bottom], 1))
    boxes = torch.stack(edges, 1).cpu().numpy()  # (N, L, 4)
    return tuple(word[label] for word, label in zip(boxes, plan.layout.label.cpu().numpy(), strict=True))


def _ends(seen: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Find where the first sample that is seen begins and the last one ends: (N,) each, px.

    seen   (N, FINE * length)   bool; NaN is returned where none is True

    The grid puts its first and last samples on the middles of the first and last pixels.
    """
    samples = seen.shape[1]
    step = (length - 1) / (samples - 1)  # px between two samples
    first = seen.int().argmax(1)
    last = samples - 1 - seen.flip(1).int().argmax(1)
    nothing = ~seen.any(1)
    start, end = 0.5 + step * (first - 0.5), 0.5 + step * (last + 0.5)
    return start.masked_fill(nothing, torch.nan), end.masked_fill(nothing, torch.nan)
