"""A state dict of another project as a network of ours that computes the same log_probs.

    import_weights("crnn.pth", alphabet=Alphabet.named("lower36")).file.reader().read("sign.jpg")

What our network lacks is folded into what it has, exactly but for rounding:

    a bias before a batch norm      b moves the mean: running_mean - b
    a linear layer A before an LSTM W A becomes its input matrix, W a + b its bias
    two linear layers in a row      B A is one matrix, B a + b its bias
    color                           a grey picture has R = G = B: the three kernels are summed
    the blank as the last class     the rows of the last layer are reordered
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile, check_finite
from crnn.formats.importers.projects import LSTM_PARTS, PROJECTS, Project
from crnn.formats.importers.pth import load_tensors
from crnn.model.crnn import CRNN, ModelConfig, build
from crnn.symbols import NAMES

Tensors = dict[str, Tensor]
"""By name."""

Linear = tuple[Tensor, Tensor]
"""Matrix (outputs, inputs) and bias (outputs,) of a linear layer."""

_MAX_NAMES = 3  # names that an error message lists


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A model file made of another project's weights."""

    file: ModelFile
    project: str
    notes: tuple[str, ...]
    """What a user should know of the conversion, a sentence each."""


def import_weights(
    path: str | Path,
    *,
    alphabet: Alphabet | None = None,
    width_px: int | None = None,
    blank: Literal["first", "last"] = "first",
) -> Imported:
    """Read a .pth file of one of PROJECTS and convert it.

    Args:
        path: The file, which holds a state dict.
        alphabet: Needed where the project leaves it to whoever trains; the file does not hold it.
        width_px: Width that images are resized to, where the network was not trained at its project's.
        blank: Where the blank stands among the file's classes; ours is the first.

    Returns:
        The model, in eval mode, and what to know of the conversion.

    Raises:
        ModelError: The file is of no known project, alphabet and classes do not fit, or a weight is NaN
            or infinite.
    """
    tensors = load_tensors(path)
    check_finite(tensors, str(path))
    try:
        project = find_project(tensors)
        config, weights, notes = _convert(tensors, project, blank)
        model = _fill(config, weights)
        alphabet = _check_alphabet(alphabet, project, model.classes)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    preprocess = project.preprocess
    if width_px is not None:
        if not model.frames(width_px):
            raise ModelError(
                f"{path}: images {width_px} px wide give this network no frame; use a larger width."
            )
        preprocess = replace(preprocess, min_width=width_px, max_width=width_px)
    card: dict[str, object] = {
        "imported_from": project.name,
        "source": Path(path).name,
        "source_sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        "notes": notes,
    }
    file = ModelFile(model=model, alphabet=alphabet, preprocess=preprocess, card=card)
    return Imported(file=file, project=project.name, notes=tuple(notes))


def find_project(tensors: Mapping[str, Tensor]) -> Project:
    """Return the project whose parameter names these are; ModelError says what each one misses."""
    complaints = []
    for project in PROJECTS:
        missing = [name for name in project.names() if name not in tensors]
        unknown = [name for name in tensors if name not in {*project.names(), *project.optional_names()}]
        if not missing and not unknown:
            return project
        said = [
            f"{fact} {', '.join(names[:_MAX_NAMES])}"
            + (f" and {len(names) - _MAX_NAMES} more" if names[_MAX_NAMES:] else "")
            for fact, names in (("misses", missing), ("has the unknown", unknown))
            if names
        ]
        complaints.append((len(missing) + len(unknown), f"    {project.name}: it {' and '.join(said)}."))
    lines = [line for _, line in sorted(complaints)]
    raise ModelError(
        f"its {len(tensors)} tensors are those of no project that crnn import knows (nearest first):\n"
        + "\n".join(lines)
    )


def _convert(
    tensors: Tensors, project: Project, blank: Literal["first", "last"]
) -> tuple[ModelConfig, Tensors, list[str]]:
    """Return our network for these weights, the weights by our names, and what to say of them."""
    notes = []
    kernels = [_ranked(tensors, f"{name}.weight", 4) for name in project.convolutions]
    if kernels[0].shape[1] == 3:
        notes.append("It was trained on colours; it reads grey pictures as before, others by their grey.")
    maps = iter(len(kernel) for kernel in kernels)
    config = ModelConfig(
        convolution=tuple(
            re.sub(r"conv \d+", lambda _: f"conv {next(maps)}", line) for line in project.trunk
        ),
        height_px=project.preprocess.height,
        hidden=_ranked(tensors, f"{project.recurrent[0]}.weight_hh_l0", 2).shape[1],
        layers=len(project.recurrent),
        join=bool(project.join),
        pixels="symmetric",
    )
    weights = _convolution(tensors, project) | _recurrent(tensors, project)
    matrix, bias = reduce(_product, (_linear(tensors, name) for name in project.score))
    if blank == "last":
        matrix, bias = matrix.roll(1, 0), bias.roll(1, 0)  # (C, D), (C,)
        notes.append(f"The blank was moved from class {len(bias) - 1} to class 0.")
    return config, weights | {"score.weight": matrix, "score.bias": bias}, notes


def _convolution(tensors: Tensors, project: Project) -> Tensors:
    """Name the trunk's weights as `model/convolution.py` counts its modules."""
    weights: Tensors = {}
    names, norms = iter(project.convolutions), iter(project.norms)
    index = 0
    for line in project.trunk:
        if line.startswith("pool"):
            index += 1
            continue
        name = next(names)
        weights[f"convolution.{index}.weight"] = tensors[f"{name}.weight"]
        if line.endswith(" norm"):
            norm = _norm(tensors, next(norms), tensors.get(f"{name}.bias"))
            weights |= {f"convolution.{index + 1}.{part}": tensor for part, tensor in norm.items()}
            index += 3  # convolution, norm, ReLU
        else:
            weights[f"convolution.{index}.bias"] = tensors[f"{name}.bias"]
            index += 2
    if weights["convolution.0.weight"].shape[1] == 3:
        weights["convolution.0.weight"] = weights["convolution.0.weight"].sum(1, keepdim=True)  # (D, 1, k, k)
    return weights


def _norm(tensors: Tensors, name: str, bias: Tensor | None) -> Tensors:
    """Return a batch norm's parts, its mean moved by the bias of the convolution before it."""
    parts = {part: tensors[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
    if bias is not None:
        if bias.shape != parts["running_mean"].shape:
            raise ModelError(f"{name} does not fit the convolution before it.")
        parts["running_mean"] = parts["running_mean"] - bias
    return {**parts, "num_batches_tracked": torch.zeros((), dtype=torch.long)}


def _recurrent(tensors: Tensors, project: Project) -> Tensors:
    """Name the LSTMs' weights and those of the linear layer between them."""
    weights: Tensors = {}
    for index, name in enumerate(project.recurrent):
        for part in LSTM_PARTS:
            weights[f"recurrent.stack.{index}.{part}"] = tensors[f"{name}.{part}"]
    if project.before:
        before = _linear(tensors, project.before)
        for direction in ("", "_reverse"):
            matrix, bias = (f"recurrent.stack.0.{part}_l0{direction}" for part in ("weight_ih", "bias_ih"))
            weights[matrix], weights[bias] = _product(before, (weights[matrix], weights[bias]))
    if project.join:
        join = _linear(tensors, project.join)
        weights |= zip(("recurrent.joins.0.weight", "recurrent.joins.0.bias"), join, strict=True)
    return weights


def _linear(tensors: Tensors, name: str) -> Linear:
    return _ranked(tensors, f"{name}.weight", 2), _ranked(tensors, f"{name}.bias", 1)


def _product(first: Linear, second: Linear) -> Linear:
    """Return the one linear layer that does what two in a row do."""
    (inner, shift), (outer, bias) = first, second
    if outer.ndim != 2 or outer.shape[1] != len(inner) or len(shift) != len(inner):
        raise ModelError(
            f"a linear layer of {len(inner)} outputs stands before one that takes {tuple(outer.shape)[1:]}."
        )
    outer64 = outer.double()
    return (outer64 @ inner.double()).float(), (outer64 @ shift.double() + bias.double()).float()


def _ranked(tensors: Tensors, name: str, rank: int) -> Tensor:
    if tensors[name].ndim != rank:
        raise ModelError(f"{name} has the shape {tuple(tensors[name].shape)}; it must have {rank} axes.")
    return tensors[name]


def _fill(config: ModelConfig, weights: Tensors) -> CRNN:
    """Build the network around the weights; ModelError names one of the wrong shape."""
    with torch.device("meta"):
        model = build(config, len(weights["score.bias"]))
    for name, wanted in model.state_dict().items():
        if weights[name].shape != wanted.shape:
            raise ModelError(
                f"its tensors do not fit each other: {name} would be {tuple(weights[name].shape)}, not "
                f"{tuple(wanted.shape)}.\n    crnn import knows this network for images 32 px high, in grey "
                "or colour."
            )
    model.load_state_dict({name: tensor.contiguous() for name, tensor in weights.items()}, assign=True)
    return model.eval()


def _check_alphabet(given: Alphabet | None, project: Project, classes: int) -> Alphabet:
    """Return the alphabet that was given, or else the project's own, where it fits the classes."""
    symbols = classes - 1
    if given is None and not project.alphabet:
        names = [f"--alphabet {name}" for name, text in NAMES.items() if len(text) == symbols]
        raise ModelError(
            f"a file of {project.name} does not hold its alphabet; name the {symbols} symbols in class "
            f"order with --alphabet{f' (perhaps {names[0]})' if names else ''}."
        )
    alphabet = given or parse_alphabet(project.alphabet)
    if len(alphabet) != symbols:
        whose = "the one given" if given else f"that of {project.name}"
        raise ModelError(
            f"its {classes} classes are {symbols} symbols and the blank, but the alphabet ({whose}) has "
            f"{len(alphabet)} symbols; name the {symbols} in class order with --alphabet."
        )
    return alphabet
