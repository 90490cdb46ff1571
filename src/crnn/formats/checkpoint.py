"""Weights to train on: a .safetensors file that also says how to read with them.

    save_checkpoint(path, ModelFile(model=..., alphabet=..., preprocess=..., card=...))
    load_checkpoint(path).reader().read("sign.jpg")

The header is JSON and the weights are plain numbers: loading runs no code from the file.

Putting a temperature into a network: every log_prob that the file gives is then calibrated.

The last linear layer makes the scores, and scores / t are the same as its weights and bias / t. So
reading costs nothing more, .safetensors and .onnx files agree, and no decoder needs to know.
`evaluation/calibrate.py` finds the temperature.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.files import write_atomic
from crnn.formats.header import KEY, Header, not_finite, parse_header
from crnn.images.preprocess import PreprocessConfig
from crnn.language.file import language_of
from crnn.model.crnn import CRNN, ModelConfig, build
from crnn.reader.reader import Reader, Recognize

_MAX_HEADER_BYTES = 16 * 2**20  # bytes; ours have a few kilobytes, a hostile one says 2^63

_MAX_NAMES = 4  # names that an error message lists


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A network and what reading with it needs."""

    model: CRNN
    alphabet: Alphabet
    preprocess: PreprocessConfig
    card: dict[str, object] = field(default_factory=dict)
    """Free JSON: training data, steps, hardware, date, scores."""
    language: str | None = None
    """Name of the packaged language model that it reads with where nothing else is asked for."""

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other: the classes, the height of the images."""
        if self.model.classes != len(self.alphabet) + 1:
            raise ModelError(
                f"the network has {self.model.classes} classes, but the alphabet's "
                f"{len(self.alphabet)} symbols and the blank need {len(self.alphabet) + 1}."
            )
        if self.model.config.height_px != self.preprocess.height:
            raise ModelError(
                f"the network takes images {self.model.config.height_px} px high, but "
                f"preprocessing makes them {self.preprocess.height} px; set both to one height."
            )

    def header(self) -> Header:
        """Return everything but the weights."""
        return Header(
            model=self.model.config.to_json(),
            alphabet=self.alphabet,
            preprocess=self.preprocess,
            card=self.card,
            language=self.language,
        )

    def reader(self, path: Path | None = None) -> Reader:
        """Make a Reader around the live network: it reads with the weights of that moment.

        Args:
            path: The file that the network was loaded from, for messages.

        Returns:
            The reader; a network in training stays in training.
        """
        return Reader(
            _recognize(self.model),
            alphabet=self.alphabet,
            preprocess=self.preprocess,
            language=language_of(self.language, self.alphabet, str(path or "the model")),
            card=self.card,
            path=path,
            reopen=None if path is None else partial(_reopen, path.absolute()),
        )


def _reopen(path: Path) -> Reader:
    """Open a Reader of a file again."""
    return load_checkpoint(path).reader(path)


def _recognize(model: CRNN) -> Recognize:
    """Wrap a network as numpy in, numpy out; a network in training is put back into training."""

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        training, device = model.training, next(model.parameters()).device
        model.eval()
        try:
            with torch.inference_mode():
                log_probs = model(torch.tensor(images, device=device))  # (T, N, C)
        finally:
            model.train(training)
        return np.asarray(log_probs.cpu().numpy(), dtype=np.float32)

    return recognize


def save_checkpoint(path: str | Path, file: ModelFile, half: bool = False) -> None:
    """Write a model file, whole or not at all.

    Args:
        path: The .safetensors file; an older one is replaced.
        file: Network, alphabet, sizes and card.
        half: Whether the weights are stored as float16: half the size.

    Raises:
        ModelError: The disk is full, or a weight does not fit into float16.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in file.model.state_dict().items()
    }
    if half:
        tensors = to_half(tensors)
    write_atomic(path, save(tensors, metadata={KEY: file.header().to_text()}))


def to_half(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Round float tensors to float16 (3 decimal digits, at most 65504); leave integers alone.

    Raises ModelError where a finite number becomes infinite.
    """
    rounded = {}
    for name, tensor in tensors.items():
        rounded[name] = tensor.half() if tensor.is_floating_point() else tensor
        if not torch.equal(rounded[name].isfinite(), tensor.isfinite()):
            raise ModelError(
                f"{name} reaches {tensor.abs().max().item():g}; float16 ends at 65504.\n"
                "    Save it in full precision (half=False, or crnn export --full)."
            )
    return rounded


def load_checkpoint(path: str | Path) -> ModelFile:
    """Read a model file.

    Args:
        path: The .safetensors file.

    Returns:
        What is in it; the network is in eval mode, float32, on the CPU.

    Raises:
        ModelError: The file is missing, damaged, not of crnn, does not fit its own header, or has a
            weight that is NaN or infinite.
    """
    path = Path(path)
    content = _read(path)
    header = parse_header(_header_text(content, path), str(path))
    model = _empty(header, str(path))
    try:
        tensors = load(content)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: cannot read the weights: {error}; the file is damaged.") from error
    _check(model, tensors, str(path))
    check_finite(tensors, str(path))
    whole = {name: tensors[name].to(wanted.dtype, copy=True) for name, wanted in model.state_dict().items()}
    model.load_state_dict(whole, assign=True)
    try:
        return ModelFile(
            model=model.eval(),
            alphabet=header.alphabet,
            preprocess=header.preprocess,
            card=dict(header.card),
            language=header.language,
        )
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _empty(header: Header, place: str) -> CRNN:
    """Build the header's network without memory for its weights: a header may ask for any size."""
    try:
        with torch.device("meta"):
            return build(ModelConfig.from_json(header.model), header.classes)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # ModelError is a ValueError
        raise ModelError(f"{place}: the header's 'model' is wrong: {error}") from error


def _check(model: CRNN, tensors: Mapping[str, torch.Tensor], place: str) -> None:
    """Raise ModelError for missing, unexpected and wrongly shaped tensors."""
    wanted = model.state_dict()
    complaints = [
        ("lacks", [name for name in wanted if name not in tensors]),
        ("has the unknown", [name for name in tensors if name not in wanted]),
        (
            "has the wrong shape in",
            [
                f"{name} {tuple(tensors[name].shape)} instead of {tuple(wanted[name].shape)}"
                for name in wanted
                if name in tensors and tensors[name].shape != wanted[name].shape
            ],
        ),
    ]
    for complaint, names in complaints:
        if names:
            listed = ", ".join(names[:_MAX_NAMES]) + (" ..." if len(names) > _MAX_NAMES else "")
            raise ModelError(
                f"{place}: does not hold the network that its header describes: "
                f"it {complaint} {listed} ({len(names)} of {len(wanted)} tensors)."
            )


def check_finite(tensors: Mapping[str, torch.Tensor], place: str) -> None:
    """Raise ModelError where a weight is NaN or infinite: such a network is sure of nonsense."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ModelError(not_finite(place, name, int((~tensor.isfinite()).sum()), tensor.numel()))


def _read(path: Path) -> bytes:
    """Read a file whole; a missing or unreadable one is a ModelError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read it: {error.strerror or error}.") from error


def _header_text(content: bytes, path: Path) -> str:
    """Find our header in a .safetensors file's metadata, without trusting the file's lengths."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or content[8:9] != b"{":
        raise ModelError(f"{path}: not a .safetensors file ({len(content):,} bytes).")
    if size > _MAX_HEADER_BYTES or 8 + size > len(content):
        raise ModelError(
            f"{path}: says that its header has {size:,} bytes, in a file of {len(content):,}; "
            "it is damaged, or no model file."
        )
    try:
        metadata = json.loads(content[8 : 8 + size]).get("__metadata__", {})
    except (ValueError, RecursionError, AttributeError) as error:
        raise ModelError(f"{path}: its .safetensors header is damaged ({error}).") from error
    text = metadata.get(KEY) if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        raise ModelError(
            f"{path}: a .safetensors file, but not one of crnn: it has no {KEY!r} header "
            "(alphabet, preprocessing, architecture).\n    Save it with crnn's save_checkpoint."
        )
    return text


CARD_KEY = "calibration"
"""The part of a card that says which temperature was put in, and what was measured."""


def scale_temperature(file: ModelFile, temperature: float, record: Mapping[str, object]) -> ModelFile:
    """Return a copy of `file` whose scores are divided by `temperature`; `record` goes on its card.

    The card's `calibration.temperature` is the product of all temperatures ever put in: divide by
    nothing but it to have the network as it was trained. Raises ModelError unless 0 < temperature.
    """
    if not 0 < temperature < inf:
        raise ModelError(f"the temperature is {temperature}; it must be a number above 0.")
    model = deepcopy(file.model)
    with torch.no_grad():
        for weights in model.score.parameters():
            weights.div_(temperature)
    total = temperature * temperature_of(file.card)
    return replace(file, model=model, card={**file.card, CARD_KEY: {"temperature": total, **record}})


def temperature_of(card: Mapping[str, object]) -> float:
    """Return the temperature that a model's card says is in its weights; 1 where it says nothing.

    >>> temperature_of({}), temperature_of({"calibration": {"temperature": 1.1}})
    (1.0, 1.1)
    """
    record = card.get(CARD_KEY, {})
    temperature = record.get("temperature", 1.0) if isinstance(record, dict) else None
    if not isinstance(temperature, int | float) or not 0 < temperature < inf:
        raise ModelError(f"the card's {CARD_KEY} is {record!r:.80}; it must hold a temperature above 0.")
    return float(temperature)
