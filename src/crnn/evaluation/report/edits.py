"""What was read for what: label and text side by side, symbol by symbol.

    compare("Paris", "Pans", keep_all)   P a - n s   two edits: "r" read as "n", "i" not read

The alignment is one with the fewest edits (RapidFuzz). What the protocol leaves out takes no part
in it, so that a text is never marked for what does not count against it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import combining

from rapidfuzz.distance import Levenshtein

NOTHING = ""
"""Stands in a pair for the missing side: ("i", "") is a symbol not read, ("", "i") one too many."""

Kind = Literal["same", "wrong", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring symbols of a label or text that are of one kind."""

    text: str
    kind: Kind
    """same: as on the other side; wrong: not; ignored: left out by the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A label and a text, aligned."""

    label: tuple[Piece, ...]
    text: tuple[Piece, ...]
    pairs: tuple[tuple[str, str], ...]
    """(symbol of the label, symbol read for it), as the protocol folds them; one may be NOTHING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often which symbol was read as which."""

    symbols: tuple[str, ...]
    """The most confused, in order; rows and columns of a matrix."""
    counts: Counter[tuple[str, str]]
    """All pairs of all words, the right ones among them."""

    def most_common(self, count: int) -> list[tuple[str, str, int]]:
        """List the most frequent edits: symbol, what was read, how often."""
        wrong = [(label, text, n) for (label, text), n in self.counts.items() if label != text]
        return sorted(wrong, key=lambda edit: (-edit[2], edit[:2]))[:count]


def compare(
    label: Sequence[str], text: Sequence[str], normalise: Callable[[str], str], separator: str = ""
) -> Comparison:
    """Align a label with a text, both strings or lists of symbols, folded symbol by symbol.

    separator   what stands between two symbols where they are shown

    >>> compare("A-1", "a1", str.lower).pairs
    (('a', 'a'), ('-', ''), ('1', '1'))
    """
    label_places, folded_label = _folded(label, normalise)
    text_places, folded_text = _folded(text, normalise)
    label_kinds: list[Kind] = ["ignored"] * len(label)
    text_kinds: list[Kind] = ["ignored"] * len(text)
    pairs: list[tuple[str, str]] = []
    for step in Levenshtein.opcodes(folded_label, folded_text):
        kind: Kind = "same" if step.tag == "equal" else "wrong"
        old, new = folded_label[step.src_start : step.src_end], folded_text[step.dest_start : step.dest_end]
        for place in label_places[step.src_start : step.src_end]:
            label_kinds[place] = kind
        for place in text_places[step.dest_start : step.dest_end]:
            text_kinds[place] = kind
        # A replaced stretch is as long on both sides; one of the two is empty otherwise.
        pairs += zip(old or [NOTHING] * len(new), new or [NOTHING] * len(old), strict=True)
    return Comparison(
        label=_pieces(label, label_kinds, separator),
        text=_pieces(text, text_kinds, separator),
        pairs=tuple(pairs),
    )


def visible(symbol: str) -> str:
    """Make a symbol visible that leaves no ink of its own, or needs a letter to stand on.

    >>> visible(NOTHING), visible(" "), visible("\u200d"), visible("a")
    ('∅', '␣', 'U+200D', 'a')
    """
    if symbol == NOTHING:
        return "∅"
    if symbol == " ":
        return "␣"
    if not symbol.isprintable():
        return " ".join(f"U+{ord(character):04X}" for character in symbol)
    return f"◌{symbol}" if combining(symbol[0]) else symbol


def confusion(comparisons: Iterable[Comparison], most: int) -> Confusion:
    """Count all pairs, and name the `most` symbols that take part in the most edits."""
    counts = Counter(pair for comparison in comparisons for pair in comparison.pairs)
    involved: Counter[str] = Counter()
    for (label, text), n in counts.items():
        if label != text:
            involved.update({symbol: n for symbol in (label, text) if symbol != NOTHING})
    ranked = sorted(involved, key=lambda symbol: (-involved[symbol], symbol))
    return Confusion(symbols=tuple(sorted(ranked[:most])), counts=counts)


def _folded(text: Sequence[str], normalise: Callable[[str], str]) -> tuple[list[int], list[str]]:
    """Return the places of the symbols that count, and what each is folded to."""
    folded = [(place, normalise(symbol)) for place, symbol in enumerate(text)]
    kept = [(place, symbol) for place, symbol in folded if symbol]
    return [place for place, _ in kept], [symbol for _, symbol in kept]


def _pieces(text: Sequence[str], kinds: Iterable[Kind], separator: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for symbol, kind in zip(text, kinds, strict=True):
        shown = f"{separator}{symbol}" if pieces else symbol
        if pieces and pieces[-1].kind == kind:
            pieces[-1] = Piece(text=pieces[-1].text + shown, kind=kind)
        else:
            pieces.append(Piece(text=shown, kind=kind))
    return tuple(pieces)
