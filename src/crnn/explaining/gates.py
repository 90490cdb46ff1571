"""What the last LSTM does at each frame: its gates and its memory, in both directions (paper §2.2, Figure 3).

network, image (h, w)   ->   one Activity a direction, or the reason why there is none

The gates come from `model/cells.py`, run with the trained weights on the features that really arrive
at the last layer.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crnn.model.cells import LstmCell, cell_of, run
from crnn.model.crnn import CRNN
from crnn.picture import GreyImage

Floats = npt.NDArray[np.float32]

UNITS = 24
"""Units shown of a direction: those whose memory changes most."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Activity:
    """One direction of an LSTM at T frames; (U, T) each, a unit a row, by the frame of its largest memory."""

    input: Floats
    """0..1, how much is written."""
    forget: Floats
    """0..1, how much is kept."""
    candidate: Floats
    """-1..1, what would be written."""
    output: Floats
    """0..1, how much is shown."""
    memory: Floats
    """The cell state c; any size, signed."""
    backward: bool
    """Whether it reads from right to left."""
    units: int
    """Units in all, of which U are here."""

    def parts(self) -> dict[str, Floats]:
        """Name the five arrays, in the order in which they are shown."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in {"backward", "units"}
        }


def activity(network: CRNN, image: GreyImage) -> tuple[Activity, ...]:
    """Run the last recurrent layer frame by frame: one Activity a direction, () where it is no LSTM."""
    layers = network.recurrent.stack
    if not len(layers) or not isinstance(layers[-1], nn.LSTM):
        return ()
    layer: nn.LSTM = layers[-1]
    arrived: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: arrived.append(inputs[0]))
    try:
        with torch.no_grad():
            network(torch.tensor(image)[None, None])
            directions = (False, True) if layer.bidirectional else (False,)
            return tuple(_direction(layer, arrived[0], backward) for backward in directions)
    finally:
        hook.remove()


def _direction(layer: nn.LSTM, features: Tensor, backward: bool) -> Activity:
    """Run one cell over features (T, 1, D)."""
    cell = cell_of(layer, backward=backward)
    if not isinstance(cell, LstmCell):
        raise TypeError(f"an nn.LSTM gave a {type(cell).__name__}.")
    states = run(cell, features, backward=backward)
    hidden, memory = (torch.stack([state[k] for state in states]) for k in (0, 1))  # (T, 1, H)
    start = torch.zeros_like(hidden[:1])
    before = torch.cat([hidden[1:], start] if backward else [start, hidden[:-1]])  # (T, 1, H)
    gates = cell.gates(features, before)
    chosen = memory[:, 0].std(0, correction=0).argsort(descending=True)[:UNITS]
    chosen = chosen[memory[:, 0, chosen].abs().argmax(0).argsort()]

    def rows(values: Tensor) -> Floats:
        return np.asarray(values[:, 0, chosen].T.numpy(), np.float32)  # (U, T)

    return Activity(
        input=rows(gates.input),
        forget=rows(gates.forget),
        candidate=rows(gates.candidate),
        output=rows(gates.output),
        memory=rows(memory),
        backward=backward,
        units=layer.hidden_size,
    )
