"""A model opened to look inside: its reader, its trunk's layers, and its network where a file holds one.

small, mine.safetensors, runs/mine   reader, layers and network
mine.onnx, small-int8                reader and layers: the layers stand in its header, gates in no file

Receptive fields: the pixels that a frame can see before the recurrent layers join the frames (paper §2.1).

layers     the trunk, first to last
returns    T boxes in px of the network's image, cut at its borders

A frame of the last layer stands on the inputs first * stride - padding to last * stride - padding +
kernel - 1 of the layer before it; followed down to the image, that is a rectangle.

What the last LSTM does at each frame: its gates and its memory, in both directions (paper §2.2, Figure 3).

network, image (h, w)   ->   one Activity a direction, or the reason why there is none

The gates come from `model/cells.py`, run with the trained weights on the features that really arrive
at the last layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import Tensor, nn

from crnn.errors import ModelError
from crnn.files import WEIGHTS
from crnn.formats.header import KEY, parse_header
from crnn.formats.load import RUN_FILES, find_model, load, load_weights
from crnn.images.load import GreyImage
from crnn.model.cells import LstmCell, cell_of, run
from crnn.model.convolution import Layer
from crnn.model.crnn import CRNN, ModelConfig
from crnn.reader.frames import Box
from crnn.reader.reader import Reader


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Opened:
    """A reader, and what is known of the network that it reads with."""

    reader: Reader
    name: str
    """As the figure shows it."""
    layers: tuple[Layer, ...] = ()
    """Of the convolution, first to last; () where they are not known."""
    network: CRNN | None = None
    """None where only an .onnx file is there, which gives log_probs and nothing from within."""


def open_model(name_or_path: str | Path) -> Opened:
    """Open a model to look inside.

    Args:
        name_or_path: A packaged model's name, a .safetensors or .onnx file, or a run folder.

    Returns:
        Its reader, and what is known of its network.

    Raises:
        ModelError: There is no such model, or its file is damaged.
    """
    path = find_model(name_or_path, ".onnx")
    weights = path.with_suffix(".safetensors")
    if path != weights and not (path.parent == WEIGHTS and weights.exists()):
        return Opened(reader=load(path), name=_name(path), layers=_layers(path))
    file = load_weights(weights)
    return Opened(
        reader=file.reader(path) if path == weights else load(path),
        name=_name(path),
        layers=file.model.convolution.layers,
        network=file.model,
    )


def _name(path: Path) -> str:
    """Name a model as its user does: by its name in the package, its run's folder, or its file."""
    if path.parent == WEIGHTS:
        return path.stem
    return path.absolute().parent.name if path.name in RUN_FILES else path.name


def _layers(path: Path) -> tuple[Layer, ...]:
    """Read the trunk's layers out of the header of an .onnx file that `load_onnx` has opened."""
    metadata = {entry.key: entry.value for entry in onnx.load(path, load_external_data=False).metadata_props}
    header = parse_header(metadata[KEY], str(path))
    try:
        config = ModelConfig.from_json(header.model)
        return tuple(Layer.parse(line) for line in config.convolution)
    except (TypeError, ValueError) as error:  # ModelError is a ValueError
        raise ModelError(f"{path}: the header's 'model' is wrong: {error}") from error


def receptive_fields(layers: Sequence[Layer], frames: int, height_px: int, width_px: int) -> tuple[Box, ...]:
    """Bound what each frame sees of an image.

    Args:
        layers: The trunk's, first to last.
        frames: T.
        height_px: H of the network's image.
        width_px: Its W.

    Returns:
        T boxes, px, cut at the image's borders; () where no layers are known.

    >>> receptive_fields([Layer.parse("conv 8 k3 s2 p1"), Layer.parse("conv 8 k2x3 s1 p0x1")], 4, 4, 8)[1:3]
    ((0.0, 0.0, 6.0, 4.0), (1.0, 0.0, 8.0, 4.0))
    """
    if not layers:
        return ()
    (top, bottom), spans = _down(layers, 0, 0), [_down(layers, 1, frame) for frame in range(frames)]
    return tuple(
        (
            float(max(left, 0)),
            float(max(top, 0)),
            float(min(right + 1, width_px)),
            float(min(bottom + 1, height_px)),
        )
        for left, right in spans
    )


def _down(layers: Sequence[Layer], axis: int, index: int) -> tuple[int, int]:
    """Follow one output down to the first and the last input; axis 0 is height, 1 is width."""
    first = last = index
    for layer in reversed(layers):
        first = first * layer.stride[axis] - layer.padding[axis]
        last = last * layer.stride[axis] - layer.padding[axis] + layer.kernel[axis] - 1
    return first, last


Floats = npt.NDArray[np.float32]

UNITS = 24
"""Units shown of a direction: those whose memory changes most."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Activity:
    """One direction of an LSTM at T frames; (U, T) each, a unit a row, by the frame of its largest memory."""

    input: Floats
    """0..1, how much is written."""
    forget: Floats
    """0..1, how much is kept."""
    candidate: Floats
    """-1..1, what would be written."""
    output: Floats
    """0..1, how much is shown."""
    memory: Floats
    """The cell state c; any size, signed."""
    backward: bool
    """Whether it reads from right to left."""
    units: int
    """Units in all, of which U are here."""

    def parts(self) -> dict[str, Floats]:
        """List the five arrays in the order in which they are shown.

        Returns:
            Name to array, (U, T) each.
        """
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in {"backward", "units"}
        }


def activity(network: CRNN, image: GreyImage) -> tuple[Activity, ...]:
    """Run the last recurrent layer frame by frame.

    Args:
        network: What is looked into.
        image: (h, w), as the network sees it.

    Returns:
        One Activity a direction; () where the layer is no LSTM.
    """
    layers = network.recurrent.stack
    if not len(layers) or not isinstance(layers[-1], nn.LSTM):
        return ()
    layer: nn.LSTM = layers[-1]
    arrived: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: arrived.append(inputs[0]))
    try:
        with torch.no_grad():
            network(torch.tensor(image)[None, None])  # (h, w) -> (1, 1, h, w)
            directions = (False, True) if layer.bidirectional else (False,)
            return tuple(_direction(layer, arrived[0], backward) for backward in directions)
    finally:
        hook.remove()


def _direction(layer: nn.LSTM, features: Tensor, backward: bool) -> Activity:
    """Run one cell over features (T, 1, D)."""
    cell = cell_of(layer, backward=backward)
    if not isinstance(cell, LstmCell):
        raise TypeError(f"an nn.LSTM gave a {type(cell).__name__}.")
    states = run(cell, features, backward=backward)
    hidden, memory = (torch.stack([state[k] for state in states]) for k in (0, 1))  # (T, 1, H)
    start = torch.zeros_like(hidden[:1])
    before = torch.cat([hidden[1:], start] if backward else [start, hidden[:-1]])  # (T, 1, H)
    gates = cell.gates(features, before)
    chosen = memory[:, 0].std(0, correction=0).argsort(descending=True)[:UNITS]
    chosen = chosen[memory[:, 0, chosen].abs().argmax(0).argsort()]

    def rows(values: Tensor) -> Floats:
        return np.asarray(values[:, 0, chosen].T.numpy(), np.float32)  # (U, T)

    return Activity(
        input=rows(gates.input),
        forget=rows(gates.forget),
        candidate=rows(gates.candidate),
        output=rows(gates.output),
        memory=rows(memory),
        backward=backward,
        units=layer.hidden_size,
    )
