"""The run folder: all that is known of a run.

recipe.toml         every setting, defaults included
provenance.json     one entry a session: versions, commit, command, hardware, start
metrics.jsonl       one JSON object a line: losses, and validations
best.safetensors    the EMA weights that validated best: what `--model FOLDER` reads with;
                    on words held back, the last that are within one standard error of the best
last.safetensors    the EMA weights of the last save
state.safetensors   what --resume goes on from (see state.py)
plot.png            loss and accuracy
comparison.json     runs with --init: what the old model read and the new one reads
words.txt           recipes with synthesis.words = "auto": words like those of the real data
held_back.tsv       runs that hold words back to validate on: their labels, for `crnn evaluate` and
                    `crnn calibrate`; held_back/ has copies of their images
trained_on.txt      runs on real words: a hash of every image that was learnt from

What a model file says of the run that made it.

A picture of a run: loss and validation accuracy over the images seen.
"""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crnn.data.dataset import Dataset
from crnn.errors import ModelError, TrainingError
from crnn.files import write_atomic
from crnn.training.real import add_trained_on, recorded_hashes, write_held_back
from crnn.training.recipe import Recipe
from crnn.training.start import Precision, describe_hardware
from crnn.training.validation import BeforeAfter


class RunFolder:
    """The files of one run."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.recipe = self.path / "recipe.toml"
        self.provenance = self.path / "provenance.json"
        self.metrics = self.path / "metrics.jsonl"
        self.best = self.path / "best.safetensors"
        self.last = self.path / "last.safetensors"
        self.state = self.path / "state.safetensors"
        self.plot = self.path / "plot.png"
        self.comparison = self.path / "comparison.json"
        self.words = self.path / "words.txt"
        self.held_back = self.path / "held_back.tsv"
        self.trained_on = self.path / "trained_on.txt"

    def check_new(self) -> None:
        """Raise TrainingError where the folder already holds a run, or is no folder."""
        if self.state.exists():
            raise TrainingError(
                f"{self.path} already holds a run.\n"
                f"    Go on with it: crnn train --resume --out {self.path}; "
                "or give another folder, or delete this one."
            )
        if self.path.exists() and not self.path.is_dir():
            raise TrainingError(f"{self.path} is a file; a run needs a folder of its own.")

    def check_resumable(self) -> None:
        """Raise TrainingError where there is no run to go on with."""
        if not self.state.exists():
            raise TrainingError(
                f"{self.path} holds no saved run (no {self.state.name}).\n"
                f"    Start one: crnn train RECIPE --out {self.path}"
            )

    def open(self, recipe: Recipe, initial: str | None) -> None:
        """Make the folder; write the recipe and this session's entry of the provenance."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{self.path}: cannot make the run folder: {error}") from None
        write_atomic(self.recipe, recipe.to_toml().encode())
        sessions: list[object] = []
        if self.state.exists() and self.provenance.exists():
            sessions = json.loads(self.provenance.read_text(encoding="utf-8"))["sessions"]
        sessions.append(describe_session(initial))
        text = json.dumps({"sessions": sessions}, indent=2, ensure_ascii=False)
        write_atomic(self.provenance, f"{text}\n".encode())

    def initial(self) -> str | None:
        """Name the model that the run's first session started from; None for fresh weights."""
        sessions = json.loads(self.provenance.read_text(encoding="utf-8"))["sessions"]
        initial: str | None = sessions[0].get("initial_weights")
        return initial

    def write_comparison(self, rows: Sequence[BeforeAfter]) -> None:
        """Write what the old and the new model read."""
        text = json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
        write_atomic(self.comparison, f"{text}\n".encode())

    def write_words(self, words: Sequence[str]) -> None:
        """Make the folder and write the words that synthesis is to draw besides its own."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomic(self.words, "".join(f"{word}\n" for word in words).encode())

    def write_sides(self, learnt: Sequence[Dataset], held_back: Sequence[Dataset], *, resume: bool) -> None:
        """Write which real words are learnt from, and which are held back; a resumed run adds to the first.

        What was held back before stays as it is: none of it has been learnt from.
        """
        if not resume:
            self.trained_on.unlink(missing_ok=True)
            self.held_back.unlink(missing_ok=True)
        if learnt:
            add_trained_on(self.trained_on, learnt)
        if held_back and not self.held_back.exists():
            write_held_back(self.held_back, held_back)

    def held_back_before(self) -> frozenset[str]:
        """Return the hashes of the images that the run has held back so far."""
        return recorded_hashes(self.held_back)

    def append(self, line: Mapping[str, object]) -> None:
        """Add one line of metrics."""
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def metrics_bytes(self) -> int:
        """Force the metrics to the disk and return their length."""
        with self.metrics.open("ab") as file:
            os.fsync(file.fileno())
            return file.tell()

    def cut_metrics(self, length: int) -> None:
        """Forget the lines that were written after the saved step."""
        with self.metrics.open("ab") as file:
            file.truncate(length)

    @contextmanager
    def full_disk_stops(self, step: int) -> Iterator[None]:
        """Turn the failure to write a file into a TrainingError that says how to go on."""
        try:
            yield
        except ModelError as error:
            raise TrainingError(
                f"the run stops at step {step}: {error}\n"
                "    The state saved before is intact. Free space, then go on from it: "
                f"crnn train --resume --out {self.path}"
            ) from error

    def lines(self) -> list[dict[str, Any]]:
        """Read all lines of metrics."""
        if not self.metrics.exists():
            return []
        return [json.loads(line) for line in self.metrics.read_text(encoding="utf-8").splitlines()]


def describe_session(initial: str | None) -> dict[str, object]:
    """Say what a session runs with: versions, commit, command, hardware, start."""
    entry: dict[str, object] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("crnn", "torch", "numpy")},
        "hardware": describe_hardware(),
    }
    return entry | ({"initial_weights": initial} if initial else {})


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str | None:
    """Return the commit of this source tree, `+` where files differ from it; None outside git."""
    folder = Path(__file__).parent

    def git(*words: str) -> str:
        command = ["git", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
        return done.stdout.strip()

    try:
        if not git("ls-files", Path(__file__).name):  # installed inside somebody else's tree
            return None
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def write_card(
    recipe: Recipe, precision: Precision, steps: int, images: int, seconds: float
) -> dict[str, object]:
    """Say how long, on what and from which real words a model was trained; scores come beside it."""
    return {
        "steps": steps,
        "images": images,
        "seconds": round(seconds),
        "hardware": describe_hardware(),
        "precision": precision.name,
        "real_data": [real.path for real in recipe.data.real],
        "protocol": recipe.validation.protocol,
    }


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
