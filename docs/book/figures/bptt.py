"""Backpropagation through time by hand, by autograd and by finite differences (chapter 2)."""

import torch
from drawing import BLUE, GREY, ORANGE, begin, canvas, finish
from torch import Tensor, nn

from crnn.model.cells import RnnCell, cell_of, hidden_of, rnn_backward, run

FRAMES = 20


def loss_of(hidden: Tensor, wanted: Tensor) -> Tensor:
    """Half the squared distance at the last frame alone: what was seen earlier must be carried there."""
    return 0.5 * (hidden[-1] - wanted).square().sum()


def compare(module: nn.RNN, features: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, float]:
    """Return each frame's part of dL/dU by hand, dL/dU by autograd, and their largest difference."""
    hidden = hidden_of(run(cell_of(module), features))
    loss_of(hidden, wanted).backward()
    auto = module.weight_hh_l0.grad
    assert auto is not None
    with torch.no_grad():
        cell = cell_of(module)
        assert isinstance(cell, RnnCell)
        grad_hidden = torch.zeros_like(hidden)
        grad_hidden[-1] = hidden[-1] - wanted
        whole = rnn_backward(cell, features, hidden, grad_hidden).hidden_weight  # (H, H)
        parts = frame_parts(cell, hidden, grad_hidden)  # (T, H, H)
    assert torch.allclose(parts.sum(0), whole, atol=1e-12)
    return parts, auto, (whole - auto).abs().max().item()


def frame_parts(cell: RnnCell, hidden: Tensor, grad_hidden: Tensor) -> Tensor:
    """Return delta_t h_{t-1}^T for each frame, whose sum is dL/dU: (T, H, H)."""
    parts = torch.zeros(len(hidden), hidden.shape[2], hidden.shape[2], dtype=hidden.dtype)
    delta = torch.zeros_like(hidden[0])
    for frame in reversed(range(1, len(hidden))):
        delta = (grad_hidden[frame] + delta @ cell.gate.hidden_weight) * (1 - hidden[frame] ** 2)
        parts[frame] = delta.T @ hidden[frame - 1]
    return parts


def slope(module: nn.RNN, features: Tensor, wanted: Tensor, nudge: float) -> float:
    """Measure dL/dU[0, 1] by moving that one weight a little both ways."""
    weight = module.weight_hh_l0.data
    losses = []
    for way in (nudge, -nudge):
        weight[0, 1] += way
        with torch.no_grad():
            losses.append(loss_of(hidden_of(run(cell_of(module), features)), wanted).item())
        weight[0, 1] -= way
    return (losses[0] - losses[1]) / (2 * nudge)


def main(arguments: list[str] | None = None) -> None:
    """Measure, assert and draw."""
    order = begin(__file__, arguments)
    module = nn.RNN(3, 6).double()
    features, wanted = torch.randn(FRAMES, 4, 3).double(), torch.rand(4, 6).double()
    parts, auto, apart = compare(module, features, wanted)
    nudges = [10.0**-power for power in range(1, 12, order.steps(1, 2))]
    errors = [abs(slope(module, features, wanted, nudge) - auto[0, 1].item()) for nudge in nudges]
    sizes = parts.flatten(1).norm(dim=1)[1:]
    print(f"by hand against autograd: {apart:.1e}; against finite differences: {min(errors):.1e}")
    print(f"last frame {sizes[-1]:.3g}, ten frames earlier {sizes[-11]:.3g}")
    assert apart < 1e-14
    assert min(errors) < 1e-9
    assert sizes[-1] > 500 * sizes[-11]
    figure, (above, below) = canvas(2, height_in=4.4)
    above.bar(range(2, FRAMES + 1), sizes.tolist(), color=BLUE)
    above.set(
        xlabel="frame $t$",
        ylabel=r"size of $\delta_t h_{t-1}^\top$",
        xticks=range(2, FRAMES + 1, 2),
        title="Each frame's part of the gradient of U",
    )
    below.loglog(nudges, errors, "o-", color=ORANGE, label="finite differences")
    below.axhline(max(apart, 1e-17), color=GREY, ls="--", label="by hand")
    below.set(
        xlabel="nudge of one weight", ylabel="apart from autograd", title="Two checks of the derivation"
    )
    below.legend()
    finish(figure, order)


if __name__ == "__main__":
    main()
