"""Recurrent cells as their equations: the readable form of torch's fast ones (paper §2.2).

    features  (T, N, D)   D-vector per frame, left to right
    hidden    (T, N, H)   what a cell passes on at each frame; both directions side by side: 2 H

A recurrent cell reads one frame x (N, D) and the state that it left behind at the frame before, and
makes the new state. The same weights serve every frame, so the unrolled cell is a network of depth
T, and autograd through it is backpropagation through time; `rnn_backward` writes that out by hand
for the simple cell.

    RNN    Elman 1990; its gradient shrinks or grows by a factor per frame (Bengio et al. 1994)
    LSTM   Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000
    GRU    Cho et al. 2014, in cuDNN's form, where the reset gate acts after the matrix product

Weights come from torch modules, which stack the gates of a layer by rows: i, f, g, o for the LSTM
(input, forget, candidate, output), r, z, n for the GRU (reset, update, candidate). torch keeps two
bias vectors where the papers have one; only their sum matters, except in the GRU's candidate.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One affine map of the frame and the state: W x + b + U h + d, before its squashing function."""

    input_weight: Tensor
    """W (H, D)"""
    input_bias: Tensor
    """b (H,)"""
    hidden_weight: Tensor
    """U (H, H)"""
    hidden_bias: Tensor
    """d (H,)"""

    def of_frame(self, x: Tensor) -> Tensor:
        """Compute W x + b: (N, D) -> (N, H)."""
        return x @ self.input_weight.T + self.input_bias

    def of_state(self, h: Tensor) -> Tensor:
        """Compute U h + d: (N, H) -> (N, H)."""
        return h @ self.hidden_weight.T + self.hidden_bias

    def __call__(self, x: Tensor, h: Tensor) -> Tensor:
        """Compute W x + b + U h + d: (N, D), (N, H) -> (N, H)."""
        return self.of_frame(x) + self.of_state(h)


State = tuple[Tensor, ...]
"""What a cell leaves behind at a frame, (N, H) each: (h,), or (h, c) in the LSTM. h is what others see."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RnnCell:
    """The simple recurrent cell: one gate, squashed."""

    gate: Gate
    relu: bool = False
    """Squash by max(0, .) where tanh is usual: no vanishing through the slope, but no bound."""

    def step(self, x: Tensor, before: State) -> State:
        """Read one frame: x (N, D), (h,) -> (h',), each h (N, H)."""
        (h,) = before
        a = self.gate(x, h)  # a = W x + b + U h + d
        return (torch.relu(a) if self.relu else torch.tanh(a),)  # h' = tanh(a)


@dataclass(frozen=True, kw_only=True, slots=True)
class LstmCell:
    """The long short-term memory: a cell c that is written, kept and read through gates.

    The way from c to c' is a product with the forget gate and nothing else, so a gate that stays
    near 1 lets the gradient through any number of frames. No peepholes: gates see x and h only.
    """

    input: Gate
    forget: Gate
    candidate: Gate
    output: Gate

    def gates(self, x: Tensor, h: Tensor) -> "LstmGates":
        """Compute how far the gates open.

        Args:
            x: (N, D), the frame.
            h: (N, H), what the cell showed at the frame before.

        Returns:
            The four gates, (N, H) each.
        """
        return LstmGates(
            input=torch.sigmoid(self.input(x, h)),  # i = sigmoid(W_i x + b_i + U_i h + d_i)
            forget=torch.sigmoid(self.forget(x, h)),  # f = sigmoid(W_f x + b_f + U_f h + d_f)
            candidate=torch.tanh(self.candidate(x, h)),  # g = tanh(W_g x + b_g + U_g h + d_g)
            output=torch.sigmoid(self.output(x, h)),  # o = sigmoid(W_o x + b_o + U_o h + d_o)
        )

    def step(self, x: Tensor, before: State) -> State:
        """Read one frame: x (N, D), (h, c) -> (h', c'), each (N, H)."""
        h, c = before
        gates = self.gates(x, h)
        c = gates.forget * c + gates.input * gates.candidate  # c' = f * c + i * g
        return gates.output * torch.tanh(c), c  # h' = o * tanh(c')


@dataclass(frozen=True, kw_only=True, slots=True)
class LstmGates:
    """How far each gate of an LSTM opens at one frame, (N, H) each."""

    input: Tensor
    """0..1, how much of the candidate is written"""
    forget: Tensor
    """0..1, how much of the old cell is kept: 1 keeps all of it"""
    candidate: Tensor
    """-1..1, what would be written"""
    output: Tensor
    """0..1, how much of the new cell is shown"""


@dataclass(frozen=True, kw_only=True, slots=True)
class GruCell:
    """The gated recurrent unit: one state, mixed from the old one and a candidate."""

    reset: Gate
    update: Gate
    candidate: Gate

    def step(self, x: Tensor, before: State) -> State:
        """Read one frame: x (N, D), (h,) -> (h',), each h (N, H)."""
        (h,) = before
        r = torch.sigmoid(self.reset(x, h))  # r = sigmoid(W_r x + b_r + U_r h + d_r)
        z = torch.sigmoid(self.update(x, h))  # z = sigmoid(W_z x + b_z + U_z h + d_z)
        n = self.candidate.of_frame(x) + r * self.candidate.of_state(h)
        n = torch.tanh(n)  # n = tanh(W_n x + b_n + r * (U_n h + d_n))
        return ((1 - z) * n + z * h,)  # h' = (1 - z) * n + z * h


Cell = RnnCell | LstmCell | GruCell


def cell_of(module: nn.RNNBase, layer: int = 0, backward: bool = False) -> Cell:
    """Take one cell out of a torch module; it shares the module's weights.

    Args:
        module: An nn.RNN, nn.LSTM or nn.GRU with biases.
        layer: Counted from 0, nearest the features.
        backward: Take the cell that reads right to left.

    Returns:
        The cell, as its equations.
    """
    gates = _gates(module, layer, backward)
    if isinstance(module, nn.LSTM):
        i, f, g, o = gates
        return LstmCell(input=i, forget=f, candidate=g, output=o)
    if isinstance(module, nn.GRU):
        r, z, n = gates
        return GruCell(reset=r, update=z, candidate=n)
    (gate,) = gates
    return RnnCell(gate=gate, relu=module.nonlinearity == "relu")


def _gates(module: nn.RNNBase, layer: int, backward: bool) -> list[Gate]:
    """Cut a layer's stacked weights (gates * H, ...) into its gates, in torch's order."""
    end = f"l{layer}_reverse" if backward else f"l{layer}"
    size = module.hidden_size
    names = ("weight_ih", "bias_ih", "weight_hh", "bias_hh")
    stacks: list[Tensor] = [getattr(module, f"{name}_{end}") for name in names]
    # Index and do not split: autograd forbids split's views once training has changed the weights.
    w, b, u, d = (stack.view(-1, size, *stack.shape[1:]) for stack in stacks)  # (gates, H, ...)
    return [
        Gate(input_weight=w[k], input_bias=b[k], hidden_weight=u[k], hidden_bias=d[k]) for k in range(len(w))
    ]


def run(cell: Cell, features: Tensor, start: State | None = None, backward: bool = False) -> list[State]:
    """Unroll a cell over the frames.

    Args:
        cell: What reads.
        features: (T, N, D), left to right.
        start: The state before the first frame that is read; None: zeros.
        backward: Read from the last frame to the first.

    Returns:
        T states, in the order of the frames in both directions.
    """
    state = _zeros(cell, features) if start is None else start
    states = []
    for x in features.flip(0) if backward else features:
        state = cell.step(x, state)
        states.append(state)
    return states[::-1] if backward else states


def _zeros(cell: Cell, features: Tensor) -> State:
    """Give the state in which nothing has been read: (N, H) zeros, two of them for the LSTM."""
    gate = cell.gate if isinstance(cell, RnnCell) else cell.candidate
    zeros = features.new_zeros(features.shape[1], len(gate.hidden_bias))
    return (zeros, zeros) if isinstance(cell, LstmCell) else (zeros,)


def hidden_of(states: list[State]) -> Tensor:
    """Stack what a cell showed at each frame: T states, as `run` returns them -> (T, N, H)."""
    return torch.stack([state[0] for state in states])


def run_both_ways(forward: Cell, backward: Cell, features: Tensor) -> Tensor:
    """Read the frames left to right and right to left, and join both at each frame.

    Neither cell sees what the second one reads, so each frame knows its whole past and future.

    Args:
        forward: What reads left to right.
        backward: What reads right to left.
        features: (T, N, D).

    Returns:
        (T, N, 2 H), the past in front of the future.
    """
    past = hidden_of(run(forward, features))  # (T, N, H)
    future = hidden_of(run(backward, features, backward=True))  # (T, N, H)
    return torch.cat([past, future], dim=2)  # (T, N, 2 H)


def run_module(module: nn.RNNBase, features: Tensor) -> Tensor:
    """Compute what `module(features)[0]` does, layer upon layer, without dropout.

    Args:
        module: An nn.RNN, nn.LSTM or nn.GRU with biases.
        features: (T, N, D).

    Returns:
        (T, N, H), or (T, N, 2 H) where the module reads both ways.
    """
    for layer in range(module.num_layers):
        forward = cell_of(module, layer)
        if module.bidirectional:
            features = run_both_ways(forward, cell_of(module, layer, backward=True), features)
        else:
            features = hidden_of(run(forward, features))
    return features


@dataclass(frozen=True, kw_only=True, slots=True)
class RnnGradients:
    """Where a loss would rise: its gradient with respect to all that entered an `RnnCell`'s run."""

    features: Tensor
    """(T, N, D)"""
    input_weight: Tensor
    """(H, D)"""
    hidden_weight: Tensor
    """(H, H)"""
    bias: Tensor
    """(H,), the same for both biases"""


def rnn_backward(cell: RnnCell, features: Tensor, hidden: Tensor, grad_hidden: Tensor) -> RnnGradients:
    """Backpropagate through time by hand, through a run of the simple cell that began at zero.

    With h_t = tanh(a_t) and a_t = W x_t + b + U h_{t-1} + d, the error at a_t comes from above and
    from the frame after:

        delta_t = (grad_hidden_t + U^T delta_{t+1}) * tanh'(a_t),   tanh'(a_t) = 1 - h_t^2

    Looking n frames back multiplies by n such slopes and n times by U: hence gradients that vanish
    or explode. The weights are shared by all frames, so their gradients are sums over them.

    Args:
        cell: What read the frames.
        features: (T, N, D), what went in.
        hidden: (T, N, H), what came out.
        grad_hidden: (T, N, H), the loss's gradient with respect to what came out, each frame for itself.

    Returns:
        The loss's gradients with respect to what went in.
    """
    gate = cell.gate
    slope = (hidden > 0).to(hidden) if cell.relu else 1 - hidden**2  # (T, N, H)
    deltas = torch.zeros_like(hidden)
    delta = torch.zeros_like(hidden[0])  # after the last frame there is nothing
    for frame in reversed(range(len(hidden))):
        delta = (grad_hidden[frame] + delta @ gate.hidden_weight) * slope[frame]  # (N, H)
        deltas[frame] = delta
    return RnnGradients(
        features=deltas @ gate.input_weight,  # W^T delta_t
        input_weight=torch.einsum("tnh,tnd->hd", deltas, features),  # sum of delta_t x_t^T
        hidden_weight=torch.einsum("tnh,tnk->hk", deltas[1:], hidden[:-1]),  # delta_t h_{t-1}^T
        bias=deltas.sum(dim=(0, 1)),  # sum of delta_t
    )
