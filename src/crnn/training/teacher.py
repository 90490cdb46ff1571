"""Distillation: a larger network shows a smaller one what it sees in every frame (Hinton et al. 2015).

    images     (N, 1, H, W)
    log_probs  (T, N, C)      of the learner
    returns    scalar         weight * KL(teacher || learner), summed over frames, averaged over images

A label says which text is right, and leaves to CTC where its symbols stand. The teacher says for each
frame how likely every class is, the wrong ones too. Both objectives are added.
"""

import torch
from torch import Tensor
from torch.nn import functional

from crnn.errors import RecipeError
from crnn.formats.models import load_weights
from crnn.model.crnn import CRNN
from crnn.training.recipe import Recipe


class Teacher:
    """A network that is asked, and does not learn."""

    def __init__(self, recipe: Recipe, learner: CRNN, device: torch.device) -> None:
        """Open the recipe's teacher; RecipeError where its frames or classes are not the learner's."""
        section = recipe.distillation
        file = load_weights(section.teacher)
        self._weight = section.weight
        self._half = recipe.training.precision == "bf16-mixed"
        self._model = file.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._model.requires_grad_(requires_grad=False).eval()
        if file.alphabet != recipe.alphabet:
            raise RecipeError(
                f"distillation.teacher {section.teacher!r} spells {file.alphabet!r:.60}, the learner "
                f"{recipe.alphabet!r:.60}; both need one alphabet."
            )
        size = recipe.preprocess
        widths = range(size.min_width, size.max_width + 1)
        same = [self._model.frames(width) == learner.frames(width) for width in widths]
        if file.preprocess.height != size.height or not all(same):
            raise RecipeError(
                f"distillation.teacher {section.teacher!r} makes other frames of an image than the learner; "
                "take a teacher of the same height and strides."
            )

    def loss(self, images: Tensor, log_probs: Tensor) -> Tensor:
        """Return how far the learner's `log_probs` lie from what the teacher sees in `images`."""
        with torch.no_grad(), torch.autocast(images.device.type, torch.bfloat16, enabled=self._half):
            wanted = self._model(images)  # (T, N, C)
        distance = functional.kl_div(log_probs.float(), wanted.float(), reduction="sum", log_target=True)
        return self._weight * distance / images.shape[0]
