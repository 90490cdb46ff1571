"""How lines become words for training the packaged models."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from crnn.data import open_dataset


@pytest.fixture
def cut_lines(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "scripts"))
    return import_module("cut_lines")


def line(*inked: tuple[int, int]) -> np.ndarray:
    """Draw a light line, uint8 (20, 100), with ink between these columns."""
    image = np.full((20, 100), 230, np.uint8)
    for start, end in inked:
        image[5:15, start:end] = 20
    return image


def test_a_line_is_cut_in_its_widest_gaps(cut_lines: ModuleType) -> None:
    image = line((5, 15), (18, 30), (45, 60), (62, 95))
    (first, a), (second, b) = cut_lines.cut(image, "AB CD")
    assert (a, b) == ("AB", "CD")
    assert (first.shape[1], second.shape[1]) == (30 + 3, 100 - 45 + 3)


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param([(5, 50), (53, 95)], id="narrow"),
        pytest.param([(5, 30), (42, 60), (71, 95)], id="alike"),
        pytest.param([(5, 95)], id="none"),
    ],
)
def test_a_line_whose_gaps_do_not_tell_is_left_out(
    cut_lines: ModuleType, gaps: list[tuple[int, int]]
) -> None:
    assert cut_lines.cut(line(*gaps), "AB CD") == []


def test_a_label_takes_the_case_that_was_read(cut_lines: ModuleType) -> None:
    assert cut_lines.written("TOTAL:", "Total:") == "Total:"
    assert cut_lines.written("INVOICE", "invoise") == "invoice"
    assert cut_lines.written("CASHIER", "CaShior") == ""  # near, but of no clear case
    assert cut_lines.written("RM", "12") == ""


def test_the_words_become_a_data_set(
    cut_lines: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    Image.fromarray(line((5, 15), (18, 30), (45, 60), (62, 95))).save(folder / "1.png")
    (folder / "labels.tsv").write_text("1.png\tAB CD\n", encoding="utf-8")
    reader = SimpleNamespace(read_batch=lambda _: [SimpleNamespace(text=text) for text in ("Ab", "xx")])
    monkeypatch.setattr(cut_lines.crnn, "load", lambda _: reader)
    monkeypatch.setattr(sys, "argv", ["cut_lines.py", str(folder), str(tmp_path / "words")])
    cut_lines.main()
    assert [sample.label for sample in open_dataset(tmp_path / "words")] == ["Ab"]
