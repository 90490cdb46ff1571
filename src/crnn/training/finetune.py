"""Recipes that leave things open: "auto" becomes a value, by the real words and the initial model.

    model.preset      the network of the model that the run starts from, its [preprocess], and its
                      language where the alphabet stays
    model.alphabet    the symbols of the labels, in the order of their code points
    synthesis.words   words like the labels, in the run folder's words.txt
    steps, batch_size, learning_rate, real_share, ...   by the number of words (`choose`)

A run folder's recipe.toml has none of these "auto" left, so a resumed run asks nothing again.
training.device and training.precision stay: the machine decides them whenever the run goes on.

Words like the user's own: their labels, and strings of the same pattern.

    imitate(["KA 417 BX", ...], drawable, 1000, seed=1)  ->  "KA 417 BX", "ZP 083 QW", ...

Synthesis draws them beside its own words, so that what few images cannot show (every symbol at every
place) is seen all the same.

What a recipe leaves open, chosen by the number of real words to learn from.

The table is docs/finetuning.md's, which says what of it was measured; a recipe, or --set, goes before
every entry.
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from crnn.alphabet import Alphabet, parse_alphabet, split
from crnn.data import open_dataset
from crnn.data.dataset import Dataset
from crnn.errors import RecipeError
from crnn.formats.load import load_weights
from crnn.synthesis.engine import SynthesisConfig
from crnn.synthesis.fonts import undrawable
from crnn.training.real import Folded, hold_back
from crnn.training.recipe import Recipe, Tables, alphabet_settings, make_recipe, separator_of
from crnn.training.sections import DataSection, ValidationSection
from crnn.training.tables import build

LONGEST_CODE = 12
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
    usable = [label for label in labels if _spelt(label, symbols)]
    while usable and len(made) < count:
        label = random.choice(usable)
        if random.random() < 0.5:
            label = _TOKEN.sub(lambda match: _replaced(match[0], shared, classes, random), label)
        word = _spelt(label, symbols)
        made += [word] if word else []
    return made


def _spelt(label: str, symbols: Collection[str]) -> str:
    """Leave out what `symbols` lack, and spaces at the ends."""
    return "".join(symbol for symbol in label if symbol in symbols).strip()


def _shared_words(labels: Sequence[str]) -> frozenset[str]:
    """Find the runs of three letters or more that several labels hold."""
    runs = Counter(run for label in set(labels) for run in set(_TOKEN.findall(label)))
    return frozenset(
        run for run, labels_with in runs.items() if labels_with > 1 and run.isalpha() and len(run) > 2
    )


def _replaced(token: str, shared: Collection[str], classes: dict[str, list[str]], random: Random) -> str:
    if token in shared or (token.isalpha() and len(token) > LONGEST_CODE):
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
            ("training", "average_decay"): 0.98,
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


AUTO = "auto"

IMITATED = 5000
"""Words in words.txt."""

_CLASSES = (string.digits, string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A recipe with nothing left open."""

    recipe: Recipe
    words: tuple[str, ...]
    """Words for the run folder's words.txt; empty where the recipe does not ask for them."""
    notes: tuple[str, ...]
    """What was chosen, a line each, for people."""


def settle(tables: Tables, initial: str | Path | None, words_file: Path) -> Settled:
    """Replace every "auto".

    Raises RecipeError where what would decide it is missing (real words, an initial model), DataError
    for a data set that cannot be read, ModelError for a model.
    """
    tables = {name: dict(table) for name, table in tables.items()}
    notes: list[str] = []
    if tables.get("model", {}).get("preset") == AUTO:
        _take_network(tables, initial)
    if not is_open(tables):
        return Settled(recipe=make_recipe(tables), words=(), notes=())
    sets = _open_sets(tables)
    labels = [sample.label for dataset in sets for sample in dataset]
    if tables["model"].get("alphabet") == AUTO:
        separator = separator_of(tables["model"])
        parted = (split(label, separator) for label in labels)
        tables["model"]["alphabet"] = symbols = sorted(set(chain.from_iterable(parted)))
        notes += _describe_symbols(symbols, len(labels), separator)
    learnt = _learnt_labels(tables, sets, labels)
    _choose(tables, choose(len(learnt)))
    imitating = tables.get("synthesis", {}).get("words") == AUTO
    words = tuple(_imitated(tables, learnt)) if imitating else ()
    if imitating:
        tables["synthesis"]["words"] = [str(words_file)] if words else []
    recipe = make_recipe(tables)
    return Settled(recipe=recipe, words=words, notes=(_describe(recipe, len(learnt)), *notes))


def _take_network(tables: Tables, initial: str | Path | None) -> None:
    """Fill [model] and [preprocess] from the initial model, where they say nothing else."""
    if initial is None:
        raise RecipeError("model.preset is 'auto': name the model to start from, such as --init small.")
    file = load_weights(initial)
    given = {key: value for key, value in tables["model"].items() if key != "preset"}
    own = alphabet_settings(file.alphabet)
    if file.language and "alphabet" not in given:
        own["language"] = file.language
    tables["model"] = file.model.config.to_json() | own | given
    tables["preprocess"] = file.preprocess.to_json() | tables.get("preprocess", {})


def is_open(tables: Tables) -> bool:
    """Tell whether a recipe leaves anything to `settle`."""
    open_keys = {("model", "preset"), ("model", "alphabet"), ("synthesis", "words"), *choose(0).settings(1)}
    return any(tables.get(section, {}).get(key) == AUTO for section, key in open_keys)


def _choose(tables: Tables, choice: Choice) -> None:
    """Give what is left open the values that suit the number of words."""
    steps = tables.get("training", {}).get("steps")
    for (section, key), value in choice.settings(steps if type(steps) is int else choice.steps).items():
        if tables.get(section, {}).get(key) == AUTO:
            tables[section][key] = value


def _open_sets(tables: Tables) -> list[Dataset]:
    """Open the real words, their labels folded as in training."""
    given = {key: value for key, value in tables.get("data", {}).items() if value != AUTO}
    section = build(DataSection, given, "data")
    if not section.real:
        raise RecipeError("the recipe leaves settings 'auto' that real words decide: give --data PATH.")
    alphabet = _known_alphabet(tables.get("model", {}))
    return [Folded(open_dataset(real.path), section, alphabet) for real in section.real]


def _known_alphabet(model: Mapping[str, Any]) -> Alphabet | None:
    """Return the alphabet that [model] names; None where it names none, or leaves it to the labels."""
    symbols, separator = model.get("alphabet", AUTO), separator_of(model)
    if symbols == AUTO:
        return None
    is_list = isinstance(symbols, list)
    return Alphabet(symbols, separator=separator) if is_list else parse_alphabet(str(symbols), separator)


def _learnt_labels(tables: Tables, sets: Sequence[Dataset], labels: Sequence[str]) -> list[str]:
    """Return the labels of the words that validation leaves to training."""
    section = build(ValidationSection, tables.get("validation", {}), "validation")
    if section.data or not section.held_back:
        return list(labels)
    parts = hold_back(sets, section.held_back)
    return [sample.label for learnt, _ in parts if learnt for sample in learnt]


def _imitated(tables: Tables, labels: Sequence[str]) -> list[str]:
    """Make words like the labels, of the symbols that fonts can draw, no longer than synthesis draws."""
    given = {key: value for key, value in tables["synthesis"].items() if value != AUTO}
    config = build(SynthesisConfig, given, "synthesis")
    lacking = undrawable(tuple(sorted(set(chain.from_iterable(labels)))), config.fonts)
    symbols = sorted(set(chain.from_iterable(labels)) - set(lacking))
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
