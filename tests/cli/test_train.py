"""`crnn train`, from the recipe on the command line to the exit status."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("lightning_fabric", reason="training needs the extra 'train'")

import crnn as package
from crnn.training.recipe import RECIPES, packaged_recipes
from tests.cli.conftest import Run
from tests.training.conftest import RECIPE, Bars, lines, words

pytestmark = pytest.mark.slow

Crnn = Callable[..., Run]
__all__ = ["words"]  # a fixture that is found by its name


@pytest.fixture(autouse=True)
def _bars_for_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crnn.training.stream.Engine", Bars)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "bars.toml"
    path.write_text(RECIPE)
    return path


def test_a_run_ends_with_its_model_and_accuracy(crnn: Crnn, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run = crnn("train", recipe, "--out", out, "--set", "training.steps=2")
    path, accuracy = run.out.split("\t")
    assert (run.status, path) == (0, str(out / "best.safetensors"))
    assert 0 <= float(accuracy) <= 100
    assert "precision: 32-true, as training.precision says\n" in run.err
    assert "threads: 1, as training.threads says" in run.err.partition("step 1/2  loss ")[0]
    assert " left  rate" in run.err.partition("step 1/2  loss ")[2].partition("\n")[0]
    assert "step 2/2  loss " in run.err
    assert "images/s" in run.err
    assert "step 2: word accuracy" in run.err
    assert package.load(out).alphabet.symbols == ("a", "b", "c")


def test_a_finished_run_goes_on_by_its_own_recipe(crnn: Crnn, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    crnn("train", recipe, "--out", out, "--set", "training.steps=2")
    run = crnn("train", "--resume", "--out", out, "--set", "training.steps=3")
    assert run.status == 0
    assert "changed on resuming: training.steps: 2 -> 3" in run.err
    assert [line["step"] for line in lines(out) if "loss" in line] == [1, 2, 3]


def test_ctrl_c_saves_says_how_to_go_on_and_ends_in_130(
    crnn: Crnn, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Bars.batch

    def interrupted(bars: Bars, index: int) -> object:
        if index == 3 and bars.seed == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return make(bars, index)

    monkeypatch.setattr(Bars, "batch", interrupted)
    out = tmp_path / "run"
    run = crnn("train", recipe, "--out", out)
    assert (run.status, run.out) == (130, "")
    assert f"saved at step 4 of 12. Go on: crnn train --resume --out {out}" in run.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "run"], "name a recipe, such as small or mine.toml"),
        (["--resume", "--out", "run"], "there is no run to resume in run"),
        (["none.toml", "--out", "run"], "RecipeError: no recipe 'none.toml'"),
        (["bars.toml"], "Missing option '--out'"),
        (["bars.toml", "--out", "run", "--set", "training.stepz=1"], "Did you mean 'steps'?"),
        (["bars.toml", "--out", "run", "--resume"], "TrainingError: run holds no saved run"),
        (["bars.toml", "--out", "run", "--init", "none"], "ModelError: "),
        (["bars.toml", "--out", "run", "--data", "none.tsv"], "DataError: none.tsv"),
    ],
)
@pytest.mark.usefixtures("recipe")
def test_wrong_usage_is_explained_and_ends_in_2(
    crnn: Crnn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    run = crnn("train", *arguments)
    assert (run.status, run.out) == (2, "")
    assert message in run.err
    assert not Path("run").exists()


def test_fine_tuning_ends_with_a_table_of_before_and_after(
    crnn: Crnn, recipe: Path, tmp_path: Path, words: Callable[..., Path]
) -> None:
    crnn("train", recipe, "--out", tmp_path / "old", "--set", "training.steps=1")
    table = words(*(first + second for first in "abc" for second in "abc"))
    run = crnn(
        "train", recipe, "--out", tmp_path / "new", "--init", tmp_path / "old", "--data", table,
        "--alphabet", "auto", "--replay", "0.5", "--set", "validation.held_back=0.2",
        "--set", "training.steps=2", "--set", "synthesis.words=auto",
    )  # fmt: skip
    assert run.status == 0
    assert "alphabet: the 3 symbols of 9 labels: abc" in run.err
    assert "more words held back to validate on" in run.err
    assert "words before  after  protocol" in run.err
    assert "synthetic/words" in run.err
    settled = (tmp_path / "new" / "recipe.toml").read_text()
    assert "real_share = 0.5" in settled
    assert (tmp_path / "new" / "words.txt").read_text().split()
    open_recipe = tmp_path / "open.toml"
    open_recipe.write_text(RECIPE.replace('"abc"', '"auto"'))
    run = crnn("train", open_recipe, "--out", tmp_path / "new", "--resume", "--set", "training.steps=3")
    assert (run.status, run.err.count("changed on resuming")) == (0, 1)


def test_an_alphabet_of_digits_stays_a_text(crnn: Crnn, recipe: Path, tmp_path: Path) -> None:
    crnn("train", recipe, "--out", tmp_path / "run", "--alphabet", "210", "--set", "training.steps=1")
    assert package.load(tmp_path / "run").alphabet.symbols == ("2", "1", "0")


def test_the_help_lists_every_packaged_recipe(crnn: Crnn) -> None:
    block = crnn("train", "--help").out.split("Recipes that come with the package:\n")[1].split("\n\n")[0]
    lines = [line.split(maxsplit=1) for line in block.splitlines()]
    assert sorted(name for name, _ in lines) == list(packaged_recipes())


def test_a_recipe_is_named_or_a_path(crnn: Crnn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [f"--set={setting}" for setting in (
        "training.steps=1", "training.batch_size=4", "training.workers=0", "validation.synthetic=8",
    )]  # fmt: skip
    assert crnn("train", "smoke", "--out", "named", *settings).status == 0
    Path("mine.toml").write_text((RECIPES / "smoke.toml").read_text())
    assert crnn("train", "mine.toml", "--out", "path", *settings).status == 0
    assert Path("named/recipe.toml").read_text() == Path("path/recipe.toml").read_text()
