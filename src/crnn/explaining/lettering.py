"""How symbols and probabilities are written in a figure: visible, short, with glyphs that its font has."""

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


def percent(probability: float) -> str:
    """Write a probability in percent, short.

    >>> percent(0.98), percent(0.074), percent(0.0003), percent(1e-9), percent(0.9999)
    ('98%', '7.4%', '0.03%', '~0%', '100%')
    """
    percent = 100 * probability
    if 0 < percent < 0.01:
        return "~0%"
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%" if percent >= 1 else f"{percent:.1g}%"


def exactly(probability: float) -> str:
    """Write a probability with four digits after the point, and a tiny one with its magnitude.

    >>> exactly(0.98273), exactly(1.234e-9)
    ('0.9827', '1.2e-09')
    """
    return f"{probability:.4f}" if probability >= 0.0001 else f"{probability:.1e}"


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the figure's font has."""
    return frozenset(get_font(findfont(FONT)).get_charmap())
