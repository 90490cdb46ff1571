"""The picture of `peers.py`: accuracy against milliseconds a word, a panel for each set."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Protocol

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter
from readers import TITLED

OURS, THEIRS = "#0072B2", "#D55E00"
"""Blue and vermilion of Okabe and Ito: told apart by all eyes, and in grey by their brightness."""
OUR_MARKS, THEIR_MARKS = "os^X", "DvP"
"""So the name of a point is said by its position, its mark and its label."""
BESIDE, BELOW = ((7, -4, "left"), (0, 8, "center"), (7, -4, "left"), (-7, -4, "right")), ((0, -16, "center"),)
"""Where labels stand, in turn, in points, and what of them stands there."""


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
        ours = [result for result in results if result.title.startswith("crnn ")]
        theirs = [result for result in results if result not in ours]
        _points(axis, ours, column, OURS, OUR_MARKS, BESIDE)
        _points(axis, theirs, column, THEIRS, THEIR_MARKS, BELOW)
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
    if any(result.title.endswith(TITLED) for result in results):
        axes[0][-1].plot([], [], "o", color=OURS, markerfacecolor="white", label="the same, best path")
        axes[0][-1].legend(loc="lower left", fontsize=9)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _points(
    axis: Axes,
    results: Sequence[Point],
    column: int,
    color: str,
    marks: str,
    sides: Sequence[tuple[int, int, str]],
) -> None:
    """Draw the results of one colour; a best path is its model's mark, hollow, without a name."""
    names = [result.title for result in results if not result.title.endswith(TITLED)]
    styles = {name: (mark, side) for name, mark, side in zip(names, cycle(marks), cycle(sides), strict=False)}
    for result in results:
        title = result.title.removesuffix(TITLED)
        named = title == result.title
        mark, (x, y, align) = styles[title]
        point = result.ms, result.right[column]
        axis.plot(*point, mark, color=color, markerfacecolor=color if named else "white", markersize=8)
        if named:
            label = title.split()[-1 if color == OURS else 0]  # of ours the version comes first
            axis.annotate(
                label, point, xytext=(x, y), textcoords="offset points", ha=align, color=color, fontsize=9
            )
