"""One in, one out: a letter of pixels under noise becomes its name (chapter 5)."""

import torch
from drawing import Order, begin, canvas, finish
from letters import LETTERS, NAMES, ROWS
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 5


def pictures(count: int) -> tuple[Tensor, Tensor]:
    """Draw letters (N, 35) with noise nearly half as strong as ink, and which they are (N,)."""
    clean = torch.stack([F.pad(columns, (0, 0, 0, WIDTH - len(columns))) for columns in LETTERS.values()])
    which = torch.randint(len(NAMES), (count,))
    return (clean[which] + 0.4 * torch.randn(count, WIDTH, ROWS)).flatten(1), which


def learn(order: Order) -> tuple[nn.Module, float]:
    """Train two layers; return them and the share of 1000 others that is right."""
    model = nn.Sequential(nn.Linear(WIDTH * ROWS, 64), nn.ReLU(), nn.Linear(64, len(NAMES)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(order.steps(1000, 600)):
        images, which = pictures(64)
        loss = F.cross_entropy(model(images), which)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    images, which = pictures(1000)
    with torch.no_grad():
        return model, (model(images).argmax(1) == which).float().mean().item()


def main(arguments: list[str] | None = None) -> None:
    """Train, assert and draw."""
    order = begin(__file__, arguments)
    model, right = learn(order)
    print(f"right: {right:.3f}")
    assert right > 0.93
    images, _ = pictures(8)
    named = [NAMES[index] for index in model(images).argmax(1).tolist()]
    figure, (axes,) = canvas(height_in=1.4)
    row = torch.cat([F.pad(image.view(WIDTH, ROWS), (0, 0, 0, 1), value=-9) for image in images])  # (48, 7)
    axes.imshow(row.T.clamp(-1, 2).numpy(), cmap="Greys")
    axes.set_xticks([2 + 6 * place for place in range(8)], named, fontsize=12)
    axes.tick_params(length=0)
    axes.set(yticks=[])
    axes.spines[:].set_visible(False)
    finish(figure, order)


if __name__ == "__main__":
    main()
