"""Layout: words become canvases, by index arithmetic and one gather of glyph columns.

    codes    (N, L)       the symbol's index in the atlas, GAP for a gap between words, NONE past the end
    canvas   (N, X, R)    uint8 ink, transposed: X columns of R rows each
    box      (N, 4)       left, right, top, bottom of the label's ink, in canvas px

A word may carry fragments of its neighbours: glyphs that are drawn but stand outside `box`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

GAP = -2
NONE = -1
FAR = 1 << 20
"""A position past every canvas."""
MARGIN_PX = 4
"""Empty columns at both ends of a canvas."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Glyphs:
    """The atlas on the device: (K, R) columns, and (faces, symbols) metrics in px."""

    columns: Tensor
    offset: Tensor
    width: Tensor
    left: Tensor
    advance: Tensor
    top: Tensor
    bottom: Tensor
    usual: Tensor | None = None
    """(faces,) bool, True where a face looks as ordinary print does; None where nothing is known."""
    displays: Tensor | None = None
    """(k,) faces of displays, those of seven segments first; None where there are none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where every glyph of N words stands; all (N, L) but `box`."""

    offset: Tensor
    start: Tensor
    end: Tensor
    drawn: Tensor
    label: Tensor
    """True where a symbol of the label stands, with ink or without."""
    box: Tensor

    def rows(self, index: Tensor) -> "Layout":
        """Take the words at `index`."""
        return Layout(
            offset=self.offset[index],
            start=self.start[index],
            end=self.end[index],
            drawn=self.drawn[index],
            label=self.label[index],
            box=self.box[index],
        )


def lay_out(
    glyphs: Glyphs, codes: Tensor, label: Tensor, face: Tensor, spacing: Tensor, gap: Tensor
) -> Layout:
    """Place the glyphs of every word along its pen line.

    label     (N, L)  True where a glyph belongs to the label, False for a neighbour's fragment
    spacing   (N,)    px added after each glyph
    gap       (N,)    px of a gap between words
    """
    present = codes >= 0
    symbol, face = codes.clamp(min=0), face[:, None]
    width = glyphs.width[face, symbol] * present  # (N, L)
    advance = (glyphs.advance[face, symbol] + spacing[:, None]) * present
    advance = torch.maximum(advance, (width + 1) // 2)  # tight spacing never stacks glyphs
    advance = torch.where(codes == GAP, gap[:, None], advance)
    drawn = present & (width > 0)
    pen = advance.cumsum(1) - advance
    start = torch.where(drawn, pen + glyphs.left[face, symbol], pen + advance // 2)
    start = start.masked_fill(codes == NONE, FAR)
    start = start - start.masked_fill(~drawn, FAR).amin(1, keepdim=True) + MARGIN_PX
    end = start + width
    inked = drawn & label
    box = torch.stack(
        [
            start.masked_fill(~inked, FAR).amin(1),
            end.masked_fill(~inked, 0).amax(1),
            glyphs.top[face, symbol].masked_fill(~inked, FAR).amin(1),
            glyphs.bottom[face, symbol].masked_fill(~inked, 0).amax(1),
        ],
        1,
    )
    return Layout(
        offset=glyphs.offset[face, symbol],
        start=start,
        end=end,
        drawn=drawn,
        label=label & present,
        box=box,
    )


def draw_words(glyphs: Glyphs, layout: Layout) -> Tensor:
    """Gather the glyphs' columns: (N, X, R) uint8, X a multiple of 16 that holds every word.

    Even and odd glyphs are gathered apart and joined by the maximum, so that ink survives where
    neighbours overlap.
    """
    x = _across(layout).expand(len(layout.start), -1).contiguous()  # (N, X)
    canvas = _columns(glyphs, layout, x, 0)
    if layout.start.shape[1] == 1:  # single symbols have no neighbours
        return canvas
    return torch.maximum(canvas, _columns(glyphs, layout, x, 1), out=canvas)


def draw_each_symbol(glyphs: Glyphs, layout: Layout) -> Iterator[Tensor]:
    """Yield L canvases (N, X, R) as `draw_words` makes them, each with the glyphs at one index alone."""
    x = _across(layout)
    for symbol in range(layout.start.shape[1]):
        start, end = layout.start[:, symbol, None], layout.end[:, symbol, None]  # (N, 1)
        inside = (x >= start) & (x < end) & layout.drawn[:, symbol, None]  # (N, X)
        yield glyphs.columns[torch.where(inside, layout.offset[:, symbol, None] - start + x, 0)]


def _across(layout: Layout) -> Tensor:
    """Count the columns of the canvases: (X,) 0, 1, 2, ..."""
    length = int((layout.end * layout.drawn).amax()) + MARGIN_PX
    return torch.arange((length + 15) // 16 * 16, device=layout.start.device)


def _columns(glyphs: Glyphs, layout: Layout, x: Tensor, parity: int) -> Tensor:
    """Gather every second glyph's columns for the positions x: (N, X, R)."""
    start, end = layout.start[:, parity::2], layout.end[:, parity::2]  # (N, L/2)
    drawn, offset = layout.drawn[:, parity::2], layout.offset[:, parity::2]
    sorted_start = torch.cummax(start, 1).values
    glyph = (torch.searchsorted(sorted_start.contiguous(), x, right=True) - 1).clamp(min=0)
    inside = (x >= start.gather(1, glyph)) & (x < (end * drawn).gather(1, glyph))  # (N, X)
    row = torch.where(inside, (offset - start).gather(1, glyph) + x, 0)  # row 0 is empty
    return glyphs.columns.index_select(0, row.view(-1)).view(*x.shape, -1)
