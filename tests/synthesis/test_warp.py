"""The warp: forward and backward agree, nothing of a word is lost, and each bend goes its way."""

import math

import pytest
import torch
import torch.nn.functional as F

from crnn.synthesis.rng import Rng
from crnn.synthesis.warp import CUT_SHARE, STRAIGHT, TIGHT_CUT, Pose, crop_boxes, draw_poses, sampling_grid

CANVAS = (240, 48)
"""X columns, R rows."""
BOX = torch.tensor([[20.0, 180.0, 9.0, 37.0]])
"""The ink: its middle is (100, 23)."""
FINE = (256, 1024)
"""H, W of an image in which no canvas pixel is stepped over."""


def pose_of(**given: float | list[float]) -> Pose:
    """One word that fills BOX, lying straight but for what is given."""
    plain: dict[str, float | list[float]] = {"angle": 0.0, "shear": 0.0, "bend": 0.0}
    plain |= {"tilt": [0.0, 0.0], "margin": [0.0] * 4, "half_width": 80.0, "half_height": 14.0}
    return Pose(**{name: torch.tensor([value]) for name, value in (plain | given).items()})


def random_poses(count: int = 64) -> Pose:
    half_width = torch.linspace(6, 110, count)
    half_height = torch.tensor([8.0, 12, 17]).repeat(count)[:count]
    return draw_poses(half_width, half_height, Rng(7, torch.device("cpu")))


def positions(pose: Pose, size: tuple[int, int] = FINE, box: torch.Tensor = BOX) -> torch.Tensor:
    """Canvas px (N, H, W, 2) that the image's pixels show: x, y."""
    grid = sampling_grid(pose, crop_boxes(pose), box, CANVAS, size)
    return (grid.flip(3) + 1) / 2 * torch.tensor(CANVAS)


def forward(pose: Pose, word: int, x: float, y: float) -> tuple[float, float]:
    """Bend, shear and turn one point, px from the middle of the ink: plain trigonometry."""
    bend = float(pose.bend[word])
    if abs(bend) >= STRAIGHT:
        radius = float(pose.half_width[word]) / bend  # the centre lies below the word where bend > 0
        x, y = (radius - y) * math.sin(x / radius), radius - (radius - y) * math.cos(x / radius)
    x -= float(pose.shear[word]) * y
    angle = float(pose.angle[word])
    return math.cos(angle) * x - math.sin(angle) * y, math.sin(angle) * x + math.cos(angle) * y


def outline(pose: Pose, word: int) -> list[tuple[float, float]]:
    """Points all around a word's ink, after `forward`."""
    wide, tall = float(pose.half_width[word]), float(pose.half_height[word])
    steps = [i / 100 - 1 for i in range(201)]
    across = [forward(pose, word, s * wide, side * tall) for s in steps for side in (-1, 1)]
    return across + [forward(pose, word, side * wide, s * tall) for s in steps for side in (-1, 1)]


def test_a_word_that_lies_straight_is_its_box_resized() -> None:
    at = positions(pose_of(), (28, 160))[0]
    x = torch.linspace(20, 180, 160).expand(28, -1)
    y = torch.linspace(9, 37, 28)[:, None].expand(-1, 160)
    torch.testing.assert_close(at, torch.stack([x, y], 2), atol=0.05, rtol=0)

    smooth = torch.rand(1, 1, 60, 12, generator=torch.Generator().manual_seed(7))
    smooth = F.interpolate(smooth, size=CANVAS, mode="bicubic")
    grid = sampling_grid(pose_of(), crop_boxes(pose_of()), BOX, CANVAS, (32, 128))
    shown = F.grid_sample(smooth, grid, align_corners=False).flatten()
    resized = F.interpolate(smooth[:, :, 20:180, 9:37].mT, size=(32, 128), mode="bilinear").flatten()
    assert torch.corrcoef(torch.stack([shown, resized]))[0, 1] > 0.97  # half a pixel apart at the edges


def test_margins_show_that_much_around_the_ink() -> None:
    at = positions(pose_of(margin=[4.0, 8.0, 2.0, -3.0]))[0]
    corners = [*at[0, 0].tolist(), *at[-1, -1].tolist()]
    assert corners == pytest.approx([20 - 4, 9 - 2, 180 + 8, 37 - 3], abs=0.1)


@pytest.mark.slow
def test_the_crop_touches_the_bent_and_turned_ink_on_all_sides_and_cuts_none() -> None:
    poses = random_poses()
    crops = crop_boxes(poses) - poses.margin * torch.tensor([-1.0, 1.0, -1.0, 1.0])
    for word, crop in enumerate(crops.tolist()):
        across, down = zip(*outline(poses, word), strict=True)
        assert crop == pytest.approx([min(across), max(across), min(down), max(down)], abs=0.35)


@pytest.mark.slow
def test_the_grid_is_the_way_back_of_bend_shear_and_turn() -> None:
    poses = random_poses()
    poses.tilt.zero_()
    middle = BOX[0, :2].mean(), BOX[0, 2:].mean()
    at = positions(poses, box=BOX.expand(64, -1))
    crops = crop_boxes(poses).tolist()
    for word, (left, right, top, bottom) in enumerate(crops):
        wide, tall = float(poses.half_width[word]), float(poses.half_height[word])
        for x, y in [(0.0, 0.0), (0.8 * wide, 0.7 * tall), (-0.5 * wide, -0.6 * tall)]:
            there = forward(poses, word, x, y)
            column = round((there[0] - left) / (right - left) * (FINE[1] - 1))
            row = round((there[1] - top) / (bottom - top) * (FINE[0] - 1))
            shown = (at[word, row, column] - torch.stack(middle)).tolist()
            assert shown == pytest.approx([x, y], abs=0.8)  # the mesh is linear between its points


@pytest.mark.slow
def test_no_ink_leaves_the_image_where_margins_are_not_negative() -> None:
    poses = random_poses()
    poses.margin.clamp_(min=0)
    box = torch.stack([120 - poses.half_width, 120 + poses.half_width, 24 - poses.half_height,
                       24 + poses.half_height], 1)  # fmt: skip
    at = positions(poses, (192, 768), box).long()  # (N, H, W, 2)
    for word, (left, right, top, bottom) in enumerate(box.round().long().tolist()):
        shown = torch.zeros(CANVAS, dtype=torch.bool)
        x, y = at[word].flatten(0, 1).unbind(1)
        inside = (x >= 0) & (x < CANVAS[0]) & (y >= 0) & (y < CANVAS[1])
        shown[x[inside], y[inside]] = True
        ink = shown[left + 1 : right - 1, top + 1 : bottom - 1]  # a pixel for the mesh's rounding
        assert ink.all(), f"word {word} loses {(~ink).sum()} px; tilt {poses.tilt[word].tolist()}"


@pytest.mark.parametrize("tilt", [[0.25, 0.0], [-0.25, 0.0], [0.0, 0.25], [0.25, -0.25], [-0.1, -0.2]])
def test_perspective_keeps_every_side_of_the_crop_in_the_image(tilt: list[float]) -> None:
    at = positions(pose_of(tilt=tilt))[0]
    left, right, top, bottom = BOX[0].tolist()
    assert (at[:, 0, 0] <= left + 0.1).all()
    assert (at[:, -1, 0] >= right - 0.1).all()
    assert (at[0, :, 1] <= top + 0.1).all()
    assert (at[-1, :, 1] >= bottom - 0.1).all()


def test_tilt_across_shows_one_end_of_the_word_taller_than_the_other() -> None:
    at = positions(pose_of(tilt=[0.2, 0.0]))[0]
    rows_seen = at[-1, :, 1] - at[0, :, 1]  # canvas px from top to bottom of the image, column by column
    assert rows_seen[0] > 1.4 * rows_seen[-1]  # letters at the left end are smaller


def test_bend_above_0_bulges_upwards_and_below_0_downwards() -> None:
    for bend, sign in [(0.8, 1), (-0.8, -1)]:
        at = positions(pose_of(bend=bend))[0]
        line = (at[:, :, 1] - 23).abs().argmin(0)  # image row of the word's middle line, by column
        assert sign * (line[0] - line[512]) > 50
        assert sign * (line[-1] - line[512]) > 50


def test_an_angle_above_0_turns_clockwise() -> None:
    at = positions(pose_of(angle=0.2))[0]
    line = (at[:, :, 1] - 23).abs().argmin(0)
    assert line[-50] > line[50]  # the right end is lower


def test_a_shear_above_0_leans_as_italics_do() -> None:
    at = positions(pose_of(shear=0.4))[0]
    stem = (at[:, :, 0] - 100).abs().argmin(1)  # image column of the word's middle, by row
    assert stem[0] > stem[-1]


def test_about_a_third_lies_straight_and_straightened_words_all_do() -> None:
    poses = draw_poses(torch.full((4000,), 60.0), torch.full((4000,), 12.0), Rng(7, torch.device("cpu")))
    straight = (poses.angle == 0) & (poses.shear == 0) & (poses.tilt == 0).all(1)
    assert straight.float().mean() == pytest.approx(0.33, abs=0.03)
    chosen = torch.arange(4000) % 2 == 0
    flat = poses.straightened(chosen)
    assert not flat.angle[chosen].any()
    assert not flat.bend[chosen].any()
    assert not flat.tilt[chosen].any()
    assert torch.equal(flat.angle[~chosen], poses.angle[~chosen])


def test_turns_and_bends_leave_the_letters_40_percent_of_the_height() -> None:
    half_width, half_height = torch.linspace(5, 200, 4000), torch.full((4000,), 12.0)
    poses = draw_poses(half_width, half_height, Rng(7, torch.device("cpu")))
    for name in ("angle", "bend"):
        alone = {other: torch.zeros_like(poses.angle) for other in ("angle", "bend", "shear")}
        alone[name] = getattr(poses, name)
        still = Pose(half_width=half_width, half_height=half_height, tilt=poses.tilt * 0,
                     margin=poses.margin * 0, **alone)  # fmt: skip
        _, _, top, bottom = crop_boxes(still).unbind(1)
        height = bottom - top - 0.2 * half_width * (name == "angle")  # and 0.1 rad in any case
        assert (2 * half_height >= 0.4 * height).all()


def test_a_margin_below_0_cuts_off_a_small_share_of_the_ink_even_of_a_narrow_letter() -> None:
    half_width, half_height = torch.full((4000,), 2.0), torch.full((4000,), 14.0)  # an l
    margin = draw_poses(half_width, half_height, Rng(7, torch.device("cpu"))).margin
    assert margin.min() < 0
    assert (margin[:, :2] >= -CUT_SHARE * 4).all()
    assert (margin[:, 2:] >= -TIGHT_CUT * 28).all()
    assert (margin[:, 2:] < -CUT_SHARE * 28).any()


def test_rows_takes_words_out_of_a_pose() -> None:
    poses = random_poses()
    chosen = poses.rows(torch.tensor([5, 2]))
    assert torch.equal(chosen.margin, poses.margin[[5, 2]])
    assert torch.equal(crop_boxes(chosen), crop_boxes(poses)[[5, 2]])
