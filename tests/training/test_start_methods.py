"""Workers that are forked, spawned or of a fork server: the same losses, and no second run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.slow

START_METHODS = ("fork", "spawn", "forkserver")

TRAIN_UNDER_EACH = """
    import multiprocessing
    import sys
    from crnn.training.train import run_training as train
    from crnn.training.recipe import read_recipe

    if __name__ == "__main__":
        for method in sys.argv[2:]:
            multiprocessing.set_start_method(method, force=True)
            for recipe, changes in RECIPES.items():
                train(read_recipe(recipe, changes), f"{sys.argv[1]}/{method}-{recipe}")
"""
WITHOUT_GUARD = """
    import multiprocessing
    import sys
    import crnn.training.train
    from crnn.training.recipe import read_recipe

    multiprocessing.set_start_method(sys.argv[2], force=True)
    crnn.training.train.run_training(read_recipe("smoke", CHANGES), sys.argv[1])
"""
ENTRY_SCRIPT_WITHOUT_GUARD = """
    import multiprocessing
    import sys
    from crnn.cli import main

    multiprocessing.set_start_method(sys.argv.pop(1), force=True)
    sys.exit(main())
"""


@pytest.fixture(scope="module")
def changes(root: Path) -> list[str]:
    """Two steps of few words in one face, prepared by one worker."""
    face = min((root / "src/crnn/synthesis/starter/faces").glob("*.woff"))
    return [
        "training.steps=2", "training.log_every=1", "training.validate_every=0", "training.workers=1",
        'training.device="cpu"', "training.batch_size=4", "validation.synthetic=4",
        f'synthesis.fonts=["{face}"]',
    ]  # fmt: skip


def run(script: Path, text: str, root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in the repository, in a Python of its own."""
    script.write_text(dedent(text))
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def losses(folder: Path) -> list[float]:
    rows = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [row["loss"] for row in rows if "loss" in row]


@pytest.fixture(scope="module")
def runs(changes: list[str], root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold a run of the smoke recipe under each start method."""
    folder = tmp_path_factory.mktemp("runs")
    recipes = {"smoke": changes}
    text = TRAIN_UNDER_EACH.replace("RECIPES", repr(recipes))
    done = run(folder / "script.py", text, root, folder, *START_METHODS)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("method", START_METHODS)
def test_the_smoke_recipe_trains_with_the_same_losses(runs: Path, method: str) -> None:
    trained = losses(runs / f"{method}-smoke")
    assert len(trained) == 2
    assert trained == losses(runs / "fork-smoke")


@pytest.mark.parametrize(
    ("method", "comment"), [("spawn", "# a comment says __main__, and no line does\n"), ("forkserver", "")]
)
def test_a_script_without_a_guard_is_told_of_it_and_begins_no_second_run(
    changes: list[str], root: Path, tmp_path: Path, method: str, comment: str
) -> None:
    text = comment + dedent(WITHOUT_GUARD.replace("CHANGES", repr(changes)))
    done = run(tmp_path / "script.py", text, root, tmp_path / "run", method)
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]
    assert "script.py" in done.stderr
    assert "memory" not in done.stderr
    assert "already holds a run" not in done.stderr
    assert (tmp_path / "run").exists() == bool(comment)  # seen in time, no run was begun at all


def test_the_command_trains_whatever_script_starts_it(changes: list[str], root: Path, tmp_path: Path) -> None:
    settings = [word for change in changes for word in ("--set", change)]
    arguments = ["train", "smoke", "--out", tmp_path / "run", *settings]
    done = run(tmp_path / "crnn", ENTRY_SCRIPT_WITHOUT_GUARD, root, "spawn", *arguments)
    assert done.returncode == 0, done.stderr
    assert len(losses(tmp_path / "run")) == 2
