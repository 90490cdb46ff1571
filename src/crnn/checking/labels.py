"""What can be wrong with one label, and what the labels of a whole set are made of.

examine   label -> faults by its characters, each with what was probably meant
outside   label -> the symbols that the alphabet lacks
Census    symbols, lengths and foldings, counted over all labels
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from crnn.alphabet import NAMES, Alphabet, Case, fold
from crnn.checking.lookalikes import LETTERS, LOOKALIKES, describe
from crnn.errors import LabelError

Folding = tuple[Case, bool]
"""`data.fold_case` and `data.fold_accents` of a recipe."""

FOLDINGS: tuple[Folding, ...] = (
    ("keep", False), ("keep", True), ("lower", False), ("upper", False), ("lower", True), ("upper", True),
)  # fmt: skip
"""From the one that changes nothing to those that change most."""

_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideSymbol:
    """A symbol that labels have and the alphabet lacks."""

    symbol: str
    code: str
    """Such as 'U+00E9'."""
    name: str
    """Its Unicode name; '' where it has none."""
    count: int
    first: str
    """Place of the first label that has it."""
    fold: str | None
    """The setting of a recipe that brings it into the alphabet, such as 'data.fold_accents=true'."""
    lookalike: str | None
    """What it looks like and the alphabet has, such as 'A' for the Cyrillic letter."""


@dataclass(frozen=True, slots=True)
class Way:
    """An alphabet and a folding: one way to spell the labels."""

    alphabet: Alphabet
    folding: Folding

    def lacks(self, label: str) -> list[str]:
        """Return what keeps it from spelling a label; see `outside`."""
        return outside(fold(label, case=self.folding[0], accents=self.folding[1]), self.alphabet)


class Census:
    """Symbols and lengths of all labels, and how many labels each way to spell them leaves unspelt."""

    def __init__(self, alphabet: Alphabet, folding: Folding) -> None:
        """Start with nothing counted; `alphabet` and `folding` are those of the run."""
        named = [Alphabet.named(name) for name in NAMES]
        known = set(alphabet.symbols)
        wider = [] if alphabet.separator else [other for other in named if set(other.symbols) > known]
        self.now = Way(alphabet, folding)
        self.symbols: Counter[str] = Counter()
        self.lengths: Counter[int] = Counter()
        self._unspelt = {Way(each, item): 0 for each in [alphabet, *wider] for item in FOLDINGS}
        self._unspelt[self.now] = 0
        self._with_unseen = 0
        self._first: dict[str, str] = {}
        self._lacking: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._harmful: set[Way] = set()

    def add(self, label: str, place: str) -> list[str]:
        """Count one label as the data set has it; return its symbols that are not in the alphabet."""
        folded = fold(label, case=self.now.folding[0], accents=self.now.folding[1])
        symbols = self.now.alphabet.split(folded)
        self.symbols.update(symbols)
        self.lengths[len(symbols)] += 1
        self._look_for_harm(label)
        lacking = self.now.lacks(label)
        for symbol in lacking:
            self._first.setdefault(symbol, place)
            self._lacking[symbol] += symbols.count(symbol)
        if lacking:
            self._with_unseen += any(map(_is_unseen, "".join(lacking)))
            for way in self._unspelt:
                self._unspelt[way] += bool(way.lacks(label))
        return lacking

    def unspelt(self, way: Way) -> int:
        """Count the labels that a way leaves unspelt."""
        return self._unspelt.get(way, self._with_unseen)

    def best(self, *, wider: bool) -> Way:
        """Return the way that leaves the fewest labels unspelt; of equal ones, that which changes least.

        `wider` allows a larger alphabet. A way that could not spell what is spelt now is no way.
        """
        possible = [
            way
            for way in self._unspelt
            if way not in self._harmful and (wider or way.alphabet == self.now.alphabet)
        ]
        fewest = min(self._unspelt[way] for way in possible)
        return next(way for way in [self.now, *possible] if self._unspelt[way] == fewest)

    def everything(self) -> Way:
        """Return the way with all that the alphabet lacks and that can be seen, nothing folded anew."""
        alphabet = self.now.alphabet
        lacking = dict.fromkeys(part for text in self._first for part in alphabet.split(text) if part)
        more = [part for part in lacking if part not in alphabet.symbols and not any(map(_is_unseen, part))]
        return Way(Alphabet([*alphabet.symbols, *more], separator=alphabet.separator), self.now.folding)

    def _look_for_harm(self, label: str) -> None:
        """Note the ways that would lose a symbol which can be spelt as things are."""
        for symbol in set(label) - self._seen:
            self._seen.add(symbol)
            if not self.now.lacks(symbol):
                self._harmful |= {way for way in self._unspelt if way.lacks(symbol)}

    def outside_symbols(self) -> tuple[OutsideSymbol, ...]:
        """List what the alphabet lacks, the most frequent first."""
        found = [self._outside(symbol, first) for symbol, first in self._first.items()]
        return tuple(sorted(found, key=lambda item: (-item.count, item.symbol)))

    def _outside(self, symbol: str, first: str) -> OutsideSymbol:
        settings = (
            setting(folding) for folding in FOLDINGS if not Way(self.now.alphabet, folding).lacks(symbol)
        )
        plain = LOOKALIKES.get(symbol)
        return OutsideSymbol(
            symbol=symbol,
            code=" ".join(f"U+{ord(character):04X}" for character in symbol),
            name=unicodedata.name(symbol, "") if len(symbol) == 1 else "",
            count=self._lacking[symbol],
            first=first,
            fold=next(settings, None),
            lookalike=plain if plain and not outside(plain, self.now.alphabet) else None,
        )


def setting(folding: Folding) -> str:
    """Spell a folding as settings of a recipe.

    >>> setting(("lower", True))
    'data.fold_case=lower data.fold_accents=true'
    """
    case, accents = folding
    return " ".join([f"data.fold_case={case}"] * (case != "keep") + ["data.fold_accents=true"] * accents)


def outside(label: str, alphabet: Alphabet) -> list[str]:
    """Return what keeps the alphabet from spelling a label: characters, each once, in order.

    Where a separator parts the symbols of a label, that is the symbols. Where symbols of several
    characters do not fit together although each of their characters occurs in some symbol, or separators
    stand where no symbol follows, that is the whole label.

    >>> outside("café", Alphabet.named("lower36")), outside("ab", Alphabet(["ba"]))
    (['é'], ['ab'])
    """
    try:
        alphabet.encode(label)
    except LabelError:
        known = set(alphabet.symbols) if alphabet.separator else set("".join(alphabet.symbols))
        parts = dict.fromkeys(part for part in alphabet.split(label) if part)
        return [part for part in parts if part not in known] or [label]
    return []


def examine(label: str, alphabet: Alphabet) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, detail, label as it was probably meant) for each fault in a label's characters."""
    known = set("".join(alphabet.symbols)) | set(alphabet.separator)
    unseen = [c for c in dict.fromkeys(label) if _is_unseen(c) and c not in known]
    if unseen:
        named = ", ".join(map(describe, unseen))
        plain = "".join((" " if unicodedata.category(c) == "Zs" else "") if c in unseen else c for c in label)
        yield "control-character", f"has {named}", plain
    spaced = re.sub(" {2,}", " ", label).strip(" ")
    if spaced != label:
        yield "stray-space", _where_spaces_are(label), spaced
    composed = unicodedata.normalize("NFC", label)
    alike = {c: LOOKALIKES[c] for c in composed if c in LOOKALIKES and _is_out_of_place(c, composed, known)}
    meant = "".join(alike.get(c, c) for c in composed)
    details = [f"{describe(c)} looks like {plain!r}" for c, plain in alike.items()]
    if composed != label and not set(label) <= known:
        details.append("has an accent as a character of its own (Unicode NFC joins them)")
    elif not alike:
        return
    yield "lookalike", "; ".join(details), meant


def _is_unseen(character: str) -> bool:
    """Tell whether a character leaves no ink: control signs, format signs, spaces but the plain one."""
    return character != " " and unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"}


def _is_out_of_place(character: str, label: str, known: set[str]) -> bool:
    """Tell whether a lookalike is not meant: the alphabet lacks it, or it stands among Latin letters."""
    if character in known:
        return character in LETTERS and bool(_LATIN.search(label))
    return set(LOOKALIKES[character]) <= known


def _where_spaces_are(label: str) -> str:
    places = {
        "at the beginning": label.startswith(" "),
        "at the end": label.endswith(" "),
        "twice in a row": "  " in label.strip(" "),
    }
    return "a space " + " and ".join(place for place, there in places.items() if there)
