"""Finding a model: one that comes with the package, a file, or a run folder.

    load("small")                       reads with the packaged weights/small.onnx
    load("mine.onnx")                   ONNX Runtime
    load("runs/mine")                   its best.safetensors, else last.safetensors: needs torch
    load_weights("small")               the network itself, to train on or to export: needs torch

A packaged model is two files in weights/, and a third to train on; its card says what it was trained on
and how well it reads.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crnn.errors import MissingExtra, ModelError, nearest_name
from crnn.files import WEIGHTS
from crnn.formats.onnx import load_onnx
from crnn.installation import install_command
from crnn.reader.reader import Reader

if TYPE_CHECKING:
    from crnn.formats.checkpoint import ModelFile

RUN_FILES = ("best.safetensors", "last.safetensors")
"""The weights in a run folder, those that are read first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How well a packaged model reads one data set."""

    dataset: str
    n: int
    """Images."""
    accuracy: float
    """Words read right, in percent; case and punctuation do not count."""
    exact_accuracy: float | None = None
    """Words read right to the last symbol, in percent; None where the card does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PackagedModel:
    """A model that comes with the package, as its card describes it."""

    name: str
    alphabet: str
    """Name of its alphabet."""
    parameters: int
    bytes: int
    """Size of the .onnx file."""
    ms_per_word: float
    """Milliseconds of processor time on one core, one image a call, from the decoded image to the text: what
    benchmarks/peers.py measures and the README's table shows. `ms_per_word_of` of the card names words
    and hardware."""
    scores: tuple[Score, ...]
    trained_on: tuple[str, ...]
    card: Mapping[str, object] = field(repr=False)
    """All that the card says."""

    def __repr__(self) -> str:
        """Name the model, its alphabet and its size."""
        return f"<PackagedModel {self.name}, alphabet {self.alphabet}, {self.bytes / 1e6:.1f} MB>"


def load(name_or_path: str | Path, *, threads: int = 1) -> Reader:
    """Open a packaged model by name, a .onnx or .safetensors file, or a run folder.

    Args:
        name_or_path: A string that is a packaged name means that model, whatever lies in the working
            folder ('./small' is the folder).
        threads: Cores that work on each image, where the model is an .onnx file.

    Returns:
        A reader.

    Raises:
        ModelError: The name is unknown, or the file is damaged.
        MissingExtra: It is a .safetensors file, and PyTorch is not installed.
    """
    path = find_model(name_or_path, ".onnx")
    return load_onnx(path, threads) if path.suffix == ".onnx" else _checkpoint(path).reader(path)


def load_weights(name_or_path: str | Path) -> "ModelFile":
    """Open the network of a model, to train on or to export.

    Args:
        name_or_path: A packaged model's name, a .safetensors file or a run folder.

    Returns:
        Network, alphabet, sizes and card; the network is in eval mode.

    Raises:
        ModelError: There is no such model, its file is damaged, or it is an .onnx file, which cannot
            be trained.
        MissingExtra: PyTorch is not installed.
    """
    path = find_model(name_or_path, ".safetensors")
    if path.parent == WEIGHTS and not path.exists():
        raise ModelError(
            f"{name_or_path} is for reading only; train on {str(name_or_path).partition('-')[0]!r}, "
            "of whose weights it was made."
        )
    if path.suffix == ".onnx":
        raise ModelError(
            f"{path}: an .onnx file is for reading only; give the .safetensors file or the run "
            "folder that it was exported from."
        )
    return _checkpoint(path)


def packaged() -> list[PackagedModel]:
    """List the models that come with the package, smallest first."""
    models = [_read_card(path) for path in sorted(WEIGHTS.glob("*.json"))]
    return sorted(models, key=lambda model: model.bytes)


def find_model(name_or_path: str | Path, packaged_suffix: str) -> Path:
    """Return the file that a name or path means; `packaged_suffix` says which of a packaged model's.

    Raises ModelError where it means none.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise ModelError(f"the model is {name_or_path!r:.80}; give a name such as 'small', or a path.")
    names = sorted(path.stem for path in WEIGHTS.glob("*.json"))
    if name_or_path in names:
        return WEIGHTS / f"{name_or_path}{packaged_suffix}"
    path = Path(name_or_path)
    if path.is_dir():
        return _in_run_folder(path)
    if path.suffix in (".onnx", ".safetensors"):
        return path
    if path.exists():
        raise ModelError(
            f"{path}: a model file ends in .onnx or .safetensors; "
            "`crnn import` makes one of the .pth weights of other CRNN projects."
        )
    near = nearest_name(str(name_or_path), names)
    hint = f" Did you mean {near!r}?" if near else ""
    raise ModelError(
        f"no model {str(name_or_path)!r}: it is neither a packaged model "
        f"({', '.join(names) or 'this installation has none'}) nor a file or run folder.{hint}"
    )


def _in_run_folder(folder: Path) -> Path:
    """Choose the weights in a run folder."""
    for name in RUN_FILES:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(
        f"{folder}: a folder without {' or '.join(RUN_FILES)}; "
        "give the --out folder of a training run that has saved once, or a model file."
    )


def _checkpoint(path: Path) -> "ModelFile":
    """Open a .safetensors file, which needs torch."""
    try:
        from crnn.formats.checkpoint import load_checkpoint
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        raise MissingExtra(
            f"{path}: reading a .safetensors file needs PyTorch; an .onnx file does not.\n"
            f"    Install it: {install_command('train')}"
        ) from error
    return load_checkpoint(path)


def _read_card(path: Path) -> PackagedModel:
    """Read one card; a wrong one is a ModelError, since the package itself is then broken."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return PackagedModel(
            name=path.stem,
            alphabet=card["alphabet"],
            parameters=int(card["parameters"]),
            bytes=path.with_suffix(".onnx").stat().st_size,
            ms_per_word=float(card["ms_per_word"]),
            scores=tuple(
                Score(
                    dataset=dataset,
                    n=int(score["n"]),
                    accuracy=float(score["accuracy"]),
                    exact_accuracy=float(score["exact_accuracy"]) if "exact_accuracy" in score else None,
                )
                for dataset, score in card["scores"].items()
            ),
            trained_on=tuple(card["trained_on"]),
            card=card,
        )
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: the card of a packaged model is broken ({error!r}); reinstall crnn."
        ) from error
