"""Tensors out of a .pth file, which is a pickle: read without running code from it.

torch's restricted unpickler (`weights_only=True`) builds tensors, numbers, texts and containers of
them, and stops at any other class or function before calling it. It refuses a network saved whole
(`torch.save(model, ...)`), TorchScript, and checkpoints that hold objects of NumPy or of a program.
Before torch 2.6 it could be tricked (CVE-2025-32434); crnn needs 2.6.
"""

import warnings
from pathlib import Path

import torch
from torch import Tensor

from crnn.errors import ModelError

_PARALLEL = "module."
"""What torch's DataParallel puts before every name."""


def load_tensors(path: str | Path) -> dict[str, Tensor]:
    """Return the state dict in a .pth file, float32 on the CPU, its names without `module.`.

    A training checkpoint that holds one state dict beside other things gives that one.
    Raises ModelError for a file that is missing, damaged, holds more than numbers, or no state dict.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd files, which end in an error below
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot read it: {error.strerror or error}.") from error
    except Exception as error:  # a damaged pickle makes the unpickler raise nearly anything
        raise ModelError(_refusal(path, error)) from error
    state = _state_dict(content)
    if state is None:
        raise ModelError(
            f"{path}: holds no state dict (names with tensors), but {_describe(content)}.\n"
            "    Save one with torch.save(model.state_dict(), ...)."
        )
    if all(name.startswith(_PARALLEL) for name in state):
        state = {name.removeprefix(_PARALLEL): tensor for name, tensor in state.items()}
    return {name: _plain(tensor, f"{path}: {name}") for name, tensor in state.items()}


def _state_dict(content: object) -> dict[str, Tensor] | None:
    """Return the content itself, or the only state dict inside it; else None."""
    if not isinstance(content, dict):
        return None
    if _is_state_dict(content):
        return dict(content)
    inner = [value for value in content.values() if _is_state_dict(value)]
    return dict(inner[0]) if len(inner) == 1 else None


def _is_state_dict(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(name, str) and isinstance(entry, Tensor) for name, entry in value.items())
    )


def _plain(tensor: Tensor, place: str) -> Tensor:
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex() or tensor.is_meta:
        raise ModelError(f"{place} is no plain tensor of real numbers; save the weights as float32.")
    return tensor.detach().float()


def _refusal(path: str | Path, error: Exception) -> str:
    found = "TorchScript" if "TorchScript" in str(error) else None
    if "GLOBAL " in str(error):  # torch's word for a class or function that a pickle names
        found = str(error).split("GLOBAL ", 1)[1].split()[0]
    if found is None:
        return f"{path}: is no .pth file, or a damaged one ({type(error).__name__})."
    return (
        f"{path}: holds more than numbers ({found}), and crnn runs no code from a file.\n"
        "    Where you trust it, load it with its own project and save the weights alone: "
        "torch.save(model.state_dict(), ...)."
    )


def _describe(content: object) -> str:
    if isinstance(content, dict):
        return f"a dict of {', '.join(sorted(map(repr, content))[:6]) or 'nothing'}"
    return f"a {type(content).__name__}"
