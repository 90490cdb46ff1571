"""Recipes: everything that decides a training run, as one TOML file (see recipes/).

    read_recipe(path, changes)  ->  Recipe, one frozen dataclass a section

A run is a function of its recipe: the same recipe and seed give the same losses.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.errors import ModelError, RecipeError
from crnn.model.crnn import ModelConfig, preset
from crnn.preprocess import PreprocessConfig
from crnn.synthesis.config import SynthesisConfig
from crnn.training.tables import as_table, build, to_toml, unknown_key


@dataclass(frozen=True, kw_only=True, slots=True)
class RealData:
    """One data set of labelled word images to learn from."""

    path: str
    """A data set of any layout in docs/data.md; relative to where the run is started."""
    weight: float = 1.0
    """How often an image of this set is drawn, compared with one of weight 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSection:
    """Real words that are mixed into the synthetic ones."""

    real: tuple[RealData, ...] = ()
    """Data sets; none: the run sees synthetic words only."""
    real_share: float = 0.3
    """Share of the steps that read real words, from `real_from` on; 1 draws no synthetic word."""
    real_from: float = 0.0
    """Fraction of the run that passes before the first real words."""
    augment: bool = True
    """Distort, blur and recolour real words a little, differently each time."""
    drop_unreadable: bool = False
    """Leave out words whose label the alphabet or the frames cannot hold; false: an error."""
    unreadable_images: Literal["stop", "skip"] = "stop"
    """skip: an image that cannot be read is named and counted, and others stand in; stop: an error."""
    fold_case: Literal["keep", "lower", "upper"] = "keep"
    """What becomes of the case of real labels before the alphabet looks at them."""
    fold_accents: bool = False
    """Take accents off real labels before the alphabet looks at them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimizerSection:
    """How a gradient becomes a step."""

    kind: Literal["adamw", "adadelta"] = "adamw"
    """adadelta is the paper's (§3.2), with rho 0.9 and eps 1e-6."""
    learning_rate: float = 2.5e-3
    """The peak, at the end of the warm-up; the paper's ADADELTA has 1."""
    weight_decay: float = 0.05
    """On matrices and convolutions only, never on biases and norms."""
    betas: tuple[float, float] = (0.9, 0.98)
    """AdamW's forgetting of the gradient and of its square."""
    clip_norm: float = 5.0
    """Longest gradient; longer ones are shortened to it. 0 leaves gradients alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleSection:
    """The learning rate over the run."""

    warmup_steps: int = 500
    """Steps over which the rate rises from 0 in a straight line."""
    decay: Literal["cosine", "linear", "none"] = "cosine"
    """How the rate falls from its peak to `final_fraction` of it."""
    final_fraction: float = 0.01
    """The last rate, as a fraction of the peak."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSection:
    """The loop itself."""

    steps: int
    """Optimizer steps; each sees one batch on every device."""
    batch_size: int = 256
    """Images of one step on one device."""
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    """Arithmetic of the forward and backward pass; weights stay float32."""
    average_decay: float = 0.999
    """Memory of the weight average that is validated and saved; 0 saves the raw weights."""
    seed: int = 1
    """Of the initial weights and the order of real words; synthesis has its own."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """auto takes a GPU where there is one."""
    workers: int = 1
    """Processes that prepare batches; 0: the loop does it, and draws on its own device."""
    threads: int = 0
    """CPU threads of the loop; 0 leaves it to torch."""
    log_every: int = 20
    """Steps between two lines of metrics."""
    validate_every: int = 1000
    """Steps between two validations; 0: only at the end."""
    save_every_s: float = 300.0
    """Seconds between two saved states (and at every validation): what a power cut costs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationSection:
    """What the averaged weights are measured on."""

    data: tuple[str, ...] = ()
    """Data sets; none: `synthetic` words that training never sees."""
    protocol: Literal["alnum", "exact"] = "alnum"
    """alnum compares 0-9a-z without case, exact every symbol."""
    synthetic: int = 512
    """Synthetic words for validation where no data set is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A whole training run."""

    model: ModelConfig
    alphabet: Alphabet
    training: TrainingSection
    preprocess: PreprocessConfig = field(default_factory=PreprocessConfig)
    synthesis: SynthesisConfig = field(default_factory=SynthesisConfig)
    data: DataSection = field(default_factory=DataSection)
    optimizer: OptimizerSection = field(default_factory=OptimizerSection)
    schedule: ScheduleSection = field(default_factory=ScheduleSection)
    validation: ValidationSection = field(default_factory=ValidationSection)

    def to_toml(self) -> str:
        """Write every setting, defaults included, as a recipe that reads back equal."""
        alphabet = self.alphabet.name or list(self.alphabet.symbols)
        model = {"alphabet": alphabet} | as_table(self.model)
        sections = [item.name for item in fields(self) if item.name not in ("model", "alphabet")]
        return to_toml({"model": model} | {name: as_table(getattr(self, name)) for name in sections})


def read_recipe(path: str | Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe file and apply changes such as `training.steps=100`.

    RecipeError for a file that is missing or no TOML, an unknown section or key, a value of
    the wrong kind or out of range.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: the recipe cannot be read: {error}") from None
    try:
        return parse_recipe(text, changes)
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from None


def parse_recipe(text: str, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe's TOML text; see `read_recipe`."""
    try:
        tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"the recipe is not TOML: {error}") from None
    sections = [item.name for item in fields(Recipe) if item.name != "alphabet"]
    for name, table in tables.items():
        if name not in sections:
            raise unknown_key(name, sections, "")
        if not isinstance(table, dict):
            raise RecipeError(f"'{name}' is {table!r}; it must be a section: [{name}].")
    for change in changes:
        _apply(change, tables, sections)
    recipe = _assemble(tables)
    _check(recipe)
    return recipe


def compare(old: Recipe, new: Recipe) -> list[str]:
    """Name each setting in which two recipes differ: `section.key: old -> new`."""
    before, after = tomllib.loads(old.to_toml()), tomllib.loads(new.to_toml())
    return [
        f"{section}.{key}: {before[section].get(key)!r} -> {table.get(key)!r}"
        for section, table in after.items()
        for key in sorted(before[section].keys() | table.keys())
        if before[section].get(key) != table.get(key)
    ]


def _apply(change: str, tables: dict[str, dict[str, Any]], sections: Sequence[str]) -> None:
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


def _assemble(tables: dict[str, dict[str, Any]]) -> Recipe:
    model, alphabet = _model(tables.get("model", {}))
    return Recipe(
        model=model,
        alphabet=alphabet,
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
    if symbols is None:
        raise RecipeError("[model] lacks 'alphabet': a name such as \"print94\", or the symbols.")
    try:
        base = preset(str(name)).to_json() if name is not None else {}
        config = ModelConfig.from_json({**base, **values})
    except ModelError as error:
        raise RecipeError(f"[model]: {error}") from None
    is_list = isinstance(symbols, list)
    return config, Alphabet(symbols) if is_list else parse_alphabet(str(symbols))


def _check(recipe: Recipe) -> None:
    """Raise RecipeError for a number that is out of range."""
    fractions = {
        "data.real_share": recipe.data.real_share,
        "data.real_from": recipe.data.real_from,
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
        "training.save_every_s": (recipe.training.save_every_s, 0),
        "schedule.warmup_steps": (recipe.schedule.warmup_steps, 0),
        "optimizer.learning_rate": (recipe.optimizer.learning_rate, 0),
        "optimizer.weight_decay": (recipe.optimizer.weight_decay, 0),
        "optimizer.clip_norm": (recipe.optimizer.clip_norm, 0),
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
