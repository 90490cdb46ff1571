"""A picture of a run: loss and validation accuracy over the images seen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def draw_plot(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the lines of metrics.jsonl as a PNG; nothing where there is no line yet."""
    losses = [line for line in lines if "loss" in line]
    validations = [line for line in lines if "validation" in line]
    if not losses:
        return
    figure = Figure(figsize=(9, 4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.semilogy([line["step"] for line in losses], [line["loss"] for line in losses], lw=0.8)
    left.set(xlabel="step", title="CTC loss (nats an image)")
    for name in validations[-1]["validation"] if validations else ():
        points = [line for line in validations if name in line["validation"]]
        accuracies = [line["validation"][name]["accuracy"] for line in points]
        right.plot([line["step"] for line in points], accuracies, marker=".", label=name)
    right.set(xlabel="step", title="word accuracy (%)", ylim=(0, 100))
    if validations:
        right.legend(loc="lower right", frameon=False, fontsize=8)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path)
