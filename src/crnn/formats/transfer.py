"""Starting from another model's weights: the same network, perhaps another alphabet.

The last layer has one row a class. The rows of symbols that both alphabets have, and that of the
blank, are taken over. A symbol that the source never saw starts from the row of its lookalike, a
little disturbed, so that the two can part, and less likely than it where both are in the alphabet,
so that the network reads at first what it read before; a space from the blank's, which is what a
gap was until now, less likely as well; any other from fresh weights.
"""

from dataclasses import dataclass, fields

import torch

from crnn.alphabet import BLANK, Alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile
from crnn.model.crnn import CRNN, ModelConfig
from crnn.symbols import lookalike

NOISE = 0.1
"""Disturbance of a row that started as another's, in standard deviations of that row."""
LOOKALIKE_HANDICAP = 2.0
"""How much less likely than the symbol whose row it started from a new one starts, in nats."""
SPACE_HANDICAP = 4.0
"""How much less likely than a blank a space starts, in nats: a step or two of learning."""
_NO_WEIGHTS = ("initialization",)  # settings that do not change what a weight means


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """What a network took over from another."""

    tensors: int
    """Weights of the network, the last layer's among them."""
    symbols: int
    """Symbols whose rows of the last layer came with it."""
    lookalikes: tuple[tuple[str, str], ...]
    """(new symbol, symbol of the source whose row it started from); '' stands for the blank."""
    fresh: tuple[str, ...]
    """Symbols that the source has no similar of; they start from fresh weights."""


def transfer(source: ModelFile, model: CRNN, alphabet: Alphabet) -> Transfer:
    """Copy the weights of `source` into `model`, which is to read `alphabet`.

    The disturbance of lookalikes comes from torch's global generator. Raises ModelError where the
    two are not the same network, naming the settings that differ.
    """
    _check_same_network(source.model.config, model.config)
    if model.classes != len(alphabet) + 1:
        raise ModelError(
            f"the network has {model.classes} classes, but the alphabet's {len(alphabet)} "
            f"symbols and the blank need {len(alphabet) + 1}."
        )
    taken = source.model.state_dict()
    old = {symbol: row for row, symbol in enumerate(source.alphabet.symbols, start=1)}
    lookalikes = _lookalikes(alphabet, old)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            given = taken[name].to(tensor.device)
            if name not in ("score.weight", "score.bias"):
                tensor.copy_(given)
                continue
            tensor[BLANK] = given[BLANK]
            for row, symbol in enumerate(alphabet.symbols, start=1):  # (features) or a number
                if symbol in old:
                    tensor[row] = given[old[symbol]]
                elif symbol in lookalikes:
                    tensor[row] = _disturbed(given[old.get(lookalikes[symbol], BLANK)])
        for row, symbol in enumerate(alphabet.symbols, start=1):
            if lookalikes.get(symbol) in alphabet.symbols:
                model.score.bias[row] -= LOOKALIKE_HANDICAP
        if " " in lookalikes:
            model.score.bias[alphabet.encode(" ")[0]] -= SPACE_HANDICAP
    unknown = [symbol for symbol in alphabet.symbols if symbol not in old]
    return Transfer(
        tensors=len(taken),
        symbols=len(alphabet) - len(unknown),
        lookalikes=tuple(lookalikes.items()),
        fresh=tuple(symbol for symbol in unknown if symbol not in lookalikes),
    )


def _lookalikes(alphabet: Alphabet, old: dict[str, int]) -> dict[str, str]:
    """Map each symbol that the source lacks to its lookalike there, the space to '', the blank."""
    near = {
        symbol: lookalike(symbol, old) for symbol in alphabet.symbols if symbol not in old and symbol != " "
    }
    lookalikes = {symbol: similar for symbol, similar in near.items() if similar is not None}
    return lookalikes | ({" ": ""} if " " in alphabet.symbols and " " not in old else {})


def _disturbed(row: torch.Tensor) -> torch.Tensor:
    """Add noise in proportion to a row (features); a bias, which is one number, stays."""
    return row if row.ndim == 0 else row + NOISE * row.std() * torch.randn_like(row)


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
