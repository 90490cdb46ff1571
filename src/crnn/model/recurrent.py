"""Recurrent layers: every frame learns what stands left and right of it (paper §2.2).

features  (T, N, D)   D-vector per frame, left to right
returns   (T, N, E)   E = directions * hidden; from it `model/crnn.py` scores the classes
"""

from typing import Literal

from torch import Tensor, nn

CellKind = Literal["rnn", "lstm", "gru"]
"""The recurrent cells there are, by the name that a recipe gives them."""

_CELLS: dict[CellKind, type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Recurrent(nn.Module):
    """A stack of recurrent layers; with none of them the frames pass through as they are.

    The gates are written out in `model/cells.py`, to which torch's fast layers are equal.

    Args:
        cell: Kind of every layer.
        features: D, length of a frame's vector.
        hidden: Units of one direction of a layer.
        layers: Recurrent layers, 0 or more.
        directions: 1 reads left to right, 2 both ways.
        join: Put a linear layer of `hidden` units between two recurrent layers, as in the authors'
            code; the paper (Table 1) stacks them directly.
    """

    def __init__(
        self, cell: CellKind, features: int, hidden: int, layers: int, directions: int, join: bool
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
        """Read the frames in every layer.

        Args:
            features: (T, N, D), left to right.

        Returns:
            (T, N, E), E = directions * hidden; D where there is no layer.
        """
        for index, layer in enumerate(self.stack):
            features, _ = layer(features)  # (T, N, directions * hidden)
            if index < len(self.joins):
                features = self.joins[index](features)  # (T, N, hidden)
        return features
