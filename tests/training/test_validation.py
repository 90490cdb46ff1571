"""Validation while training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.data import open_dataset
from crnn.training.recipe import Recipe
from crnn.training.validation import Validation

Recipes = Callable[..., Recipe]


def test_held_back_words_rank_weights_only_beyond_their_standard_error(
    recipe: Recipes, words: Callable[..., Path]
) -> None:
    held_back = open_dataset(words(*["ab"] * 25))
    validation = Validation(recipe(), [held_back])
    assert validation.error(80) == pytest.approx(8)  # 100 * sqrt(0.8 * 0.2 / 25)
    assert validation.error(-1) == validation.error(100) == 0
    named = Validation(recipe(f'validation.data=["{words("ab")}"]'), [])
    assert named.error(80) == 0


def test_named_sets_are_folded_as_the_labels_that_are_learnt(
    recipe: Recipes, words: Callable[..., Path]
) -> None:
    validation = Validation(
        recipe(f'validation.data=["{words("Áb", "CA")}"]', "data.fold_case=lower", "data.fold_accents=true"),
        [],
    )
    assert [sample.label for sample in validation.sets[0]] == ["ab", "ca"]
