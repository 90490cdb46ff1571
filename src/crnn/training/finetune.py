"""Recipes with "auto" in them: it becomes a value, by the real words and the initial model.

    model.preset      the network of the model that the run starts from, its [preprocess], and its
                      language where the alphabet stays
    model.alphabet    the symbols of the labels, in the order of their code points
    synthesis.words   words like the labels, in the run folder's words.txt
    steps, batch_size, learning_rate, real_share, ...   by the number of words (`choose`)

A run folder's recipe.toml has none of these "auto" left, so a resumed run asks nothing again.
training.device and training.precision stay: the machine decides them whenever the run goes on.

Words like the user's own: their labels, and strings of the same pattern.

    imitate(["KA 417 BX", ...], drawable, 1000, seed=1)  ->  "KA 417 BX", "ZP 083 QW", ...

Synthesis draws them beside its own words, so that what few images cannot show (every symbol in every
position) is seen all the same.

Steps, rates and shares, chosen by the number of real words to learn from.

The table is docs/finetuning.md's, which says what of it was measured; a recipe, or --set, goes before
every entry.
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from crnn.alphabet import Alphabet, parse_alphabet, split
from crnn.data.dataset import Dataset
from crnn.errors import RecipeError
from crnn.formats.checkpoint import ModelFile
from crnn.synthesis.fonts import undrawable
from crnn.training.configs import DataConfig, ValidationConfig, validate
from crnn.training.real import Folded, OpenSets, hold_back
from crnn.training.recipe import AUTO, AUTO_KEYS, Recipe, Tables, alphabet_settings, make_recipe, separator_of

MAX_CODE_LENGTH = 12
"""Longer runs of letters are words or names, never codes, and stay as they are."""

_TOKEN = re.compile(r"[^\W_]+")


def imitate(labels: Sequence[str], symbols: Collection[str], count: int, seed: int) -> list[str]:
    """Return `count` words of `symbols`: half of them labels, half with other symbols in their place.

    A digit gives way to a digit of `symbols`, a letter to one of its case (of its script, where it has
    none), any other symbol stays. A run of letters that several labels share is a word, and stays too.
    What `symbols` lack is left out. Empty where that leaves nothing.

    >>> imitate(["AB-12"], "AB-123", 4, seed=2)
    ['BA-33', 'AA-33', 'AB-12', 'AB-12']
    """
    random = Random(seed)
    classes = defaultdict(list)
    for symbol in symbols:
        classes[_kind(symbol)].append(symbol)
    shared = _shared_words(labels)
    made: list[str] = []
    usable = [label for label in labels if _drawable_part(label, symbols)]
    while usable and len(made) < count:
        label = random.choice(usable)
        if random.random() < 0.5:
            label = _TOKEN.sub(lambda match: _replaced(match[0], shared, classes, random), label)
        word = _drawable_part(label, symbols)
        made += [word] if word else []
    return made


def _drawable_part(label: str, symbols: Collection[str]) -> str:
    """Leave out what `symbols` lack, and spaces at the ends."""
    return "".join(symbol for symbol in label if symbol in symbols).strip()


def _shared_words(labels: Sequence[str]) -> frozenset[str]:
    """Find the runs of three letters or more that several labels hold."""
    runs = Counter(run for label in set(labels) for run in set(_TOKEN.findall(label)))
    return frozenset(
        run for run, labels_with in runs.items() if labels_with > 1 and run.isalpha() and len(run) > 2
    )


def _replaced(token: str, shared: Collection[str], classes: dict[str, list[str]], random: Random) -> str:
    if token in shared or (token.isalpha() and len(token) > MAX_CODE_LENGTH):
        return token
    return "".join(random.choice(classes.get(_kind(symbol), [symbol])) for symbol in token)


def _kind(symbol: str) -> str:
    """Name the class of symbols that one may be replaced from."""
    if symbol.isdigit():
        return "digit"
    if symbol.isupper() or symbol.islower():
        return "upper" if symbol.isupper() else "lower"
    return "letter" if symbol.isalpha() else symbol


VALIDATIONS = 16
"""Validations of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Settings that suit up to `words` real words."""

    words: int
    steps: int
    batch_size: int
    learning_rate: float
    replay: float
    """Share of the steps that read synthetic words, so that little data do not make forget."""
    patience: int
    """In validations, of which there are VALIDATIONS; 0 where too few words are held back to judge by."""

    def settings(self, steps: int) -> dict[tuple[str, str], object]:
        """Return the recipe's settings for a run of `steps`: (section, key) -> value."""
        return {
            ("training", "steps"): self.steps,
            ("training", "batch_size"): self.batch_size,
            ("training", "validate_every"): max(1, steps // VALIDATIONS),
            ("training", "patience"): self.patience,
            ("training", "ema_decay"): 0.98,
            ("optimizer", "learning_rate"): self.learning_rate,
            ("schedule", "warmup_steps"): steps // 16,
            ("data", "real_share"): round(1 - self.replay, 3),
        }


TABLE = (
    Choice(words=100, steps=600, batch_size=16, learning_rate=1e-3, replay=0.5, patience=0),
    Choice(words=300, steps=1000, batch_size=32, learning_rate=1e-3, replay=0.5, patience=0),
    Choice(words=2000, steps=2000, batch_size=32, learning_rate=1e-3, replay=0.5, patience=8),
    Choice(words=10_000, steps=3000, batch_size=64, learning_rate=1e-3, replay=0.4, patience=8),
    Choice(words=50_000, steps=6000, batch_size=128, learning_rate=1e-3, replay=0.3, patience=8),
)


def choose(words: int) -> Choice:
    """Return the first row that holds `words` words, else the last.

    >>> choose(700).steps, choose(1_000_000).steps
    (2000, 6000)
    """
    return next((row for row in TABLE if words <= row.words), TABLE[-1])


IMITATED = 5000
"""Words in words.txt."""

_CLASSES = (string.digits, string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedRecipe:
    """A recipe without "auto"."""

    recipe: Recipe
    words: tuple[str, ...]
    """Words for the run folder's words.txt; empty where the recipe does not ask for them."""
    notes: tuple[str, ...]
    """What was chosen, a line each, for people."""


def resolve_auto(
    tables: Tables, initial: ModelFile | None, words_file: Path, sets: OpenSets
) -> ResolvedRecipe:
    """Replace every "auto".

    Raises RecipeError where what would decide it is missing (real words, an initial model), DataError
    for a data set that cannot be read.
    """
    tables = {name: dict(table) for name, table in tables.items()}
    notes: list[str] = []
    if tables.get("model", {}).get("preset") == AUTO:
        _take_network(tables, initial)
    if not has_auto(tables):
        return ResolvedRecipe(recipe=make_recipe(tables), words=(), notes=())
    folded = _folded_sets(tables, sets)
    labels = [sample.label for dataset in folded for sample in dataset]
    if tables["model"].get("alphabet") == AUTO:
        separator = separator_of(tables["model"])
        separated = (split(label, separator) for label in labels)
        tables["model"]["alphabet"] = symbols = sorted(set(chain.from_iterable(separated)))
        notes += _describe_symbols(symbols, len(labels), separator)
    learnt = _learnt_labels(tables, folded, labels)
    _choose(tables, choose(len(learnt)))
    imitating = tables.get("synthesis", {}).get("words") == AUTO
    if imitating:
        tables["synthesis"]["words"] = []
    recipe = make_recipe(tables)
    words = tuple(_imitated(recipe, learnt)) if imitating else ()
    if words:
        synthesis = replace(recipe.synthesis, words=(str(words_file),))
        recipe = recipe.model_copy(update={"synthesis": synthesis})
    return ResolvedRecipe(recipe=recipe, words=words, notes=(_describe(recipe, len(learnt)), *notes))


def has_auto(tables: Tables) -> bool:
    """Tell whether a recipe has an "auto" that `resolve_auto` replaces."""
    return any(tables.get(section, {}).get(key) == AUTO for section, key in AUTO_KEYS)


def _take_network(tables: Tables, initial: ModelFile | None) -> None:
    """Fill [model] and [preprocess] from the initial model, where they say nothing else."""
    if initial is None:
        raise RecipeError("model.preset is 'auto': name the model to start from, such as --init small.")
    named = {key: value for key, value in tables["model"].items() if key != "preset"}
    own = alphabet_settings(initial.alphabet)
    if initial.language and "alphabet" not in named:
        own["language"] = initial.language
    tables["model"] = initial.model.config.to_json() | own | named
    tables["preprocess"] = initial.preprocess.to_json() | tables.get("preprocess", {})


def _choose(tables: Tables, choice: Choice) -> None:
    """Replace each "auto" by the value that suits the number of words."""
    steps = tables.get("training", {}).get("steps")
    for (section, key), value in choice.settings(steps if type(steps) is int else choice.steps).items():
        if tables.get(section, {}).get(key) == AUTO:
            tables[section][key] = value


def _folded_sets(tables: Tables, sets: OpenSets) -> list[Dataset]:
    """Open the real words, their labels folded as in training."""
    known = {key: value for key, value in tables.get("data", {}).items() if value != AUTO}
    config = validate(DataConfig, known, "data")
    if not config.real:
        raise RecipeError("the recipe leaves settings 'auto' that real words decide: give --data PATH.")
    alphabet = _known_alphabet(tables.get("model", {}))
    return [Folded(sets.open(real.path), config, alphabet) for real in config.real]


def _known_alphabet(model: Mapping[str, Any]) -> Alphabet | None:
    """Return the alphabet that [model] names; None where it names none, or leaves it to the labels."""
    symbols, separator = model.get("alphabet", AUTO), separator_of(model)
    if symbols == AUTO:
        return None
    is_list = isinstance(symbols, list)
    return Alphabet(symbols, separator=separator) if is_list else parse_alphabet(str(symbols), separator)


def _learnt_labels(tables: Tables, sets: Sequence[Dataset], labels: Sequence[str]) -> list[str]:
    """Return the labels of the words that validation leaves to training."""
    config = validate(ValidationConfig, tables.get("validation", {}), "validation")
    if config.data or not config.held_back:
        return list(labels)
    parts = hold_back(sets, config.held_back)
    return [sample.label for learnt, _ in parts if learnt for sample in learnt]


def _imitated(recipe: Recipe, labels: Sequence[str]) -> list[str]:
    """Make words like the labels, of the symbols that fonts can draw, no longer than synthesis draws."""
    config = recipe.synthesis
    every = sorted(set(chain.from_iterable(labels)))
    lacking = undrawable(tuple(every), config.fonts)
    symbols = [symbol for symbol in every if symbol not in lacking]
    words = imitate(labels, symbols, IMITATED, config.seed)
    return [word for word in words if len(word) <= config.max_length]


def _describe(recipe: Recipe, words: int) -> str:
    """Say what was chosen.

    700 words: up to 2,000 steps of 32 images, ...
    """
    training = recipe.training
    return (
        f"{words:,} words: up to {training.steps:,} steps of {training.batch_size} images, "
        f"{100 * recipe.data.real_share:.0f} % of them real, peak rate {recipe.optimizer.learning_rate:g}"
    )


def _describe_symbols(symbols: Sequence[str], labels: int, separator: str) -> Iterator[str]:
    """Say which symbols the labels hold, and which of a nearly whole class they lack."""
    yield f"alphabet: the {len(symbols)} symbols of {labels:,} labels: {separator.join(symbols)}"
    if separator:
        return
    for whole in _CLASSES:
        lacking = "".join(symbol for symbol in whole if symbol not in symbols)
        if lacking and len(lacking) < len(whole) / 2:
            yield (
                f"the labels hold no {' '.join(lacking)}: the model will never read that; "
                "where it occurs, name the symbols: --alphabet '...'"
            )
