"""Optimizers: AdamW, and the paper's ADADELTA (§3.2).

The learning rate as a function of the step alone, so that a resumed run cannot lose it.

The exponential moving average (EMA) of the weights: what is validated, saved and given to users.

    ema <- decay * ema + (1 - decay) * weights        after every step

It reads better than the raw weights, which change much with each batch. Early on the decay is
smaller, (1 + step) / (10 + step), or the random initial weights would linger for thousands of
steps. Batch norm's running means are averaged as well.
"""

import copy
import math

import torch
from torch import nn
from torch.optim import Adadelta, AdamW, Optimizer

from crnn.model.crnn import CRNN
from crnn.training.configs import OptimizerConfig, ScheduleConfig


def build_optimizer(model: nn.Module, config: OptimizerConfig) -> Optimizer:
    """Make the optimizer; only weights with two or more axes decay, in the model's order."""
    learnt = [weights for weights in model.parameters() if weights.requires_grad]
    decayed = [weights for weights in learnt if weights.ndim > 1]
    free = [weights for weights in learnt if weights.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    if config.kind == "adadelta":
        return Adadelta(groups, lr=config.learning_rate, rho=0.9, eps=1e-6)
    return AdamW(groups, lr=config.learning_rate, betas=config.betas, eps=1e-8)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every group of weights the learning rate `rate`."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def rate_at(step: int, steps: int, peak: float, config: ScheduleConfig) -> float:
    """Return the learning rate of `step` (0 .. steps - 1).

    >>> config = ScheduleConfig(warmup_steps=4, decay="linear", final_fraction=0.0)
    >>> [rate_at(step, 8, 1.0, config) for step in range(8)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    if step < config.warmup_steps:
        return peak * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, steps - config.warmup_steps)  # 0 .. 1
    left = {
        "cosine": 0.5 * (1 + math.cos(math.pi * min(done, 1.0))),
        "linear": 1 - min(done, 1.0),
        "none": 1.0,
    }[config.decay]
    final = config.final_fraction if config.decay != "none" else 0.0
    return peak * (final + (1 - final) * left)


class Ema:
    """A second network, in eval mode, that follows the one in training."""

    def __init__(self, model: CRNN, decay: float) -> None:
        self.model = copy.deepcopy(model).float().eval().requires_grad_(requires_grad=False)
        self.decay = decay
        self._ours = list(self.model.state_dict().values())

    @torch.no_grad()
    def update(self, model: CRNN, step: int) -> None:
        """Take in the weights after `step` (0 is the first)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        mixed: list[torch.Tensor] = []
        theirs: list[torch.Tensor] = []
        for ours, new in zip(self._ours, model.state_dict().values(), strict=True):
            if ours.is_floating_point():
                mixed.append(ours)
                theirs.append(new.to(ours.dtype))
            else:
                ours.copy_(new)
        torch._foreach_lerp_(mixed, theirs, 1 - decay)
