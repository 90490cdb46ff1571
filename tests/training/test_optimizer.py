"""AdamW and ADADELTA as recipes ask for them."""

import torch
from torch import nn

from crnn.training.configs import OptimizerConfig
from crnn.training.optimizer import build_optimizer, set_rate
from tests.rounding import assert_rounded_alike


def test_only_matrices_decay() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(2, 2))
    decayed, free = build_optimizer(model, OptimizerConfig(weight_decay=0.3)).param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.3, 0.0)
    assert [weights.ndim for weights in decayed["params"]] == [4, 2]
    assert {weights.ndim for weights in free["params"]} == {1}


def test_adadelta_takes_the_papers_first_step() -> None:
    """Zeiler 2012: E[g2] = (1 - rho) g2; step = sqrt(eps) / sqrt(E[g2] + eps) * g."""
    model = nn.Linear(1, 1, bias=False)
    before, gradient = model.weight.item(), 0.5
    section = OptimizerConfig(kind="adadelta", learning_rate=1.0, weight_decay=0.0)
    optimizer = build_optimizer(model, section)
    model.weight.grad = torch.tensor([[gradient]])
    optimizer.step()
    step = (1e-6 / (0.1 * gradient**2 + 1e-6)) ** 0.5 * gradient
    assert_rounded_alike(model.weight, [[before - step]], terms=1)


def test_a_rate_is_given_to_all_weights() -> None:
    optimizer = build_optimizer(nn.Linear(1, 1), OptimizerConfig())
    set_rate(optimizer, 0.125)
    assert {group["lr"] for group in optimizer.param_groups} == {0.125}
