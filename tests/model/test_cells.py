"""The written-out cells against torch's, in value and in gradient through time."""

import pytest
import torch
from torch import nn

from crnn.model.cells import (
    LstmCell,
    RnnCell,
    cell_of,
    hidden_of,
    rnn_backward,
    run,
    run_both_ways,
    run_module,
)
from tests.rounding import assert_rounded_alike

FRAMES, IMAGES, DEPTH, HIDDEN = 7, 3, 5, 4


def assert_same(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """A value has seen all frames, a gradient of weights adds over all frames and images."""
    assert_rounded_alike(ours, theirs, terms=2 * FRAMES * IMAGES * (DEPTH + HIDDEN))


def module_of(kind: str, layers: int = 1, both: bool = False) -> nn.RNNBase:
    torch.manual_seed(len(kind) + layers + both)
    if kind in ("tanh", "relu"):
        return nn.RNN(DEPTH, HIDDEN, layers, nonlinearity=kind, bidirectional=both)
    if kind == "lstm":
        return nn.LSTM(DEPTH, HIDDEN, layers, bidirectional=both)
    return nn.GRU(DEPTH, HIDDEN, layers, bidirectional=both)


def some_features() -> torch.Tensor:
    return torch.randn(FRAMES, IMAGES, DEPTH, generator=torch.Generator().manual_seed(7))


def gradients(module: nn.RNNBase, hidden: torch.Tensor, features: torch.Tensor) -> list[torch.Tensor]:
    """Differentiate one weighted sum of all hidden states by the features and every weight."""
    weights = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(8))
    return list(torch.autograd.grad((hidden * weights).sum(), [features, *module.parameters()]))


@pytest.mark.parametrize("kind", ["tanh", "relu", "lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True], ids=["one-way", "both-ways"])
def test_values_and_gradients_through_time_equal_torchs(kind: str, layers: int, both: bool) -> None:
    module = module_of(kind, layers, both)
    features = some_features().requires_grad_()
    fast, slow = module(features)[0], run_module(module, features)
    assert slow.shape == (FRAMES, IMAGES, HIDDEN * (1 + both))
    assert_same(slow, fast)
    pairs = zip(gradients(module, slow, features), gradients(module, fast, features), strict=True)
    for ours, torchs in pairs:
        assert_same(ours, torchs)


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_a_run_goes_on_where_another_stopped(kind: str) -> None:
    cell, features = cell_of(module_of(kind)), some_features()
    whole = run(cell, features)
    first = run(cell, features[:3])
    second = run(cell, features[3:], start=first[-1])
    assert_same(hidden_of(first + second), hidden_of(whole))


def test_the_lstms_last_cell_state_equals_torchs() -> None:
    module = module_of("lstm")
    _, (_, cells) = module(some_features())
    assert_same(run(cell_of(module), some_features())[-1][1], cells[0])


def test_an_lstm_with_forget_open_and_input_shut_keeps_its_cell() -> None:
    module = module_of("lstm")
    with torch.no_grad():
        for weight in module.parameters():
            weight.zero_()
        bias = module.get_parameter("bias_ih_l0").view(4, HIDDEN)  # i, f, g, o
        bias[0] = -100.0
        bias[1] = 100.0
    cell = cell_of(module)
    kept = torch.arange(IMAGES * HIDDEN).reshape(IMAGES, HIDDEN).float()
    states = run(cell, some_features(), start=(torch.zeros(IMAGES, HIDDEN), kept))
    assert_same(states[-1][1], kept)


def test_lstm_gates_are_those_that_make_the_next_state() -> None:
    cell = cell_of(module_of("lstm"))
    assert isinstance(cell, LstmCell)
    x, h, c = some_features()[0], torch.rand(IMAGES, HIDDEN), torch.rand(IMAGES, HIDDEN)
    gates = cell.gates(x, h)
    for gate in (gates.input, gates.forget, gates.output):
        assert ((gate > 0) & (gate < 1)).all()
    new = gates.forget * c + gates.input * gates.candidate
    hidden, kept = cell.step(x, (h, c))
    assert_same(kept, new)
    assert_same(hidden, gates.output * torch.tanh(new))


def test_a_frame_knows_the_past_one_way_and_the_future_the_other() -> None:
    module = module_of("lstm", both=True)
    features = some_features().requires_grad_()
    ways = run_both_ways(cell_of(module), cell_of(module, backward=True), features)
    for half, known in ((ways[3, :, :HIDDEN], range(4)), (ways[3, :, HIDDEN:], range(3, FRAMES))):
        (reach,) = torch.autograd.grad(half.sum(), features, retain_graph=True)
        seen = reach.abs().sum(dim=(1, 2)) > 0
        assert seen.nonzero().flatten().tolist() == list(known)


@pytest.mark.parametrize("kind", ["tanh", "relu"])
def test_backpropagation_by_hand_equals_autograd(kind: str) -> None:
    module = module_of(kind)
    cell = cell_of(module)
    assert isinstance(cell, RnnCell)
    features = some_features().requires_grad_()
    hidden = hidden_of(run(cell, features))
    grad_hidden = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(8))
    by_hand = rnn_backward(cell, features.detach(), hidden.detach(), grad_hidden)
    ours = [by_hand.features, by_hand.input_weight, by_hand.hidden_weight, by_hand.bias]
    by_autograd = gradients(module, hidden, features)
    for mine, theirs in zip([*ours, by_hand.bias], by_autograd, strict=True):
        assert_same(mine, theirs)


def test_weights_are_shared_with_the_module_not_copied() -> None:
    module = module_of("tanh")
    cell, features = cell_of(module), some_features()
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(0.5)
    assert_same(hidden_of(run(cell, features)), module(features)[0])
