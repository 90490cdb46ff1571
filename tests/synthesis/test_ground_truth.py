"""The boxes that the engine states are where its own pictures have ink."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from crnn.synthesis import Engine
from crnn.synthesis.layout import draw_each_symbol, draw_words, lay_out
from crnn.synthesis.plan import Plan, symbol_boxes
from crnn.synthesis.warp import crop_boxes, draw_poses
from tests.synthesis.glyphs import Block, engine_of, glyphs_of, rng
from tests.synthesis.test_engine import spied

pytestmark = pytest.mark.slow

GLYPHS = glyphs_of(
    Block(width=5, left=1, advance=7),
    Block(width=7, left=-2, advance=4, top=3),
    Block(width=0, left=0, advance=4, top=4, bottom=4),
)


@cache
def engine() -> Engine:
    return engine_of("print94", batch_size=24)


def test_glyphs_drawn_one_by_one_are_together_the_word() -> None:
    codes = torch.tensor([[0, 1, 0, 2, 1], [1, 0, -1, -1, -1]])
    zero = torch.zeros(2, dtype=torch.long)
    layout = lay_out(GLYPHS, codes, codes >= 0, zero, zero, zero)
    alone = list(draw_each_symbol(GLYPHS, layout))
    assert len(alone) == 5
    assert torch.equal(torch.stack(alone).amax(0), draw_words(GLYPHS, layout))
    assert not alone[3][0].any()  # a space
    assert not alone[2][1].any()  # past the end


def test_the_boxes_of_a_word_together_bound_its_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    inks = spied(monkeypatch)
    batch, ground_truth = engine().batch(0), engine().ground_truth(0)
    compared = 0
    for label, boxes, ink in zip(batch.labels, ground_truth.boxes, inks[0][:, 0], strict=True):
        assert boxes.shape == (len(label), 4)
        edges = [*np.nanmin(boxes[:, :2], 0), *np.nanmax(boxes[:, 2:], 0)]
        rows, columns = (ink > ink.max() / 3).nonzero().T.numpy()
        inked = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        fragments = np.abs(np.subtract(inked, edges)[[0, 2]]).max() > 4
        compared += not fragments
        assert fragments or np.abs(np.subtract(inked, edges)).max() < 1.5, label
    assert compared > 16


def test_boxes_stand_in_the_order_of_the_label_and_inside_the_image() -> None:
    batch, ground_truth = engine().batch(0), engine().ground_truth(0)
    height, width = batch.images.shape[2:]
    assert len(ground_truth.pose.angle) == 24
    for boxes in ground_truth.boxes:
        seen = boxes[~np.isnan(boxes).any(1)]
        assert (seen[:, :2] >= 0).all()
        assert (seen[:, 2:] <= [width, height]).all()
        assert (seen[:, 2:] > seen[:, :2]).all()
        middles = seen[:, [0, 2]].mean(1)
        assert (np.diff(middles) > -2).all()


def test_a_space_has_no_box_and_a_fragment_is_none_of_the_label() -> None:
    codes, zero = torch.tensor([[1, 0, 2, 0, 1]]), torch.zeros(1, dtype=torch.long)
    label = torch.tensor([[False, True, True, True, False]])
    layout = lay_out(GLYPHS, codes, label, zero, zero, zero)
    left, right, top, bottom = layout.box.float().unbind(1)
    pose = draw_poses((right - left) / 2, (bottom - top) / 2, rng()).straightened(torch.tensor([True]))
    pose = replace(pose, shear=zero.float(), margin=torch.zeros(1, 4))
    plan = Plan(
        labels=("a a",),
        layout=layout,
        pose=pose,
        crop=crop_boxes(pose),
        style=zero,
        guides=torch.zeros(1, 6),
    )
    (boxes,) = symbol_boxes(GLYPHS, plan, (32, 96))
    assert np.isnan(boxes[1]).all()
    scale = 96 / float(right - left)
    first = [0, 0, 5 * scale, 32]
    last = [96 - 5 * scale, 0, 96, 32]
    np.testing.assert_allclose(boxes[[0, 2]], [first, last], atol=scale / 2)


def test_asking_for_the_truth_changes_no_batch() -> None:
    before = engine().batch(1).images
    engine().ground_truth(1)
    engine().ground_truth(9)  # of another plan
    assert torch.equal(engine().batch(1).images, before)
