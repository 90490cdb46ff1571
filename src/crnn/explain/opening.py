"""A model opened to look inside: its reader, its trunk's layers, and its network where the file holds one.

small, mine.safetensors, runs/mine   reader, layers and network
mine.onnx                            reader and layers: the layers stand in its header, gates in no file
"""

from dataclasses import dataclass
from pathlib import Path

import onnx

from crnn.errors import ModelError
from crnn.formats.header import KEY, parse_header
from crnn.formats.models import load_weights
from crnn.formats.onnx import load_onnx
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
    """None for an .onnx file, which gives log_probs and nothing from within."""


def open_model(name_or_path: str | Path) -> Opened:
    """Open a packaged model by name, a .safetensors or .onnx file, or a run folder.

    Raises ModelError where `crnn.load` does.
    """
    path = Path(name_or_path)
    if path.suffix == ".onnx" and not path.is_dir():
        return Opened(reader=load_onnx(path), name=path.name, layers=_layers(path))
    file = load_weights(name_or_path)
    return Opened(
        reader=file.reader(), name=path.name, layers=file.model.convolution.layers, network=file.model
    )


def _layers(path: Path) -> tuple[Layer, ...]:
    """Read the trunk's layers out of the header of an .onnx file that `load_onnx` has opened."""
    metadata = {entry.key: entry.value for entry in onnx.load(path, load_external_data=False).metadata_props}
    header = parse_header(metadata[KEY], str(path))
    try:
        config = ModelConfig.from_json(header.model)
        return tuple(Layer.parse(line) for line in config.convolution)
    except (TypeError, ValueError) as error:  # ModelError is a ValueError
        raise ModelError(f"{path}: the header's 'model' is wrong: {error}") from error
