"""The whole network (paper §2, Figure 1): convolution, map-to-sequence, recurrent layers.

images    (N, 1, H, W)   grey, 0..255, uint8 or float
returns   (T, N, C)      log_probs: natural log, sums to 1 over C; class 0 is the blank
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

import torch
from torch import Tensor, nn

from crnn.errors import ModelError, nearest_name
from crnn.model import convolution
from crnn.model.convolution import Convolution, Trunk
from crnn.model.recurrent import CellKind, Recurrent

CHOICES: dict[str, tuple[object, ...]] = {
    "cell": ("rnn", "lstm", "gru"),
    "directions": (1, 2),
    "join": (False, True),
    "pixels": ("scale", "symmetric", "standardise"),
    "initialization": ("torch", "kaiming"),
}
_RENAMED = {"initial": "initialization"}
"""Fields of older model files and recipes, and what they are called now."""
RANGES = {"height_px": (1, 4096), "hidden": (1, 4096), "layers": (0, 16)}
"""Smallest and largest that a model file may ask for before it is believed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """What a network is made of; stands in the header of every model file."""

    convolution: Trunk
    """Layers of the trunk, one line each (see `model/convolution.py`)."""
    height_px: int = 32
    """Height of the images that the trunk turns into one row."""
    cell: CellKind = "lstm"
    """Recurrent kind: rnn, lstm or gru."""
    hidden: int = 256
    """Units of one direction of a recurrent layer."""
    layers: int = 2
    """Recurrent layers; 0 leaves the convolution's frames as they are."""
    directions: int = 2
    """1 reads left to right, 2 both ways."""
    join: bool = False
    """A linear layer between two recurrent layers, as in the authors' code."""
    pixels: Literal["scale", "symmetric", "standardise"] = "scale"
    """scale: (x - 128) / 128, as in the authors' code; symmetric: (x - 127.5) / 127.5, exactly -1 to 1,
    as in most PyTorch code; standardise: mean 0, deviation 1 an image."""
    initialization: Literal["torch", "kaiming"] = "torch"
    """Weights that a run starts from: torch's defaults, or He et al. 2015 for the convolutions and
    orthogonal recurrent matrices with a forget gate that starts open."""

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if type(value) is not type(allowed[0]) or value not in allowed:  # True is no 1
                raise ModelError(f"model.{name} is {value!r}; it may be {', '.join(map(repr, allowed))}.")
        for name, (smallest, largest) in RANGES.items():
            value = getattr(self, name)
            if type(value) is not int or not smallest <= value <= largest:
                raise ModelError(
                    f"model.{name} is {value!r}; it must be an integer in {smallest}..{largest}."
                )

    def to_json(self) -> dict[str, object]:
        """Describe the network for the header of a model file.

        Returns:
            The fields by name, as JSON values.
        """
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "ModelConfig":
        """Build a configuration from the header of a model file, or from a recipe's [model].

        Args:
            values: The fields by name, as `to_json` gives them; a field that is left out has its
                default. `initial`, as older files have it, is `initialization`.

        Returns:
            The configuration.

        Raises:
            ModelError: A field is unknown, or its value is none that it may have.
        """
        values = {_RENAMED.get(name, name): value for name, value in values.items()}
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                near = nearest_name(name, known)
                hint = f"; did you mean {near!r}?" if near else f"; known: {', '.join(known)}."
                raise ModelError(f"the model has no setting {name!r}{hint}")
        trunk = values.get("convolution")
        if not isinstance(trunk, list | tuple) or not all(isinstance(line, str) for line in trunk):
            raise ModelError(f"model.convolution is {trunk!r}; it must be a list of layers.")
        return cls(**{**values, "convolution": tuple(trunk)})  # type: ignore[arg-type]


PRESETS: dict[str, ModelConfig] = {
    "paper": ModelConfig(convolution=convolution.PAPER),
    "authors": ModelConfig(convolution=convolution.AUTHORS, join=True),
    "tiny": ModelConfig(
        convolution=convolution.TINY, hidden=96, layers=1, pixels="standardise", initialization="kaiming"
    ),
    "small": ModelConfig(
        convolution=convolution.SMALL, hidden=128, pixels="standardise", initialization="kaiming"
    ),
    "base": ModelConfig(
        convolution=convolution.BASE, hidden=256, pixels="standardise", initialization="kaiming"
    ),
}
"""The networks with a name: the paper's, that of its authors' code, and ours from small to large."""


def preset(name: str) -> ModelConfig:
    """Look up a configuration in `PRESETS`.

    Args:
        name: One of paper, authors, tiny, small, base.

    Returns:
        The configuration.

    Raises:
        ModelError: There is no such preset; the message lists those there are.
    """
    if name not in PRESETS:
        raise ModelError(f"there is no model preset {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]


def build(config: ModelConfig | str, classes: int) -> "CRNN":
    """Build a network with fresh weights, drawn from torch's global generator.

    Args:
        config: The name of a preset, or a configuration.
        classes: C, the alphabet's symbols and the blank.

    Returns:
        The network, in training mode.

    Raises:
        ModelError: There is no such preset, or the trunk does not end one row high.

    >>> sum(weights.numel() for weights in build("authors", 37).parameters())
    8330021
    """
    return CRNN(preset(config) if isinstance(config, str) else config, classes)


class CRNN(nn.Module):
    """Convolution, map-to-sequence, recurrent layers, and a score for every class.

    Args:
        config: What the network is made of.
        classes: C, the alphabet's symbols and the blank.
    """

    def __init__(self, config: ModelConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.classes = classes
        """C: the alphabet's symbols and the blank."""
        self.convolution = Convolution(config.convolution, config.height_px)
        self.recurrent = Recurrent(
            config.cell,
            self.convolution.channels,
            config.hidden,
            config.layers,
            config.directions,
            config.join,
        )
        self.score = nn.Linear(self.recurrent.features, classes)
        if config.initialization == "kaiming":
            _initialize(self)

    def frames(self, width_px: int) -> int:
        """Count the frames that the network gives for an image.

        Args:
            width_px: Width of the image.

        Returns:
            T; 0 where the image is too narrow.
        """
        return self.convolution.frames(width_px)

    def forward(self, images: Tensor) -> Tensor:
        """Recognize images of one width.

        Args:
            images: (N, 1, H, W) grey, 0..255, uint8 or float.

        Returns:
            (T, N, C) log_probs, float32.

        Raises:
            ModelError: The images have another height or several channels.
        """
        if images.shape[1:3] != (1, self.config.height_px):
            raise ModelError(
                f"images are {tuple(images.shape)}; this network reads (N, 1, {self.config.height_px}, W). "
                "crnn.images.preprocess makes them."
            )
        x = self._pixels(images.float())  # (N, 1, H, W)
        x = self.convolution(x)  # (N, 1, H, W) -> (N, D, 1, T)
        x = x.squeeze(2).permute(2, 0, 1)  # (T, N, D)   map-to-sequence, §2.1
        x = self.recurrent(x)  # (T, N, directions * hidden)
        x = self.score(x)  # (T, N, C)
        log_probs: Tensor = x.float().log_softmax(-1)  # (T, N, C)
        return log_probs

    def _pixels(self, images: Tensor) -> Tensor:
        """Give the pixels the range that the weights expect; shape kept."""
        if self.config.pixels == "scale":
            return (images - 128) / 128
        if self.config.pixels == "symmetric":
            return (images - 127.5) / 127.5
        centred = images - _mean(images)
        variance = _mean(centred * centred)
        return centred * torch.rsqrt(variance + 16)  # 4 grey levels of noise stay small


def _mean(images: Tensor) -> Tensor:
    """Average every image's pixels, rows first: (N, 1, H, W) -> (N, 1, 1, 1).

    ONNX Runtime adds up in float32; over all pixels at once it would lose the digits that make
    an exported model read what this one reads.
    """
    return images.mean(3, keepdim=True).mean(2, keepdim=True)


def _initialize(model: CRNN) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.RNNBase):
            _initialize_recurrent(module)


def _initialize_recurrent(module: nn.RNNBase) -> None:
    """Start every gate orthogonal in time and scaled to its input; open the LSTM's forget gate."""
    for name, weights in module.named_parameters():
        if name.startswith("weight_hh"):
            for gate in weights.data.view(-1, module.hidden_size, module.hidden_size):
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            nn.init.normal_(weights, std=1 / math.sqrt(weights.shape[1]))
        else:
            nn.init.zeros_(weights)
        if isinstance(module, nn.LSTM) and name.startswith("bias_ih"):
            forget = slice(module.hidden_size, 2 * module.hidden_size)  # gates are i, f, g, o
            weights.data[forget] = 1  # Gers et al. 2000: remember until taught to forget
