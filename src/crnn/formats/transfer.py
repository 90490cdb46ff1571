"""Starting from another model's weights: the same network, perhaps another alphabet.

The last layer has one row a class. The rows of symbols that both alphabets have, and that of the
blank, are taken over; a symbol that the source never saw starts fresh.
"""

from dataclasses import dataclass, fields

import torch

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile
from crnn.model.crnn import CRNN, ModelConfig

_NO_WEIGHTS = ("initial",)  # settings that do not change what a weight means


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """What a network took over from another."""

    tensors: int
    """Weights of the network, the last layer's among them."""
    symbols: int
    """Symbols whose rows of the last layer came with it."""
    fresh: tuple[str, ...]
    """Symbols that the source does not have; they start from fresh weights."""


def transfer(source: ModelFile, model: CRNN, alphabet: Alphabet) -> Transfer:
    """Copy the weights of `source` into `model`, which is to read `alphabet`.

    Raises ModelError where the two are not the same network, naming the settings that differ.
    """
    _check_same_network(source.model.config, model.config)
    if model.classes != len(alphabet) + 1:
        raise ModelError(
            f"the network has {model.classes} classes, but the alphabet's {len(alphabet)} "
            f"symbols and the blank need {len(alphabet) + 1}."
        )
    rows = {symbol: row for row, symbol in enumerate(source.alphabet.symbols, start=1)}
    shared = [symbol for symbol in alphabet.symbols if symbol in rows]
    old = [0] + [rows[symbol] for symbol in shared]  # class 0, the blank, is always shared
    new = [0] + [row for row, symbol in enumerate(alphabet.symbols, start=1) if symbol in rows]
    last = {f"score.{name}" for name in model.score.state_dict()}
    taken = source.model.state_dict()
    weights = model.state_dict()
    with torch.no_grad():
        for name, tensor in weights.items():
            given = taken[name].to(tensor.device)
            if name in last:
                tensor[new] = given[old]  # (C, features) and (C,)
            else:
                tensor.copy_(given)
    return Transfer(
        tensors=len(weights),
        symbols=len(shared),
        fresh=tuple(symbol for symbol in alphabet.symbols if symbol not in rows),
    )


def _check_same_network(source: ModelConfig, target: ModelConfig) -> None:
    """Raise ModelError where a setting that shapes or scales the network differs."""
    differing = [
        f"{field.name} is {getattr(source, field.name)!r} there and {getattr(target, field.name)!r} here"
        for field in fields(ModelConfig)
        if field.name not in _NO_WEIGHTS and getattr(source, field.name) != getattr(target, field.name)
    ]
    if differing:
        raise ModelError(
            f"cannot start from another network's weights: {'; '.join(differing)}.\n"
            "    Train the same network: choose its preset in [model]."
        )
