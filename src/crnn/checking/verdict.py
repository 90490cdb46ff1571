"""From what was found to what to do: would `crnn train` start, with which recipe and settings."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from crnn.alphabet import NAMES, Alphabet
from crnn.checking import sizes
from crnn.checking.advice import FEW, SOME, alternatives, spell_alphabet, warnings
from crnn.checking.labels import Census, Way, setting
from crnn.checking.report import Counts, Verdict
from crnn.checking.rules import Rules
from crnn.checking.sizes import Sizes
from crnn.preprocess import PreprocessConfig

FINETUNE, LINES = "finetune", "lines"
"""Recipes that start from a model."""
FROM_NOTHING = 2000
"""Images from which training from nothing is advised; of fewer, a model that reads already learns more."""
MANY = 0.5
"""Share of the samples from which alphabet or sizes are clearly not theirs."""
_USUAL = "print94"
"""The alphabet of the recipes, and of the models that they are for."""
_ALPHABETS = {LINES: "print94-space"}
"""Of recipes that have another one."""
_LINES_SIZES = PreprocessConfig(max_width=sizes.LINES_WIDTH_PX, width_step=32)


@dataclass(slots=True)
class Trouble:
    """What stops a run, beside symbols outside the alphabet."""

    missing: int = 0
    """Images that are not there."""
    unreadable: int = 0
    """Images that cannot be opened."""
    different: int = 0
    """Different images, by their bytes."""
    sizes: Sizes = field(default_factory=Sizes)
    too_long_unspelt: int = 0
    """Labels that the alphabet cannot spell and that would be too long if it could."""


def verdict(counts: Counts, rules: Rules, census: Census, trouble: Trouble) -> Verdict:
    """Say whether a run would start, what stops it, and which recipe and settings help."""
    unspelt, too_long = census.unspelt(census.now), len(trouble.sizes.too_long)
    reasons = list(_reasons(counts, rules, unspelt, trouble))
    way = _advised(counts, rules, census)
    recipe = _recipe(counts, rules, trouble.sizes)
    config = _advised_sizes(counts, rules, trouble.sizes, recipe)
    lost = _lost(rules, census.unspelt(way), trouble, config)
    from_nothing = recipe not in {FINETUNE, LINES}
    own_only = from_nothing and not _starter_fonts_draw(way.alphabet)
    return Verdict(
        trains=not reasons,
        reasons=tuple(reasons),
        left_out=unspelt + too_long if rules.drop_unreadable else 0,
        recipe=recipe,
        initial=None if from_nothing else rules.initial,
        settings=(
            *_alphabet_settings(rules, way, recipe),
            *sizes.settings(config, _LINES_SIZES if recipe == LINES else PreprocessConfig()),
            *setting(way.folding).split(),
            *["data.drop_unreadable=true"] * bool(rules.drop_unreadable or lost),
            *["data.real_share=1"] * own_only,
        ),
        folds=census.changed(way),
        without=lost,
        needs_clean=trouble.unreadable + trouble.missing > 0,
        needs_validation=own_only or _different(counts, trouble, lost) < 2,
        resized=config != rules.preprocess,
        by_hand=_by_hand(counts, lost),
        warnings=tuple(warnings(rules, way)),
        alternatives=tuple(alternatives(rules, census, way, trouble.sizes, config, own_only=own_only)),
    )


def _advised(counts: Counts, rules: Rules, census: Census) -> Way:
    """Choose how to encode the labels: as mildly as leaves out a few at most."""
    chosen, own = rules.alphabet_of, census.own()
    way = census.best(wider=False)
    if census.unspelt(way) > FEW * counts.samples:
        way = census.best(wider=True)
    if chosen == "labels":
        return own or way
    if _many(census.unspelt(way), counts):
        return own if own and chosen == "model" else census.everything()
    is_narrow = len(census.unused()) > len(rules.alphabet) / 2 and census.shows_all()
    return own if own and chosen == "model" and is_narrow else way


def _many(count: int, counts: Counts) -> bool:
    """Tell whether something is the case with so many samples that the settings have to suit them."""
    return count > min(max(1, SOME * counts.samples), MANY * counts.samples)


def _recipe(counts: Counts, rules: Rules, found: Sizes) -> str:
    """Choose a recipe: for lines, for few words, or from nothing."""
    if _many(len(found.squeezed), counts):
        return LINES
    return FINETUNE if rules.continues or counts.samples < FROM_NOTHING else rules.initial


def _advised_sizes(counts: Counts, rules: Rules, found: Sizes, recipe: str) -> PreprocessConfig:
    """Choose the sizes: those of the rules, or wider ones where most labels are too long for these."""
    if recipe == LINES:
        return sizes.for_lines(rules, found)
    if len(found.too_long) <= MANY * counts.samples:
        return rules.preprocess
    return sizes.widened(rules, found.too_long) or rules.preprocess


def _lost(rules: Rules, unspelt: int, trouble: Trouble, config: PreprocessConfig) -> int:
    """Count the samples that a run with the advised alphabet and sizes must leave out."""
    too_long = sizes.still_too_long(rules, trouble.sizes, config)
    unspelt_too = trouble.too_long_unspelt if config == rules.preprocess else 0
    return max(unspelt, unspelt_too) + too_long


def _different(counts: Counts, trouble: Trouble, lost: int) -> int:
    """Count the images to learn from, copies once: one of two at least is held back to validate on."""
    return min(trouble.different, counts.samples - trouble.missing - trouble.unreadable - lost)


def _by_hand(counts: Counts, lost: int) -> str | None:
    """Say what to do where no setting leaves anything to learn from."""
    if set(counts.lengths) <= {0}:
        return "give the images their texts"
    if lost >= counts.samples:
        return "give the images the labels that they show: these are too long for any of them"
    return None


def _reasons(counts: Counts, rules: Rules, unspelt: int, trouble: Trouble) -> Iterator[str]:
    """Say what stops a run, in the order in which it would be met."""
    too_long = len(trouble.sizes.too_long)
    if trouble.missing:
        yield f"{trouble.missing} of {counts.samples} images missing"
    if unspelt and not rules.drop_unreadable:
        labels = "1 label has" if unspelt == 1 else f"{unspelt} labels have"
        yield f"{labels} symbols outside the alphabet {_shown(rules.alphabet)}"
    if too_long and not rules.drop_unreadable:
        labels = "1 label" if too_long == 1 else f"{too_long} labels"
        yield f"{labels} with more symbols than the frames of the image hold"
    if trouble.unreadable:
        yield f"{trouble.unreadable} of {counts.samples} images cannot be opened"
    if set(counts.lengths) <= {0}:
        yield "every label is empty: there is nothing to learn"
    elif not counts.learnable:
        yield "no sample is left to learn from"


def _alphabet_settings(rules: Rules, way: Way, recipe: str) -> list[str]:
    """Spell the alphabet as settings, unless the recipe has it anyway."""
    if way.is_own:
        separator = json.dumps(way.alphabet.separator, ensure_ascii=False)
        return ["model.alphabet=auto", *[f"model.separator={separator}"] * bool(way.alphabet.separator)]
    return [] if way.alphabet == _usual_alphabet(rules, recipe) else spell_alphabet(way.alphabet)


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
