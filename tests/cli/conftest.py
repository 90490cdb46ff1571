"""A model that reads nonsense, but always the same, and a way to run the command line."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

import crnn as package
from crnn.cli import main

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])}
"""For a fresh Python: it finds the package that is tested, installed or not."""


def command(*arguments: object) -> list[str]:
    """Spell the command line `crnn ARGUMENTS` for a process of its own."""
    start = "from crnn.cli import main; main()"
    return [sys.executable, "-c", start, *map(str, arguments)]


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def crnn(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run `crnn` in this process, as its entry point does, and return status and outputs."""

    def run(*arguments: object) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        code = leaving.value.code
        assert code is None or isinstance(code, int)
        return Run(code or 0, out, err)

    return run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .onnx file with random weights, 10 symbols wide: readings repeat, but mean nothing."""
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    pytest.importorskip("onnx", reason="needs onnx (the extra 'train')")
    from crnn.alphabet import Alphabet
    from crnn.formats.checkpoint import ModelFile
    from crnn.formats.export import export_onnx
    from crnn.images.preprocess import PreprocessConfig
    from crnn.model.crnn import build

    torch.manual_seed(7)
    alphabet = Alphabet.named("digits")
    file = ModelFile(
        model=build("tiny", len(alphabet) + 1),
        alphabet=alphabet,
        preprocess=PreprocessConfig(),
    )
    path = tmp_path_factory.mktemp("model") / "nonsense.onnx"
    export_onnx(file, path)
    return path


def draw_word(path: Path, word: str = "word") -> Path:
    """Write a small picture of `word` and return where."""
    image = Image.new("L", (20 * len(word), 32), 255)
    ImageDraw.Draw(image).text((2, 4), word, fill=0, font_size=22)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


@pytest.fixture
def word_table(tmp_path: Path) -> Callable[..., Path]:
    """Write a table of pictures of these labels; a label None has an empty image file."""

    def write(*labels: str | None, name: str = "words") -> Path:
        folder = tmp_path / name
        lines = []
        for number, label in enumerate(labels, start=1):
            if label is None:
                (folder / f"{number}.png").write_bytes(b"")
            else:
                draw_word(folder / f"{number}.png", label or "none")
            lines.append(f"{number}.png\t{label or 'void'}\n")
        (folder / "words.tsv").write_text("".join(lines), encoding="utf-8")
        return folder / "words.tsv"

    return write
