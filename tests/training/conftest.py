"""A network, an engine and a recipe so small that a run of a dozen steps takes a moment."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="training needs the extra 'train'")
pytest.importorskip("lightning_fabric", reason="training needs the extra 'train'")

import torch

from crnn.alphabet import Alphabet
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis.engine import SynthesisBatch, SynthesisConfig
from crnn.training.recipe import Recipe, parse_recipe

RECIPE = """
[model]
alphabet = "abc"
convolution = ["conv 4 k3 s2 p1 norm", "conv 8 k3 s2 p1 norm", "conv 8 k8x1 s1 p0"]
hidden = 6
layers = 1

[preprocess]
min_width = 32
max_width = 48

[schedule]
warmup_steps = 2

[training]
steps = 12
batch_size = 8
log_every = 1
validate_every = 6
workers = 0
threads = 1
device = "cpu"
precision = "32-true"

[validation]
synthetic = 8
"""


class Bars:
    """Stands for the engine: a letter is a grey bar, 'a' the darkest."""

    def __init__(
        self,
        config: SynthesisConfig,
        alphabet: Alphabet,
        preprocess: PreprocessConfig,
        batch_size: int = 8,
        device: str = "cpu",  # noqa: ARG002 - the engine has it
    ) -> None:
        self.seed, self.symbols = config.seed, alphabet.symbols
        self.preprocess, self.size = preprocess, batch_size

    def batch(self, index: int) -> SynthesisBatch:
        rng = torch.Generator().manual_seed(self.seed * 1000 + index)
        width = self.preprocess.width_px(32 + 16 * (index % 2), 32)
        count = len(self.symbols)
        first = torch.randint(count, (self.size,), generator=rng)
        second = (first + torch.randint(1, count, (self.size,), generator=rng)) % count
        letters = torch.stack([first, second], 1)  # (N, L), two different ones
        tones = (letters * 80).to(torch.uint8).repeat_interleave(width // 2, 1)  # (N, W)
        images = tones[:, None, None].expand(-1, 1, 32, -1).contiguous()  # (N, 1, 32, W)
        labels = tuple("".join(self.symbols[letter] for letter in row) for row in letters)
        return SynthesisBatch(images=images, labels=labels)


@pytest.fixture(autouse=True)
def _bars_for_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crnn.training.stream.Engine", Bars)
    monkeypatch.setattr("crnn.training.loop.draw_plot", lambda _, path: path.touch())


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """Return the small recipe with changes such as "training.steps=3"."""
    return lambda *changes: parse_recipe(RECIPE, changes)


def lines(folder: Path) -> list[dict[str, Any]]:
    """Read a run's metrics without what a clock says."""
    clock = ("elapsed_s", "images_per_s", "left_s", "waiting")
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: row[key] for key in row if key not in clock} for row in rows]


@pytest.fixture
def words(tmp_path: Path) -> Callable[..., Path]:
    """Write a data set of bars with the given labels; return its table."""

    def write(*labels: str) -> Path:
        rows = []
        folder = tmp_path / f"words{len(list(tmp_path.glob('words*')))}"
        folder.mkdir()
        for number, label in enumerate(labels):
            tones = np.array([["abc".find(letter) * 80 % 256 for letter in label]], np.uint8)
            Image.fromarray(tones.repeat(32, 0).repeat(16, 1)).save(folder / f"{number}.png")
            rows.append(f"{number}.png\t{label}\n")
        table = folder / "words.tsv"
        table.write_text("".join(rows), encoding="utf-8")
        return table

    return write
