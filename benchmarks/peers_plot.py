"""The picture of `peers.py`: accuracy against milliseconds a word, a panel for each set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter

OURS, THEIRS = "#0072B2", "#D55E00"
"""Blue and vermilion of Okabe and Ito: told apart by all eyes, and in grey by their brightness."""
OUR_MARKS, THEIR_MARKS = "os^", "DvP"
"""So the name of a point is said by its place, its mark and its label."""


class Point(Protocol):
    """What is drawn of a result."""

    title: str
    right: tuple[float, ...]
    ms: float


def draw(results: Sequence[Point], sets: Sequence[str], path: Path) -> None:
    """Write a PNG."""
    figure, axes = plt.subplots(
        1, len(sets), figsize=(1.2 + 3.6 * len(sets), 3.9), sharey=True, squeeze=False, layout="constrained"
    )
    for column, (axis, name) in enumerate(zip(axes[0], sets, strict=True)):
        marks = {OURS: iter(2 * OUR_MARKS), THEIRS: iter(2 * THEIR_MARKS)}
        for result in results:
            colour = OURS if result.title.startswith("crnn ") else THEIRS
            place = result.ms, result.right[column]
            axis.plot(*place, next(marks[colour]), color=colour, markersize=8)
            label = result.title.removeprefix("crnn ").split()[-1 if colour == OURS else 0]
            beside = colour == OURS and not label.endswith("-int8")  # so that two of one place stay legible
            axis.annotate(
                label,
                place,
                xytext=(7, -4) if beside else (0, 8 if colour == OURS else -16),
                textcoords="offset points",
                ha="left" if beside else "center",
                color=colour,
                fontsize=9,
            )
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_title(name)
        axis.set_xlabel("ms a word, one core")
        axis.margins(0.18)
        axis.grid(color="#DDDDDD", linewidth=0.6)
        axis.set_axisbelow(True)
    axes[0][0].set_ylabel("words read right, %")
    figure.savefig(path, dpi=150)
    plt.close(figure)
