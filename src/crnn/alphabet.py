"""Symbols and their classes: the alphabet L of the paper, with the blank beside it (paper §2.3.1).

    label    str            'cat'
    classes  list of int    [3, 1, 20]   1..len(alphabet); class 0 is the blank, never in the alphabet
    C        int            len(alphabet) + 1 classes in a model's output

A symbol is usually one character; a grapheme of several works the same. Where symbols would run
together, as the notes of a score, a separator stands between them in labels and texts: 'C4 D#4 C4'.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Self, TypeGuard

from crnn.errors import AlphabetError, LabelError, ModelError, nearest_name
from crnn.files import read_lines
from crnn.symbols import NAMES

BLANK = 0
"""The class of "no symbol here"."""


class Alphabet:
    """The symbols that a model can read, in class order. Immutable; equal when the symbols are equal.

    >>> digits = Alphabet.named("digits")
    >>> digits.encode("407"), digits.decode([5, 1, 8])
    ([5, 1, 8], '407')
    >>> Alphabet(["c", "h", "ch"]).encode("chc")
    [3, 1]
    >>> notes = Alphabet(["C4", "D4", "D#4"], separator=" ")
    >>> notes.encode("C4 D#4"), notes.decode([1, 3])
    ([1, 3], 'C4 D#4')
    """

    __slots__ = ("_class_of", "_longest", "_name", "_separator", "_symbols")

    def __init__(self, symbols: str | Sequence[str], name: str | None = None, *, separator: str = "") -> None:
        """Take the characters of a string, or the items of a sequence, as classes 1, 2, 3, ...

        separator   what stands between two symbols of a label; '' where they follow each other

        Raises AlphabetError where a symbol is empty, repeated or holds the separator, or where there
        is none.
        """
        class_of: dict[str, int] = {}
        for position, symbol in enumerate(symbols):
            if not symbol:
                raise AlphabetError(f"the symbol at position {position} is empty.")
            if separator and separator in symbol:
                raise AlphabetError(
                    f"the symbol {symbol!r} at position {position} holds the separator {separator!r}, "
                    "which would part it; use another separator."
                )
            if symbol in class_of:
                places = f"positions {class_of[symbol] - 1} and {position}"
                raise AlphabetError(f"{symbol!r} is in the alphabet twice, at {places}.")
            class_of[symbol] = position + 1
        if not class_of:
            raise AlphabetError("the alphabet is empty; give it at least one symbol.")
        self._class_of = class_of
        self._symbols = tuple(class_of)
        self._longest = max(map(len, class_of))
        self._name = name or ""
        self._separator = separator

    @classmethod
    def named(cls, name: str) -> Self:
        """Return one of the alphabets in NAMES.

        >>> len(Alphabet.named("print94")), len(Alphabet.named("print94-space"))
        (94, 95)
        """
        if name not in NAMES:
            raise AlphabetError(f"no alphabet is named {name!r}; the names are {', '.join(NAMES)}.")
        return cls(NAMES[name], name)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in class order: symbols[0] is class 1."""
        return self._symbols

    @property
    def name(self) -> str:
        """Its name, '' where it has none. Two alphabets of one content are equal under any name."""
        return self._name

    @property
    def separator(self) -> str:
        """What stands between two symbols of a label; '' where nothing does."""
        return self._separator

    @property
    def of_characters(self) -> bool:
        """Whether a text's characters are its symbols, so that none has to be found first."""
        return self._longest == 1 and not self._separator

    def __len__(self) -> int:
        """Count the symbols; the blank is not one of them."""
        return len(self._symbols)

    def __eq__(self, other: object) -> bool:
        """Compare symbols, their order and the separator, not names."""
        return isinstance(other, Alphabet) and self._content == other._content

    def __hash__(self) -> int:
        """Hash what __eq__ compares."""
        return hash(self._content)

    def __repr__(self) -> str:
        """Show the name, or the symbols themselves.

        >>> Alphabet.named("digits"), Alphabet("abc"), Alphabet(["do", "re"])
        (Alphabet.named('digits'), Alphabet('abc'), Alphabet(['do', 're']))
        """
        if NAMES.get(self._name) == "".join(self._symbols) and not self._separator:
            return f"Alphabet.named({self._name!r})"
        symbols = "".join(self._symbols) if self._longest == 1 else list(self._symbols)
        options = {"name": self._name, "separator": self._separator}
        more = "".join(f", {key}={value!r}" for key, value in options.items() if value)
        return f"Alphabet({symbols!r}{more})"

    def encode(self, label: str, place: str = "") -> list[int]:
        """Return the classes of a label, each 1..len(self).

        Where several symbols fit, the longest is taken; a separator leaves no choice. `place` (such as
        'train.tsv:12') opens the message of the LabelError that a symbol outside the alphabet raises.
        """
        if self._separator:
            return [self._class(symbol, label, place) for symbol in self.split(label)]
        classes: list[int] = []
        start = 0
        while start < len(label):
            for end in range(min(start + self._longest, len(label)), start, -1):
                symbol_class = self._class_of.get(label[start:end])
                if symbol_class is not None:
                    classes.append(symbol_class)
                    start = end
                    break
            else:
                raise LabelError(self._complaint(label, label[start], place))
        return classes

    def decode(self, classes: Iterable[int]) -> str:
        """Join the symbols of classes 1..len(self), with the separator between them.

        Raises AlphabetError for any other class, the blank among them: collapse a path first.
        """
        symbols: list[str] = []
        for symbol_class in classes:
            if not 1 <= symbol_class <= len(self._symbols):
                raise AlphabetError(
                    f"class {symbol_class} has no symbol: alphabet {self._shown()} has classes "
                    f"1..{len(self._symbols)}, and 0 is the blank."
                )
            symbols.append(self._symbols[symbol_class - 1])
        return self._separator.join(symbols)

    def split(self, text: str) -> Sequence[str]:
        """Cut a label or text at the separator; without one every character counts by itself.

        What comes out need not be in the alphabet.

        >>> Alphabet(["C4", "D4"], separator=" ").split("C4 X9"), Alphabet("abc").split("cab")
        (['C4', 'X9'], 'cab')
        """
        return split(text, self._separator)

    def to_json(self) -> dict[str, object]:
        """Return what a model file stores.

        >>> Alphabet("abc").to_json()
        {'name': '', 'symbols': ['a', 'b', 'c']}
        """
        stored: dict[str, object] = {"name": self._name, "symbols": list(self._symbols)}
        return stored | ({"separator": self._separator} if self._separator else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Self:
        """Undo `to_json`. Raises ModelError where the shape is not that of `to_json`."""
        name, symbols, separator = stored.get("name"), stored.get("symbols"), stored.get("separator", "")
        known = stored.keys() - {"separator"} == {"name", "symbols"}
        if not (known and isinstance(name, str) and _is_strings(symbols) and isinstance(separator, str)):
            raise ModelError(
                f"the stored alphabet {dict(stored)!r:.80} is not {{'name': string, 'symbols': strings}}, "
                "with or without {'separator': string}."
            )
        return cls(symbols, name, separator=separator)

    @property
    def _content(self) -> tuple[tuple[str, ...], str]:
        return self._symbols, self._separator

    def _class(self, symbol: str, label: str, place: str) -> int:
        if symbol not in self._class_of:
            raise LabelError(self._complaint(label, symbol, place))
        return self._class_of[symbol]

    def _shown(self) -> str:
        return repr(self._name) if self._name else repr(self._separator.join(self._symbols[:20]))

    def _complaint(self, label: str, symbol: str, place: str) -> str:
        where = f"{place}: " if place else ""
        if not symbol:
            return (
                f"{where}label {label!r} begins or ends with the separator {self._separator!r}, or has it "
                "twice in a row: one stands between two symbols."
            )
        code = f" (U+{ord(symbol):04X})" if len(symbol) == 1 else ""
        return (
            f"{where}label {label!r} has {symbol!r}{code}, not in alphabet "
            f"{self._shown()}. Fold its case or accents, drop the sample, or use a larger alphabet."
        )


def parse_alphabet(text: str, separator: str = "") -> Alphabet:
    """Read an alphabet as recipes and the command line give it: a name, a file, else the symbols.

    A file's name ends in .txt (which spells no alphabet: it has t twice); it has one symbol a line.

    >>> parse_alphabet("digits"), parse_alphabet("ACGT"), parse_alphabet("C4 D#4", separator=" ")
    (Alphabet.named('digits'), Alphabet('ACGT'), Alphabet(['C4', 'D#4'], separator=' '))

    Raises AlphabetError for a misspelt name too: 'print95' is hardly meant as seven symbols.
    """
    if text.endswith(".txt"):
        return Alphabet(list(read_lines(text, "alphabet", AlphabetError)), separator=separator)
    if text in NAMES:
        return Alphabet(NAMES[text], text, separator=separator)
    nearest = nearest_name(text, NAMES, cutoff=0.75)
    if nearest:
        raise AlphabetError(f"no alphabet is named {text!r}; did you mean {nearest!r}?")
    return Alphabet(split(text, separator), separator=separator)


def split(text: str, separator: str) -> Sequence[str]:
    """Cut a text at a separator; where that is '', every character counts by itself."""
    if not separator:
        return text
    return text.split(separator) if text else []


def frames_needed(classes: Sequence[int] | Sequence[str]) -> int:
    """Count the frames that CTC needs for a label: one a symbol, and a blank inside each repeat.

    A text stands for its classes where every symbol is one character.

    >>> frames_needed(Alphabet.named("lower36").encode("bookkeeper"))
    13
    """
    return len(classes) + sum(left == right for left, right in pairwise(classes))


def too_few_frames(
    classes: Sequence[int], frames: int, *, text: str, image: str = "its image", way_out: str
) -> LabelError:
    """Say that an image has fewer frames than `frames_needed`.

    Args:
        classes: Those of the text.
        frames: What the image gives.
        text: What needs them: "label 'cat'".
        image: What gives them.
        way_out: What helps.
    """
    needed = frames_needed(classes)
    return LabelError(
        f"{text} needs {needed} frames ({len(classes)} symbols + {needed - len(classes)} repeats); "
        f"{image} gives {frames}.\n    {way_out}"
    )


def _is_strings(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def speller(alphabet: Alphabet) -> Callable[[str], bool]:
    """Return what tells whether the alphabet spells a text."""
    if alphabet.of_characters:
        return frozenset(alphabet.symbols).issuperset

    def spells(text: str) -> bool:
        try:
            alphabet.encode(text)
        except LabelError:
            return False
        return True

    return spells
