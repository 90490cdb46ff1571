"""Shapes made from ink, against loops over pixels."""

import pytest
import torch

from crnn.synthesis.paint import dilate, erode, extrude, shift


def some_ink() -> torch.Tensor:
    ink = torch.rand(2, 1, 7, 9, generator=torch.Generator().manual_seed(7))
    return ink * (ink > 0.6)


def slow(ink: torch.Tensor, pick: type[max] | type[min]) -> torch.Tensor:
    """Take the largest or smallest of the 3x3 pixels around each, those outside left out."""
    out = torch.empty_like(ink)
    count, _, height, width = ink.shape
    for n in range(count):
        for y in range(height):
            for x in range(width):
                around = ink[n, 0, max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
                out[n, 0, y, x] = pick(around.flatten().tolist())
    return out


def test_bolder_ink_is_the_largest_of_its_neighbours() -> None:
    before = some_ink()
    ink = before.clone()
    torch.testing.assert_close(dilate(ink), slow(ink, max))
    assert torch.equal(ink, before)


def test_thinner_ink_is_the_smallest_of_its_neighbours() -> None:
    torch.testing.assert_close(erode(some_ink()), slow(some_ink(), min))


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, 0), (-3, 0), (0, 1), (0, -2), (3, -1), (-1, 2)])
def test_shifted_ink_moves_and_leaves_the_image_for_good(right: int, down: int) -> None:
    ink, moved = some_ink(), shift(some_ink(), right, down)
    for y in range(7):
        for x in range(9):
            inside = 0 <= y - down < 7 and 0 <= x - right < 9
            expected = ink[:, 0, y - down, x - right] if inside else torch.zeros(2)
            assert torch.equal(moved[:, 0, y, x], expected)


def test_extruded_ink_is_all_steps_of_the_way_at_once() -> None:
    ink = some_ink()
    steps = [shift(ink, -step, step) for step in range(4)]
    assert torch.equal(extrude(ink, -1, 1, 3), torch.stack(steps).amax(0))


def test_no_images_are_no_trouble() -> None:
    none = torch.zeros(0, 1, 7, 9)
    for shape in (dilate(none), erode(none), shift(none, 1, 1), extrude(none, 1, 0, 2)):
        assert shape.shape == none.shape
