# ruff: noqa: RUF001 - characters that look alike are what this file is about
"""Characters that look like one of ASCII but are another: what a label should rather hold.

The letters are those pairs of the Unicode Consortium's list of confusable characters (UTS #39,
confusables.txt, which has I under l) in which a Cyrillic or Greek letter looks like one Latin letter
of its own case; punctuation is what word processors put in by themselves
(docs/decisions/0017-check-and-compare.md says why not the whole list).
"""

import unicodedata
from collections.abc import Mapping

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


def describe(character: str) -> str:
    """Name a character by itself, its code and its Unicode name.

    >>> describe("é")
    "'é' (U+00E9 LATIN SMALL LETTER E WITH ACUTE)"
    """
    codes = " ".join(f"U+{ord(part):04X}" for part in character)
    name = unicodedata.name(character, "") if len(character) == 1 else ""
    return f"{character!r} ({f'{codes} {name}'.strip()})"
