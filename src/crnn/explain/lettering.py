"""How a symbol is written in a figure: visible, short, and with glyphs that the figure's font has."""

from functools import cache

from matplotlib.font_manager import findfont, get_font

FONT = "DejaVu Sans"
"""Comes with Matplotlib, so that a figure looks the same everywhere; Latin, Greek, Cyrillic and more."""
LONGEST = 8
"""Characters of a symbol that are shown; a music token may have more."""
_NAMED = {" ": "␣", "\t": "tab", "\n": "newline", "\u00a0": "nbsp"}


def written(symbol: str) -> str:
    """Write a symbol so that it can be seen and drawn; by code points where the font lacks it.

    >>> written("a"), written(" "), written("字"), written("clef-soprano")
    ('a', '␣', 'U+5B57', 'clef-so…')
    """
    if symbol in _NAMED:
        return _NAMED[symbol]
    if any(ord(character) not in _glyphs() or not character.isprintable() for character in symbol):
        return " ".join(f"U+{ord(character):04X}" for character in symbol[:2]) + ("…" if symbol[2:] else "")
    return symbol if len(symbol) <= LONGEST else symbol[: LONGEST - 1] + "…"


def sentence(text: str) -> str:
    """Write a text of any characters, each as in `written` where it cannot be drawn."""
    drawable = _glyphs()
    return "".join(
        one if ord(one) in drawable and one.isprintable() else f"\\u{{{ord(one):x}}}" for one in text
    )


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the figure's font has."""
    return frozenset(get_font(findfont(FONT)).get_charmap())
