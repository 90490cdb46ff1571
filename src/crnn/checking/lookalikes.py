# ruff: noqa: RUF001, RUF002 - characters that look alike are what this file is about
"""Characters that look like one of ASCII but are another: what a label should rather hold.

The letters are those pairs of the Unicode Consortium's list of confusable characters (UTS #39,
confusables.txt, which has I under l) in which a Cyrillic or Greek letter looks like one Latin letter
of its own case; punctuation is what word processors put in by themselves
(docs/decisions/0017-check-and-compare.md says why not the whole list).
"""

import unicodedata
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

_CYRILLIC = "АВЕЅІЈКМНОРСТУХаеорусхѕіјһԁԛԝ", "ABESIJKMHOPCTYXaeopycxsijhdqw"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναιρυγ", "ABEZHIKMNOPTYXovaipuy"
_QUOTES = "‘’‚‛′´ʼ“”„‟″«»", "''''''" + "'" + '"' * 7
_DASHES = "‐‑‒–—―−", "-------"
_OTHER = {"…": "...", "×": "x", "∕": "/", "⁄": "/", "∗": "*", "·": ".", "•": "*"}
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}

LETTERS: dict[str, str] = dict(zip(*_CYRILLIC, strict=True)) | dict(zip(*_GREEK, strict=True))
"""Letters of another script -> the Latin letter that they look like."""
LOOKALIKES: Mapping[str, str] = (
    LETTERS
    | dict(zip(*_QUOTES, strict=True))
    | dict(zip(*_DASHES, strict=True))
    | _OTHER
    | _LIGATURES
    | _FULL_WIDTH
)
"""Every character of the table -> what it looks like, one ASCII character or a few."""


def scripts(symbols: Iterable[str]) -> set[str]:
    """Name the scripts of the letters that are unmistakable, such as 'CYRILLIC' for a ж.

    >>> scripts("жa"), scripts("а")
    ({'CYRILLIC'}, set())
    """
    sure = (character for character in symbols if len(character) == 1 and character not in LETTERS)
    return {_script(character) for character in sure if character.isalpha()} & {"CYRILLIC", "GREEK"}


def is_of_script(label: str, written_in: AbstractSet[str]) -> bool:
    """Tell whether what looks otherwise in a label is right: letters of the data's script, none Latin.

    >>> is_of_script("МОСКВА", {"CYRILLIC"}), is_of_script("МOCKBA", {"CYRILLIC"})
    (True, False)
    """
    if unicodedata.normalize("NFC", label) != label or any(map(_is_latin, label)):
        return False
    alike = [character for character in label if character in LOOKALIKES]
    return all(character in LETTERS and _script(character) in written_in for character in alike)


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
