"""The state of a run in one file, so that it goes on after kill -9 as if nothing had happened.

    state.safetensors   network.*      the weights in training
                        average.*      their EMA
                        optimizer.*    moments, by number of the weight
                        header         step, best accuracy, seconds, length of metrics.jsonl

One file, replaced as a whole: its tensors cannot belong to different steps. Numbers and
JSON only, so that reading it runs no code. There is no generator state, because nothing random
outlives a step: batches and dropout are seeded by the step's number.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch.optim import Optimizer

from crnn.errors import TrainingError
from crnn.files import write_atomic
from crnn.model.crnn import CRNN
from crnn.training.optimizer import Ema

_KEY = "crnn-state"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    """Steps done; the next one has this number."""
    best: float = -1.0
    """Best validation accuracy so far, in percent; -1 before the first validation."""
    best_step: int = 0
    """Steps done when it was first reached."""
    elapsed_s: float = 0.0
    """Time in training, over all sessions."""
    metrics_bytes: int = 0
    """Length of metrics.jsonl at this step."""
    unlogged: tuple[float, ...] = ()
    """Losses of the steps since its last line."""


def save_state(path: Path, progress: Progress, model: CRNN, ema: Ema, optimizer: Optimizer) -> None:
    """Write the state; ModelError where the disk is full, the older state then being intact."""
    tensors = {f"network.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average.{name}": t for name, t in ema.model.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomic(path, save(plain, metadata={_KEY: json.dumps(asdict(progress))}))


def load_state(path: Path, model: CRNN, ema: Ema, optimizer: Optimizer) -> Progress:
    """Fill network, EMA and optimizer from a file; TrainingError where it is damaged."""
    try:
        with safe_open(str(path), framework="pt") as file:
            header = (file.metadata() or {})[_KEY]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        values = json.loads(header)
        progress = Progress(**{**values, "unlogged": tuple(values["unlogged"])})
        model.load_state_dict(_part(tensors, "network."))
        ema.model.load_state_dict(_part(tensors, "average."))
        _fill_optimizer(optimizer, _part(tensors, "optimizer."))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"{path}: the saved state cannot be used: {error}\n"
            "    It is damaged, or of another network. Start a new run from its last weights: "
            f"crnn train RECIPE --init {path.parent / 'last.safetensors'} --out NEW"
        ) from error
    return progress


def _part(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _fill_optimizer(optimizer: Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, moment = name.partition(".")
        moments.setdefault(int(number), {})[moment] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
