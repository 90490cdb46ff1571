"""What can be wrong with one label, and what the labels of a whole set are made of.

examine   label -> problems of its characters, each with what was probably meant
outside   label -> the symbols that the alphabet lacks
LabelStatistics    symbols, lengths and foldings, counted over all labels
label_alphabet   data sets -> the alphabet of their labels
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crnn.alphabet import Alphabet, split
from crnn.data.dataset import Dataset
from crnn.data.folding import Folding
from crnn.errors import LabelError
from crnn.symbols import ASCII_LOOKALIKES, LATIN_LOOKALIKES, NAMES, describe, fold

MAX_ALPHABET_GROWTH = 4
"""Times as many symbols as the alphabet in use that an advised one has at most: most would stay unlearnt."""
FOLDINGS: tuple[Folding, ...] = (
    Folding(),
    Folding(accents=True),
    Folding("lower"),
    Folding("upper"),
    Folding("lower", accents=True),
    Folding("upper", accents=True),
)
"""From the one that changes nothing to those that change most."""
MAX_ACCENT_SHARE = 0.1
"""Share of the labels, or else one, that may lose an accent; where more have one, the alphabet should."""
MAX_ONCE_SHARE = 0.05
"""Share of all symbols that occur once up to which the labels are taken to hold every symbol there is
(Good and Turing: it estimates how often a symbol comes that was not seen yet)."""

_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingSymbol:
    """A symbol that labels have and the alphabet lacks."""

    symbol: str
    code: str
    """Such as 'U+00E9'."""
    name: str
    """Its Unicode name; '' where it has none."""
    count: int
    first: str
    """Location of the first label that has it."""
    fold: str | None
    """The setting of a recipe that brings it into the alphabet, such as 'data.fold_accents=true'."""
    lookalike: str | None
    """What it looks like and the alphabet has, such as 'A' for the Cyrillic letter."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """An alphabet and a folding: how labels could be encoded."""

    alphabet: Alphabet
    folding: Folding
    is_own: bool = False
    """Whether the alphabet is that of the labels themselves: `auto`."""

    def folded(self, label: str) -> str:
        """Bring a label into the alphabet, as far as it goes."""
        return self.folding.into(label, self.alphabet)

    def lacks(self, label: str) -> list[str]:
        """Return what keeps it from encoding a label; see `missing_symbols`."""
        return missing_symbols(self.folded(label), self.alphabet)


class LabelStatistics:
    """Symbols and lengths of all labels, and how many labels each encoding leaves out."""

    def __init__(self, alphabet: Alphabet, folding: Folding) -> None:
        """Start with nothing counted; `alphabet` and `folding` are those of the run."""
        named = [Alphabet.named(name) for name in NAMES]
        known = set(alphabet.symbols)
        larger = [
            other
            for other in named
            if known < set(other.symbols) and len(other) <= MAX_ALPHABET_GROWTH * len(known)
        ]
        wider = [] if alphabet.separator else larger
        self.current = Encoding(alphabet, folding)
        self.symbols: Counter[str] = Counter()
        self.lengths: Counter[int] = Counter()
        self.labels: Counter[str] = Counter()
        self._not_encodable = {Encoding(each, item): 0 for each in [alphabet, *wider] for item in FOLDINGS}
        self._not_encodable[self.current] = 0
        self._changed: Counter[Encoding] = Counter()
        self._bared: Counter[Encoding] = Counter()  # labels that lose an accent
        self._never = 0
        self._first: dict[str, str] = {}
        self._lacking: Counter[str] = Counter()
        self._own: set[str] = set()

    def add(self, label: str, location: str) -> list[str]:
        """Count one label as the data set has it; return its symbols that are not in the alphabet."""
        alphabet, folding = self.current.alphabet, self.current.folding
        folded = self.current.folded(label)
        symbols = self.current.alphabet.split(folded)
        self.symbols.update(symbols)
        self.lengths[len(symbols)] += 1
        self.labels[label] += 1
        self._own.update(own_symbols(label, folding, alphabet.separator))
        if not missing_symbols(label, self.current.alphabet):
            return []  # no folding changes what the alphabet has
        lacking = missing_symbols(folded, self.current.alphabet)
        for symbol in lacking:
            self._first.setdefault(symbol, location)
            self._lacking[symbol] += symbols.count(symbol)
        # No alphabet helps against a character that cannot be seen, and a separator that parts nothing.
        parts_nothing = bool(self.current.alphabet.separator) and "" in symbols
        self._never += parts_nothing or any(map(_is_unseen, "".join(lacking)))
        for encoding in self._not_encodable:
            folded = encoding.folded(label)
            self._not_encodable[encoding] += bool(missing_symbols(folded, encoding.alphabet))
            self._changed[encoding] += folded != label
            self._bared[encoding] += folded != replace(
                encoding, folding=Folding(encoding.folding.case)
            ).folded(label)
        return lacking

    def not_encodable(self, encoding: Encoding) -> int:
        """Count the labels that an encoding leaves out."""
        return self._not_encodable.get(encoding, self._never)

    def changed(self, encoding: Encoding) -> int:
        """Count the labels that an encoding's folding changes."""
        return self._changed[encoding]

    def best(self, *, wider: bool) -> Encoding:
        """Return the encoding that leaves out the fewest labels; of equal ones, that which changes least.

        `wider` allows a larger alphabet. A folding that takes the accents off many labels is no encoding,
        unless the run has it already.
        """
        most = max(1, MAX_ACCENT_SHARE * self.labels.total())
        possible = [
            encoding
            for encoding in self._not_encodable
            if (wider or encoding.alphabet == self.current.alphabet)
            and (self.current.folding.accents or self._bared[encoding] <= most)
        ]
        fewest = min(self._not_encodable[encoding] for encoding in possible)
        return next(
            encoding for encoding in [self.current, *possible] if self._not_encodable[encoding] == fewest
        )

    def everything(self) -> Encoding:
        """Return the encoding with all that the alphabet lacks and that can be seen, nothing folded anew."""
        alphabet = self.current.alphabet
        lacking = dict.fromkeys(part for text in self._first for part in alphabet.split(text) if part)
        more = [part for part in lacking if part not in alphabet.symbols and not any(map(_is_unseen, part))]
        return Encoding(
            Alphabet([*alphabet.symbols, *more], separator=alphabet.separator), self.current.folding
        )

    def own(self) -> Encoding | None:
        """Return the labels' own alphabet; None where there are no symbols, or some cannot be seen."""
        if not self._own or any(map(_is_unseen, "".join(self._own))):
            return None
        alphabet = Alphabet(sorted(self._own), separator=self.current.alphabet.separator)
        return Encoding(alphabet, self.current.folding, is_own=True)

    def unused(self) -> list[str]:
        """List the symbols of the alphabet that no label has."""
        return [symbol for symbol in self.current.alphabet.symbols if symbol not in self.symbols]

    def shows_all(self) -> bool:
        """Tell whether the labels differ so often that a symbol which none of them has hardly exists."""
        labels = map(self.current.folded, self.labels)
        symbols = Counter(symbol for label in labels for symbol in self.current.alphabet.split(label))
        return sum(count == 1 for count in symbols.values()) <= MAX_ONCE_SHARE * symbols.total()

    def missing(self) -> tuple[MissingSymbol, ...]:
        """List what the alphabet lacks, the most frequent first."""
        found = [self._missing_symbol(symbol, first) for symbol, first in self._first.items()]
        return tuple(sorted(found, key=lambda item: (-item.count, item.symbol)))

    def _missing_symbol(self, symbol: str, first: str) -> MissingSymbol:
        settings = (
            setting(folding)
            for folding in FOLDINGS
            if not Encoding(self.current.alphabet, folding).lacks(symbol)
        )
        plain = ASCII_LOOKALIKES.get(symbol)
        return MissingSymbol(
            symbol=symbol,
            code=" ".join(f"U+{ord(character):04X}" for character in symbol),
            name=unicodedata.name(symbol, "") if len(symbol) == 1 else "",
            count=self._lacking[symbol],
            first=first,
            fold=next(settings, None),
            lookalike=plain if plain and not missing_symbols(plain, self.current.alphabet) else None,
        )


def setting(folding: Folding) -> str:
    """Write a folding as settings of a recipe.

    >>> setting(Folding("lower", accents=True))
    'data.fold_case=lower data.fold_accents=true'
    """
    case, accents = folding
    return " ".join([f"data.fold_case={case}"] * (case != "keep") + ["data.fold_accents=true"] * accents)


def label_alphabet(datasets: Sequence[Dataset], folding: Folding, separator: str = "") -> Alphabet | None:
    """Return the alphabet that `crnn train --alphabet auto` makes of the labels; None of empty labels."""
    labels = (sample.label for dataset in datasets for sample in dataset)
    symbols = {symbol for label in labels for symbol in own_symbols(label, folding, separator)}
    return Alphabet(sorted(symbols), separator=separator) if symbols else None


def own_symbols(label: str, folding: Folding, separator: str) -> Sequence[str]:
    """Return the symbols that a label brings into an alphabet that is made of the labels."""
    folded = fold(label, case=folding.case, accents=folding.accents)
    return [part for part in split(folded, separator) if part]


def missing_symbols(label: str, alphabet: Alphabet) -> list[str]:
    """Return what keeps the alphabet from encoding a label: characters, each once, in order.

    Where a separator stands between the symbols of a label, that is the symbols. Where symbols of several
    characters do not fit together although each of their characters occurs in some symbol, or separators
    stand where no symbol follows, that is the whole label.

    >>> missing_symbols("café", Alphabet.named("lower36")), missing_symbols("ab", Alphabet(["ba"]))
    (['é'], ['ab'])
    """
    try:
        alphabet.encode(label)
    except LabelError:
        known = set(alphabet.symbols) if alphabet.separator else set("".join(alphabet.symbols))
        parts = dict.fromkeys(part for part in alphabet.split(label) if part)
        return [part for part in parts if part not in known] or [label]
    return []


def examine(label: str, alphabet: Alphabet, *, is_own: bool = False) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, detail, label as it was probably meant) for each problem in a label's characters.

    is_own   the alphabet is made of the labels: that it has a character says nothing
    """
    known = set("".join(alphabet.symbols)) | set(alphabet.separator)
    if is_own:
        known -= {character for character in known if _is_unseen(character)}
    unseen = [c for c in dict.fromkeys(label) if _is_unseen(c) and c not in known]
    if unseen:
        named = ", ".join(map(describe, unseen))
        plain = "".join((" " if unicodedata.category(c) == "Zs" else "") if c in unseen else c for c in label)
        yield "control-character", f"has {named}", plain
    spaced = re.sub(" {2,}", " ", label).strip(" ")
    if spaced != label:
        yield "stray-space", _where_spaces_are(label), spaced
    composed = unicodedata.normalize("NFC", label)
    alike = {
        c: ASCII_LOOKALIKES[c]
        for c in composed
        if c in ASCII_LOOKALIKES and _is_out_of_place(c, composed, known)
    }
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
        return character in LATIN_LOOKALIKES and bool(_LATIN.search(label))
    return set(ASCII_LOOKALIKES[character]) <= known


def _where_spaces_are(label: str) -> str:
    places = {
        "at the beginning": label.startswith(" "),
        "at the end": label.endswith(" "),
        "twice in a row": "  " in label.strip(" "),
    }
    return "a space " + " and ".join(place for place, there in places.items() if there)
