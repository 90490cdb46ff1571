"""Recipes with "auto" in them, resolved by the words and the initial model."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from crnn.alphabet import Alphabet
from crnn.errors import DataError, ModelError, RecipeError
from crnn.formats.checkpoint import save_checkpoint
from crnn.formats.load import load_weights
from crnn.training.finetune import TABLE, ResolvedRecipe, _folded_sets, choose, resolve_auto
from crnn.training.real import OpenSets
from crnn.training.recipe import Tables, parse_recipe, parse_tables, read_tables
from tests.training.conftest import RECIPE

pytestmark = pytest.mark.slow

Words = Callable[..., Path]
LABELS = [first + second for first in "abc" for second in "abc"] * 3


def resolve(tables: Tables, initial: str | Path | None, words_file: Path) -> ResolvedRecipe:
    return resolve_auto(tables, load_weights(initial) if initial else None, words_file, OpenSets())


def opened(name: str, table: Path, *changes: str) -> Tables:
    return read_tables(name, [f'data.real=[{{path="{table}"}}]', *changes])


@pytest.mark.parametrize("name", ["finetune", "lines"])
def test_a_resolved_recipe_leaves_nothing_open(tmp_path: Path, words: Words, name: str) -> None:
    resolved = resolve(opened(name, words(*LABELS)), "small", tmp_path / "words.txt")
    text = resolved.recipe.to_toml()
    by_the_machine = ('device = "auto"', 'precision = "auto"')
    assert '"auto"' not in "".join(line for line in text.splitlines() if line not in by_the_machine)
    assert parse_recipe(text) == resolved.recipe
    assert resolved.recipe.model.network() == load_weights("small").model.config
    assert resolved.recipe.synthesis.words == (str(tmp_path / "words.txt"),)
    assert resolved.words
    assert resolved.notes[0].startswith("15 words: up to 600 steps of 16 images")


def test_without_an_alphabet_the_model_keeps_its_own(tmp_path: Path, words: Words) -> None:
    recipe = resolve(opened("finetune", words(*LABELS)), "small", tmp_path / "w").recipe
    assert recipe.alphabet.name == "print94"


def test_a_model_with_a_language_hands_it_on_with_its_alphabet(tmp_path: Path, words: Words) -> None:
    initial = tmp_path / "initial.safetensors"
    save_checkpoint(initial, replace(load_weights("tiny"), language="english"))
    table = words(*LABELS)
    kept = resolve(opened("finetune", table), initial, tmp_path / "w").recipe
    assert kept.language == "english"
    left = resolve(opened("finetune", table, "model.alphabet=auto"), initial, tmp_path / "w").recipe
    assert left.language is None
    refused = resolve(opened("finetune", table, 'model.language=""'), initial, tmp_path / "w").recipe
    assert refused.language is None


def test_auto_is_the_symbols_of_all_labels_in_their_order(tmp_path: Path, words: Words) -> None:
    table = words("b2", "Ä7", "a-", *"103456789")
    resolved = resolve(opened("finetune", table, "model.alphabet=auto"), "small", tmp_path / "w")
    assert resolved.recipe.alphabet.symbols == tuple("-0123456789abÄ")
    assert "alphabet: the 14 symbols of 12 labels: -0123456789abÄ" in resolved.notes


def test_a_class_with_a_gap_is_pointed_out(tmp_path: Path, words: Words) -> None:
    table = words("123", "456", "789", "ab")
    resolved = resolve(opened("finetune", table, "model.alphabet=auto"), "small", tmp_path / "w")
    (gap,) = [note for note in resolved.notes if "hold no" in note]
    assert "the labels hold no 0:" in gap


def test_labels_fold_before_their_symbols_count(tmp_path: Path, words: Words) -> None:
    tables = opened("finetune", words("Ab", "bÁ"), "model.alphabet=auto", "data.fold_case=lower",
                    "data.fold_accents=true")  # fmt: skip
    assert resolve(tables, "small", tmp_path / "w").recipe.alphabet.symbols == ("a", "b")


def test_words_like_the_labels_keep_the_accents_that_the_alphabet_has(words: Words) -> None:
    tables = opened("finetune", words("bá", "bé"), "model.alphabet=abeé", "data.fold_accents=true")
    (labels,) = _folded_sets(tables, OpenSets())
    assert [sample.label for sample in labels] == ["ba", "bé"]


def test_what_is_set_stays(tmp_path: Path, words: Words) -> None:
    tables = opened("finetune", words(*LABELS), "training.steps=160", "data.real_share=0.9")
    recipe = resolve(tables, "small", tmp_path / "w").recipe
    assert (recipe.training.steps, recipe.data.real_share) == (160, 0.9)
    assert (recipe.training.validate_every, recipe.schedule.warmup_steps) == (10, 10)


def test_no_label_held_back_is_drawn(tmp_path: Path, words: Words) -> None:
    codes = [f"{a}{b}{c}" for a in "abc" for b in "abc" for c in "abc"]
    table = words(*codes)
    resolved = resolve(opened("finetune", table, "synthesis.max_length=3"), "small", tmp_path / "w")
    assert set(resolved.words) <= set(codes)
    assert len(resolved.words) == 5000


def test_signs_that_no_font_draws_are_left_out_of_the_words(tmp_path: Path, words: Words) -> None:
    table = words(*(f"京{code}" for code in ("ab", "ac", "bc", "ba")))
    resolved = resolve(opened("finetune", table, "model.alphabet=auto"), "small", tmp_path / "w")
    assert "京" in resolved.recipe.alphabet.symbols
    assert all(set(word) <= set("abc") for word in resolved.words)


@pytest.mark.parametrize(
    ("changes", "initial", "error", "message"),
    [
        ([], None, RecipeError, "model.preset is 'auto': name the model to start from"),
        ([], "none", ModelError, "no model 'none'"),
        (
            ["data.real=[]"],
            "small",
            RecipeError,
            "leaves settings 'auto' that real words decide: give --data",
        ),
        (['data.real=[{path="none.tsv"}]'], "small", DataError, "none.tsv"),
        (["training.seed=auto"], "small", RecipeError, "training.seed is 'auto'; it must be a whole number"),
    ],
)
def test_what_would_decide_must_be_there(
    words: Words, changes: list[str], initial: str | None, error: type[Exception], message: str
) -> None:
    tables = opened("finetune", words(*LABELS), *changes)
    with pytest.raises(error, match=message):
        resolve(tables, initial, Path("words.txt"))


def test_a_recipe_without_auto_is_as_it_was() -> None:
    assert resolve(parse_tables(RECIPE), None, Path("w")).recipe == parse_recipe(RECIPE)


def test_auto_that_nothing_resolved_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"model\.alphabet is .auto., which --init"):
        parse_recipe(RECIPE, ["model.alphabet=auto"])


def test_more_words_are_learnt_for_longer_and_replayed_less() -> None:
    for few, many in pairwise(TABLE):
        assert few.words < many.words
        assert few.steps * few.batch_size < many.steps * many.batch_size
        assert few.replay >= many.replay
    assert choose(10**9) is TABLE[-1]


def test_auto_takes_labels_apart_at_the_separator(tmp_path: Path, words: Words) -> None:
    table = words("D#4 C4", "C4", "rest C4 D#4")
    settings = "model.alphabet=auto", 'model.separator=" "', "validation.protocol=exact", "data.real_share=1"
    resolved = resolve(opened("finetune", table, *settings), "small", tmp_path / "w")
    assert resolved.recipe.alphabet == Alphabet(["C4", "D#4", "rest"], separator=" ")
    assert "alphabet: the 3 symbols of 3 labels: C4 D#4 rest" in resolved.notes
