"""The recurrent cell, folded and unrolled: the same weights at every frame (chapter 1)."""

import torch
from drawing import BLUE, GREY, RED, begin, canvas, finish
from matplotlib.axes import Axes
from torch import nn

from crnn.model.cells import cell_of, hidden_of, run


def check() -> None:
    """Assert the text: our loop is torch's layer, whatever the length, and has the same weights."""
    module = nn.RNN(5, 8)
    cell = cell_of(module)
    for frames in (1, 10, 200):
        features = torch.randn(frames, 2, 5)
        assert torch.allclose(hidden_of(run(cell, features)), module(features)[0], atol=1e-5)
    count = sum(weights.numel() for weights in module.parameters())
    print(f"{count} weights for 1, 10 and 200 frames")
    assert count == 8 * 5 + 8 * 8 + 8 + 8


def box(axes: Axes, x: float) -> None:
    """Draw one cell with its way in and its way out."""
    axes.text(
        x,
        0,
        "cell",
        ha="center",
        va="center",
        bbox={"boxstyle": "round,pad=0.5", "fc": "#dbe9f6", "ec": BLUE},
    )
    arrow(axes, (x, -1.0), (x, -0.38))
    arrow(axes, (x, 0.38), (x, 1.0))


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **style: object) -> None:
    """Draw an arrow from `start` to `end`."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.4, **style})


def main(arguments: list[str] | None = None) -> None:
    """Check and draw."""
    order = begin(__file__, arguments)
    check()
    figure, (axes,) = canvas(height_in=1.9)
    places = {0.0: "t", 2.0: "1", 3.4: "2", 4.8: "3"}
    for x, frame in places.items():
        box(axes, x)
        axes.text(x, -1.2, f"$x_{frame}$", ha="center", va="center")
        axes.text(x, 1.2, f"$h_{frame}$", ha="center", va="center")
    arrow(axes, (0.32, 0.1), (-0.32, 0.1), connectionstyle="arc3,rad=1.6", color=RED)
    axes.text(0.62, 0.75, "$U$", color=RED, ha="center")
    axes.text(1.15, 0, "=", ha="center", va="center", fontsize=14)
    for start, end in ((1.45, 1.68), (2.34, 3.06), (3.74, 4.46), (5.14, 5.6)):
        arrow(axes, (start, 0), (end, 0), color=RED)
    for x in (2.7, 4.1):
        axes.text(x, 0.18, "$U$", color=RED, ha="center")
    axes.text(1.5, 0.22, "$h_0$", ha="center")
    axes.text(5.75, 0, "…", va="center")
    axes.set(xlim=(-0.75, 6.0), ylim=(-1.4, 1.4))
    axes.axis("off")
    finish(figure, order)


if __name__ == "__main__":
    main()
