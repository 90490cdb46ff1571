"""The whole network: its size, its shapes, what it ignores, and what it refuses."""

import json
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from crnn.errors import ModelError
from crnn.model import CRNN, PRESETS, ModelConfig, build, preset
from crnn.model.convolution import Layer
from crnn.model.recurrent import CellKind
from tests.rounding import assert_rounded_alike, terms_of

CLASSES = 37
"""0-9, a-z and the blank."""


def network(config: ModelConfig | str, classes: int = CLASSES) -> CRNN:
    torch.manual_seed(7)
    return build(config, classes).eval()


def noise(count: int = 2, width: int = 100) -> torch.Tensor:
    drawn = torch.randint(0, 256, (count, 1, 32, width), generator=torch.Generator().manual_seed(7))
    return drawn.to(torch.uint8)


def parameters(model: nn.Module) -> int:
    return sum(weights.numel() for weights in model.parameters())


def derived_parameters(config: ModelConfig, classes: int) -> int:
    """Count the parameters from the formulas, layer by layer."""
    total, channels = 0, 1
    for layer in map(Layer.parse, config.convolution):
        if layer.channels:
            tall, wide = layer.kernel
            total += layer.channels * channels * tall * wide  # one kernel for each pair of maps
            total += 2 * layer.channels if layer.norm else layer.channels  # scale and shift, or bias
            channels = layer.channels
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[config.cell]
    features, hidden = channels, config.hidden
    for index in range(config.layers):
        # One gate: W (H, D), U (H, H), and torch's two biases (H,).
        total += config.directions * gates * (hidden * features + hidden * hidden + 2 * hidden)
        features = config.directions * hidden
        if config.join and index < config.layers - 1:
            total += features * hidden + hidden
            features = hidden
    return total + features * classes + classes


@pytest.mark.parametrize("name", PRESETS)
def test_the_number_of_parameters_follows_from_the_layers(name: str) -> None:
    assert parameters(network(name)) == derived_parameters(preset(name), CLASSES)


def test_the_authors_network_has_8_33_million_parameters_for_37_classes() -> None:
    convolutions = 64 * 9 + 64 + 128 * 64 * 9 + 128 + 256 * 128 * 9 + 2 * 256 + 256 * 256 * 9 + 256
    convolutions += 512 * 256 * 9 + 2 * 512 + 512 * 512 * 9 + 512 + 512 * 512 * 4 + 2 * 512
    first = 2 * 4 * (256 * 512 + 256 * 256 + 2 * 256)
    second = 2 * 4 * (256 * 256 + 256 * 256 + 2 * 256)
    expected = convolutions + first + (512 * 256 + 256) + second + (512 * 37 + 37)
    # Their code gives the convolutions before a batch norm a bias of 256 + 512 + 512 more, without effect.
    assert parameters(network("authors")) == expected == 8_330_021


@pytest.mark.parametrize(("name", "millions"), [("tiny", 0.77), ("small", 2.32), ("base", 8.94)])
def test_the_presets_are_as_large_as_their_names_say(name: str, millions: float) -> None:
    assert parameters(network(name)) / 1e6 == pytest.approx(millions, abs=0.006)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_log_probs_sum_to_one_over_the_classes_at_every_frame(name: str) -> None:
    model = network(name)
    for width in (32, 100, 160):
        log_probs = model(noise(2, width))
        assert log_probs.shape == (model.frames(width), 2, CLASSES)
        assert log_probs.dtype == torch.float32
        assert_rounded_alike(log_probs.exp().sum(2), torch.ones(model.frames(width), 2), terms=CLASSES)


@pytest.mark.parametrize("name", ["authors", "small"])
def test_uint8_and_float_images_give_the_same(name: str) -> None:
    model = network(name)
    assert torch.equal(model(noise()), model(noise().float()))


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_a_batch_gives_what_its_images_give_one_by_one(name: str) -> None:
    model, images = network(name), noise(3)
    alone = torch.cat([model(image[None]) for image in images], 1)
    assert_rounded_alike(model(images), alone, terms_of(model))


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_the_gradient_of_every_kind_of_network_reaches_the_first_convolution(
    cell: CellKind, directions: int, layers: int
) -> None:
    config = replace(preset("tiny"), cell=cell, directions=directions, layers=layers, hidden=16)
    model = network(config, 11).train()
    model(noise(2, 64))[:, :, 1].sum().backward()
    for name, weights in model.named_parameters():
        assert weights.grad is not None, name
        assert weights.grad.isfinite().all(), name
    first = model.convolution[0].weight
    assert first.grad is not None
    assert first.grad.abs().max() > 0


def test_standardised_pixels_make_the_network_blind_to_brightness_and_contrast() -> None:
    model = network("small")
    image = noise(1).float() / 4 + 60  # 60..124
    plain = model(image)
    assert_rounded_alike(model(image + 50), plain, terms_of(model))
    assert (model(image * 2) - plain).abs().max() < 0.05 * plain.std()  # 16 in the variance stay


def test_symmetric_pixels_run_from_minus_1_to_1() -> None:
    config = replace(preset("paper"), pixels="symmetric")
    symmetric = network(config)._pixels(torch.tensor([0.0, 127.5, 255]).view(1, 1, 1, 3))
    assert symmetric.flatten().tolist() == [-1, 0, 1]


def test_scaled_pixels_are_the_authors_minus_1_to_1() -> None:
    scaled = network("paper")._pixels(torch.tensor([0.0, 128, 255]).view(1, 1, 1, 3))
    assert scaled.flatten().tolist() == [-1, 0, 127 / 128]


def test_an_image_of_one_grey_gives_finite_log_probs() -> None:
    assert network("small")(torch.full((1, 1, 32, 96), 255, dtype=torch.uint8)).isfinite().all()


@pytest.mark.parametrize("shape", [(1, 1, 31, 100), (1, 1, 64, 100), (1, 3, 32, 100)])
def test_images_of_another_height_or_in_colour_are_a_model_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError) as error:
        network("tiny")(torch.zeros(shape))
    assert f"{shape}; this network reads (N, 1, 32, W)" in str(error.value)


def test_an_open_forget_gate_starts_with_bias_1_and_all_other_biases_with_0() -> None:
    for name, weights in network("small").recurrent.named_parameters():
        if "bias" in name:
            i, f, g, o = weights.detach().view(4, -1)
            assert (f == (1 if "bias_ih" in name else 0)).all()
            assert not torch.cat([i, g, o]).any()


def test_recurrent_matrices_start_orthogonal() -> None:
    for name, weights in network("small").recurrent.named_parameters():
        if "weight_hh" in name:
            for gate in weights.detach().view(4, 128, 128):
                assert_rounded_alike(gate @ gate.T, torch.eye(128), terms=128 * 128)  # by 128 reflections


@torch.no_grad()
def test_kaiming_weights_keep_the_deviation_of_the_activations_through_the_trunk() -> None:
    # Without batch norm, which would hide a wrong scale; a layer that lost or gained a factor of 2
    # would end 10 layers later at 1/1000 or 1000.
    bare = tuple(line.replace(" norm", "") for line in preset("base").convolution)
    deviations = {
        name: _deviations(network(replace(preset("base"), convolution=bare, initialization=name)))
        for name in ("kaiming", "torch")
    }
    assert all(0.25 < deviation < 4 for deviation in deviations["kaiming"])
    assert deviations["torch"][-1] < 0.1  # torch's default loses them: hence the option


def _deviations(model: CRNN) -> list[float]:
    x, deviations = model._pixels(noise(2).float()), []
    for module in model.convolution:
        x = module(x)
        if isinstance(module, nn.Conv2d):
            deviations.append(float(x.std()))
    return deviations


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_json(name: str) -> None:
    stored = json.loads(json.dumps(preset(name).to_json()))
    assert ModelConfig.from_json(stored) == preset(name)


def test_a_configuration_of_an_older_file_has_initial_for_initialization() -> None:
    stored = preset("small").to_json()
    older = {name: value for name, value in stored.items() if name != "initialization"}
    assert ModelConfig.from_json({**older, "initial": "kaiming"}) == preset("small")
    assert ModelConfig.from_json({**stored, "initial": "torch"}).initialization == "torch"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("cell", "transformer", "model.cell is 'transformer'; it may be 'rnn', 'lstm', 'gru'"),
        ("directions", 3, "model.directions is 3; it may be 1, 2"),
        ("directions", True, "model.directions is True"),
        ("join", 1, "model.join is 1; it may be False, True"),
        ("pixels", None, "model.pixels is None"),
        ("initialization", ["torch"], "model.initialization is ['torch']"),
        ("initial", ["torch"], "model.initialization is ['torch']"),
        ("layers", -1, "model.layers is -1; it must be an integer in 0..16"),
        ("layers", 17, "model.layers is 17"),
        ("hidden", 0, "model.hidden is 0"),
        ("hidden", 12.0, "model.hidden is 12.0"),
        ("hidden", math.nan, "model.hidden is nan"),
        ("height_px", "32", "model.height_px is '32'"),
        ("convolution", "conv 8 k3 s1 p1", "it must be a list of layers"),
        ("convolution", [8], "it must be a list of layers"),
        ("convolution", None, "it must be a list of layers"),
        ("hiden", 12, "no setting 'hiden'; did you mean 'hidden'?"),
        ("zebra", 12, "no setting 'zebra'; known: convolution, height_px"),
    ],
)
def test_a_wrong_or_unknown_setting_is_a_model_error_that_names_it(
    setting: str, value: object, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        ModelConfig.from_json({**preset("tiny").to_json(), setting: value})
    assert said in str(error.value)


def test_an_unknown_preset_is_a_model_error_that_lists_them() -> None:
    with pytest.raises(
        ModelError, match=r"no model preset 'huge'; there are paper, authors, tiny, small, base"
    ):
        build("huge", 11)


def test_a_height_that_the_trunk_cannot_fold_into_one_row_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="64 px high"):
        build(replace(preset("small"), height_px=64), 11)
