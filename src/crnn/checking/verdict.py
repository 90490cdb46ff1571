"""From what was found to what to do: would `crnn train` start, and with which settings."""

import dataclasses
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crnn.alphabet import NAMES, Alphabet
from crnn.checking.labels import Census, Way, setting
from crnn.checking.report import Counts, Verdict
from crnn.checking.rules import Rules
from crnn.preprocess import PreprocessConfig

_USUAL = "print94"
"""The alphabet of the recipes."""
FEW = 0.01
"""Share of labels that are rather left out than have a larger alphabet advised for them."""
MANY = 0.5
"""Share of labels from which alphabet or sizes are clearly not theirs."""
_WIDEST_PX = 8192
_FONTS = (
    "to draw synthetic words as well: synthesis.fonts with fonts that have these symbols, without "
    "data.real_share=1 (`crnn fonts --help` says where to get some)"
)


@dataclass(slots=True)
class Trouble:
    """What stops a run, beside symbols outside the alphabet."""

    unreadable: int = 0
    """Images that cannot be opened."""
    too_long: list[int] = field(default_factory=list)
    """Frames that each label needs which its image does not give."""
    too_long_unspelt: int = 0
    """Labels that the alphabet cannot spell and that would be too long if it could."""


def verdict(counts: Counts, rules: Rules, census: Census, trouble: Trouble) -> Verdict:
    """Say whether a run would start, what stops it, and which settings of a recipe help."""
    unspelt, too_long = census.unspelt(census.now), len(trouble.too_long)
    reasons = list(_reasons(counts, rules, unspelt, trouble))
    way, sizes = _advised(counts, census), _advised_sizes(counts, rules, trouble)
    resized = sizes != rules.preprocess
    remaining = census.unspelt(way)
    lost = max(remaining, trouble.too_long_unspelt) + (0 if resized else too_long)
    own_only = not _starter_fonts_draw(way.alphabet)
    return Verdict(
        trains=not reasons,
        reasons=tuple(reasons),
        left_out=unspelt + too_long if rules.drop_unreadable else 0,
        settings=(
            *([] if way.alphabet == rules.alphabet == Alphabet.named(_USUAL) else _alphabet(way.alphabet)),
            *_sizes(sizes),
            *setting(way.folding).split(),
            *["data.drop_unreadable=true"] * bool(rules.drop_unreadable or lost),
            *["data.real_share=1"] * own_only,
        ),
        without=lost,
        needs_clean=trouble.unreadable > 0,
        needs_validation=own_only,
        resized=resized,
        alternatives=(
            *_wider(census, way),
            *([] if resized else _broader(rules, trouble)),
            *[_FONTS] * own_only,
        ),
    )


def _advised(counts: Counts, census: Census) -> Way:
    """Choose how to spell the labels: as mildly as leaves out a few at most."""
    way = census.best(wider=False)
    if census.unspelt(way) > FEW * counts.samples:
        way = census.best(wider=True)
    if census.unspelt(way) > MANY * counts.samples:
        way = census.everything()
    return way


def _advised_sizes(counts: Counts, rules: Rules, trouble: Trouble) -> PreprocessConfig:
    """Choose the sizes: those of the rules, or wider ones where most labels are too long for these."""
    if len(trouble.too_long) <= MANY * counts.samples:
        return rules.preprocess
    width_px = _width_for(rules, max(trouble.too_long))
    if width_px is None:
        return rules.preprocess
    most = max(width_px, rules.preprocess.max_width)
    return dataclasses.replace(rules.preprocess, min_width=width_px, max_width=most)


def _reasons(counts: Counts, rules: Rules, unspelt: int, trouble: Trouble) -> Iterator[str]:
    """Say what stops a run, in the order in which it would be met."""
    if unspelt and not rules.drop_unreadable:
        yield f"{_labels(unspelt)} cannot be spelt with alphabet {_shown(rules.alphabet)}"
    if trouble.too_long and not rules.drop_unreadable:
        yield f"{_labels(len(trouble.too_long))} with more symbols than the frames of the image hold"
    if trouble.unreadable:
        yield f"{trouble.unreadable} of {counts.samples} images cannot be opened"
    if not counts.learnable:
        yield "no sample is left to learn from"


def _wider(census: Census, way: Way) -> Iterator[str]:
    """Name the alphabets that would keep what a way leaves unspelt."""
    remaining, wider = census.unspelt(way), census.best(wider=True)
    if census.unspelt(wider) < remaining:
        settings = (*_alphabet(wider.alphabet), *setting(wider.folding).split())
        yield f"to leave only {census.unspelt(wider)} of the {_labels(remaining)} unspelt: {_sets(settings)}"
    if remaining:
        everything = census.everything().alphabet
        hint = "" if _starter_fonts_draw(everything) else (
            f" {_sets(['data.real_share=1'])}, with a validation set of your own (validation.data)"
        )  # fmt: skip
        yield f"to keep every symbol that can be seen: {_sets(_alphabet(everything))}{hint}"


def _broader(rules: Rules, trouble: Trouble) -> Iterator[str]:
    """Name the width that would give every label its frames."""
    width_px = _width_for(rules, max(trouble.too_long, default=0))
    if trouble.too_long and width_px is not None:
        more = f" --set preprocess.max_width={width_px}" * (width_px > rules.preprocess.max_width)
        yield (
            f"to keep the long labels: --set preprocess.min_width={width_px}{more} "
            "(for a model trained from nothing: --init wants the sizes of its weights)"
        )


def _width_for(rules: Rules, needed: int) -> int | None:
    """Return the least width that gives so many frames, a multiple of the step; None beyond reason."""
    step = rules.preprocess.width_step
    widths_px = range(-(-rules.preprocess.min_width // step) * step, _WIDEST_PX, step)
    return next((width_px for width_px in widths_px if rules.frames(width_px) >= needed), None)


def _alphabet(alphabet: Alphabet) -> list[str]:
    """Spell an alphabet as settings."""
    symbols: object = "".join(alphabet.symbols) if alphabet.of_characters else alphabet.symbols
    spelt = alphabet.name or json.dumps(symbols, ensure_ascii=False)
    separator = json.dumps(alphabet.separator, ensure_ascii=False)
    return [f"model.alphabet={spelt}", *[f"model.separator={separator}"] * bool(alphabet.separator)]


def _sizes(config: PreprocessConfig) -> list[str]:
    """Spell the sizes that are not the usual ones as settings."""
    usual = PreprocessConfig()
    return [
        f"preprocess.{name}={value}"
        for name in ("height", "min_width", "max_width", "width_step")
        if (value := getattr(config, name)) != getattr(usual, name)
    ]


def _starter_fonts_draw(alphabet: Alphabet) -> bool:
    """Tell whether synthetic words of this alphabet can be drawn without fonts of one's own."""
    return set(alphabet.symbols) <= set(NAMES["latin"])


def _sets(settings: Sequence[str]) -> str:
    return " ".join(f"--set {shlex.quote(item)}" for item in settings)


def _labels(count: int) -> str:
    return "1 label" if count == 1 else f"{count} labels"


def _shown(alphabet: Alphabet) -> str:
    return repr(alphabet.name or "".join(alphabet.symbols[:20]))
