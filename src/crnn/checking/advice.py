"""From what was found to what to do: would `crnn train` start, with which recipe and settings.

What goes with the advised settings: what they cost, and what would serve other ends.
"""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crnn.alphabet import Alphabet
from crnn.checking import sizes
from crnn.checking.labels import Encoding, LabelStatistics, setting
from crnn.checking.report import Advice, Counts, Rules
from crnn.checking.sizes import Sizes
from crnn.images.preprocess import PreprocessConfig
from crnn.symbols import NAMES, visible

MAX_LEFT_OUT_SHARE = 0.01
"""Share of labels that are rather left out than have a larger alphabet advised for them."""

MANY_SHARE = 0.1
"""Share of the samples, or else one, that settings need not suit."""

_FONTS = (
    "to draw synthetic words as well: synthesis.fonts with fonts that have these symbols, without "
    "data.real_share=1 (`crnn fonts --help` says where to get some)"
)


def warnings(rules: Rules, encoding: Encoding) -> Iterator[str]:
    """Say what a model of the advised alphabet will not read, though the model that it starts from does."""
    if not encoding.is_own:
        return
    own, known = encoding.alphabet, rules.known or rules.alphabet
    lost = [] if own.separator else [symbol for symbol in known.symbols if symbol not in own.symbols]
    text = f"such a model reads the symbols of these labels, {len(own)}, and never another one"
    if lost:
        more = [symbol for symbol in own.symbols if symbol not in known.symbols]
        keeping = _sets(
            settings_of_alphabet(Alphabet([*known.symbols, *more], name="" if more else known.name))
        )
        shown = " ".join(map(visible, lost))
        text += f": not {shown}\n    To keep those, instead of --alphabet auto: {keeping}"
    yield text


def alternatives(
    rules: Rules,
    statistics: LabelStatistics,
    encoding: Encoding,
    found: Sizes,
    config: PreprocessConfig,
    *,
    own_only: bool,
) -> Iterator[str]:
    """Name what would keep the samples that the advised settings leave out, or serve other ends."""
    yield from _wider(statistics, encoding)
    if config == rules.preprocess:
        yield from _broader(rules, found)
    if own_only:
        yield _FONTS
    own, unused = statistics.own(), statistics.unused()
    if own and not encoding.is_own and len(unused) > len(rules.alphabet) / 2:
        symbols = "1 symbol" if len(own.alphabet) == 1 else f"{len(own.alphabet)} symbols"
        yield (
            f"if nothing but the {symbols} of these labels will ever have to be read: --alphabet auto "
            "(among fewer symbols, fewer are mistaken for each other)"
        )


def settings_of_alphabet(alphabet: Alphabet) -> list[str]:
    """Write an alphabet as settings."""
    symbols: object = "".join(alphabet.symbols) if alphabet.of_characters else alphabet.symbols
    value = alphabet.name or json.dumps(symbols, ensure_ascii=False)
    separator = json.dumps(alphabet.separator, ensure_ascii=False)
    return [f"model.alphabet={value}", *[f"model.separator={separator}"] * bool(alphabet.separator)]


def _wider(statistics: LabelStatistics, encoding: Encoding) -> Iterator[str]:
    """Name the alphabets that would keep what an encoding leaves out."""
    remaining, wider = statistics.not_encodable(encoding), statistics.best(wider=True)
    if statistics.not_encodable(wider) < remaining:
        settings = (*settings_of_alphabet(wider.alphabet), *setting(wider.folding).split())
        labels = "1 label" if remaining == 1 else f"{remaining} labels"
        yield f"to leave out only {statistics.not_encodable(wider)} of the {labels}: {_sets(settings)}"
    if remaining:
        everything = statistics.everything().alphabet
        yield f"to keep every symbol that can be seen: {_sets(settings_of_alphabet(everything))}"


def _broader(rules: Rules, found: Sizes) -> Iterator[str]:
    """Name the width that would give every label its frames."""
    wider = sizes.widened(rules, found.too_long)
    if wider is not None:
        options = " ".join(f"--set {item}" for item in sizes.settings(wider, rules.preprocess))
        yield f"to keep the long labels, if they are right: {options}"


def _sets(settings: Sequence[str]) -> str:
    return " ".join(f"--set {shlex.quote(item)}" for item in settings)


FINETUNE, LINES = "finetune", "lines"
"""Recipes that start from a model."""

MIN_IMAGES_FROM_NOTHING = 2000
"""Images from which training from nothing is advised; of fewer, a model that reads already learns more."""

MAX_UNSUITED_SHARE = 0.5
"""Share of the samples from which alphabet or sizes are clearly not theirs."""

_USUAL = "print94"
"""The alphabet of the recipes, and of the models that they are for."""

_ALPHABETS = {LINES: "print94-space"}
"""Of recipes that have another one."""

_LINES_SIZES = PreprocessConfig(max_width=sizes.LINES_WIDTH_PX, width_step=32)


@dataclass(slots=True)
class Problems:
    """What stops a run, beside symbols outside the alphabet."""

    missing: int = 0
    """Images that are not there."""
    unreadable: int = 0
    """Images that cannot be opened."""
    different: int = 0
    """Different images, by their bytes."""
    sizes: Sizes = field(default_factory=Sizes)
    too_long_not_encodable: int = 0
    """Labels that the alphabet cannot encode and that would be too long if it could."""


def advise(counts: Counts, rules: Rules, statistics: LabelStatistics, problems: Problems) -> Advice:
    """Say whether a run would start, what stops it, and which recipe and settings help."""
    not_encodable, too_long = statistics.not_encodable(statistics.current), len(problems.sizes.too_long)
    reasons = list(_reasons(counts, rules, not_encodable, problems))
    encoding = _advised(counts, rules, statistics)
    recipe = _recipe(counts, rules, problems.sizes)
    config = _advised_sizes(counts, rules, problems.sizes, recipe)
    lost = _lost(rules, statistics.not_encodable(encoding), problems, config)
    from_nothing = recipe not in {FINETUNE, LINES}
    own_only = from_nothing and not _starter_fonts_draw(encoding.alphabet)
    return Advice(
        trains=not reasons,
        reasons=tuple(reasons),
        left_out=not_encodable + too_long if rules.drop_unreadable else 0,
        recipe=recipe,
        initial=None if from_nothing else rules.initial,
        settings=(
            *_alphabet_settings(rules, encoding, recipe),
            *sizes.settings(config, _LINES_SIZES if recipe == LINES else PreprocessConfig()),
            *setting(encoding.folding).split(),
            *["data.unusable_labels=skip"] * bool(rules.drop_unreadable or lost),
            *["data.real_share=1"] * own_only,
        ),
        folds=statistics.changed(encoding),
        without=lost,
        needs_clean=problems.unreadable + problems.missing > 0,
        needs_validation=own_only or _different(counts, problems, lost) < 2,
        resized=config != rules.preprocess,
        by_hand=_by_hand(counts, lost),
        warnings=tuple(warnings(rules, encoding)),
        alternatives=tuple(
            alternatives(rules, statistics, encoding, problems.sizes, config, own_only=own_only)
        ),
    )


def _advised(counts: Counts, rules: Rules, statistics: LabelStatistics) -> Encoding:
    """Choose how to encode the labels: as mildly as leaves out a few at most."""
    chosen, own = rules.alphabet_of, statistics.own()
    encoding = statistics.best(wider=False)
    if statistics.not_encodable(encoding) > MAX_LEFT_OUT_SHARE * counts.samples:
        encoding = statistics.best(wider=True)
    if chosen == "labels":
        return own or encoding
    if _many(statistics.not_encodable(encoding), counts):
        return own if own and chosen == "model" else statistics.everything()
    is_narrow = len(statistics.unused()) > len(rules.alphabet) / 2 and statistics.shows_all()
    return own if own and chosen == "model" and is_narrow else encoding


def _many(count: int, counts: Counts) -> bool:
    """Tell whether something is the case with so many samples that the settings have to suit them."""
    return count > min(max(1, MANY_SHARE * counts.samples), MAX_UNSUITED_SHARE * counts.samples)


def _recipe(counts: Counts, rules: Rules, found: Sizes) -> str:
    """Choose a recipe: for lines, for few words, or from nothing."""
    if _many(len(found.squeezed), counts):
        return LINES
    return FINETUNE if rules.continues or counts.samples < MIN_IMAGES_FROM_NOTHING else rules.initial


def _advised_sizes(counts: Counts, rules: Rules, found: Sizes, recipe: str) -> PreprocessConfig:
    """Choose the sizes: those of the rules, or wider ones where most labels are too long for these."""
    if recipe == LINES:
        return sizes.for_lines(rules, found)
    if len(found.too_long) <= MAX_UNSUITED_SHARE * counts.samples:
        return rules.preprocess
    return sizes.widened(rules, found.too_long) or rules.preprocess


def _lost(rules: Rules, not_encodable: int, problems: Problems, config: PreprocessConfig) -> int:
    """Count the samples that a run with the advised alphabet and sizes must leave out."""
    too_long = sizes.still_too_long(rules, problems.sizes, config)
    unencodable_too = problems.too_long_not_encodable if config == rules.preprocess else 0
    return max(not_encodable, unencodable_too) + too_long


def _different(counts: Counts, problems: Problems, lost: int) -> int:
    """Count the images to learn from, copies once: one of two at least is held back to validate on."""
    return min(problems.different, counts.samples - problems.missing - problems.unreadable - lost)


def _by_hand(counts: Counts, lost: int) -> str | None:
    """Say what to do where no setting leaves anything to learn from."""
    if set(counts.lengths) <= {0}:
        return "give the images their texts"
    if lost >= counts.samples:
        return "give the images the labels that they show: these are too long for any of them"
    return None


def _reasons(counts: Counts, rules: Rules, not_encodable: int, problems: Problems) -> Iterator[str]:
    """Say what stops a run, in the order in which it would be met."""
    too_long = len(problems.sizes.too_long)
    if problems.missing:
        yield f"{problems.missing} of {counts.samples} images missing"
    if not_encodable and not rules.drop_unreadable:
        labels = "1 label has" if not_encodable == 1 else f"{not_encodable} labels have"
        yield f"{labels} symbols outside the alphabet {_shown(rules.alphabet)}"
    if too_long and not rules.drop_unreadable:
        labels = "1 label" if too_long == 1 else f"{too_long} labels"
        yield f"{labels} with more symbols than the frames of the image hold"
    if problems.unreadable:
        yield f"{problems.unreadable} of {counts.samples} images cannot be opened"
    if set(counts.lengths) <= {0}:
        yield "every label is empty: there is nothing to learn"
    elif not counts.learnable:
        yield "no sample is left to learn from"


def _alphabet_settings(rules: Rules, encoding: Encoding, recipe: str) -> list[str]:
    """Write the alphabet as settings, unless the recipe has it anyway."""
    if encoding.is_own:
        separator = json.dumps(encoding.alphabet.separator, ensure_ascii=False)
        return ["model.alphabet=auto", *[f"model.separator={separator}"] * bool(encoding.alphabet.separator)]
    return (
        [] if encoding.alphabet == _usual_alphabet(rules, recipe) else settings_of_alphabet(encoding.alphabet)
    )


def _usual_alphabet(rules: Rules, recipe: str) -> Alphabet | None:
    """Return the alphabet that a run has where nothing is set; None where it is not known."""
    if recipe == FINETUNE and rules.continues:
        return rules.alphabet if rules.alphabet_of == "model" else None
    return Alphabet.named(_ALPHABETS.get(recipe, _USUAL))


def _starter_fonts_draw(alphabet: Alphabet) -> bool:
    """Tell whether synthetic words of this alphabet can be drawn without fonts of one's own."""
    return set(alphabet.symbols) <= set(NAMES["latin"])


def _shown(alphabet: Alphabet) -> str:
    return repr(alphabet.name or alphabet.separator.join(alphabet.symbols[:20]))
