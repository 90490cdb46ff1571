"""The average of the weights over the last steps: what is validated, saved and given to users.

    average <- decay * average + (1 - decay) * weights        after every step

It reads better than the raw weights, which jump about with each batch. Early on the decay is
smaller, (1 + step) / (10 + step), or the random initial weights would linger for thousands of
steps. Batch norm's running means are averaged like weights.
"""

import copy

import torch

from crnn.model.crnn import CRNN


class Average:
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
