r"""Regular expressions over an alphabet: what may be written, and the nodes it is read into.

    a       the character itself, if it is a symbol     \.   a special character itself
    .       any symbol                                  \d \w \s   digits, letters and digits, spaces
    [a-f_]  one of these     [^0-9]  any other symbol   (ab|c)   groups and alternatives
    ? * +   {3} {2,5} {2,}   how often the item before may stand

A pattern describes the whole text, as if ^ and $ stood around it. There are no backreferences, no
lookarounds and no lazy quantifiers: they are errors that name the place. Symbols of several
characters cannot be written; `.` and [^...] stand for them too. There are no patterns where a
separator parts the symbols.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from crnn.alphabet import Alphabet
from crnn.errors import PatternError

_QUANTIFIERS = "?*+{"

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class One:
    """One symbol of a set of classes."""

    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Run:
    """Parts one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part `least` to `most` times; None is without end."""

    part: "Node"
    least: int
    most: int | None


Node = One | Run | Choice | Repeat


def parse(pattern: str, alphabet: Alphabet) -> Node:
    """Read a pattern into nodes.

    PatternError: wrong or unsupported syntax, a character outside the alphabet, a class that holds
    no symbol of it, or an alphabet with a separator.
    """
    if alphabet.separator:
        raise PatternError(
            f"pattern {pattern!r:.80} is of single characters, and {alphabet.separator!r} parts the symbols "
            "of this alphabet.\n    Give the texts that may be read as a lexicon instead."
        )
    try:
        return _Parser(pattern, alphabet).parse()
    except RecursionError:
        raise PatternError(f"pattern {pattern!r:.80} has groups within groups, too deep.") from None


class _Parser:
    """Reads a pattern from left to right into nodes."""

    def __init__(self, pattern: str, alphabet: Alphabet) -> None:
        self.pattern, self.alphabet = pattern, alphabet
        self.place = 0

    def parse(self) -> Node:
        """Read the whole pattern."""
        if self.pattern.startswith("^"):  # implied
            self.place = 1
        node = self._choice()
        if self._next() == "$" and self.place == len(self.pattern) - 1:
            return node
        if self._next():
            self._fail(f"{self._next()!r} closes no group")
        return node

    def _choice(self) -> Node:
        parts = [self._run()]
        while self._next() == "|":
            self.place += 1
            parts.append(self._run())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _run(self) -> Node:
        parts: list[Node] = []
        while self._next() and self._next() not in "|)":
            if self._next() == "$" and self.place == len(self.pattern) - 1:
                break
            parts.append(self._repeated(self._item()))
        return Run(tuple(parts))

    def _item(self) -> Node:
        start, character = self.place, self._next()
        self.place += 1
        match character:
            case "(":
                return self._group(start)
            case "[":
                return self._class(start)
            case ".":
                return One(frozenset(range(1, len(self.alphabet) + 1)))
            case "\\":
                return One(self._escape(start))
            case "^" | "$":
                self._fail(f"{character!r} is implied at the ends, and means nothing inside", start)
        if character in _QUANTIFIERS:
            self._fail(f"{character!r} has nothing before it to repeat", start)
        return One(self._literal(character, start))

    def _group(self, start: int) -> Node:
        if self._next() == "?":
            if self.pattern[self.place : self.place + 2] != "?:":
                construct = self.pattern[start : self.place + 2]
                self._fail(f"{construct!r} (lookaround, name or flag) is not supported", start)
            self.place += 2
        node = self._choice()
        if self._next() != ")":
            self._fail("this group is not closed", start)
        self.place += 1
        return node

    def _repeated(self, part: Node) -> Node:
        character = self._next()
        if not character or character not in _QUANTIFIERS:
            return part
        start = self.place
        self.place += 1
        simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        least, most = simple[character] if character in simple else self._bounds(start)
        if self._next() and self._next() in _QUANTIFIERS:
            self._fail(f"{self._next()!r} follows another repetition; lazy ones are not supported")
        return Repeat(part, least, most)

    def _bounds(self, start: int) -> tuple[int, int | None]:
        inside, closed, _ = self.pattern[self.place :].partition("}")
        least, comma, most = inside.partition(",")
        if not closed or not (least + most).isdecimal() or not (least or comma):
            self._fail("after '{' come one or two numbers, as in {3}, {2,5} or {2,}", start)
        self.place += len(inside) + 1
        low = int(least or 0)
        high = (int(most) if most else None) if comma else low
        if high is not None and high < low:
            self._fail(f"{{{inside}}} asks for fewer than it needs", start)
        return low, high

    def _class(self, start: int) -> Node:
        others = self._next() == "^"
        self.place += others
        first = self.place
        held: set[int] = set()
        while self._next() != "]" or self.place == first:
            if not self._next():
                self._fail("this class is not closed", start)
            held |= self._members()
        self.place += 1
        classes = frozenset(range(1, len(self.alphabet) + 1)) - held if others else frozenset(held)
        if not classes:
            shown = self.pattern[start : self.place]
            self._fail(f"the class {shown!r} holds no symbol of {self.alphabet!r}", start)
        return One(classes)

    def _members(self) -> frozenset[int]:
        """Read one member of a class: a character, a range or an escape."""
        start, low = self.place, self._next()
        self.place += 1
        if low == "\\":
            if self._next() and self._next() in "dwsDWS":
                return self._escape(start)
            low = self._escaped(start)
        if self._next() != "-" or self.pattern[self.place + 1 : self.place + 2] in {"]", ""}:
            return self._where(lambda symbol: symbol == low)
        self.place += 1
        high = self._next()
        self.place += 1
        if high == "\\":
            high = self._escaped(self.place - 1)
        if high < low:
            self._fail(f"the range {low}-{high} runs backwards", start)
        return self._where(lambda symbol: len(symbol) == 1 and low <= symbol <= high)

    def _escape(self, start: int) -> frozenset[int]:
        """Read what follows a backslash: a kind of symbol, or a special character itself."""
        letter = self._next()
        kind = _KINDS.get(letter.lower())
        if kind is None:
            return self._literal(self._escaped(start), start)
        self.place += 1
        classes = self._where(lambda symbol: len(symbol) == 1 and kind(symbol) is letter.islower())
        if not classes:
            self._fail(f"'\\{letter}' stands for no symbol of {self.alphabet!r}", start)
        return classes

    def _escaped(self, start: int) -> str:
        character = self._next()
        if not character:
            self._fail("nothing follows the backslash", start)
        if character.isalnum():
            what = "a backreference" if character.isdecimal() else "an escape"
            self._fail(f"'\\{character}' is {what} that is not supported", start)
        self.place += 1
        return character

    def _literal(self, character: str, start: int) -> frozenset[int]:
        classes = self._where(lambda symbol: symbol == character)
        if not classes:
            self._fail(f"{character!r} (U+{ord(character):04X}) is not in {self.alphabet!r}", start)
        return classes

    def _where(self, holds: Callable[[str], bool]) -> frozenset[int]:
        return frozenset(place for place, symbol in enumerate(self.alphabet.symbols, 1) if holds(symbol))

    def _next(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def _fail(self, fact: str, place: int | None = None) -> NoReturn:
        place = self.place if place is None else place
        raise PatternError(f"pattern {self.pattern!r}, position {place}: {fact}.")


_KINDS: dict[str, Callable[[str], bool]] = {
    "d": lambda symbol: symbol in _DIGITS,
    "w": lambda symbol: symbol.isalnum() or symbol == "_",
    "s": str.isspace,
}
