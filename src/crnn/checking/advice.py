"""What goes with the advised settings: what they cost, and what would serve other ends."""

import json
import shlex
from collections.abc import Iterator, Sequence

from crnn.alphabet import Alphabet
from crnn.checking import sizes
from crnn.checking.labels import Census, Way, setting
from crnn.checking.rules import Rules
from crnn.checking.sizes import Sizes
from crnn.preprocess import PreprocessConfig

FEW = 0.01
"""Share of labels that are rather left out than have a larger alphabet advised for them."""
SOME = 0.1
"""Share of the samples, or else one, that settings need not suit."""
_FONTS = (
    "to draw synthetic words as well: synthesis.fonts with fonts that have these symbols, without "
    "data.real_share=1 (`crnn fonts --help` says where to get some)"
)


def warnings(rules: Rules, way: Way) -> Iterator[str]:
    """Say what a model of the advised alphabet will not read, though the model that it starts from does."""
    if not way.is_own:
        return
    own, known = way.alphabet, rules.known or rules.alphabet
    lost = [] if own.separator else [symbol for symbol in known.symbols if symbol not in own.symbols]
    text = f"such a model reads the symbols of these labels, {len(own)}, and never another one"
    if lost:
        more = [symbol for symbol in own.symbols if symbol not in known.symbols]
        keeping = _sets(spell_alphabet(Alphabet([*known.symbols, *more], name="" if more else known.name)))
        shown = " ".join("\N{OPEN BOX}" if symbol == " " else symbol for symbol in lost)
        text += f": not {shown}\n    To keep those, instead of --alphabet auto: {keeping}"
    yield text


def alternatives(
    rules: Rules, census: Census, way: Way, found: Sizes, config: PreprocessConfig, *, own_only: bool
) -> Iterator[str]:
    """Name what would keep the samples that the advised settings leave out, or serve other ends."""
    yield from _wider(census, way)
    if config == rules.preprocess:
        yield from _broader(rules, found)
    if own_only:
        yield _FONTS
    own, unused = census.own(), census.unused()
    if own and not way.is_own and len(unused) > len(rules.alphabet) / 2:
        symbols = "1 symbol" if len(own.alphabet) == 1 else f"{len(own.alphabet)} symbols"
        yield (
            f"if nothing but the {symbols} of these labels will ever have to be read: --alphabet auto "
            "(among fewer symbols, fewer are mistaken for each other)"
        )


def spell_alphabet(alphabet: Alphabet) -> list[str]:
    """Spell an alphabet as settings."""
    symbols: object = "".join(alphabet.symbols) if alphabet.of_characters else alphabet.symbols
    spelt = alphabet.name or json.dumps(symbols, ensure_ascii=False)
    separator = json.dumps(alphabet.separator, ensure_ascii=False)
    return [f"model.alphabet={spelt}", *[f"model.separator={separator}"] * bool(alphabet.separator)]


def _wider(census: Census, way: Way) -> Iterator[str]:
    """Name the alphabets that would keep what a way leaves out."""
    remaining, wider = census.unspelt(way), census.best(wider=True)
    if census.unspelt(wider) < remaining:
        settings = (*spell_alphabet(wider.alphabet), *setting(wider.folding).split())
        labels = "1 label" if remaining == 1 else f"{remaining} labels"
        yield f"to leave out only {census.unspelt(wider)} of the {labels}: {_sets(settings)}"
    if remaining:
        everything = census.everything().alphabet
        yield f"to keep every symbol that can be seen: {_sets(spell_alphabet(everything))}"


def _broader(rules: Rules, found: Sizes) -> Iterator[str]:
    """Name the width that would give every label its frames."""
    wider = sizes.widened(rules, found.too_long)
    if wider is not None:
        spelt = " ".join(f"--set {item}" for item in sizes.settings(wider, rules.preprocess))
        yield f"to keep the long labels, if they are right: {spelt}"


def _sets(settings: Sequence[str]) -> str:
    return " ".join(f"--set {shlex.quote(item)}" for item in settings)
