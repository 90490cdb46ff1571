# ruff: noqa: RUF001, RUF002 - characters that look alike are what this file is about
"""Symbols by name: the named alphabets, folding, casings, and which symbols look like which.

Lookalikes: which symbol that a model knows an unknown one resembles.

    lookalike("Ä", known)  ->  "A"      a new row of the last layer starts from that symbol's

Unicode says which letters are another with a mark on it (NFKD: accents, full width, circles); a
small table holds those that only look alike. Last comes the other case.

Characters that look like one of ASCII but are another: what a label should rather hold.

The letters are those pairs of the Unicode Consortium's list of confusable characters (UTS #39,
confusables.txt, which has I under l) in which a Cyrillic or Greek letter looks like one Latin letter
of its own case; punctuation is what word processors put in by themselves
(docs/decisions/0017-check-and-compare.md says why not the whole list).
"""

import string
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

from crnn.errors import AlphabetError
from crnn.latin import BEYOND_ASCII

_LOWER36 = string.digits + string.ascii_lowercase

_PRINT94 = "".join(map(chr, range(33, 127)))

_BASES = {
    "digits": string.digits, "lower36": _LOWER36, "cased62": _LOWER36 + string.ascii_uppercase,
    "print94": _PRINT94,
}  # fmt: skip

_SPACED = {f"{name}-space": text + " " for name, text in _BASES.items()}

NAMES: Mapping[str, str] = _BASES | _SPACED | {"latin": _PRINT94 + " " + BEYOND_ASCII}
"""The named alphabets: name -> symbols in class order."""

LetterCase = Literal["keep", "lower", "upper"]


def fold(label: str, *, case: LetterCase = "keep", accents: bool = False) -> str:
    """Bring a label nearer to a small alphabet: change its case, take off its accents.

    >>> fold("Café", case="lower", accents=True)
    'cafe'

    Letters that are no base letter with a mark (ø, ß, ł) stay, and those that would become two (İ, lower).
    """
    if accents:
        parts = unicodedata.normalize("NFD", label)
        label = unicodedata.normalize("NFC", "".join(p for p in parts if not unicodedata.combining(p)))
    if case not in ("keep", "lower", "upper"):
        raise AlphabetError(f"case {case!r} is none of 'keep', 'lower', 'upper'.")
    if case == "keep":
        return label
    change = str.lower if case == "lower" else str.upper
    if len(change(label)) == len(label):
        return change(label)
    return "".join(change(char) if len(change(char)) == 1 else char for char in label)


_CYRILLIC = "АВЕЅІЈКМНОРСТУХаеорусхѕіјһԁԛԝ", "ABESIJKMHOPCTYXaeopycxsijhdqw"

_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναιρυγ", "ABEZHIKMNOPTYXovaipuy"

_QUOTES = "‘’‚‛′´ʼ“”„‟″«»", "''''''" + "'" + '"' * 7

_DASHES = "‐‑‒–—―−", "-------"

_OTHER = {"…": "...", "×": "x", "∕": "/", "⁄": "/", "∗": "*", "·": ".", "•": "*"}

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}

_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}

LATIN_LOOKALIKES: dict[str, str] = dict(zip(*_CYRILLIC, strict=True)) | dict(zip(*_GREEK, strict=True))
"""Letters of another script -> the Latin letter that they look like."""

ASCII_LOOKALIKES: Mapping[str, str] = (
    LATIN_LOOKALIKES
    | dict(zip(*_QUOTES, strict=True))
    | dict(zip(*_DASHES, strict=True))
    | _OTHER
    | _LIGATURES
    | _FULL_WIDTH
)
"""Every character of the table -> what it looks like, one ASCII character or a few."""


_FURTHER = """
    ҮY З3 Ԁd
    б6 вB гr з3 кk мM нH пn тT
    βB εe κk πn τt χx ωw
    ØO øo ŁL łl ĐD đd ÐD ŦT ŧt ĦH ħh ŒO œo ÆA æa ıi ȷj ßB ÞP þp ŊN ŋn əe
    •. ‚, „, «< »> ‹< ›> ¡! ¿? £L €C ¥Y µu °o ºo
    ðd §S ©C ®R ™T ½% ±+ ….
"""
# A symbol, and what it looks like most to a network, which need not be what a label should hold.

_NEAREST = {symbol: plain for symbol, plain in ASCII_LOOKALIKES.items() if len(plain) == 1} | {
    pair[0]: pair[1] for pair in _FURTHER.split()
}


def lookalike(symbol: str, known: Collection[str]) -> str | None:
    """Return the symbol in `known` that an image of `symbol` looks most like; None where none does.

    >>> [lookalike(symbol, "AeoNai-") for symbol in ("Ä", "é", "ø", "А", "Ｎ", "E", "–", "京")]
    ['A', 'e', 'o', 'A', 'N', 'e', '-', None]
    """
    return next((near for near in _near(symbol) if near in known), None)


def _near(symbol: str) -> Iterator[str]:
    """Yield lookalikes, the nearest first: without marks, by the table, in the other case."""
    bare = _without_marks(symbol)
    nearest = list(dict.fromkeys([bare, _NEAREST.get(symbol, bare), _NEAREST.get(bare, bare)]))
    yield from nearest
    for near in nearest:
        yield from (near.swapcase(), _NEAREST.get(near.swapcase(), near))


def _without_marks(symbol: str) -> str:
    """Take accents, full width and circles off; the symbol itself where several letters are left."""
    parts = [part for part in unicodedata.normalize("NFKD", symbol) if not unicodedata.combining(part)]
    return parts[0] if len(parts) == 1 else symbol


def scripts(symbols: Iterable[str]) -> set[str]:
    """Name the scripts of the letters that are unmistakable, such as 'CYRILLIC' for a ж.

    >>> scripts("жa"), scripts("а")
    ({'CYRILLIC'}, set())
    """
    sure = (character for character in symbols if len(character) == 1 and character not in LATIN_LOOKALIKES)
    return {_script(character) for character in sure if character.isalpha()} & {"CYRILLIC", "GREEK"}


def is_of_script(label: str, written_in: AbstractSet[str]) -> bool:
    """Tell whether what looks otherwise in a label is right: letters of the data's script, none Latin.

    >>> is_of_script("МОСКВА", {"CYRILLIC"}), is_of_script("МOCKBA", {"CYRILLIC"})
    (True, False)
    """
    if unicodedata.normalize("NFC", label) != label or any(map(_is_latin, label)):
        return False
    alike = [character for character in label if character in ASCII_LOOKALIKES]
    return all(character in LATIN_LOOKALIKES and _script(character) in written_in for character in alike)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def describe(character: str) -> str:
    """Name a character by itself, its code and its Unicode name.

    >>> describe("é")
    "'é' (U+00E9 LATIN SMALL LETTER E WITH ACUTE)"
    """
    codes = " ".join(f"U+{ord(part):04X}" for part in character)
    name = unicodedata.name(character, "") if len(character) == 1 else ""
    return f"{character!r} ({f'{codes} {name}'.strip()})"


_SHOWN = {"": "∅", " ": "\N{OPEN BOX}"}


def visible(symbol: str) -> str:
    r"""Write a symbol so that it can be seen: one that leaves no ink, or needs a letter to stand on.

    >>> visible(""), visible(" "), visible("\u200d"), visible("a")
    ('∅', '␣', 'U+200D', 'a')
    """
    if symbol in _SHOWN:
        return _SHOWN[symbol]
    if not symbol.isprintable():
        return " ".join(f"U+{ord(character):04X}" for character in symbol)
    return f"◌{symbol}" if unicodedata.combining(symbol[0]) else symbol


def casings(word: str) -> tuple[str, ...]:
    """Return the forms that a word may have on a sign: as it is, in lower, Title and UPPER case.

    >>> casings("McCoy")
    ('McCoy', 'mccoy', 'Mccoy', 'MCCOY')
    """
    return tuple(dict.fromkeys((word, word.lower(), word.capitalize(), word.upper())))
