"""What the future adds: naming the letter that a column belongs to, with and without it (chapter 6)."""

import torch
from drawing import BLUE, GREY, ORANGE, Order, begin, canvas, finish
from letters import LETTERS, NAMES, batch, draw, words
from torch import nn
from torch.nn import functional as F

HIDDEN = 48


class Reader(nn.Module):
    """A recurrent layer, one or both ways, and a score for each letter at each column."""

    def __init__(self, both: bool) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(7, HIDDEN // 2 if both else HIDDEN, bidirectional=both)
        self.score = nn.Linear(HIDDEN, len(NAMES) + 1)

    def forward(self, columns: torch.Tensor) -> torch.Tensor:
        """(T, N, 7) -> (T, N, 14) scores."""
        hidden, _ = self.recurrent(columns)  # (T, N, 48)
        return self.score(hidden)  # (T, N, 14)


def bound() -> float:
    """Compute the best that can be done from the columns up to now: the share of ink columns named right.

    After each beginning of a letter, the best guess is one of the letters that begin so. All letters
    are equally likely, so of k letters that look the same so far, one is right.
    """
    beginnings: dict[tuple[float, ...], int] = {}
    for columns in LETTERS.values():
        for width in range(1, len(columns) + 1):
            seen = tuple(columns[:width].flatten().tolist())
            beginnings[seen] = beginnings.get(seen, 0) + 1
    return len(beginnings) / sum(beginnings.values())


def learn(both: bool, steps: int, seed: int) -> list[float]:
    """Train; return the share of ink columns of 300 other words that is named right, every 25 steps."""
    torch.manual_seed(seed)
    model = Reader(both)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    columns, owners = batch([draw(word) for word in words(300, 6)], noise=0.1)
    right = []
    for step in range(steps + 1):
        if step % 25 == 0:
            with torch.no_grad():
                named = model(columns).argmax(2)
            right.append((named == owners)[owners > 0].float().mean().item())
        features, wanted = batch([draw(word) for word in words(32, 6)], noise=0.1)
        loss = F.cross_entropy(model(features).flatten(0, 1), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return right


def measure(order: Order) -> dict[str, list[float]]:
    """Train both; assert that one stays below what is possible without the future."""
    steps = order.steps(400, 200)
    right = {
        "left to right": learn(both=False, steps=steps, seed=order.seed),
        "both ways": learn(both=True, steps=steps, seed=order.seed),
    }
    print(
        f"possible without the future: {bound():.3f}",
        {name: round(curve[-1], 3) for name, curve in right.items()},
    )
    assert bound() - 0.06 < right["left to right"][-1] < bound() + 0.02
    assert right["both ways"][-1] > 0.98
    return right


def main(arguments: list[str] | None = None) -> None:
    """Measure and draw."""
    order = begin(__file__, arguments)
    right = measure(order)
    figure, (above, below) = canvas(2, height_in=3.9, height_ratios=[1, 3])
    above.imshow(draw("humidcola")[0].T.numpy(), cmap="Greys", aspect="equal")
    above.set(xticks=[], yticks=[], title="letters that begin alike")
    for (name, curve), color, dash in zip(right.items(), (ORANGE, BLUE), ("--", "-"), strict=True):
        below.plot(range(0, 25 * len(curve), 25), curve, dash, color=color, label=name)
    below.axhline(bound(), color=GREY, lw=1)
    below.text(
        order.steps(400, 200),
        bound() - 0.06,
        "the best possible without the future",
        color=GREY,
        fontsize=9,
        ha="right",
    )
    below.set(xlabel="training step", ylabel="columns named right", ylim=(0, 1.02))
    below.legend(loc="lower right")
    finish(figure, order)


if __name__ == "__main__":
    main()
