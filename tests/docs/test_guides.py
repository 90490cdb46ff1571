"""The guides: what they tell you to type is typed here, and what they show is what comes back."""

import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.core import TyperGroup

from crnn.cli import COMMANDS, application, main

pytest.importorskip("torch", reason="the guides train and export, which needs PyTorch (the extra 'train')")
pytest.importorskip("onnx", reason="the guides export, which needs onnx (the extra 'train')")

ROOT = Path(__file__).parents[2]
GUIDES = ("read", "export")
"""Each is one session, typed from top to bottom in a folder of its own."""
SHORT = ("training.steps=2", "training.batch_size=4", "training.workers=0", "validation.synthetic=8")
"""What a test of seconds changes in a guide's training runs."""
YOURS = frozenset(("crnn.pth", "val.tsv", "words.txt", "en.lm"))
"""Files that only a reader has: a guide's commands that name them are understood, not run."""


@dataclass(frozen=True)
class Typed:
    """A command of a page, and the lines that the page shows below it."""

    words: list[str]
    shown: list[str]


def commands(block: str) -> Iterator[Typed]:
    """Take the `crnn` commands from a console block; what stands behind a | is left out."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        first, *shown = part.rstrip("\n").split("\n")
        words = shlex.split(first, comments=True)
        if words[0] == "crnn":
            end = words.index("|") if "|" in words else len(words)
            yield Typed(words[1:end], [line for line in shown if line.strip()])


def blocks(page: Path, *languages: str) -> Iterator[tuple[str, str]]:
    pattern = rf"^```({'|'.join(languages)})\n(.*?)^```"
    for found in re.finditer(pattern, page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        yield found[1], found[2]


def shape(line: str) -> str:
    """A line without its numbers and rules: what stays the same on other words and machines."""
    line = line.removesuffix("  blanks only")
    line = re.sub(r"(?<![\w/.])[-+]?\d[\d.,:]*(?:e[-+]?\d+)?(?:-\d[\d.]*)?", "#", line)
    return " ".join(re.sub("─+", "─", line).split())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the repository's examples, and small data sets under the guides' names."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    with Image.open(ROOT / "examples/sign.png") as opened:
        sign = opened.convert("L")
    for name in ("ic15", "svt", "mydata"):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(24):
            sign.rotate(number, fillcolor=128).save(folder / f"{number}.png")
        labels = "".join(
            f"{number}.png\t{'Bakery' if number or name != 'ic15' else 'Bak ery'}\n" for number in range(24)
        )
        for part in ("train", "val", "test", "labels"):
            (folder / f"{part}.tsv").write_text(labels, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def type_in(typed: Typed, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Run a command; return the lines that it printed."""
    words, target = list(typed.words), None
    if ">" in words:
        place = words.index(">")
        target, words = words[place + 1], words[:place]
    if "<" in words:
        place = words.index("<")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(words[place + 1]).read_bytes())))
        words = words[:place]
    if words[0] == "train":
        words += [part for setting in SHORT for part in ("--set", setting)]
    with pytest.raises(SystemExit) as leaving:
        main(words)
    out, err = capfd.readouterr()
    failing = any(re.match(r"\w+Error: ", line) for line in typed.shown)
    assert bool(leaving.value.code) == failing, err
    if target:
        Path(target).write_text(out, "utf-8")
    return (out + err).split("\n")


def check(typed: Typed, printed: list[str]) -> None:
    """Compare: readings of the repository's own picture by their words, all else by its shape."""
    shapes = {shape(line) for line in printed}
    for line in typed.shown:
        if typed.words[0] == "read" and "\t" in line:
            path, text, *numbers = line.split("\t")
            (found,) = (other.split("\t") for other in printed if other.startswith(f"{path}\t"))
            assert found[1] == text
            assert [float(number) for number in found[2:]] == pytest.approx(
                [float(number) for number in numbers], abs=0.01
            )
        elif line != "...":
            assert shape(line) in shapes, (line, printed)


@pytest.mark.slow
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_happens_as_it_is_written(
    guide: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, object] = {"__name__": guide}
    for language, block in blocks(ROOT / f"docs/{guide}.md", "python", "console"):
        if language == "python":
            exec(block, names)  # noqa: S102 - our own guide
            capfd.readouterr()
        else:
            for typed in commands(block):
                if YOURS.isdisjoint(typed.words):
                    check(typed, type_in(typed, monkeypatch, capfd))


@pytest.mark.parametrize(
    "page", sorted({*(ROOT / "docs").glob("*.md"), ROOT / "README.md"}), ids=lambda page: page.stem
)
def test_every_command_on_a_page_is_understood(page: Path) -> None:
    for _, block in blocks(page, "console"):
        for typed in commands(block):
            name, *words = typed.words
            assert name in COMMANDS
            app = typer.main.get_command(application([name]))
            assert isinstance(app, TyperGroup)
            ends = [words.index(sign) for sign in "<>" if sign in words]
            command = app.commands[name]
            command.make_context(name, words[: min(ends, default=len(words))])  # raises UsageError


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_can_be_read_at_one_sitting(guide: str) -> None:
    assert len((ROOT / f"docs/{guide}.md").read_text("utf-8").splitlines()) <= 130


@pytest.mark.parametrize("page", ["train", "evaluate"])
def test_the_python_of_a_guide_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page}
    python = [block for _, block in blocks(ROOT / f"docs/{page}.md", "python")]
    assert python
    for block in python:
        exec(block, names)  # noqa: S102 - our own guide
