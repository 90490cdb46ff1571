"""Recipes: everything that decides a training run, as one TOML file (see crnn/recipes/).

    read_recipe(name, changes)  ->  Recipe, one frozen pydantic model a section (see configs.py)
    read_tables, make_recipe    ->  the same in two steps, for whoever fills in what is "auto"
    json_schema()               ->  what an editor completes and checks a recipe with

A run is a function of its recipe: the same recipe and seed give the same losses.
"""

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, get_type_hints

import tomli_w
from pydantic import create_model, model_validator

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.errors import DataError, ModelError, RecipeError
from crnn.evaluation.metrics import protocol_named
from crnn.images.preprocess import PreprocessConfig
from crnn.language.file import language_of
from crnn.model.crnn import PRESETS, ModelConfig, preset
from crnn.symbols import NAMES
from crnn.synthesis.engine import SynthesisConfig
from crnn.training.configs import (
    Config,
    DataConfig,
    ModelSettings,
    OptimizerConfig,
    ScheduleConfig,
    TrainingConfig,
    ValidationConfig,
    keys_of,
    unknown_key,
    validate,
)

RECIPES = Path(__file__).parent.parent / "recipes"
"""The recipes that come with the package: <name>.toml."""
AUTO = "auto"
AUTO_KEYS = (
    ("model", "preset"), ("model", "alphabet"), ("synthesis", "words"), ("training", "steps"),
    ("training", "batch_size"), ("training", "validate_every"), ("training", "patience"),
    ("training", "ema_decay"), ("optimizer", "learning_rate"), ("schedule", "warmup_steps"),
    ("data", "real_share"),
)  # fmt: skip
"""(section, key) that may be "auto" until the real words and the initial model decide them."""
Tables = dict[str, dict[str, Any]]
"""A recipe as TOML has it: section -> key -> value."""

_RENAMED = {
    ("data", "drop_unreadable"): ("unusable_labels", {True: "skip", False: "stop"}),
    ("training", "average_decay"): ("ema_decay", {}),
    ("model", "initial"): ("initialization", {}),
}
"""Keys of older recipes: (section, key) -> the key of today, and the value that stands for an old one."""


class Recipe(Config):
    """A whole training run."""

    model: ModelSettings
    training: TrainingConfig
    preprocess: PreprocessConfig = PreprocessConfig()
    synthesis: SynthesisConfig = SynthesisConfig()
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    validation: ValidationConfig = ValidationConfig()

    @property
    def alphabet(self) -> Alphabet:
        """The symbols that the model will read."""
        symbols, separator = self.model.alphabet, self.model.separator
        if isinstance(symbols, str):
            return parse_alphabet(symbols, separator)
        return Alphabet(symbols, separator=separator)

    @property
    def language(self) -> str | None:
        """The packaged language that the model will read with; None for none."""
        return self.model.language or None

    def to_toml(self) -> str:
        """Write every setting, defaults included, as a recipe that reads back equal."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Raise RecipeError where two settings contradict each other."""
        if self.preprocess.height != self.model.height_px:
            raise RecipeError(
                f"preprocess.height is {self.preprocess.height} but the model reads images "
                f"{self.model.height_px} px high; set both alike."
            )
        try:
            if self.language:
                language_of(self.language, self.alphabet, "the recipe")
        except ModelError as error:
            raise RecipeError(f"model.language: {error}") from None
        try:
            protocol_named(self.validation.protocol).check(self.alphabet)
        except DataError as error:
            raise RecipeError(f"validation.protocol: {error}") from None
        return self


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
    except (ValueError, RecursionError) as error:  # digits and brackets without end among them
        raise RecipeError(f"the recipe is not TOML: {error}") from None
    for name, table in tables.items():
        _check_section(name)
        if not isinstance(table, dict):
            raise RecipeError(f"'{name}' is {table!r}; it must be a section: [{name}].")
        for key in list(table):
            new, value = _renamed(name, key, table[key])
            if new != key:
                del table[key]
                table.setdefault(new, value)
    for change in changes:
        _apply(change, tables)
    return tables


def make_recipe(tables: Tables) -> Recipe:
    """Build the recipe that tables describe, and check its values; see `read_recipe`."""
    return validate(Recipe, {**tables, "model": _expand(tables.get("model", {}))})


def alphabet_settings(alphabet: Alphabet) -> dict[str, object]:
    """Write an alphabet as the keys of [model] that read back as it."""
    settings: dict[str, object] = {"alphabet": alphabet.name or list(alphabet.symbols)}
    return settings | ({"separator": alphabet.separator} if alphabet.separator else {})


def differences(old: Recipe, new: Recipe) -> list[str]:
    """Name each setting in which two recipes differ: `section.key: old -> new`."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return [
        f"{section}.{key}: {before[section][key]!r} -> {value!r}"
        for section, table in after.items()
        for key, value in table.items()
        if before[section][key] != value
    ]


def json_schema() -> str:
    """Write the JSON Schema of recipes, with which an editor completes and checks them."""
    schema = Recipe.model_json_schema()
    sections = {name: schema["$defs"][row["$ref"].rpartition("/")[2]] for name, row in
                schema["properties"].items()}  # fmt: skip
    model = sections["model"]
    network = create_model("Network", __base__=Config, network=ModelConfig).model_json_schema()
    model["properties"] |= network["$defs"]["ModelConfig"]["properties"]  # with what each key means
    model["properties"]["preset"] = {
        "enum": [*PRESETS, AUTO],
        "description": model["properties"]["preset"]["description"],
    }
    model.pop("required")  # a preset, or a model to start from, has what is left out
    for section, key in AUTO_KEYS:
        known = sections[section]["properties"][key]
        if key != "preset":
            about = {"description": known.pop("description", ""), "title": known.pop("title", key)}
            sections[section]["properties"][key] = {**about, "anyOf": [known, {"const": AUTO}]}
    return json.dumps(schema, indent=2, ensure_ascii=False)


def separator_of(model: Mapping[str, Any]) -> str:
    """Return what stands between the symbols of labels by a recipe's [model]; '' where nothing does."""
    separator = model.get("separator", "")
    if not isinstance(separator, str):
        raise RecipeError(f'model.separator is {separator!r}; it must be a text, such as " ".')
    return separator


def _check_section(name: str) -> None:
    if name not in Recipe.model_fields:
        raise RecipeError(unknown_key(name, list(Recipe.model_fields), ""))


def _renamed(section: str, key: str, value: object) -> tuple[str, object]:
    """Return a key of older recipes, and its value, as they are called today."""
    new, values = _RENAMED.get((section, key), (key, {}))
    if new not in keys_of(get_type_hints(Recipe)[section]):
        return key, value
    return new, values.get(value, value) if isinstance(value, bool) else value


def _apply(change: str, tables: Tables) -> None:
    """Set one `section.key=value`; the value is TOML, or else a text as it stands."""
    name, equals, text = change.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and key):
        raise RecipeError(f"--set {change!r} is not section.key=value, as in training.steps=100.")
    _check_section(section)
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text
    if (section, key) == ("model", "alphabet") and not isinstance(value, str | list):
        value = text  # an alphabet of digits
    key, value = _renamed(section, key, value)
    table: Any = tables.setdefault(section, {})
    *parents, last = key.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise RecipeError(
                f"--set {change!r}: {section}.{parent} is {table!r}, which has no keys of its own."
            )
    table[last] = value


def _expand(model: Mapping[str, Any]) -> dict[str, Any]:
    """Fill [model] from its preset, and write its alphabet out where its name says nothing."""
    values = dict(model)
    name, symbols = values.pop("preset", None), values.get("alphabet")
    if symbols is None:
        raise RecipeError("[model] lacks 'alphabet': a name such as \"print94\", or the symbols.")
    if AUTO in (name, symbols):
        key = "preset" if name == AUTO else "alphabet"
        raise RecipeError(f"model.{key} is 'auto', which --init or --data decide: give them, or a value.")
    try:
        base = preset(str(name)).to_json() if name is not None else {}
    except ModelError as error:
        raise RecipeError(f"model.preset: {error}") from None
    if isinstance(symbols, str) and symbols not in NAMES:
        values["alphabet"] = list(parse_alphabet(symbols, separator_of(values)).symbols)
    return base | values
