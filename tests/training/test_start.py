"""How a run begins."""

import pytest
import torch

from crnn.errors import RecipeError
from crnn.model.crnn import ModelConfig, build
from crnn.training.start import freeze, frozen, hold_norms

TRUNK = ("conv 4 k3 s2 p1 norm", "pool k2 s2", "conv 8 k3 s2 p1 norm", "conv 8 k4x1 s1 p0")


def network() -> torch.nn.Module:
    return build(ModelConfig(convolution=TRUNK, hidden=4, layers=1), 5)


@pytest.mark.parametrize(("layers", "modules"), [(0, 0), (1, 3), (2, 4), (3, 7), (4, 9)])
def test_a_frozen_layer_is_a_convolution_or_pool_with_what_follows_it(layers: int, modules: int) -> None:
    model = network()
    assert frozen(model, layers) == list(model.convolution)[:modules]


def test_frozen_layers_do_not_learn_and_keep_their_statistics() -> None:
    model = network()
    freeze(model, 1)
    model.train()
    hold_norms(model, 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    images = torch.randint(0, 256, (4, 1, 32, 48)).float()
    model(images).sum().backward()
    torch.optim.SGD([w for w in model.parameters() if w.grad is not None], lr=1).step()
    changed = {name for name, tensor in model.state_dict().items() if not tensor.equal(before[name])}
    assert not any(name.startswith(("convolution.0", "convolution.1.")) for name in changed)
    assert {"convolution.4.weight", "convolution.5.running_mean", "score.bias"} <= changed


def test_more_layers_than_there_are_cannot_be_frozen() -> None:
    with pytest.raises(RecipeError, match="frozen_layers is 5, but the trunk has 4 layers"):
        freeze(network(), 5)
