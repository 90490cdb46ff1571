"""Receptive fields are those that gradients find."""

import pytest
import torch

from crnn.explaining.network import receptive_fields as fields
from crnn.model import PRESETS
from crnn.model.convolution import Layer


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_field_is_where_the_gradient_of_a_frame_is_not_zero(name: str) -> None:
    layers = [Layer.parse(line) for line in PRESETS[name].convolution]
    image = torch.ones(1, 1, 32, 96, dtype=torch.float64, requires_grad=True)
    x = image
    for layer in layers:  # every weight 1, pools as sums: nothing cancels
        weights = torch.ones(1, 1, *layer.kernel, dtype=torch.float64)
        x = torch.nn.functional.conv2d(x, weights, stride=layer.stride, padding=layer.padding)
    frames = x.shape[3]
    found = fields(layers, frames, 32, 96)
    assert len(found) == frames
    for frame in range(frames):
        (gradient,) = torch.autograd.grad(x[0, 0, 0, frame], image, retain_graph=True)
        rows, columns = gradient[0, 0].nonzero(as_tuple=True)
        seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert found[frame] == tuple(map(int, seen))


def test_unknown_layers_have_no_fields() -> None:
    assert fields([], 24, 32, 96) == ()
