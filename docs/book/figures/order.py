"""Which came first, a or b? A mean over the frames cannot know; a recurrent cell can (chapter 1)."""

import torch
from drawing import BLUE, ORANGE, Order, begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

FRAMES = 12


class Mean(nn.Module):
    """Average the frames, then decide: two layers, blind to order."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 2))

    def forward(self, features: Tensor) -> Tensor:
        """(T, N, 3) -> (N, 2) scores."""
        return self.layers(features.mean(0))


class Recurrent(nn.Module):
    """Read frame by frame, then decide by the last state."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.RNN(3, 16)
        self.score = nn.Linear(16, 2)

    def forward(self, features: Tensor) -> Tensor:
        """(T, N, 3) -> (N, 2) scores."""
        hidden, _ = self.cell(features)  # (T, N, 16)
        return self.score(hidden[-1])  # (N, 2)


def sequences(count: int) -> tuple[Tensor, Tensor]:
    """Draw `count` sequences of spaces with one a and one b: (T, N, 3) one-hot, (N,) 1 where a is first."""
    places = torch.rand(count, FRAMES).argsort(1)[:, :2]  # (N, 2) where a and b stand
    symbols = torch.zeros(count, FRAMES, dtype=torch.long)
    symbols.scatter_(1, places, torch.tensor([1, 2]).expand(count, 2))
    return F.one_hot(symbols.T, 3).float(), (places[:, 0] < places[:, 1]).long()


def learn(model: nn.Module, steps: int) -> list[float]:
    """Train on fresh sequences; return the share of 1000 others that is right, every 10 steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    others, answers = sequences(1000)
    right = []
    for step in range(steps + 1):
        if step % 10 == 0:
            with torch.no_grad():
                right.append((model(others).argmax(1) == answers).float().mean().item())
        features, labels = sequences(64)
        loss = F.cross_entropy(model(features), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return right


def measure(order: Order) -> dict[str, list[float]]:
    """Train both; assert that one guesses and the other knows."""
    steps = order.steps(300, 200)
    right = {"mean of the frames": learn(Mean(), steps), "recurrent cell": learn(Recurrent(), steps)}
    print({name: shares[-1] for name, shares in right.items()})
    assert abs(right["mean of the frames"][-1] - 0.5) < 0.06
    assert right["recurrent cell"][-1] > 0.98
    return right


def main(arguments: list[str] | None = None) -> None:
    """Measure and draw."""
    order = begin(__file__, arguments)
    right = measure(order)
    figure, (axes,) = canvas(height_in=2.4)
    for (name, shares), color, dash in zip(right.items(), (ORANGE, BLUE), ("--", "-"), strict=True):
        axes.plot(range(0, 10 * len(shares), 10), shares, dash, color=color, label=name)
    axes.set(xlabel="training step", ylabel="right of 1000 others", ylim=(0.4, 1.02))
    axes.legend(loc="center right")
    finish(figure, order)


if __name__ == "__main__":
    main()
