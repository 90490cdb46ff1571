"""Boxes end at the ink of a cell: dots belong to it, specks and other lines do not."""

import numpy as np

from crnn.reader.boxes import Cells, Ink, bound

from .drawn import Box, picture


def ink_of_blocks(boxes: list[Box]) -> Ink:
    return (picture(boxes) < 100).astype(np.float32)


def upright(*edges: float) -> Cells:
    return Cells(edges=np.array(edges), slants=np.zeros(len(edges)))


def test_boxes_are_those_of_the_blocks() -> None:
    boxes = [(6, 8, 20, 24), (24, 4, 28, 24), (43, 12, 58, 30)]
    assert bound(ink_of_blocks(boxes), upright(6, 22, 35, 58)).tolist() == [list(box) for box in boxes]


def test_a_dot_belongs_to_its_stem() -> None:
    ink = ink_of_blocks([(10, 12, 14, 26), (10, 5, 14, 8)])
    assert bound(ink, upright(10, 14)).tolist() == [[10, 5, 14, 26]]


def test_what_reaches_in_from_the_line_above_does_not() -> None:
    ink = ink_of_blocks([(10, 12, 14, 26), (6, 0, 20, 4)])
    assert bound(ink, upright(6, 20)).tolist() == [[10, 12, 14, 26]]


def test_specks_do_not_either() -> None:
    ink = ink_of_blocks([(10, 12, 14, 26), (18, 4, 19, 6)])
    assert bound(ink, upright(9, 20)).tolist() == [[10, 12, 14, 26]]


def test_boxes_of_slanted_letters_overlap() -> None:
    ink = np.zeros((32, 128), np.float32)
    for row in range(4, 28):
        for left in (20, 30):
            start = left + (16 - row) // 2
            ink[row, start : start + 4] = 1
    cells = Cells(edges=np.array([14.0, 27.0, 40.0]), slants=np.array([0, 0.5, 0]))
    first, second = bound(ink, cells).tolist()
    assert first == [14, 4, 30, 28]
    assert second == [24, 4, 40, 28]


def test_a_cell_without_ink_is_as_high_as_the_others() -> None:
    ink = ink_of_blocks([(6, 8, 20, 24), (43, 12, 58, 30)])
    assert bound(ink, upright(6, 22, 41, 58)).tolist()[1] == [22, 8, 41, 30]


def test_without_any_ink_the_cells_are_as_high_as_the_image() -> None:
    assert bound(ink_of_blocks([]), upright(0, 60, 128)).tolist() == [[0, 0, 60, 32], [60, 0, 128, 32]]
