"""What a teacher adds to the objective, and whom it cannot teach."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from crnn.errors import RecipeError
from crnn.formats.checkpoint import ModelFile, save_checkpoint
from crnn.formats.models import load_weights
from crnn.model.crnn import build
from crnn.training.loop import train
from crnn.training.recipe import Recipe
from crnn.training.teacher import Teacher
from tests.training.conftest import lines

Recipes = Callable[..., Recipe]
CPU = torch.device("cpu")


@pytest.fixture
def teacher(tmp_path: Path, recipe: Recipes) -> Path:
    """Write a model of the small recipe with other weights and more units."""
    like = recipe("model.hidden=9")
    torch.manual_seed(4)
    file = ModelFile(model=build(like.model, 4), alphabet=like.alphabet, preprocess=like.preprocess)
    save_checkpoint(tmp_path / "teacher.safetensors", file)
    return tmp_path / "teacher.safetensors"


def test_who_sees_what_the_teacher_sees_has_nothing_to_learn_and_others_have(
    teacher: Path, recipe: Recipes
) -> None:
    settings = recipe(f'distillation.teacher="{teacher}"', "distillation.weight=0.5", "model.hidden=9")
    ours = Teacher(settings, build(settings.model, 4), CPU)
    images = torch.randint(0, 256, (5, 1, 32, 48), dtype=torch.uint8)
    same = ours._model(images)
    assert ours.loss(images, same).item() == pytest.approx(0, abs=1e-5)

    other = torch.full_like(same, 0.25).log().requires_grad_()  # all four classes alike
    by_hand = (same.exp() * (same - other)).sum() / 5
    loss = ours.loss(images, other)
    assert loss.item() == pytest.approx(0.5 * by_hand.item(), rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert other.grad is not None
    assert other.grad.abs().sum() > 0
    assert all(weights.grad is None for weights in ours._model.parameters())


def test_a_run_with_a_teacher_comes_nearer_to_it_than_one_without(
    teacher: Path, recipe: Recipes, tmp_path: Path
) -> None:
    steps = ["training.steps=60", "training.validate_every=0", "optimizer.learning_rate=0.01"]
    taught = recipe(f'distillation.teacher="{teacher}"', "distillation.weight=5.0", *steps)
    train(taught, tmp_path / "taught")
    train(recipe(*steps), tmp_path / "alone")
    images = torch.randint(0, 256, (20, 1, 32, 48), dtype=torch.uint8)
    distances = []
    for run in ("taught", "alone"):
        model = load_weights(tmp_path / run).model
        distances.append(Teacher(taught, model, CPU).loss(images, model(images)).item())
    assert distances[0] < 0.7 * distances[1]
    assert lines(tmp_path / "taught")[0]["loss"] == lines(tmp_path / "alone")[0]["loss"]  # that of the labels


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('model.alphabet="abd"', r"spells Alphabet\('abc'\), the learner Alphabet\('abd'\)"),
        (
            'model.convolution=["conv 4 k3 s2 p1 norm", "conv 8 k16x1 s1 p0"]',
            "makes other frames of an image than the learner",
        ),
    ],
)
def test_a_teacher_of_other_symbols_or_frames_is_refused(
    teacher: Path, recipe: Recipes, change: str, message: str
) -> None:
    settings = recipe(f'distillation.teacher="{teacher}"', change)
    with pytest.raises(RecipeError, match=message):
        Teacher(settings, build(settings.model, 4), CPU)


def test_a_weight_below_zero_is_refused(recipe: Recipes) -> None:
    with pytest.raises(RecipeError, match=r"distillation\.weight is -1"):
        recipe("distillation.weight=-1.0")
