"""The average of the weights."""

import pytest
import torch

from crnn.model.crnn import CRNN, build
from crnn.training.optimizer import Ema


def small() -> CRNN:
    torch.manual_seed(0)
    return build("tiny", 11)


def test_the_average_is_the_written_out_sum() -> None:
    model = small()
    ema = Ema(model, 0.5)
    name = "score.bias"
    expected = model.state_dict()[name].clone()
    for step, decay in enumerate([0.1, 2 / 11, 0.25]):  # (1 + step) / (10 + step), below 0.5
        with torch.no_grad():
            model.score.bias.add_(1.0)
        expected = decay * expected + (1 - decay) * model.score.bias.detach()
        ema.update(model, step)
    assert ema.model.state_dict()[name].numpy() == pytest.approx(expected.numpy())


def test_late_in_a_run_the_decay_is_the_recipes() -> None:
    model = small()
    ema = Ema(model, 0.9)
    before = model.score.bias.detach().clone()
    with torch.no_grad():
        model.score.bias.add_(1.0)
    ema.update(model, 100_000)
    assert ema.model.score.bias.numpy() == pytest.approx((before + 0.1).numpy())


def test_the_statistics_of_batch_norm_are_averaged_and_its_counter_copied() -> None:
    model = small().train()
    ema = Ema(model, 0.0)
    model(torch.randint(0, 255, (4, 1, 32, 96), dtype=torch.uint8))
    ema.update(model, 0)
    ours, theirs = ema.model.state_dict(), model.state_dict()
    assert all(ours[name].equal(theirs[name]) for name in theirs)
    assert not ema.model.training
