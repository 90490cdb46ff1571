"""Gates and memory are those of the layer that reads."""

import numpy as np
import pytest
import torch

from crnn.explaining import Explanation, Opened
from crnn.explaining.network import UNITS, activity
from crnn.model.convolution import TINY
from crnn.model.crnn import ModelConfig, build
from tests.rounding import assert_rounded_alike, rounding, terms_of


def layer_of(opened: Opened) -> torch.nn.Module:
    """The last recurrent layer, whose gates are shown."""
    assert opened.network is not None
    return opened.network.recurrent.stack[-1]


def test_memory_is_what_was_kept_and_what_was_written(sign: Explanation, tiny: Opened) -> None:
    past, future = sign.activity
    assert (past.backward, future.backward) == (False, True)
    for one in sign.activity:
        order = slice(None, None, -1) if one.backward else slice(None)
        memory, forget = one.memory[:, order], one.forget[:, order]
        written = (one.input * one.candidate)[:, order]
        assert memory.shape == (UNITS, len(sign.frames.log_probs))
        kept = np.pad(forget[:, 1:] * memory[:, :-1], ((0, 0), (1, 0)))  # nothing in the first frame
        assert_rounded_alike(kept + written, memory, terms=terms_of(layer_of(tiny)))


def test_what_the_gates_show_is_what_the_layer_passes_on(sign: Explanation, tiny: Opened) -> None:
    assert tiny.network is not None
    passed: list[torch.Tensor] = []
    layer = layer_of(tiny)
    hook = layer.register_forward_hook(lambda _module, _inputs, outputs: passed.append(outputs[0]))
    with torch.no_grad():
        tiny.network(torch.tensor(sign.frames.image)[None, None])
    hook.remove()
    units = passed[0][:, 0].numpy().T  # (2 H, T)
    for one in sign.activity:
        half = units[one.units :] if one.backward else units[: one.units]
        shown = one.output * np.tanh(one.memory)
        distances = np.abs(shown[:, None] - half[None]).max(2)  # (U, H)
        assert distances.min(1).max() < rounding(units, terms_of(tiny.network))
        assert len(set(distances.argmin(1).tolist())) == UNITS


def test_the_largest_memories_run_along_the_frames(sign: Explanation) -> None:
    for one in sign.activity:
        peaks = np.abs(one.memory).argmax(1)
        assert (np.diff(peaks) >= 0).all()


@pytest.mark.parametrize(("cell", "layers"), [("gru", 1), ("rnn", 1), ("lstm", 0)])
def test_a_network_without_an_lstm_has_no_activity(cell: str, layers: int) -> None:
    config = ModelConfig(convolution=TINY, hidden=8, layers=layers, cell=cell)  # type: ignore[arg-type]
    assert activity(build(config, 5).eval(), np.zeros((32, 96), np.uint8)) == ()


def test_one_direction_gives_one_activity() -> None:
    config = ModelConfig(convolution=TINY, hidden=8, layers=2, directions=1)
    (only,) = activity(build(config, 5).eval(), np.zeros((32, 96), np.uint8))
    assert (len(only.memory), only.units, only.backward) == (8, 8, False)
