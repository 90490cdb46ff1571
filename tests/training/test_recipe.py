"""Recipes: read, changed, checked, written back."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import RecipeError
from crnn.model.crnn import preset
from crnn.training.recipe import (
    RECIPES,
    Recipe,
    differences,
    find_recipe,
    json_schema,
    make_recipe,
    packaged_recipes,
    parse_recipe,
    parse_tables,
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
    assert recipe.model.network() == preset("paper")
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
        ("model.hiden=3", r"\[model\] has no key 'hiden'\. Did you mean 'hidden'"),
        ("synthesis.sead=3", r"\[synthesis\] has no key 'sead'\. Did you mean 'seed'"),
        ("training.steps=3.5", r"training\.steps is 3\.5; it must be a whole number"),
        ("training.steps=0", r"training\.steps is 0; it must be at least 1"),
        ("training.precision=fp8", "it must be one of 'auto', '32-true', 'bf16-mixed'"),
        ("data.augment=1", "it must be true or false"),
        ("data.real_share=1.5", "data.real_share is 1.5; it must be at most 1"),
        ("optimizer.learning_rate=nan", "learning_rate is nan; it must be a finite number"),
        ("optimizer.betas=[0.9]", "optimizer.betas is .*; it must be a list of 2 times a number"),
        ("optimizer.betas=[0.9, 0.9, 0.9]", "optimizer.betas is .*; it must be a list of 2 times a number"),
        ('optimizer.betas=[0.9, "x"]', r"optimizer\.betas\[1\] is 'x'; it must be a number"),
        ("optimizer=3", "is not section.key=value"),
        ("data.real=3", "data.real is 3; it must be a list of a table"),
        ("data.real=[3]", r"data\.real\[0\] is 3; it must be a table"),
        ("training.seed=2026-11-30", "training.seed is datetime.date.*; it must be a whole number"),
        ("training.steps=true", "training.steps is True; it must be a whole number"),
        ("training.steps=1_000.0", "it must be a whole number"),
        ("training.steps.a=3", "training.steps is 12, which has no keys"),
        ("training.steps=" + "9" * 5000, "training.steps is '9.*; it must be a whole number"),
        ("model.separator=1", "model.separator is 1; it must be a text"),
        ("model.hidden=99999", "model.hidden is 99999"),
        ("model.hidden=big", "model.hidden is 'big'; it must be a whole number"),
        (
            "preprocess.resample=cubic",
            "preprocess.resample is 'cubic'; it must be one of 'bilinear', 'bicubic'",
        ),
        ("synthesis.fonts=starter", "synthesis.fonts is 'starter'; it must be a list of a text"),
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
        ('[model]\npreset = "tiny"\nalphabet = "digits"', r"the recipe lacks \[training\]"),
        ('[model]\npreset = "tiny"\nalphabet = "digits"\n[training]', r"\[training\] lacks 'steps'"),
        ("x = " + "[" * 100_000, "not TOML"),
        ("x = " + "9" * 5000, "not TOML"),
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
    assert differences(recipe(), recipe()) == []
    changed = recipe("training.steps=9", "optimizer.betas=[0.5, 0.6]")
    assert differences(recipe(), changed) == [
        "training.steps: 12 -> 9",
        "optimizer.betas: [0.9, 0.98] -> [0.5, 0.6]",
    ]


def test_odd_symbols_survive_the_way_through_toml() -> None:
    odd = ['"', "\\", "\x7f", "\t", "é", "😀", "'"]
    tables = parse_tables(RECIPE)
    tables["model"]["alphabet"] = odd
    recipe = make_recipe(tables)
    assert recipe.alphabet == Alphabet(odd)
    assert parse_recipe(recipe.to_toml()) == recipe


def test_a_separator_goes_with_the_alphabet() -> None:
    notes = ['model.alphabet=["C4", "D4"]', 'model.separator=" "', "validation.protocol=exact"]
    recipe = parse_recipe(RECIPE, notes)
    assert recipe.alphabet == Alphabet(["C4", "D4"], separator=" ")
    assert parse_recipe(recipe.to_toml()) == recipe


def test_a_protocol_that_takes_the_separator_away_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"validation\.protocol: protocol 'alnum' removes ' '"):
        parse_recipe(RECIPE, ['model.alphabet=["C4", "D4"]', 'model.separator=" "'])


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(RECIPE, ["training.stepz=3", "optimizer.kind=sgd", "data.real_share=2"])
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "[training]", "data.real_share", "optimizer.kind",
    ]  # fmt: skip


OLD = """
[model]
alphabet = "abc"
convolution = ["conv 4 k3 s2 p1 norm", "conv 8 k3 s2 p1 norm", "conv 8 k8x1 s1 p0"]
height_px = 32
cell = "lstm"
hidden = 6
layers = 1
directions = 2
join = false
pixels = "standardise"
initial = "kaiming"

[training]
steps = 16000
batch_size = 128
precision = "bf16-mixed"
average_decay = 0.995
seed = 26
device = "auto"
workers = 1
threads = 1
log_every = 20
validate_every = 2000
patience = 0
save_every_s = 300.0

[preprocess]
height = 32
min_width = 96
max_width = 800
width_step = 16
resample = "bilinear"
turn = true
windows = true

[synthesis]
seed = 26
fonts = ["starter"]
words = []
words_share = 0.5
backgrounds = []
cap_height_px = 24
max_length = 64

[data]
real = [{path = "a.tsv", weight = 1.0}, {path = "b.zip/train.tsv", weight = 0.5}]
real_share = 0.5
real_from = 0.0
augment = true
drop_unreadable = true
unreadable_images = "skip"
fold_case = "keep"
fold_accents = false

[optimizer]
kind = "adamw"
learning_rate = 0.0015
weight_decay = 0.05
betas = [0.9, 0.98]
clip_norm = 5.0
frozen_layers = 0

[schedule]
warmup_steps = 500
decay = "cosine"
final_fraction = 0.01

[validation]
data = ["val.tsv"]
held_back = 0.0
also = []
protocol = "exact"
synthetic = 512
"""
"""What a run of version 0.1 wrote, with every key that it had."""


def test_a_recipe_of_an_earlier_run_means_what_it_meant() -> None:
    recipe = parse_recipe(OLD)
    assert recipe.data.unusable_labels == "skip"
    assert recipe.training.ema_decay == 0.995
    assert recipe.optimizer.betas == (0.9, 0.98)
    assert [(real.path, real.weight) for real in recipe.data.real] == [("a.tsv", 1), ("b.zip/train.tsv", 0.5)]
    assert (
        parse_recipe(OLD.replace("drop_unreadable = true", "drop_unreadable = false")).data.unusable_labels
        == "stop"
    )
    written = recipe.to_toml()
    assert "drop_unreadable" not in written
    assert "average_decay" not in written
    assert parse_recipe(written) == recipe


def test_a_key_of_earlier_versions_can_still_be_set() -> None:
    recipe = parse_recipe(OLD, ["data.drop_unreadable=false", "training.average_decay=0.5"])
    assert (recipe.data.unusable_labels, recipe.training.ema_decay) == ("stop", 0.5)
    recipe = parse_recipe(OLD, ["data.unusable_labels=stop"])
    assert recipe.data.unusable_labels == "stop"
    with pytest.raises(RecipeError, match=r"unusable_labels is 'yes'; it must be one of 'stop', 'skip'"):
        parse_recipe(OLD, ["data.drop_unreadable=yes"])


def test_a_value_keeps_its_spaces_and_an_alphabet_of_digits_is_no_number() -> None:
    assert parse_recipe(RECIPE, ["model.alphabet=0123 "]).alphabet.symbols == tuple("0123 ")
    assert parse_recipe(RECIPE, ["model.alphabet=123 "]).alphabet.symbols == tuple("123 ")


def test_the_schema_knows_every_key_of_the_packaged_recipes_and_what_each_means() -> None:
    schema = json.loads(json_schema())
    for name in packaged_recipes():
        for section, table in tomllib.loads(find_recipe(name).read_text("utf-8")).items():
            reference = schema["properties"][section]["$ref"].rpartition("/")[2]
            keys = schema["$defs"][reference]["properties"]
            for key, value in table.items():
                assert keys[key]["description"], (section, key)
                if value == "auto" and "enum" not in keys[key]:
                    assert {"const": "auto"} in keys[key]["anyOf"]


def test_the_schema_says_types_ranges_choices_and_what_may_be_left_out() -> None:
    known = json.loads(json_schema())["$defs"]
    assert known["DataConfig"]["properties"]["real_from"]["maximum"] == 1
    assert known["OptimizerConfig"]["properties"]["kind"]["enum"] == ["adamw", "adadelta"]
    assert known["TrainingConfig"]["required"] == ["steps"]
    assert "required" not in known["ModelSettings"]
    assert known["TrainingConfig"]["additionalProperties"] is False
