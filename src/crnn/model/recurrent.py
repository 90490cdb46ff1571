"""Recurrent layers: every frame learns what stands left and right of it (paper §2.2).

features  (T, N, D)   D-vector per frame, left to right
returns   (T, N, E)   E = directions * hidden; from it `model/crnn.py` scores the classes
"""

from typing import Literal

from torch import Tensor, nn

Cell = Literal["rnn", "lstm", "gru"]

_CELLS: dict[Cell, type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Recurrent(nn.Module):
    """A stack of recurrent layers; with none of them the frames pass through as they are.

    The gates are written out in `model/cells.py`, to which torch's fast layers are equal.
    With `join` a linear layer of `hidden` units stands between two recurrent layers, as in the
    authors' code; the paper (Table 1) stacks them directly.
    """

    def __init__(
        self, cell: Cell, features: int, hidden: int, layers: int, directions: int, join: bool
    ) -> None:
        super().__init__()
        self.stack = nn.ModuleList()
        self.joins = nn.ModuleList()
        for index in range(layers):
            self.stack.append(_CELLS[cell](features, hidden, bidirectional=directions == 2))
            features = hidden * directions
            if join and index < layers - 1:
                self.joins.append(nn.Linear(features, hidden))
                features = hidden
        self.features = features
        """Length of a frame's vector after the last recurrent layer."""

    def forward(self, features: Tensor) -> Tensor:
        """(T, N, D) -> (T, N, E)."""
        for index, layer in enumerate(self.stack):
            features, _ = layer(features)  # (T, N, directions * hidden)
            if index < len(self.joins):
                features = self.joins[index](features)  # (T, N, hidden)
        return features
