"""The picture of a run."""

from pathlib import Path

from PIL import Image

from crnn.training.run_folder import draw_plot


def test_losses_and_accuracies_are_drawn(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"step": step, "loss": 9.0 / step} for step in range(1, 9)]
    rows.append({"step": 8, "validation": {"ic15/val": {"accuracy": 50.0}}})
    draw_plot(rows, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as image:
        assert image.size == (900, 400)


def test_a_run_without_a_line_has_no_plot(tmp_path: Path) -> None:
    draw_plot([], tmp_path / "plot.png")
    assert not (tmp_path / "plot.png").exists()
