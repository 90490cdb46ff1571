"""The picture of a run: where the lines of its two panels stand."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.training.run_folder import draw_plot

pytestmark = pytest.mark.slow

BLUE = 31, 119, 180
"""Matplotlib's first colour: both panels draw their first line in it."""


def blue(path: Path) -> npt.NDArray[np.intp]:
    """The (row, column) of each pixel of a plot that is drawn in blue, from the left."""
    with Image.open(path) as image:
        assert image.size == (900, 400)
        pixels = np.asarray(image.convert("RGB"), dtype=int)
    rows, columns = np.nonzero(np.abs(pixels - BLUE).sum(axis=2) < 30)
    order = np.argsort(columns, kind="stable")
    return np.stack([rows[order], columns[order]], axis=1)


def drawn(folder: Path, losses: list[float], accuracies: list[float]) -> npt.NDArray[np.intp]:
    rows: list[dict[str, object]] = [{"step": step, "loss": loss} for step, loss in enumerate(losses, 1)]
    rows += [
        {"step": step, "validation": {"ic15/val": {"accuracy": accuracy}}}
        for step, accuracy in enumerate(accuracies, 1)
    ]
    draw_plot(rows, folder / "plot.png")
    return blue(folder / "plot.png")


def test_the_left_panel_shows_the_losses_falling(tmp_path: Path) -> None:
    line = drawn(tmp_path, [9.0 / step for step in range(1, 9)], [])
    assert line[:, 1].max() < 450  # nothing stands in the right panel
    assert line[:, 1].max() - line[:, 1].min() > 300
    columns = sorted(set(line[:, 1]))
    heights = [line[line[:, 1] == column, 0].mean() for column in columns]
    assert all(np.diff(heights) > -1.0)  # rows are counted from the top
    assert heights[-1] - heights[0] > 200


def test_the_right_panel_shows_each_accuracy_on_a_scale_from_0_to_100(tmp_path: Path) -> None:
    losses = [9.0 / step for step in range(1, 9)]
    tops = []
    for accuracy in (90.0, 50.0, 10.0):
        line = drawn(tmp_path, losses, [accuracy, accuracy])
        right = line[line[:, 1] > 450]
        level = right[right[:, 1] < right[:, 1].min() + 300]  # left of the legend's sample of the line
        tops.append(np.median(level[:, 0]))
    first, second = np.diff(tops)
    assert first > 100
    assert abs(first - second) <= 2  # 40 points are as high as 40 points


def test_a_run_without_a_line_has_no_plot(tmp_path: Path) -> None:
    draw_plot([], tmp_path / "plot.png")
    assert not (tmp_path / "plot.png").exists()
