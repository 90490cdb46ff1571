"""A run from its first step to its last, through kills, stops, full disks and divergence."""

import errno
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Never

import numpy as np
import pytest

import crnn
from crnn.data import open_dataset
from crnn.errors import DataError, LabelError, TrainingError
from crnn.formats.checkpoint import load_checkpoint
from crnn.training.loop import Metrics
from crnn.training.monitor import StepMetrics
from crnn.training.real import count_known, read_trained_on
from crnn.training.recipe import Recipe
from crnn.training.start import open_initial
from crnn.training.train import run_training as train
from tests.training.conftest import lines

pytestmark = pytest.mark.slow

Recipes = Callable[..., Recipe]
LABELS = ["".join(letters) for length in (2, 3) for letters in product("abc", repeat=length)]
"""Of 36 pictures that all differ."""


class Killed(BaseException):
    """What ends a run in these tests as suddenly as kill -9: nothing catches it."""


def kill_at(step: int) -> Callable[[Metrics], None]:
    def kill(line: Metrics) -> None:
        if line.step >= step:
            raise Killed

    return kill


def test_a_run_learns_and_leaves_a_model_that_reads(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("training.steps=250", "training.validate_every=0", "training.log_every=10",
                      "optimizer.learning_rate=0.01", "training.ema_decay=0.9",
                      "training.batch_size=16", "model.hidden=16")  # fmt: skip
    result = train(settings, tmp_path / "run")
    assert (result.finished, result.step) == (True, 250)
    losses = [line["loss"] for line in lines(tmp_path / "run") if "loss" in line]
    assert losses[-1] < losses[0] / 4
    assert result.best_accuracy == 100
    reader = crnn.load(tmp_path / "run")
    dark_then_light = np.repeat(np.array([[0, 160]], np.uint8), 16, 1).repeat(32, 0)  # (32, 32)
    assert reader.read(dark_then_light).text == "ac"


def test_the_run_folder_says_what_was_done(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("training.steps=4", "training.validate_every=2")
    train(settings, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "recipe.toml", "provenance.json", "metrics.jsonl", "plot.png",
        "best.safetensors", "last.safetensors", "state.safetensors",
    }  # fmt: skip
    (session,) = json.loads((tmp_path / "provenance.json").read_text())["sessions"]
    assert {"started", "command", "commit", "python", "versions", "hardware"} <= session.keys()
    card = load_checkpoint(tmp_path / "last.safetensors").card
    assert (card["steps"], card["images"]) == (4, 32)
    assert "synthetic/words" in card["validation"]  # type: ignore[operator]
    assert [row["step"] for row in lines(tmp_path)] == [1, 2, 2, 3, 4, 4]


def test_the_first_step_of_a_session_is_told_at_once_and_changes_no_line(
    recipe: Recipes, tmp_path: Path
) -> None:
    settings = recipe("training.log_every=4", "training.steps=6")
    told: list[Metrics] = []
    train(settings, tmp_path / "run", on_metrics=told.append)
    assert [line.step for line in told if isinstance(line, StepMetrics)] == [1, 4, 6]
    first = told[0]
    assert isinstance(first, StepMetrics)
    assert first.left_s >= 0
    written = [row for row in lines(tmp_path / "run") if "loss" in row]
    assert [row["step"] for row in written] == [4, 6]
    every = recipe("training.log_every=1", "training.steps=6")
    train(every, tmp_path / "every")
    losses = [row["loss"] for row in lines(tmp_path / "every") if "loss" in row]
    assert written[0]["loss"] == pytest.approx(np.mean(losses[:4]))
    assert first.loss == losses[0]
    again: list[Metrics] = []
    train(
        recipe("training.log_every=4", "training.steps=9"),
        tmp_path / "run",
        resume=True,
        on_metrics=again.append,
    )
    assert [line.step for line in again if isinstance(line, StepMetrics)] == [7, 8, 9]


def test_steps_that_take_long_are_told_before_their_line_is_due(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crnn.training.loop.QUIET_S", 0.0)
    told: list[Metrics] = []
    train(recipe("training.log_every=4", "training.steps=6"), tmp_path, on_metrics=told.append)
    assert [line.step for line in told if isinstance(line, StepMetrics)] == [1, 2, 3, 4, 5, 6]
    assert [row["step"] for row in lines(tmp_path) if "loss" in row] == [4, 6]


@pytest.mark.parametrize(("killed_at", "log_every"), [(7, 1), (8, 3)])
def test_a_killed_run_goes_on_with_the_same_losses(
    recipe: Recipes, tmp_path: Path, killed_at: int, log_every: int
) -> None:
    settings = recipe(f"training.log_every={log_every}")
    train(settings, tmp_path / "whole")
    with pytest.raises(Killed):
        train(settings, tmp_path / "killed", on_metrics=kill_at(killed_at))
    result = train(settings, tmp_path / "killed", resume=True)
    assert result.finished
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")
    for name in ("best.safetensors", "last.safetensors"):
        ours = load_checkpoint(tmp_path / "killed" / name).model.state_dict()
        theirs = load_checkpoint(tmp_path / "whole" / name).model.state_dict()
        assert all(ours[key].equal(theirs[key]) for key in theirs)


def test_a_run_killed_before_its_first_save_starts_over(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("training.steps=5", "training.validate_every=0")
    train(settings, tmp_path / "whole")
    with pytest.raises(Killed):
        train(settings, tmp_path / "killed", on_metrics=kill_at(3))
    train(settings, tmp_path / "killed", resume=True)
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")


def test_adadelta_goes_on_with_the_same_losses_too(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("optimizer.kind=adadelta", "optimizer.learning_rate=1", "training.steps=8")
    train(settings, tmp_path / "whole")
    with pytest.raises(Killed):
        train(settings, tmp_path / "killed", on_metrics=kill_at(7))
    train(settings, tmp_path / "killed", resume=True)
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_saves_and_the_run_goes_on(
    recipe: Recipes, tmp_path: Path, number: signal.Signals
) -> None:
    settings = recipe()
    train(settings, tmp_path / "whole")

    def stop_at_4(line: Metrics) -> None:
        if line.step == 4:
            os.kill(os.getpid(), number)

    stopped = train(settings, tmp_path / "stopped", on_metrics=stop_at_4)
    assert (stopped.finished, stopped.step) == (False, 4)
    assert load_checkpoint(tmp_path / "stopped" / "last.safetensors").card["steps"] == 4
    assert train(settings, tmp_path / "stopped", resume=True).finished
    assert lines(tmp_path / "stopped") == lines(tmp_path / "whole")


def test_a_process_killed_outright_can_be_resumed(recipe: Recipes, tmp_path: Path) -> None:
    """The real kill -9, of a process of its own, while its workers prepare batches."""
    settings = recipe("training.workers=1")
    (tmp_path / "recipe.toml").write_text(settings.to_toml())
    program = (
        "import os, signal; from pathlib import Path\n"
        "import crnn.training.stream; from tests.training.conftest import Bars\n"
        "crnn.training.stream.Engine = Bars\n"
        "from crnn.training.train import run_training; from crnn.training.recipe import read_recipe\n"
        "def kill(line):\n"
        "    if line.step == 8: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"run_training(read_recipe({str(tmp_path / 'recipe.toml')!r}), {str(tmp_path / 'run')!r}, "
        "on_metrics=kill)\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    train(settings, tmp_path / "run", resume=True)
    train(settings, tmp_path / "whole")
    assert lines(tmp_path / "run") == lines(tmp_path / "whole")


def test_a_signal_to_the_whole_group_of_processes_saves_and_stops(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("training.workers=2", "training.steps=4000", "training.validate_every=0")
    (tmp_path / "recipe.toml").write_text(settings.to_toml())
    program = (
        "import os, signal; from pathlib import Path\n"
        "import crnn.training.stream; from tests.training.conftest import Bars\n"
        "crnn.training.stream.Engine = Bars\n"
        "from crnn.training.train import run_training; from crnn.training.recipe import read_recipe\n"
        "def stop(line):\n"
        "    if line.step == 8: os.killpg(0, signal.SIGTERM)\n"
        f"result = run_training(read_recipe({str(tmp_path / 'recipe.toml')!r}), "
        f"{str(tmp_path / 'run')!r}, on_metrics=stop)\n"
        "print(result.finished, result.step)\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=False, start_new_session=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (0, "False 8\n", False)


def test_a_torn_state_is_refused_with_the_way_out(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=2"), tmp_path)
    state = tmp_path / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(TrainingError, match=r"state\.safetensors.*\n.*--init"):
        train(recipe("training.steps=4"), tmp_path, resume=True)


def test_the_state_of_another_network_is_refused(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=2"), tmp_path)
    with pytest.raises(TrainingError, match="cannot be used"):
        train(recipe("training.steps=4", "model.hidden=7"), tmp_path, resume=True)


def test_a_full_disk_stops_the_run_and_leaves_the_older_state(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, replace = recipe(), os.replace

    def full(*_: object) -> Never:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_disk_at_9(line: Metrics) -> None:
        if line.step == 9:
            monkeypatch.setattr("os.replace", full)

    with pytest.raises(TrainingError, match=r"stops at step 12: .*No space left(.|\n)*--resume"):
        train(settings, tmp_path / "full", on_metrics=fill_disk_at_9)
    monkeypatch.setattr("os.replace", replace)
    assert not list((tmp_path / "full").glob(".*"))  # no temporary file stays behind
    train(settings, tmp_path / "full", resume=True)
    train(settings, tmp_path / "whole")
    assert lines(tmp_path / "full") == lines(tmp_path / "whole")


def test_a_folder_with_a_run_is_not_written_over(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=1"), tmp_path)
    with pytest.raises(TrainingError, match="already holds a run"):
        train(recipe("training.steps=1"), tmp_path)


def test_there_must_be_a_run_to_resume(recipe: Recipes, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no saved run"):
        train(recipe(), tmp_path / "none", resume=True)


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_helps(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crnn.training.loss import ctc_loss

    calls = iter(range(100))
    monkeypatch.setattr(
        "crnn.training.loop.ctc_loss",
        lambda *given: ctc_loss(*given) * (math.nan if next(calls) == 3 else 1),
    )
    with pytest.raises(TrainingError, match=r"diverged at step 3: loss nan.*\n.*learning_rate="):
        train(recipe(), tmp_path)
    assert len(lines(tmp_path)) == 3


def test_more_steps_can_be_asked_for_on_resuming(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=2"), tmp_path)
    assert train(recipe("training.steps=3"), tmp_path, resume=True).step == 3
    assert len(json.loads((tmp_path / "provenance.json").read_text())["sessions"]) == 2


def test_a_run_can_start_from_another_models_weights(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=2"), tmp_path / "first")
    settings = recipe("training.steps=1", "optimizer.learning_rate=0", "optimizer.weight_decay=0",
                      "training.ema_decay=0", "model.alphabet=abcd")  # fmt: skip
    train(settings, tmp_path / "second", initial=open_initial(tmp_path / "first"))
    first = load_checkpoint(tmp_path / "first" / "best.safetensors").model
    second = load_checkpoint(tmp_path / "second" / "last.safetensors").model
    assert second.score.weight[:4].equal(first.score.weight)
    assert second.score.weight.shape[0] == 5


def test_without_an_average_the_raw_weights_are_saved(recipe: Recipes, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    train(recipe("training.steps=3", "training.ema_decay=0"), tmp_path)
    state, last = load_file(tmp_path / "state.safetensors"), load_file(tmp_path / "last.safetensors")
    assert all(state[f"network.{name}"].equal(last[name]) for name in last)


def test_the_number_of_workers_does_not_change_the_losses(recipe: Recipes, tmp_path: Path) -> None:
    for workers in (0, 2):
        train(recipe(f"training.workers={workers}", "training.steps=5"), tmp_path / str(workers))
    assert lines(tmp_path / "0") == lines(tmp_path / "2")


def test_bf16_trains_too(recipe: Recipes, tmp_path: Path) -> None:
    assert train(recipe("training.precision=bf16-mixed", "training.steps=2"), tmp_path).finished


def test_missing_real_data_stop_the_run_before_it_begins(recipe: Recipes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        train(recipe('data.real=[{path="nowhere.tsv"}]'), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_label_outside_the_alphabet_stops_it_too(
    recipe: Recipes, tmp_path: Path, words: Callable[..., Path]
) -> None:
    with pytest.raises(LabelError, match="'x'"):
        train(recipe(f'data.real=[{{path="{words("ab", "x")}"}}]'), tmp_path / "run")


def test_a_run_ends_early_where_validation_no_longer_improves(recipe: Recipes, tmp_path: Path) -> None:
    settings = recipe("training.steps=40", "training.validate_every=2", "training.patience=3",
                      "optimizer.learning_rate=0")  # fmt: skip
    result = train(settings, tmp_path / "run")
    assert (result.finished, result.step) == (True, 8)  # the first validation, and three no better
    assert load_checkpoint(tmp_path / "run" / "best.safetensors").card["steps"] == 8  # of equals the last
    assert train(settings, tmp_path / "run", resume=True).step == 8 + 2  # asked for, it looks once more


def test_a_run_from_a_model_ends_with_what_old_and_new_read(
    recipe: Recipes, tmp_path: Path, words: Callable[..., Path]
) -> None:
    train(recipe("training.steps=2"), tmp_path / "old")
    table = words(*["ab", "ba", "ac", "ca", "bc"] * 2, "abc", "bca", "cab", "acb")
    settings = recipe(
        "training.steps=2",
        f'data.real=[{{path="{table}"}}]',
        "validation.held_back=0.2",
        "data.real_share=0.5",
    )
    result = train(settings, tmp_path / "new", initial=open_initial(tmp_path / "old"))
    assert [(row.dataset, row.protocol) for row in result.comparison][-1] == ("synthetic/words", "alnum")
    assert result.comparison[0].dataset == f"{table.parent.name}/words"
    stored = json.loads((tmp_path / "new" / "comparison.json").read_text())
    assert [row["after"] for row in stored] == [row.after for row in result.comparison]


def test_a_run_whose_first_model_is_gone_still_finishes(recipe: Recipes, tmp_path: Path) -> None:
    train(recipe("training.steps=2"), tmp_path / "old")
    train(recipe("training.steps=2"), tmp_path / "new", initial=open_initial(tmp_path / "old"))
    (tmp_path / "old" / "best.safetensors").unlink()
    (tmp_path / "old" / "last.safetensors").unlink()
    result = train(recipe("training.steps=4"), tmp_path / "new", resume=True)
    assert (result.finished, result.comparison) == (True, ())


def test_a_run_lists_what_it_held_back_and_what_it_learnt_from(
    recipe: Recipes, tmp_path: Path, words: Callable[..., Path]
) -> None:
    first, second = words(*LABELS[:30]), words(*LABELS[30:])
    settings = ["validation.held_back=0.1", "data.real_share=1", 'model.alphabet="abc"']
    folder = tmp_path / "run"
    train(recipe("training.steps=1", f'data.real=[{{path="{first}"}}]', *settings), folder)
    held_back = open_dataset(folder / "held_back.tsv")
    known = read_trained_on(folder / "trained_on.txt")
    assert len(held_back) == 15
    assert count_known(held_back, known) == 0
    assert count_known(open_dataset(first), known) == 15
    listed = (folder / "held_back.tsv").read_text()
    both = f'data.real=[{{path="{first}"}}, {{path="{second}"}}]'
    train(recipe("training.steps=2", both, *settings), folder, resume=True)
    known = read_trained_on(folder / "trained_on.txt")
    assert (folder / "held_back.tsv").read_text() == listed
    assert count_known(held_back, known) == 0
    assert count_known(open_dataset(second), known) == len(LABELS[30:])


def test_a_run_of_an_earlier_version_lists_what_it_held_back_when_it_is_resumed(
    recipe: Recipes, tmp_path: Path, words: Callable[..., Path]
) -> None:
    settings = recipe(
        "training.steps=1", f'data.real=[{{path="{words(*LABELS)}"}}]',
        "validation.held_back=0.1", "data.real_share=1",
    )  # fmt: skip
    train(settings, tmp_path)
    listed = (tmp_path / "held_back.tsv").read_text()
    (tmp_path / "held_back.tsv").unlink()
    (tmp_path / "trained_on.txt").unlink()
    train(settings, tmp_path, resume=True)
    assert (tmp_path / "held_back.tsv").read_text() == listed
    assert (
        count_known(open_dataset(tmp_path / "held_back.tsv"), read_trained_on(tmp_path / "trained_on.txt"))
        == 0
    )
