"""Layout by index arithmetic against a loop that pastes one glyph after another."""

import torch

from crnn.synthesis.layout import GAP, MARGIN_PX, NONE, Glyphs, draw_words, lay_out
from tests.synthesis.glyphs import Block, glyphs_of

A, B, THIN, SWASH, SPACE = range(5)
GLYPHS = glyphs_of(
    Block(width=5, left=1, advance=7),
    Block(width=6, left=0, advance=6, top=0, bottom=8),
    Block(width=1, left=1, advance=3, top=5),
    Block(width=7, left=-2, advance=4, top=3),  # reaches into both its neighbours
    Block(width=0, left=0, advance=4, top=4, bottom=4),
)


def slow(
    glyphs: Glyphs, codes: list[int], label: list[bool], spacing: int, gap: int
) -> tuple[torch.Tensor, list[int]]:
    """Paste a word glyph by glyph with the maximum; its canvas (1000, R) and the label's box."""
    pen, glyph_at = 0, []
    for code, inside in zip(codes, label, strict=True):
        if code == GAP:
            pen += gap
        elif code != NONE:
            width = int(glyphs.width[0, code])
            if width:
                glyph_at.append((pen + int(glyphs.left[0, code]), code, inside))
            pen += max(int(glyphs.advance[0, code]) + spacing, (width + 1) // 2)
    shift = MARGIN_PX - min(x for x, _, _ in glyph_at)
    canvas = torch.zeros(1000, glyphs.columns.shape[1], dtype=torch.uint8)
    box = [10**6, 0, 10**6, 0]
    for x, code, inside in glyph_at:
        offset, width = int(glyphs.offset[0, code]), int(glyphs.width[0, code])
        part = canvas[x + shift : x + shift + width]
        torch.maximum(part, glyphs.columns[offset : offset + width], out=part)
        if inside:
            top, bottom = int(glyphs.top[0, code]), int(glyphs.bottom[0, code])
            edges = [x + shift, x + shift + width, top, bottom]
            box = [pick(old, new) for pick, old, new in zip((min, max) * 2, box, edges, strict=True)]
    return canvas, box


def both(
    words: list[list[int]], labels: list[list[bool]], spacing: list[int], gap: list[int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Canvases and boxes of the fast and the slow way."""
    codes, label = torch.tensor(words), torch.tensor(labels)
    face = torch.zeros(len(words), dtype=torch.long)
    layout = lay_out(GLYPHS, codes, label, face, torch.tensor(spacing), torch.tensor(gap))
    canvas = draw_words(GLYPHS, layout)  # (N, X, R)
    pairs = [slow(GLYPHS, *each) for each in zip(words, labels, spacing, gap, strict=True)]
    drawn, boxes = zip(*pairs, strict=True)
    length = canvas.shape[1]
    assert not any(each[length:].any() for each in drawn), "ink beyond the canvas"
    return canvas, layout.box, torch.stack([each[:length] for each in drawn]), torch.tensor(boxes)


def one(word: list[int], label: list[bool] | None = None, spacing: int = 0, gap: int = 9) -> torch.Tensor:
    """The canvas (X, R) of one word, after its comparison with the slow way."""
    canvas, box, expected, expected_box = both([word], [label or [True] * len(word)], [spacing], [gap])
    assert torch.equal(canvas, expected)
    assert torch.equal(box, expected_box)
    return canvas[0]


def test_random_words_are_laid_out_as_by_a_loop_over_their_glyphs() -> None:
    random = torch.Generator().manual_seed(7)
    words, labels = [], []
    for _ in range(300):
        length = int(torch.randint(1, 9, (1,), generator=random))
        word = [A, *torch.randint(0, 5, (length,), generator=random).tolist()]
        cut = int(torch.randint(0, length, (1,), generator=random))
        word[cut + 1 : cut + 1] = [GAP] * (cut % 2)
        labels.append([place >= cut or place == 0 for place in range(12)])
        words.append(word + [NONE] * (12 - len(word)))
    spacing = torch.randint(0, 4, (300,), generator=random).tolist()
    gap = torch.randint(3, 12, (300,), generator=random).tolist()
    canvas, box, expected, expected_box = both(words, labels, spacing, gap)
    assert torch.equal(canvas, expected)
    assert torch.equal(box, expected_box)


def test_ink_survives_where_neighbours_overlap() -> None:
    canvas = one([A, SWASH, B])
    alone = [one([A]), one([B])]
    assert canvas.count_nonzero() > max(each.count_nonzero() for each in alone)
    starts = [4, 4 + 7 - 1 - 2, 4 + 7 - 1 + 4]  # pens minus the first glyph's left bearing
    ends = [4 + 5, starts[1] + 7, starts[2] + 6]
    assert starts[1] < ends[0]
    assert starts[2] < ends[1]
    assert (canvas[starts[0] : ends[2]].amax(1) > 0).all()


def test_a_gap_in_the_middle_loses_no_ink_and_is_as_wide_as_asked() -> None:
    joined, apart = one([A, B, THIN, A]), one([A, B, GAP, THIN, A], gap=11)
    assert joined.count_nonzero() == apart.count_nonzero()
    inked = apart.amax(1).nonzero().flatten()
    assert inked.diff().max() - 1 == 11 + int(GLYPHS.left[0, THIN])


def test_fragments_are_drawn_but_stand_outside_the_box() -> None:
    codes = torch.tensor([[A, B, GAP, A, THIN, GAP, B, A]])
    label = torch.tensor([[False] * 3 + [True] * 2 + [False] * 3])
    layout = lay_out(GLYPHS, codes, label, torch.tensor([0]), torch.tensor([0]), torch.tensor([6]))
    left, right, top, bottom = layout.box[0].tolist()
    canvas = draw_words(GLYPHS, layout)[0]
    assert canvas[:left].any()
    assert canvas[right:].any()
    assert canvas[left].any()
    assert canvas[right - 1].any()
    assert (top, bottom) == (1, 7)  # B is taller, but no part of the label
    word = one([A, THIN])[MARGIN_PX:][: right - left]
    assert torch.equal(canvas[left:right], word)


def test_a_space_leaves_room_and_no_ink() -> None:
    spaced, plain = one([A, SPACE, A]), one([A, A])
    assert spaced.count_nonzero() == plain.count_nonzero()
    assert spaced.amax(1).nonzero().max() - plain.amax(1).nonzero().max() == 4


def test_tight_spacing_never_stacks_glyphs() -> None:
    canvas = one([B, B, B], spacing=-100)
    assert canvas.amax(1).count_nonzero() == 3 + 3 + 6  # each moves on by half its width


def test_a_shorter_word_is_drawn_alike_beside_a_longer_one() -> None:
    canvas, box, _, _ = both([[A, B, NONE, NONE], [A, B, A, B]], [[True] * 4] * 2, [0, 0], [5, 5])
    alone = one([A, B])
    assert torch.equal(canvas[0, : len(alone)], alone)
    assert not canvas[0, len(alone) :].any()
    assert box[0, 1] < box[1, 1]


def test_the_canvas_is_a_multiple_of_16_and_leaves_a_margin_at_both_ends() -> None:
    for length in range(1, 9):
        canvas = one([A] * length)
        assert len(canvas) % 16 == 0
        inked = canvas.amax(1).nonzero().flatten()
        assert inked.min() == MARGIN_PX
        assert inked.max() < len(canvas) - MARGIN_PX


def test_rows_takes_words_out_of_a_layout() -> None:
    codes = torch.tensor([[A, B], [B, NONE], [THIN, A]])
    layout = lay_out(
        GLYPHS,
        codes,
        codes >= 0,
        torch.zeros(3, dtype=torch.long),
        torch.zeros(3).long(),
        torch.zeros(3).long(),
    )
    chosen = layout.rows(torch.tensor([2, 0]))
    assert torch.equal(chosen.box, layout.box[[2, 0]])
    assert torch.equal(draw_words(GLYPHS, chosen), draw_words(GLYPHS, layout)[[2, 0]])
