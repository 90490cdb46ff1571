"""Cuts go through gaps, lean with the letters, and keep the order that the frames give."""

import string
from itertools import product

import numpy as np
import pytest

from crnn.reader.boxes import SLANTS, USUAL_WIDTH, Ink, cut

from .drawn import Box, picture


def ink_of_blocks(boxes: list[Box], size: tuple[int, int] = (32, 128)) -> Ink:
    return (picture(boxes, size) < 100).astype(np.float32)


def test_the_edges_lie_in_the_gaps_wherever_the_frames_are_within_the_letters() -> None:
    boxes = [(6, 8, 20, 24), (24, 8, 40, 24), (43, 8, 58, 24), (62, 8, 76, 24), (80, 8, 95, 24)]
    ink = ink_of_blocks(boxes)
    for inner in product([26, 32, 38], [45, 56], [64, 74]):  # early, in the middle or late
        cells = cut(ink, [2, *inner, 126], "abnde")
        assert cells.edges[[0, -1]].tolist() == [6, 95]
        for edge, left, right in zip(cells.edges[1:], boxes, boxes[1:], strict=False):
            assert left[2] <= edge <= right[0]


def test_wide_and_narrow_symbols_get_cells_of_their_width_where_no_gap_tells() -> None:
    edges = cut(ink_of_blocks([(0, 4, 120, 28)]), [0, 60, 120], "iWl").edges
    wide = np.diff(edges)
    assert wide[1] > 2.5 * max(wide[0], wide[2])


def test_frames_say_where_a_word_is_cut_that_has_too_many_gaps() -> None:
    stems = [(x, 6, x + 4, 26) for x in range(4, 124, 10)]  # twelve stems for six symbols of two or one
    edges = cut(ink_of_blocks(stems), [4, 20, 36, 60, 84, 110], "nunnun").edges
    for middle, left, right in zip([20, 36, 60, 84], edges[1:], edges[2:], strict=False):
        assert left <= middle <= right


@pytest.mark.parametrize("slant", [-0.4, 0.4])
def test_cuts_lean_with_the_letters(slant: float) -> None:
    ink = np.zeros((32, 128), np.float32)
    for row in range(4, 28):
        for left in (20, 34, 48, 62):
            start = round(left + slant * (16 - row))
            ink[row, start : start + 11] = 1
    cells = cut(ink, [25, 39, 53, 67], "nnnn")
    assert (np.sign(cells.slants[1:-1]) == np.sign(slant)).all()
    assert not cells.slants[[0, -1]].any()


def test_one_symbol_takes_all_ink_and_no_ink_leaves_the_whole_width() -> None:
    assert cut(ink_of_blocks([(9, 8, 30, 24)]), [0], "a").edges.tolist() == [9, 30]
    edges = cut(np.zeros((32, 96), np.float32), [0, 90], "aa").edges
    assert edges.tolist() == pytest.approx([0, 48, 96], abs=2)


def test_more_symbols_than_columns_of_ink_still_stand_in_order() -> None:
    edges = cut(ink_of_blocks([(50, 8, 55, 24)]), list(range(0, 120, 10)), "abcdefghijkl").edges
    assert len(edges) == 13
    assert (np.diff(edges) > 0).all()


@pytest.mark.parametrize("size", [(8, 20), (30, 97), (64, 300)])
def test_images_of_other_heights_are_cut_as_well(size: tuple[int, int]) -> None:
    height, width = size
    middle = width // 2
    ink = ink_of_blocks([(1, 1, middle - 1, height), (middle + 1, 1, width - 1, height)], size)
    edges = cut(ink, [0, width - 1], "nn").edges
    assert edges[1] == pytest.approx(middle, abs=1.1)


def test_a_cut_is_no_dearer_than_any_other_by_its_own_prices() -> None:
    rng = np.random.default_rng(5)
    assert 0.0 in SLANTS
    ink = (rng.random((32, 40)) < 0.3).astype(np.float32)
    ink[:, [0, -1]] = 1
    columns = ink.sum(0)
    edges = cut(ink, [0, 39], "nn").edges
    crossed = min(columns[int(edges[1]) - 1], columns[int(edges[1])])
    assert crossed <= np.median(columns) + 4


def test_the_usual_widths_are_those_of_the_starter_faces() -> None:
    pytest.importorskip("freetype", reason="needs freetype-py (the extra 'train')")
    from pathlib import Path

    from crnn.synthesis.atlas import build_atlas
    from tests.synthesis.glyphs import faces

    symbols = string.ascii_letters + string.digits + string.punctuation
    atlas = build_atlas([(Path(face),) for face in faces()], symbols)
    relative = np.median(atlas.advance / atlas.advance.mean(1, keepdims=True), 0)
    assert len(USUAL_WIDTH) == len(set(USUAL_WIDTH))
    stated = np.array([USUAL_WIDTH.get(symbol, 1.0) for symbol in symbols])
    assert np.abs(relative - stated).max() < 0.3
    assert np.abs(relative - stated).mean() < 0.08
