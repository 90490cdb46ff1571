"""Remember the first symbol: the simple cell, the LSTM and the GRU by length (chapter 4)."""

import torch
from drawing import BLUE, GREEN, GREY, ORANGE, RED, Order, begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

SYMBOLS, HIDDEN = 4, 32


def layer(kind: str) -> nn.RNNBase:
    """Make a fresh layer; "open" gates start where they keep 98 % of the state in a frame."""
    if kind == "tanh RNN":
        return nn.RNN(SYMBOLS, HIDDEN)
    if kind == "GRU, open":
        gru = nn.GRU(SYMBOLS, HIDDEN)
        gru.bias_ih_l0.data[HIDDEN : 2 * HIDDEN] = 4.0  # the update gate z keeps h
        return gru
    lstm = nn.LSTM(SYMBOLS, HIDDEN)
    if kind == "LSTM, open":
        lstm.bias_ih_l0.data[HIDDEN : 2 * HIDDEN] = 4.0  # the forget gate f keeps c
    return lstm


def sequences(count: int, frames: int) -> tuple[Tensor, Tensor]:
    """Draw random symbols (T, N, 4) as one-hot vectors, and the first of each sequence (N,)."""
    symbols = torch.randint(SYMBOLS, (frames, count))
    return F.one_hot(symbols, SYMBOLS).float(), symbols[0]


def learn(kind: str, frames: int, steps: int, seed: int) -> float:
    """Train to name the first symbol after `frames` frames; return the share right of 500 others."""
    torch.manual_seed(seed)
    cell, score = layer(kind), nn.Linear(HIDDEN, SYMBOLS)
    optimizer = torch.optim.Adam([*cell.parameters(), *score.parameters()], lr=0.005)
    for _ in range(steps):
        features, first = sequences(32, frames)
        loss = F.cross_entropy(score(cell(features)[0][-1]), first)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
        optimizer.step()
    features, first = sequences(500, frames)
    with torch.no_grad():
        return (score(cell(features)[0][-1]).argmax(1) == first).float().mean().item()


def measure(order: Order) -> tuple[list[int], dict[str, list[float]]]:
    """Train every kind at every length; assert what the text says."""
    lengths = [40] if order.quick else [5, 10, 20, 40, 80]
    kinds = ("tanh RNN", "LSTM", "LSTM, open", "GRU, open")
    steps = order.steps(600, 400)
    right = {kind: [learn(kind, frames, steps, order.seed) for frames in lengths] for kind in kinds}
    print("frames", *lengths)
    for kind, shares in right.items():
        print(kind, *(f"{share:.2f}" for share in shares))
    at = lengths.index(40)
    assert max(right["tanh RNN"][at], right["LSTM"][at]) < 0.4
    assert min(right["LSTM, open"][at], right["GRU, open"][at]) > 0.9
    return lengths, right


def main(arguments: list[str] | None = None) -> None:
    """Measure and draw."""
    order = begin(__file__, arguments)
    lengths, right = measure(order)
    figure, (axes,) = canvas(height_in=2.8)
    styles = ((RED, "s--"), (ORANGE, "^-."), (BLUE, "o-"), (GREEN, "D:"))
    for (kind, shares), (color, style) in zip(right.items(), styles, strict=True):
        axes.plot(lengths, shares, style, color=color, label=kind, ms=5)
    axes.axhline(1 / SYMBOLS, color=GREY, lw=1)
    axes.text(lengths[0], 1 / SYMBOLS + 0.02, "guessing", color=GREY, fontsize=9)
    axes.set(
        xscale="log",
        xticks=lengths,
        xticklabels=lengths,
        ylim=(0, 1.05),
        xlabel="frames",
        ylabel="right of 500 others",
    )
    axes.minorticks_off()
    axes.legend(loc="center left", bbox_to_anchor=(0, 0.5))
    finish(figure, order)


if __name__ == "__main__":
    main()
