"""Recipes: everything that decides a training run, as one TOML file (see crnn/recipes/).

    read_recipe(name, changes)  ->  Recipe, one frozen dataclass a section (see sections.py)
    read_tables, make_recipe    ->  the same in two steps, for whoever fills in what is "auto"

A run is a function of its recipe: the same recipe and seed give the same losses.
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.errors import DataError, ModelError, RecipeError
from crnn.evaluation.metrics import protocol_named
from crnn.images.preprocess import PreprocessConfig
from crnn.language.file import language_of
from crnn.model.crnn import ModelConfig, preset
from crnn.synthesis.engine import SynthesisConfig
from crnn.training.sections import (
    DataSection,
    OptimizerSection,
    ScheduleSection,
    TrainingSection,
    ValidationSection,
)
from crnn.training.tables import as_table, build, to_toml, unknown_key

RECIPES = Path(__file__).parent.parent / "recipes"
"""The recipes that come with the package: <name>.toml."""
Tables = dict[str, dict[str, Any]]
"""A recipe as TOML has it: section -> key -> value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A whole training run."""

    model: ModelConfig
    alphabet: Alphabet
    training: TrainingSection
    language: str | None = None
    """The packaged language that the model will read with; [model] language."""
    preprocess: PreprocessConfig = field(default_factory=PreprocessConfig)
    synthesis: SynthesisConfig = field(default_factory=SynthesisConfig)
    data: DataSection = field(default_factory=DataSection)
    optimizer: OptimizerSection = field(default_factory=OptimizerSection)
    schedule: ScheduleSection = field(default_factory=ScheduleSection)
    validation: ValidationSection = field(default_factory=ValidationSection)

    def to_toml(self) -> str:
        """Write every setting, defaults included, as a recipe that reads back equal."""
        model = alphabet_settings(self.alphabet) | as_table(self.model)
        if self.language:
            model["language"] = self.language
        sections = [item.name for item in fields(self) if item.name not in ("model", "alphabet", "language")]
        return to_toml({"model": model} | {name: as_table(getattr(self, name)) for name in sections})


def packaged_recipes() -> tuple[str, ...]:
    """Name the recipes that come with the package, sorted."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))


def find_recipe(name_or_path: str | Path) -> Path:
    """Return the file that a packaged recipe's name or a path means.

    A string that is a packaged name means that recipe, whatever lies in the working folder
    ('./small' is the file). RecipeError where there is neither.
    """
    names = packaged_recipes()
    if name_or_path in names:
        return RECIPES / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.exists():
        return path
    near = difflib.get_close_matches(path.stem, names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise RecipeError(
        f"no recipe {str(name_or_path)!r}: it is neither a packaged recipe ({', '.join(names)}) "
        f"nor a file.{hint}"
    )


def read_recipe(name_or_path: str | Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a packaged recipe by name, or a file, and apply changes such as `training.steps=100`.

    RecipeError for a recipe that is missing or no TOML, an unknown section or key, a value of
    the wrong kind or out of range.
    """
    tables = read_tables(name_or_path, changes)
    try:
        return make_recipe(tables)
    except RecipeError as error:
        raise RecipeError(f"{name_or_path}: {error}") from None


def parse_recipe(text: str, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe's TOML text; see `read_recipe`."""
    return make_recipe(parse_tables(text, changes))


def read_tables(name_or_path: str | Path, changes: Sequence[str] = ()) -> Tables:
    """Read a recipe as tables, not looking at their keys yet; see `read_recipe`."""
    path = find_recipe(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: the recipe cannot be read: {error}") from None
    try:
        return parse_tables(text, changes)
    except RecipeError as error:
        raise RecipeError(f"{name_or_path}: {error}") from None


def parse_tables(text: str, changes: Sequence[str] = ()) -> Tables:
    """Read a recipe's TOML text as tables; see `read_tables`."""
    try:
        tables: Tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"the recipe is not TOML: {error}") from None
    sections = [item.name for item in fields(Recipe) if item.name not in ("alphabet", "language")]
    for name, table in tables.items():
        if name not in sections:
            raise unknown_key(name, sections, "")
        if not isinstance(table, dict):
            raise RecipeError(f"'{name}' is {table!r}; it must be a section: [{name}].")
    for change in changes:
        _apply(change, tables, sections)
    return tables


def make_recipe(tables: Tables) -> Recipe:
    """Build the recipe that tables describe, and check its numbers; see `read_recipe`."""
    recipe = _assemble(tables)
    _check(recipe)
    return recipe


def alphabet_settings(alphabet: Alphabet) -> dict[str, object]:
    """Spell an alphabet as the keys of [model] that read back as it."""
    settings: dict[str, object] = {"alphabet": alphabet.name or list(alphabet.symbols)}
    return settings | ({"separator": alphabet.separator} if alphabet.separator else {})


def compare(old: Recipe, new: Recipe) -> list[str]:
    """Name each setting in which two recipes differ: `section.key: old -> new`."""
    before, after = tomllib.loads(old.to_toml()), tomllib.loads(new.to_toml())
    return [
        f"{section}.{key}: {before[section].get(key)!r} -> {table.get(key)!r}"
        for section, table in after.items()
        for key in sorted(before[section].keys() | table.keys())
        if before[section].get(key) != table.get(key)
    ]


def _apply(change: str, tables: Tables, sections: Sequence[str]) -> None:
    """Set one `section.key=value`; the value is TOML, or else a text as it stands."""
    name, equals, text = change.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and key):
        raise RecipeError(f"--set {change!r} is not section.key=value, as in training.steps=100.")
    if section not in sections:
        raise unknown_key(section, sections, "")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    table = tables.setdefault(section, {})
    *parents, last = key.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table[last] = value


def _assemble(tables: Tables) -> Recipe:
    model, alphabet = _model(tables.get("model", {}))
    return Recipe(
        model=model,
        alphabet=alphabet,
        language=_language(tables.get("model", {}), alphabet),
        training=build(TrainingSection, tables.get("training", {}), "training"),
        preprocess=build(PreprocessConfig, tables.get("preprocess", {}), "preprocess"),
        synthesis=build(SynthesisConfig, tables.get("synthesis", {}), "synthesis"),
        data=build(DataSection, tables.get("data", {}), "data"),
        optimizer=build(OptimizerSection, tables.get("optimizer", {}), "optimizer"),
        schedule=build(ScheduleSection, tables.get("schedule", {}), "schedule"),
        validation=build(ValidationSection, tables.get("validation", {}), "validation"),
    )


def _model(table: dict[str, Any]) -> tuple[ModelConfig, Alphabet]:
    """Split [model] into the network (a preset and changes to it) and the alphabet."""
    values = dict(table)
    name, symbols = values.pop("preset", None), values.pop("alphabet", None)
    separator = separator_of(values)
    values.pop("separator", None)
    values.pop("language", None)
    if symbols is None:
        raise RecipeError("[model] lacks 'alphabet': a name such as \"print94\", or the symbols.")
    if "auto" in (name, symbols):
        key = "preset" if name == "auto" else "alphabet"
        raise RecipeError(f"model.{key} is 'auto', which --init or --data settle: give them, or a value.")
    try:
        base = preset(str(name)).to_json() if name is not None else {}
        config = ModelConfig.from_json({**base, **values})
    except ModelError as error:
        raise RecipeError(f"[model]: {error}") from None
    if isinstance(symbols, list):
        return config, Alphabet(symbols, separator=separator)
    return config, parse_alphabet(str(symbols), separator)


def _language(model: Mapping[str, Any], alphabet: Alphabet) -> str | None:
    """Return the language of a recipe's [model]; RecipeError for one that is not there, or does not suit."""
    language = model.get("language")
    if language in (None, ""):
        return None
    try:
        language_of(str(language), alphabet, "the recipe")
    except ModelError as error:
        raise RecipeError(f"model.language: {error}") from None
    return str(language)


def separator_of(model: Mapping[str, Any]) -> str:
    """Return what stands between the symbols of labels by a recipe's [model]; '' where nothing does."""
    separator = model.get("separator", "")
    if not isinstance(separator, str):
        raise RecipeError(f'model.separator is {separator!r}; it must be a text, such as " ".')
    return separator


def _check(recipe: Recipe) -> None:
    """Raise RecipeError for a number that is out of range."""
    fractions = {
        "data.real_share": recipe.data.real_share,
        "data.real_from": recipe.data.real_from,
        "validation.held_back": recipe.validation.held_back,
        "schedule.final_fraction": recipe.schedule.final_fraction,
        "training.average_decay": recipe.training.average_decay,
    }
    least = {
        "training.steps": (recipe.training.steps, 1),
        "training.batch_size": (recipe.training.batch_size, 1),
        "training.log_every": (recipe.training.log_every, 1),
        "training.workers": (recipe.training.workers, 0),
        "training.threads": (recipe.training.threads, 0),
        "training.validate_every": (recipe.training.validate_every, 0),
        "training.patience": (recipe.training.patience, 0),
        "training.save_every_s": (recipe.training.save_every_s, 0),
        "schedule.warmup_steps": (recipe.schedule.warmup_steps, 0),
        "optimizer.learning_rate": (recipe.optimizer.learning_rate, 0),
        "optimizer.weight_decay": (recipe.optimizer.weight_decay, 0),
        "optimizer.clip_norm": (recipe.optimizer.clip_norm, 0),
        "optimizer.frozen_layers": (recipe.optimizer.frozen_layers, 0),
        "validation.synthetic": (recipe.validation.synthetic, 1),
    }
    for name, fraction in fractions.items():
        if not 0 <= fraction <= 1:
            raise RecipeError(f"{name} is {fraction}; it must lie between 0 and 1.")
    for name, (value, smallest) in least.items():
        if not value >= smallest:
            raise RecipeError(f"{name} is {value}; it must be at least {smallest}.")
    if recipe.preprocess.height != recipe.model.height_px:
        raise RecipeError(
            f"preprocess.height is {recipe.preprocess.height} but the model reads images "
            f"{recipe.model.height_px} px high; set both alike."
        )
    try:
        protocol_named(recipe.validation.protocol).check(recipe.alphabet)
    except DataError as error:
        raise RecipeError(f"validation.protocol: {error}") from None
