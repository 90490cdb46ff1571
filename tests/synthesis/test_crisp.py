"""Crisp print: flat, clear, with the text inside its box, at heights down to 6 px."""

from dataclasses import replace

import pytest
import torch

from crnn.synthesis.crisp import DISPLAY, FIELD, FRAMED, PLAIN, WIDEST_FIELD, WORN, draw_styles, lay_flat
from crnn.synthesis.crisp_paint import crisp_tones, print_crisp
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.segments import DISPLAYS
from crnn.synthesis.warp import Pose, crop_boxes, draw_poses
from tests.synthesis.glyphs import Block, glyphs_of, rng

COUNT = 400
CAP_PX = 24
GLYPHS = glyphs_of(Block(width=4, left=0, advance=5))


def laid(style: int) -> tuple[Pose, torch.Tensor]:
    """Poses and guides of labels 100 px long whose ink goes from the capitals' top to the baseline."""
    pose = draw_poses(torch.full((COUNT,), 50.0), torch.full((COUNT,), CAP_PX / 2), rng())
    box = torch.tensor([[4, 104, 10, 34]]).repeat(COUNT, 1)  # the baseline is row 34
    return lay_flat(pose, box, torch.full((COUNT,), style), CAP_PX, WIDEST_FIELD, rng())


def styles(label: str, glyphs: Glyphs = GLYPHS) -> torch.Tensor:
    style, _ = draw_styles((label,) * 9_000, glyphs, torch.zeros(9_000, dtype=torch.long), rng())
    return style


def test_labels_with_marks_or_digits_are_crisp_more_often_than_words() -> None:
    assert (styles("word") != WORN).float().mean() == pytest.approx(0.24, abs=0.02)
    assert (styles("12,50") != WORN).float().mean() == pytest.approx(0.54, abs=0.02)


def test_faces_unlike_ordinary_print_are_crisp_less_often() -> None:
    unusual = replace(GLYPHS, usual=torch.tensor([False]))
    assert (styles("word", unusual) != WORN).float().mean() == pytest.approx(0.084, abs=0.02)


def test_every_kind_of_crisp_print_is_drawn() -> None:
    for kind, least in ((PLAIN, 0.25), (FIELD, 0.07), (FRAMED, 0.09)):
        assert (styles("a1") == kind).float().mean() > least


def test_displays_show_some_of_the_labels_that_they_can_show_and_in_their_own_faces() -> None:
    glyphs = replace(GLYPHS, displays=torch.arange(1, 1 + len(DISPLAYS)))
    labels = ("-12.5", "word") * 4_000
    style, faces = draw_styles(labels, glyphs, torch.zeros(8_000, dtype=torch.long), rng())
    shown = style == DISPLAY
    assert not shown[1::2].any()
    assert 0.06 < shown[::2].float().mean() < 0.12
    assert faces[shown].min() >= 1
    assert not faces[~shown].any()


@pytest.mark.parametrize("style", [PLAIN, FIELD, FRAMED])
def test_crisp_labels_lie_flat_and_keep_all_their_ink(style: int) -> None:
    pose, _ = laid(style)
    for turned in (pose.angle, pose.shear, pose.bend, pose.tilt):
        assert not turned.any()
    assert pose.margin.min() >= 0


def test_worn_labels_stay_as_they_lie() -> None:
    pose = draw_poses(torch.full((COUNT,), 50.0), torch.full((COUNT,), CAP_PX / 2), rng())
    unchanged, _ = laid(WORN)
    assert torch.equal(unchanged.angle, pose.angle)
    assert torch.equal(unchanged.margin, pose.margin)


def test_fields_are_mostly_empty_on_the_left_or_right_or_both() -> None:
    pose, _ = laid(FIELD)
    left, right, top, bottom = crop_boxes(pose).unbind(1)
    ratio = (right - left) / (bottom - top)
    assert ratio.min() > 2.9
    assert ratio.max() < 10
    sides = pose.margin[:, 0], pose.margin[:, 1]
    assert all((side > 80).float().mean() > 0.1 for side in sides)
    assert ((sides[0] > 30) & (sides[1] > 30)).float().mean() > 0.1


@pytest.mark.parametrize("style", [PLAIN, FIELD, FRAMED])
def test_guides_stand_where_box_baseline_and_capitals_are(style: int) -> None:
    pose, guides = laid(style)
    left, right, top, bottom = crop_boxes(pose).unbind(1)
    assert torch.allclose(top + guides[:, 4] * (bottom - top), torch.full((COUNT,), CAP_PX / 2), atol=0.1)
    assert torch.allclose(top + guides[:, 5] * (bottom - top), torch.full((COUNT,), -CAP_PX / 2), atol=0.1)
    assert (left + guides[:, 0] * (right - left)).max() < -50
    assert (left + guides[:, 1] * (right - left)).min() > 50
    assert guides.min() > -1e-5
    assert guides.max() < 1 + 1e-5


def test_text_stands_out_from_what_is_behind_it_in_every_style() -> None:
    ground, ink = crisp_tones(20_000, rng())
    assert (ground - ink).abs().min() > 0.29
    mask = torch.zeros(COUNT, 1, 32, 96)
    mask[:, :, 8:24, 20:76:6] = mask[:, :, 8:24, 21:76:6] = mask[:, :, 8:24, 22:76:6] = 1
    guides = torch.tensor([[0.1, 0.9, 0.1, 0.9, 0.75, 0.25]]).repeat(COUNT, 1)
    for style in (PLAIN, FIELD, FRAMED, DISPLAY):
        images = print_crisp(mask, guides, torch.full((COUNT,), style), rng())
        assert images.shape == mask.shape
        assert images.min() >= 0
        assert images.max() <= 1
        inside = images[:, :, 10:22, 20:76]
        deviation = inside.std((1, 2, 3))
        assert deviation.quantile(0.01) > 0.05
        assert deviation.median() > 0.18


@pytest.mark.parametrize("count", [1, 2, 13])
def test_small_batches_are_printed_too(count: int) -> None:
    mask = torch.ones(count, 1, 32, 96)
    guides = torch.tensor([[0.1, 0.9, 0.1, 0.9, 0.75, 0.25]]).repeat(count, 1)
    for seed in range(20):
        images = print_crisp(mask, guides, torch.full((count,), FRAMED), rng(seed))
        assert images.isfinite().all()


def test_frames_leave_the_text_alone_and_show_at_the_edges() -> None:
    mask = torch.zeros(COUNT, 1, 32, 96)
    guides = torch.tensor([[0.1, 0.9, 0.1, 0.9, 0.75, 0.25]]).repeat(COUNT, 1)
    images = print_crisp(mask, guides, torch.full((COUNT,), FRAMED), rng())
    inside = images[:, :, 12:20, 30:66]
    assert (inside.amax((1, 2, 3)) - inside.amin((1, 2, 3))).max() < 1e-3
    assert (images.std((1, 2, 3)) > 0.02).float().mean() > 0.8


def test_a_lone_mark_is_never_struck_or_underlined_but_a_word_may_be() -> None:
    nothing = torch.zeros(2_000, 1, 32, 96)
    ruled = []
    for right in (0.3, 0.9):
        guides = torch.tensor([[0.1, right, 0.1, 0.9, 0.75, 0.25]]).repeat(2_000, 1)
        images = print_crisp(nothing, guides, torch.full((2_000,), PLAIN), rng())
        middle = images[:, 0, 4:28, 12:24]  # rows of the image: rules at the edges stay outside
        ruled.append(float((middle.amax((1, 2)) - middle.amin((1, 2)) > 0.1).float().mean()))
    assert ruled[0] == 0
    assert 0.05 < ruled[1] < 0.13
