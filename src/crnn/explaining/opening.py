"""A model opened to look inside: its reader, its trunk's layers, and its network where a file holds one.

small, mine.safetensors, runs/mine   reader, layers and network
mine.onnx, small-int8                reader and layers: the layers stand in its header, gates in no file
"""

from dataclasses import dataclass
from pathlib import Path

import onnx

from crnn.errors import ModelError
from crnn.formats import WEIGHTS
from crnn.formats.header import KEY, parse_header
from crnn.formats.models import RUN_FILES, find_model, load, load_weights
from crnn.model.convolution import Layer
from crnn.model.crnn import CRNN, ModelConfig
from crnn.reader import Reader


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
    """Open a packaged model by name, a .safetensors or .onnx file, or a run folder.

    Raises ModelError where `crnn.load` does.
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
