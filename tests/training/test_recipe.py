"""Recipes: read, changed, checked, written back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import RecipeError
from crnn.model.crnn import preset
from crnn.training.recipe import (
    RECIPES,
    Recipe,
    compare,
    find_recipe,
    packaged_recipes,
    parse_recipe,
    read_recipe,
)
from tests.training.conftest import RECIPE

Recipes = Callable[..., Recipe]


def test_the_recipes_are_files_of_the_package() -> None:
    assert packaged_recipes() == ("base", "finetune", "lines", "paper", "small", "smoke", "tiny")
    assert find_recipe("small") == Path(crnn.__file__).parent / "recipes" / "small.toml"


def test_a_recipes_name_means_the_packaged_one_and_a_path_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small").write_text(RECIPE)
    assert find_recipe("small").parent == RECIPES
    assert find_recipe("./small") == find_recipe(Path("small")) == Path("small")


@pytest.mark.parametrize("name", ["smal", "recipes/small.toml", "smal.toml"])
def test_an_unknown_recipe_is_answered_with_the_names_and_the_nearest(name: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe(name)
    assert f"no recipe '{name}'" in str(caught.value)
    assert "(base, finetune, lines, paper, small, smoke, tiny)" in str(caught.value)
    assert "Did you mean 'small'?" in str(caught.value)


@pytest.mark.parametrize("name", ["paper", "tiny", "small", "base", "smoke"])
def test_a_packaged_recipe_reads_back_equal_from_what_a_run_writes(name: str) -> None:
    recipe = read_recipe(name)
    assert parse_recipe(recipe.to_toml()) == recipe


def test_the_papers_recipe_is_the_papers() -> None:
    recipe = read_recipe("paper")
    assert recipe.model == preset("paper")
    assert recipe.alphabet.symbols == tuple("0123456789abcdefghijklmnopqrstuvwxyz")
    assert recipe.optimizer.kind == "adadelta"
    assert recipe.preprocess.width_px(500, 32) == recipe.preprocess.width_px(10, 32) == 100


def test_a_preset_can_be_changed_in_part() -> None:
    text = '[model]\npreset = "tiny"\nhidden = 40\nalphabet = "digits"\n[training]\nsteps = 1\n'
    model = parse_recipe(text).model
    assert (model.hidden, model.convolution) == (40, preset("tiny").convolution)


def test_symbols_of_several_characters_are_a_list() -> None:
    recipe = parse_recipe(RECIPE, ['model.alphabet=["c4", "d4", "rest"]'])
    assert recipe.alphabet.symbols == ("c4", "d4", "rest")
    assert parse_recipe(recipe.to_toml()) == recipe


def test_a_recipe_may_name_the_language_that_its_model_reads_with() -> None:
    recipe = parse_recipe(RECIPE, ["model.alphabet=print94", "model.language=english"])
    assert recipe.language == "english"
    assert parse_recipe(recipe.to_toml()) == recipe
    assert parse_recipe(RECIPE, ['model.language=""']).language is None


def test_a_language_of_another_alphabet_or_of_no_name_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"model\.language: .*its language 'english' spells"):
        parse_recipe(RECIPE, ["model.language=english"])
    with pytest.raises(RecipeError, match=r"model\.language: no language 'klingon' .*\(english\)"):
        parse_recipe(RECIPE, ["model.language=klingon"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training.stepz=3", r"\[training\] has no key 'stepz'\. Did you mean 'steps'\?"),
        ("trainig.steps=3", "has no key 'trainig'. Did you mean 'training'?"),
        ("model.hiden=3", "did you mean 'hidden'"),
        ("synthesis.sead=3", r"\[synthesis\] has no key 'sead'\. Did you mean 'seed'"),
        ("training.steps=3.5", r"training\.steps is 3\.5; it must be a whole number"),
        ("training.steps=0", r"training\.steps is 0; it must be at least 1"),
        ("training.precision=fp8", "it must be one of 'auto', '32-true', 'bf16-mixed'"),
        ("data.augment=1", "it must be true or false"),
        ("data.real_share=1.5", "it must lie between 0 and 1"),
        ("optimizer.learning_rate=nan", "learning_rate is nan; it must be at least 0"),
        ("optimizer.betas=[0.9]", "optimizer.betas is .*; it must be a list of 2 times a number"),
        ('data.real=[{path="x", wight=2}]', r"\[data\.real\[0\]\] has no key 'wight'"),
        ("data.real=[{weight=2.0}]", "path"),
        ("model.preset=smal", "smal"),
        ("preprocess.height=48", "preprocess.height is 48 but the model reads images 32 px high"),
        ("steps=3", "is not section.key=value"),
        ("training.steps", "is not section.key=value"),
    ],
)
def test_a_wrong_change_is_named_with_what_would_be_right(change: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_recipe(RECIPE, [change])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = ", "not TOML"),
        ("model = 3", r"must be a section: \[model\]"),
        ("[training]\nsteps = 1", "lacks 'alphabet'"),
        ('[model]\npreset = "tiny"\nalphabet = "digits"', "steps"),
    ],
)
def test_a_faulty_recipe_is_refused(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_recipe(text)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no recipe '.*none\.toml'"):
        read_recipe(tmp_path / "none.toml")


def test_an_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[trane]\n")
    with pytest.raises(RecipeError, match=r"mine\.toml: the recipe has no key 'trane'"):
        read_recipe(tmp_path / "mine.toml")


def test_two_recipes_are_compared_setting_by_setting(recipe: Recipes) -> None:
    assert compare(recipe(), recipe()) == []
    changed = recipe("training.steps=9", "optimizer.betas=[0.5, 0.6]")
    assert compare(recipe(), changed) == [
        "training.steps: 12 -> 9",
        "optimizer.betas: [0.9, 0.98] -> [0.5, 0.6]",
    ]


def test_odd_symbols_survive_the_way_through_toml() -> None:
    odd = ['"', "\\", "\x7f", "\t", "é", "😀", "'"]
    recipe = replace(parse_recipe(RECIPE), alphabet=Alphabet(odd))
    assert parse_recipe(recipe.to_toml()) == recipe


def test_a_separator_goes_with_the_alphabet() -> None:
    notes = ['model.alphabet=["C4", "D4"]', 'model.separator=" "', "validation.protocol=exact"]
    recipe = parse_recipe(RECIPE, notes)
    assert recipe.alphabet == Alphabet(["C4", "D4"], separator=" ")
    assert parse_recipe(recipe.to_toml()) == recipe


def test_a_protocol_that_takes_the_separator_away_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"validation\.protocol: protocol 'alnum' removes ' '"):
        parse_recipe(RECIPE, ['model.alphabet=["C4", "D4"]', 'model.separator=" "'])
