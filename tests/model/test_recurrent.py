"""The stack of recurrent layers; that its cells are the equations is tested in test_cells.py."""

import pytest
import torch
from torch import nn

from crnn.model.cells import run_module
from crnn.model.recurrent import CellKind, Recurrent
from tests.rounding import assert_rounded_alike, terms_of


def some_features(frames: int = 9) -> torch.Tensor:
    return torch.randn(frames, 2, 5, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_every_cell_direction_and_depth_keeps_the_frames(
    cell: CellKind, directions: int, layers: int
) -> None:
    recurrent = Recurrent(cell, 5, 4, layers, directions, join=False)
    hidden = recurrent(some_features())
    assert hidden.shape == (9, 2, recurrent.features)
    assert recurrent.features == (directions * 4 if layers else 5)


def test_no_layers_hand_the_features_through() -> None:
    features = some_features()
    assert torch.equal(Recurrent("lstm", 5, 4, 0, 2, join=False)(features), features)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_stack_is_the_written_out_cells_layer_upon_layer(cell: CellKind) -> None:
    torch.manual_seed(7)
    recurrent = Recurrent(cell, 5, 4, 2, 2, join=False)
    slow = some_features()
    for layer in recurrent.stack:
        assert isinstance(layer, nn.RNNBase)
        slow = run_module(layer, slow)
    assert_rounded_alike(recurrent(some_features()), slow, terms_of(recurrent) * len(slow))


def test_one_direction_knows_the_past_alone_and_two_know_the_future_too() -> None:
    one, both = (Recurrent("lstm", 5, 4, 2, directions, join=False) for directions in (1, 2))
    changed = some_features()
    changed[-1] += 1
    assert torch.equal(one(some_features())[:-1], one(changed)[:-1])
    assert not torch.equal(both(some_features())[0], both(changed)[0])


def test_a_join_is_a_linear_layer_between_two_recurrent_layers() -> None:
    recurrent = Recurrent("lstm", 5, 4, 3, 2, join=True)
    assert [(join.in_features, join.out_features) for join in recurrent.joins] == [(8, 4), (8, 4)]
    assert recurrent(some_features()).shape == (9, 2, 8)
    assert len(Recurrent("lstm", 5, 4, 1, 2, join=True).joins) == 0


def test_a_joined_stack_is_layer_join_layer() -> None:
    torch.manual_seed(7)
    recurrent = Recurrent("gru", 5, 4, 2, 2, join=True)
    first, second = recurrent.stack
    expected = second(recurrent.joins[0](first(some_features())[0]))[0]
    assert torch.equal(recurrent(some_features()), expected)
