"""A run that explodes, and the same run with its gradient clipped (chapter 3)."""

import math
from statistics import mean

import torch
from drawing import BLUE, GREY, ORANGE, Order, begin, canvas, finish
from torch import Tensor, nn

FRAMES, HIDDEN, LIMIT = 12, 32, 0.2


def adding(count: int) -> tuple[Tensor, Tensor]:
    """Draw the adding task: (T, N, 2) numbers in 0..1 and marks, (N,) the sum of the two marked numbers."""
    numbers = torch.rand(FRAMES, count)
    marks = torch.zeros(FRAMES, count)
    places = torch.rand(count, FRAMES).argsort(1)[:, :2]  # (N, 2)
    marks.scatter_(0, places.T, 1.0)
    return torch.stack([numbers, marks], 2), (numbers * marks).sum(0)


def train(steps: int, limit: float, seed: int) -> tuple[list[float], list[float], int]:
    """Train the simple cell; return each step's loss and gradient norm, and the units not always 0."""
    torch.manual_seed(seed)
    cell, score = nn.RNN(2, HIDDEN, nonlinearity="relu"), nn.Linear(HIDDEN, 1)
    cell.weight_hh_l0.data = torch.eye(HIDDEN)
    weights = [*cell.parameters(), *score.parameters()]
    optimizer = torch.optim.SGD(weights, lr=0.05, momentum=0.9)
    losses, norms = [], []
    for _ in range(steps):
        features, sums = adding(32)
        loss = (score(cell(features)[0][-1]).squeeze(1) - sums).square().mean()
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(weights, limit).item())
        losses.append(loss.item())
        optimizer.step()
    alive = (cell(adding(500)[0])[0] > 0).flatten(0, 1).any(0).sum().item()
    return losses, norms, int(alive)


def measure(order: Order) -> dict[str, tuple[list[float], list[float], int]]:
    """Train twice from the same weights on the same sequences; assert what the text says."""
    steps = order.steps(1000, 600)
    runs = {
        "as it comes": train(steps, math.inf, order.seed),
        f"clipped at {LIMIT:g}": train(steps, LIMIT, order.seed),
    }
    for name, (losses, norms, alive) in runs.items():
        print(
            f"{name}: loss of the last 50 steps {mean(losses[-50:]):.3f}, "
            f"largest gradient {max(norms):.3g}, {alive} units alive"
        )
    (free, sizes, dead), (clipped, _, alive) = runs.values()
    assert max(sizes) > 1000
    assert mean(free[-50:]) > 0.14  # the variance of the sum is 1/6: it answers the same to everything
    assert dead == 0
    assert alive > 10
    assert mean(clipped[-50:]) < 0.07
    return runs


def main(arguments: list[str] | None = None) -> None:
    """Measure and draw."""
    order = begin(__file__, arguments, seed=3)
    runs = measure(order)
    figure, panels = canvas(2, height_in=4.4, sharex=True)
    for (name, (losses, norms, _)), color, mark in zip(runs.items(), (ORANGE, BLUE), (":", "-"), strict=True):
        panels[0].semilogy(norms, mark, color=color, label=name, lw=1)
        panels[1].semilogy(smooth(losses), mark, color=color, lw=2)
    panels[0].set(title="length of the gradient, before clipping")
    panels[0].axhline(LIMIT, color=GREY, lw=1, ls="--")
    panels[0].legend()
    panels[1].axhline(1 / 6, color=GREY, lw=1, ls="--")
    panels[1].text(len(losses), 0.18, "always the mean", color=GREY, fontsize=9, ha="right")
    panels[1].set(xlabel="training step", title="loss, mean of 25 steps")
    finish(figure, order)


def smooth(losses: list[float]) -> list[float]:
    """Average each loss with the 24 before it."""
    return [mean(losses[max(0, step - 24) : step + 1]) for step in range(len(losses))]


if __name__ == "__main__":
    main()
