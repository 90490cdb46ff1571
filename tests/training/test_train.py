"""`crnn.train`: what the command does, from Python."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import RecipeError, TrainingError
from crnn.training.monitor import StepMetrics
from crnn.training.recipe import Recipe
from crnn.training.validation import ValidationMetrics
from tests.training.conftest import RECIPE, lines

Recipes = Callable[..., Recipe]
Words = Callable[..., Path]
SHORT = ["training.steps=2", "training.validate_every=0"]


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "bars.toml"
    path.write_text(RECIPE)
    return path


def test_a_recipe_is_trained_and_its_model_reads(recipe_file: Path, tmp_path: Path) -> None:
    result = crnn.train(recipe_file, out=tmp_path / "run", settings=SHORT)
    assert (result.finished, result.step, result.steps) == (True, 2, 2)
    assert crnn.load(result.model).alphabet.symbols == tuple("abc")
    assert result.comparison == ()


def test_a_recipe_may_be_one_that_was_read(recipe: Recipes, tmp_path: Path) -> None:
    result = crnn.train(recipe("training.steps=9"), out=tmp_path / "run", settings="training.steps=1")
    assert (result.steps, result.finished) == (1, True)


def test_metrics_are_records_with_the_keys_of_the_file(recipe_file: Path, tmp_path: Path) -> None:
    seen: list[StepMetrics | ValidationMetrics] = []
    crnn.train(recipe_file, out=tmp_path, settings=SHORT, on_metrics=seen.append)
    first, last = seen[0], seen[-1]
    assert isinstance(first, StepMetrics)
    assert (first.step, first.steps, first.source) == (1, 2, "synthetic")
    assert isinstance(last, ValidationMetrics)
    assert last.validation["synthetic/words"].n == 8
    stored = lines(tmp_path)
    assert [set(row) <= set(metrics.to_json()) for row, metrics in zip(stored, seen, strict=True)] == [
        True
    ] * 3
    assert list(first.to_json()) == [
        "step", "images", "loss", "too_long", "unreadable", "images_per_s", "waiting", "left_s", "rate",
        "gradient", "blank_only", "source", "elapsed_s",
    ]  # fmt: skip


def test_words_an_alphabet_and_a_model_to_start_from_are_given_by_name(
    recipe_file: Path, tmp_path: Path, words: Words
) -> None:
    crnn.train(recipe_file, out=tmp_path / "old", settings=SHORT)
    result = crnn.train(
        recipe_file, out=tmp_path / "new", data=words("ab", "bd", "da"), initial=tmp_path / "old",
        alphabet="auto", settings=SHORT,
    )  # fmt: skip
    assert crnn.load(result.model).alphabet.symbols == tuple("abd")
    assert [row.dataset for row in result.comparison] == ["synthetic/words"]


@pytest.mark.parametrize("alphabet", ["abcd", ["a", "b", "c", "d"], Alphabet("abcd")])
def test_an_alphabet_is_a_text_a_list_or_an_alphabet(
    recipe_file: Path, tmp_path: Path, alphabet: str | list[str] | Alphabet
) -> None:
    result = crnn.train(recipe_file, out=tmp_path / "run", alphabet=alphabet, settings=SHORT)
    assert crnn.load(result.model).alphabet.symbols == tuple("abcd")


def test_each_data_set_and_the_first_model_are_opened_once(
    recipe_file: Path, tmp_path: Path, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crnn.formats.load import load_weights
    from crnn.training.real import open_dataset

    crnn.train(recipe_file, out=tmp_path / "old", settings=SHORT)
    opened: list[str] = []

    def note(path: str) -> object:
        opened.append(str(path))
        return open_dataset(path)

    def note_model(path: str) -> object:
        opened.append(str(path))
        return load_weights(path)

    monkeypatch.setattr("crnn.training.real.open_dataset", note)
    monkeypatch.setattr("crnn.training.start.load_weights", note_model)
    monkeypatch.setattr("crnn.training.validation.load_weights", note_model)
    table, also = words("ab", "bc", "ca"), words("ab")
    out = tmp_path / "new"
    crnn.train(
        recipe_file, out=out, data=[table], initial=tmp_path / "old", alphabet="auto",
        settings=[*SHORT, f'validation.data=["{table}"]', f'validation.also=["{also}"]'],
    )  # fmt: skip
    assert sorted(opened) == sorted(
        [str(table), str(also), str(tmp_path / "old"), str(out / "best.safetensors")]
    )


def test_a_run_is_resumed_and_says_what_has_changed(
    recipe_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crnn")
    crnn.train(recipe_file, out=tmp_path / "run", settings=SHORT)
    result = crnn.train(out=tmp_path / "run", resume=True, settings="training.steps=3")
    assert (result.finished, result.step) == (True, 3)
    assert "changed on resuming: training.steps: 2 -> 3" in caplog.messages


def test_a_run_without_a_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="name a recipe, such as small"):
        crnn.train(out=tmp_path)
    with pytest.raises(RecipeError, match="there is no run to resume in"):
        crnn.train(out=tmp_path, resume=True)


def test_a_device_that_this_machine_lacks_is_refused_before_anything_is_opened(
    recipe_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    for device in ("cuda", "mps"):
        with pytest.raises(TrainingError, match=rf"training.device is '{device}', but .*\n.*=cpu"):
            crnn.train(
                recipe_file, out=tmp_path / "run", data="none.tsv", alphabet="auto",
                settings=f"training.device={device}",
            )  # fmt: skip
    assert not (tmp_path / "run").exists()
