"""Optimizers: AdamW, and the paper's ADADELTA (§3.2)."""

from torch import nn
from torch.optim import Adadelta, AdamW, Optimizer

from crnn.training.sections import OptimizerSection


def build_optimizer(model: nn.Module, section: OptimizerSection) -> Optimizer:
    """Make the optimizer; only weights with two or more axes decay, in the model's order."""
    learnt = [weights for weights in model.parameters() if weights.requires_grad]
    decayed = [weights for weights in learnt if weights.ndim > 1]
    free = [weights for weights in learnt if weights.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": section.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    if section.kind == "adadelta":
        return Adadelta(groups, lr=section.learning_rate, rho=0.9, eps=1e-6)
    return AdamW(groups, lr=section.learning_rate, betas=section.betas, eps=1e-8)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every group of weights the learning rate `rate`."""
    for group in optimizer.param_groups:
        group["lr"] = rate
