"""The settings of a recipe: every key, its type and range, its default and what it means.

`recipe.py` joins them. [preprocess] and [synthesis] are the dataclasses that reading and drawing use
themselves (`PreprocessConfig`, `SynthesisConfig`); pydantic checks them by their types as well.

    validate(DataConfig, {"real_share": 0.3}, "data")   table -> settings, or a RecipeError
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from crnn.errors import RecipeError
from crnn.model.crnn import ModelConfig

Share = Annotated[float, Field(ge=0, le=1)]
AtLeast0 = Annotated[int, Field(ge=0)]
AtLeast1 = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(ge=0)]

_CHECKED = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)


@dataclass(frozen=True, kw_only=True, slots=True, config=_CHECKED)
class ModelSettings(ModelConfig):
    """[model]: the network, the alphabet that it reads and the language that it reads with."""

    alphabet: str | tuple[str, ...]
    """The symbols in class order: a name such as "print94", the symbols themselves, or a list of them."""
    separator: str = ""
    """What stands between two symbols of a label; "" where they follow each other."""
    language: str | None = None
    """The packaged language that the model will read with; "" for none."""
    preset: str | None = None
    """The network that the other keys change: paper, authors, tiny, small or base; what a run writes
    has the keys themselves."""

    def network(self) -> ModelConfig:
        """Return what the network is made of."""
        return ModelConfig(**{item.name: getattr(self, item.name) for item in fields(ModelConfig)})


class Config(BaseModel):
    """A section of a recipe: frozen, without unknown keys, each value of exactly its type."""

    model_config = ConfigDict(frozen=True, **_CHECKED)


class RealData(Config):
    """One data set of labelled word images to learn from."""

    path: str
    """A data set of any layout in docs/data.md; relative to where the run is started."""
    weight: float = 1.0
    """How often an image of this set is drawn, compared with one of weight 1."""


class DataConfig(Config):
    """Real words that are mixed into the synthetic ones."""

    real: tuple[RealData, ...] = ()
    """Data sets; none: the run sees synthetic words only."""
    real_share: Share = 0.3
    """Share of the steps that read real words, from `real_from` on; 1 draws no synthetic word."""
    real_from: Share = 0.0
    """Fraction of the run that passes before the first real words."""
    augment: bool = True
    """Distort, blur and recolor real words a little, differently each time."""
    unusable_labels: Literal["stop", "skip"] = "stop"
    """skip: words whose label the alphabet or the frames cannot hold are left out, counted and named;
    stop: an error."""
    unreadable_images: Literal["stop", "skip"] = "stop"
    """skip: an image that cannot be read is named and counted, and others replace it; stop: an error."""
    fold_case: Literal["keep", "lower", "upper"] = "keep"
    """Case of the letters that the alphabet has in the other case only; those that it has stay."""
    fold_accents: bool = False
    """Take accents off the letters of real labels that the alphabet lacks; those that it has stay."""


class OptimizerConfig(Config):
    """How a gradient becomes a step."""

    kind: Literal["adamw", "adadelta"] = "adamw"
    """adadelta is the paper's (§3.2), with rho 0.9 and eps 1e-6."""
    learning_rate: Positive = 2.5e-3
    """The peak, at the end of the warm-up; the paper's ADADELTA has 1."""
    weight_decay: Positive = 0.05
    """On matrices and convolutions only, never on biases and norms."""
    betas: tuple[float, float] = (0.9, 0.98)
    """AdamW's forgetting of the gradient and of its square."""
    clip_norm: Positive = 5.0
    """Largest norm of the gradient; larger ones are scaled down to it. 0 leaves gradients alone."""
    frozen_layers: AtLeast0 = 0
    """First layers of the trunk that stay as the run found them, batch norm's statistics too."""


class ScheduleConfig(Config):
    """The learning rate over the run."""

    warmup_steps: AtLeast0 = 500
    """Steps over which the rate rises from 0 in a straight line."""
    decay: Literal["cosine", "linear", "none"] = "cosine"
    """How the rate falls from its peak to `final_fraction` of it."""
    final_fraction: Share = 0.01
    """The last rate, as a fraction of the peak."""


class TrainingConfig(Config):
    """The loop itself."""

    steps: AtLeast1
    """Optimizer steps; each sees one batch on every device."""
    batch_size: AtLeast1 = 256
    """Images of one step on one device."""
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"
    """Arithmetic of the forward and backward pass; weights stay float32. auto takes bf16-mixed where
    the GPU, or the processor by AVX-512 BF16 or AMX, computes it, and 32-true elsewhere."""
    ema_decay: Share = 0.999
    """Decay of the exponential moving average (EMA) of the weights, which is validated and saved; 0
    saves the raw weights."""
    seed: int = 1
    """Of the initial weights and the order of real words; synthesis has its own."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """auto takes a GPU where there is one."""
    workers: AtLeast0 = 1
    """Processes that prepare batches; 0: the loop does it, and draws on its own device."""
    threads: AtLeast0 = 0
    """CPU threads of the loop; 0: as many as the processes that prepare batches leave cores."""
    log_every: AtLeast1 = 20
    """Steps between two lines of metrics."""
    validate_every: AtLeast0 = 1000
    """Steps between two validations; 0: only at the end."""
    patience: AtLeast0 = 0
    """Validations without a better one after which the run ends early; 0 never ends it."""
    save_every_s: Positive = 300.0
    """Seconds between two saved states (and at every validation): what a power cut costs."""


class ValidationConfig(Config):
    """What the EMA weights are measured on."""

    data: tuple[str, ...] = ()
    """Data sets; none: what is held back, or else `synthetic` words that training never sees."""
    held_back: Share = 0.0
    """Share of the real words kept from training and validated on, where `data` names no set: at
    least 20 words, at most half; chosen by the images' bytes, equal images together."""
    also: tuple[str, ...] = ()
    """Data sets that are read at the end of a run with --init, by the old model and the new one."""
    protocol: Literal["alnum", "exact"] = "alnum"
    """alnum compares 0-9a-z without case, exact every symbol."""
    synthetic: AtLeast1 = 512
    """Synthetic words for validation where no data set is named."""


Checked = TypeVar("Checked", bound=BaseModel)
Table = Mapping[str, Any]
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_LIMITS = {"greater_than_equal": "at least {ge:g}", "less_than_equal": "at most {le:g}",
           "finite_number": "a finite number"}  # fmt: skip


def validate(cls: type[Checked], table: Table, location: str = "") -> Checked:
    """Make settings of a TOML table; RecipeError names every unknown key and every wrong value.

    location   the section that the table is, '' for a whole recipe
    """
    try:
        # By way of JSON, whose lists pydantic takes for tuples and nothing for what it is not. What
        # JSON lacks, such as a date, is refused wherever it stands.
        return cls.model_validate_json(json.dumps(table, default=lambda _: None))
    except RecursionError:
        raise RecipeError("the recipe is nested too deep.") from None
    except ValidationError as error:
        complaints = [_explain(cls, table, each, location) for each in error.errors(include_url=False)]
        raise RecipeError("\n    ".join(dict.fromkeys(complaints))) from None


def unknown_key(key: str, known: Sequence[str], location: str) -> str:
    """Say that `key` does not exist, and which known key is nearest."""
    nearest = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{nearest[0]}'? " if nearest else ""
    section = f"[{location}]" if location else "the recipe"
    return f"{section} has no key '{key}'. {hint}Known: {', '.join(known)}."


def keys_of(hint: object) -> list[str]:
    """List the keys of a section, none where the type is no section."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return list(hint.model_fields)
    return [item.name for item in fields(hint)] if isinstance(hint, type) and is_dataclass(hint) else []


def _explain(cls: type[BaseModel], table: Table, error: ErrorDetails, location: str) -> str:
    """Say one of pydantic's complaints in the recipe's words."""
    kind, path = error["type"], list(error["loc"])
    context = error.get("ctx", {})
    if kind == "value_error":  # of our own checks, which name the setting themselves
        return str(context["error"])
    last = path.pop() if kind in (*_UNKNOWN, "missing") else ""
    hint, value, name = _find(cls, table, path, location)
    if kind in _UNKNOWN:
        return unknown_key(str(last), keys_of(hint), name)
    if kind == "missing" and isinstance(last, str):
        return f"[{name}] lacks '{last}'." if name else f"the recipe lacks [{last}]."
    needed = _LIMITS[kind].format(**context) if kind in _LIMITS else _describe(hint)
    return f"{name} is {value!r}; it must be {needed}."


def _find(
    cls: type[BaseModel], table: Table, path: Sequence[str | int], location: str
) -> tuple[object, object, str]:
    """Follow pydantic's path into a table: the type asked for there, the value there, and its name."""
    hint: object = cls
    value: Any = table
    for step in path:
        if isinstance(step, int) and isinstance(value, list):
            inner = get_args(hint)
            hint, value = inner[0] if inner[-1] is ... else inner[step], value[step]
            location = f"{location}[{step}]"
        elif isinstance(value, Mapping) and step in keys_of(hint):
            hint, value = get_type_hints(hint)[str(step)], value.get(step)
            location = f"{location}.{step}" if location else str(step)
        else:
            break  # what follows names an alternative of the type
    return hint, value, location


def _describe(hint: object) -> str:
    """Say a type in words."""
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, inner))
    if get_origin(hint) is tuple:
        count = "" if inner[-1] is ... else f"{len(inner)} times "
        return f"a list of {count}{_describe(inner[0])}"
    if isinstance(hint, UnionType):
        return " or ".join(_describe(each) for each in inner if each is not type(None))
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return words[hint] if isinstance(hint, type) and hint in words else "a table"
