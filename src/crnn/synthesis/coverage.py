"""Which symbols fonts can draw at all, looked up in their character tables without drawing any."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from crnn.synthesis.fonts import find_faces
from crnn.synthesis.rasterize import required


@lru_cache(maxsize=8)
def undrawable(symbols: tuple[str, ...], fonts: Sequence[str]) -> tuple[str, ...]:
    """Name the symbols that no face of `fonts` holds, in order; those of several characters too.

    Only faces with the letters and digits of ASCII among the symbols are of use for synthesis.
    Raises FontError for a source without fonts.

    >>> undrawable(("A", "京", "note-C4"), ("starter",))
    ('京', 'note-C4')
    """
    missing = set(symbols)
    needed = {ord(symbol) for symbol in required(symbols) if len(symbol) == 1}
    for face in find_faces(fonts):
        single = {symbol for symbol in missing if len(symbol) == 1}
        if not single:
            break
        held: set[int] = set()
        for path in face.files:
            held |= _characters(path)
            if held.issuperset(needed.union(map(ord, single))):
                break
        if held.issuperset(needed):
            missing -= {symbol for symbol in single if ord(symbol) in held}
    return tuple(symbol for symbol in symbols if symbol in missing)


@lru_cache(maxsize=2048)
def _characters(path: Path) -> frozenset[int]:
    """Code points that a font file maps; none where it cannot be opened, which the atlas reports."""
    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()
