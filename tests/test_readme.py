"""What README.md shows is what happens."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import crnn as package
from crnn.cli import COMMANDS
from crnn.formats.load import packaged


def run(root: Path, arguments: list[str]) -> str:
    start = "from crnn.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(root: Path) -> list[list[str]]:
    """The `crnn` commands that README.md shows, as words."""
    text = (root / "README.md").read_text("utf-8").replace("\\\n", " ")
    lines = re.findall(r"^\$ (crnn .*?)(?:\s+#.*)?$", text, re.MULTILINE)
    return [shlex.split(line.split(" > ")[0].split(" < ")[0])[1:] for line in lines]


def test_the_first_command_prints_what_the_readme_says(root: Path) -> None:
    text = (root / "README.md").read_text("utf-8")
    found = re.search(r"\$ crnn (read \S+)\n(.*\n)```", text)
    assert found is not None
    path, word, confidence = run(root, found[1].split()).rstrip("\n").split("\t")
    wanted_path, wanted_word, wanted_confidence = found[2].rstrip("\n").split("\t")
    assert (path, word) == (wanted_path, wanted_word)
    assert float(confidence) == pytest.approx(float(wanted_confidence), abs=0.005)  # another processor


def test_every_option_in_the_readme_exists(root: Path) -> None:
    commands = shown(root)
    assert {command[0] for command in commands} >= {"read", "synthesize", "train", "evaluate", "export"}
    helps = {name: run(root, [name, "--help"]) for name in COMMANDS}
    for name, *words in commands:
        options = [word.split("=")[0] for word in words if word.startswith("--")]
        assert [option for option in options if option not in helps[name]] == []


def test_every_file_that_the_readme_links_to_exists(root: Path) -> None:
    text = (root / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (root / link).exists()] == []


def test_the_python_of_the_readme_reads_the_picture(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (root / "README.md").read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    monkeypatch.chdir(root)
    picture = root / "examples/sign.png"
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    names = {
        "path": picture,
        "data": picture.read_bytes(),
        "image": image,
        "array": np.asarray(image),
        "paths": [picture],
    }
    exec(code, names)  # noqa: S102 - our own README
    assert names["reading"] == package.load("small").read(picture)


def test_all_places_that_time_the_models_have_the_same_figures(root: Path) -> None:
    models = {model.name: model for model in packaged()}
    assert len(models) == 4
    readme = (root / "README.md").read_text("utf-8")
    guide = (root / "docs/read.md").read_text("utf-8")
    listed = run(root, ["models"])
    for name, model in models.items():
        (row,) = re.findall(rf"^\| crnn \S+ {name} \|(.*)\|$", readme, re.MULTILINE)
        ic15, _, _, ms, *_ = (cell.strip() for cell in row.split("|"))
        score = next(score for score in model.scores if score.dataset == "ic15/val")
        assert (f"{model.ms_per_word:.2f}", f"{score.accuracy:.1f}") == (ms, ic15)
        assert re.search(rf"`{name}` takes {ms} ms (?:a word )?and reads {ic15} %", guide)
        assert re.search(rf"^{name} +print94, .* {ms} ms of processor time a word", listed, re.MULTILINE)


def test_all_places_that_time_the_models_say_what_is_timed(root: Path) -> None:
    for model in packaged():
        assert "processor time, one core" in str(model.card["ms_per_word_of"])
    definition = "processor time: one core, one image a call, from the decoded image to the text"
    assert definition in " ".join(run(root, ["models", "--help"]).split())
    assert definition in (root / "docs/read.md").read_text("utf-8")
    assert "one core, one image a call, resizing and decoding of the text included" in (
        root / "README.md"
    ).read_text("utf-8")
