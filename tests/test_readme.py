"""What README.md shows is what happens, and the figures of its tables are the same everywhere."""

import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import crnn as package
from crnn.cli import COMMANDS
from crnn.formats.load import PackagedModel, packaged


def run(root: Path, arguments: list[str]) -> str:
    start = "from crnn.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def card(model: PackagedModel, dataset: str) -> dict[str, float]:
    """What the card of a model says of a data set."""
    scores: Any = model.card["scores"]
    found: dict[str, float] = scores[dataset]
    return found


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


@pytest.mark.slow
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


def test_the_first_screen_has_both_ways_to_set_up(root: Path) -> None:
    first_screen = (root / "README.md").read_text("utf-8").splitlines()[:40]
    assert "$ pip install ." in first_screen
    start = first_screen.index("$ pip install -c constraints.txt -e '.[dev]'")
    assert first_screen[start + 1 : start + 3] == ["$ make check", "... passed"]


def test_make_check_runs_all_tests_and_make_test_the_quick_ones(root: Path) -> None:
    def printed(target: str) -> list[str]:
        make = ["make", "--no-print-directory", "--dry-run", target, "PYTHON=python"]
        return subprocess.run(make, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()

    everything = "python -m pytest -q"
    assert printed("test-all") == [everything]
    assert everything in printed("check")
    assert printed("test") == [f"{everything} -m 'not slow'"]


def test_the_readme_is_one_and_a_half_screens(root: Path) -> None:
    assert len((root / "README.md").read_text("utf-8").splitlines()) <= 90


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of a table of Markdown, without backquotes, whose first row begins with `heading`."""
    (found,) = re.findall(rf"^\| {heading} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", page, re.MULTILINE)
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in found.splitlines()]


def test_the_page_of_the_models_has_the_figures_of_their_cards(root: Path) -> None:
    page = (root / "docs/models.md").read_text("utf-8")
    right, exact = (table(page, rf"model \| {first}") for first in ("parameters", "ic15"))
    by_name = {row[0]: row for row in right}
    best_path = {row[0]: below for row, below in pairwise(right) if below[0] == "its best path alone"}
    models = {model.name: model for model in packaged()}
    assert {row[0] for row in exact} == set(best_path) == set(models)
    for name, model in models.items():
        assert by_name[name][1:3] == [f"{model.parameters:,}", f"{model.bytes / 1e6:.1f} MB"]
        shown = zip(by_name[name][3:], best_path[name][3:], strict=True)
        for score, (accuracy, greedy) in zip(model.scores, shown, strict=True):
            assert (float(accuracy), float(greedy)) == pytest.approx(
                (score.accuracy, card(model, score.dataset)["best_path_accuracy"]), abs=0.06
            )
    for name, *cells in exact:
        wanted = [card(models[name], score.dataset)["exact_accuracy"] for score in models[name].scores]
        assert [float(cell) for cell in cells] == pytest.approx(wanted, abs=0.06)


def test_all_places_that_time_the_models_have_the_same_figures(root: Path) -> None:
    models = {model.name: model for model in packaged()}
    assert len(models) == 4
    benchmarks = (root / "docs/benchmarks.md").read_text("utf-8")
    guide = (root / "docs/read.md").read_text("utf-8")
    listed = run(root, ["models"])
    for name, model in models.items():
        (row,) = re.findall(rf"^\| crnn \S+ {name} \|(.*)\|$", benchmarks, re.MULTILINE)
        ic15, _, _, ms, *_ = (cell.strip() for cell in row.split("|"))
        score = next(score for score in model.scores if score.dataset == "ic15/val")
        assert (f"{model.ms_per_word:.2f}", f"{score.accuracy:.1f}") == (ms, ic15)
        assert re.search(rf"`{name}` takes {ms} ms (?:a word )?and reads {ic15} %", guide)
        assert re.search(rf"^{name} +print94, .* {ms} ms of processor time a word", listed, re.MULTILINE)


def test_the_readme_compares_by_the_figures_of_the_benchmarks(root: Path) -> None:
    readme = (root / "README.md").read_text("utf-8")
    rows = table((root / "docs/benchmarks.md").read_text("utf-8"), "reader \\| ic15 600")
    measured = {row[0]: row[1:] for row in rows}
    shown = {
        "crnn, `small`": "crnn 0.1.0 small",
        "crnn, `small-int8`": "crnn 0.1.0 small-int8",
        "[RapidOCR](https://github.com/RapidAI/RapidOCR)": "rapidocr 3.10.0",
        "[Tesseract](https://github.com/tesseract-ocr/tesseract)": "tesserocr 2.13.0",
    }
    for title, reader in shown.items():
        ic15, _, _, ms, _, memory = measured[reader]
        assert f"| {title} | {ic15} % | {ms} | {memory} MB |" in readme


def test_a_billion_words_cost_what_the_milliseconds_say(root: Path) -> None:
    page = (root / "docs/benchmarks.md").read_text("utf-8")
    timed = {row[0].removeprefix("crnn 0.1.0 "): row[4] for row in table(page, "reader \\| ic15 600")}
    hours = table(page, "reader \\| ms a word \\| core-hours for a billion words")
    assert len(hours) == 4
    for reader, ms, stated in hours:
        assert (ms, stated) == (timed[reader], f"{1e9 * float(ms) / 1000 / 3600:,.0f}")
    _, ms, stated = next(row for row in hours if row[0] == "small-int8")
    readme = (root / "README.md").read_text("utf-8")
    assert f"A billion words cost {stated} core-hours with `small-int8` ({ms} ms a word" in readme


def test_all_places_that_time_the_models_say_what_is_timed(root: Path) -> None:
    for model in packaged():
        assert "processor time, one core" in str(model.card["ms_per_word_of"])
    definition = "processor time: one core, one image a call, from the decoded image to the text"
    assert definition in " ".join(run(root, ["models", "--help"]).split())
    assert definition in (root / "docs/read.md").read_text("utf-8")
    assert "one core, one image a call, resizing and decoding of the text included" in (
        root / "docs/benchmarks.md"
    ).read_text("utf-8")
