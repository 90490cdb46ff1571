"""One face, drawn glyph by glyph with FreeType at the size where its capitals are equally tall.

returns  columns (k, R) uint8, the ink column by column; metrics (S, 6) int32: offset, width,
         left, advance, top, bottom, all in px; drawn (S,) bool, False where a glyph is missing
"""

import ctypes
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import freetype
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

Metrics = npt.NDArray[np.int32]

Flags = npt.NDArray[np.bool_]

LOAD = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP

CAPITALS = "HEXT"

EXTREMES = "HEXTxgpdAQjy0"

TALLEST_LETTERS = (
    "\u00c5\u0150\u0158\u0122\u0218"  # A with a ring, O with two acutes, ...: the tallest and deepest
)

MIN_SIZE_SHARE = 0.8
"""Least size, of the usual one, to which accents may shrink a face; taller ones are missing glyphs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFace:
    """What one face draws of S symbols."""

    columns: Pixels
    """(k, R) ink of all glyphs, column by column."""
    metrics: Metrics
    """(S, 6) offset, width, left, advance, top, bottom, px; no width and no advance of a missing one."""
    drawn: Flags
    """(S,) False where the face lacks the symbol."""


def baseline_row(cap_height_px: int) -> int:
    """Row of the baseline: 1.4 capitals above it, 0.6 below."""
    return round(1.4 * cap_height_px)


def required(symbols: Sequence[str]) -> list[str]:
    """Return the symbols without which a face is of no use: letters and digits of ASCII, else none.

    >>> required("a1\u00e9!")
    ['a', '1']
    """
    return [symbol for symbol in symbols if symbol.isascii() and symbol.isalnum()]


def draw_face(files: Sequence[Path], symbols: Sequence[str], cap_height_px: int) -> DrawnFace | str:
    """Draw one face, or say why it is of no use.

    files   where its glyphs are; the first one that has a symbol draws it

    A face may lack some symbols, but none of `required`.
    """
    try:
        opened, holds = _open_all(files, symbols)
        missing = [symbol for symbol in required(symbols) if symbol not in holds]
        if missing or not holds.keys() - {" "}:
            return f"has no {' '.join(map(_name, (missing or symbols)[:5]))}"
        size_px = _size_px(opened[0], symbols, holds, cap_height_px)
        if size_px is None:
            return "its capitals have no height"
        for face in opened:
            face.set_char_size(round(size_px * 64))
        return _draw_symbols(symbols, holds, cap_height_px)
    except (freetype.FT_Exception, OSError, ValueError, ImportError) as error:
        return f"cannot be opened: {error}"


def _open_all(
    files: Sequence[Path], symbols: Sequence[str]
) -> tuple[list[freetype.Face], dict[str, freetype.Face]]:
    """Open files until all symbols are found: the open ones, and the one that draws each symbol."""
    opened: list[freetype.Face] = []
    holds: dict[str, freetype.Face] = {}
    for path in files:
        face = _open(path)
        opened.append(face)
        holds |= {symbol: face for symbol in symbols if symbol not in holds and face.get_char_index(symbol)}
        if len(holds) == len(symbols):
            break
    return opened, holds


def _open(path: Path) -> freetype.Face:
    if path.suffix.lower() != ".woff2":
        return freetype.Face(str(path))
    from fontTools.ttLib import TTFont  # FreeType is often built without Brotli

    plain = BytesIO()
    with TTFont(path) as font:
        font.flavor = None
        font.save(plain)
    plain.seek(0)
    return freetype.Face(plain)


def _size_px(
    first: freetype.Face, symbols: Sequence[str], holds: Mapping[str, freetype.Face], cap_height_px: int
) -> float | None:
    """Em size at which capitals are `cap_height_px` tall, and swashes and accents stay inside R rows."""

    def span(text: Sequence[str]) -> list[tuple[float, float]]:
        boxes = []
        for symbol in text:
            face = holds.get(symbol, first)
            if face.get_char_index(symbol):
                face.set_pixel_sizes(0, 100)
                face.load_char(symbol, LOAD)
                box = face.glyph.outline.get_bbox()
                boxes.append((box.yMax / 64, -box.yMin / 64))
        return boxes

    def shrink(boxes: list[tuple[float, float]]) -> float:
        rise = max(top for top, _ in boxes) * cap_height_px / height
        fall = max(below for _, below in boxes) * cap_height_px / height
        base = baseline_row(cap_height_px)
        room_below = 2 * cap_height_px - base - 1
        return min(1.0, (base - 1) / max(rise, 1.0), room_below / max(fall, 1.0))

    tops = [top for top, _ in span(CAPITALS) or span(symbols)]
    height = float(np.median(tops))
    if height <= 5:
        return None
    usual = shrink(span(EXTREMES) or span(symbols))
    accented = span([symbol for symbol in TALLEST_LETTERS if symbol in holds])
    if accented:
        usual = min(usual, max(MIN_SIZE_SHARE, shrink(accented)))
    return 100 * cap_height_px / height * usual


def _draw_symbols(
    symbols: Sequence[str], holds: Mapping[str, freetype.Face], cap_height_px: int
) -> DrawnFace | str:
    rows, base = 2 * cap_height_px, baseline_row(cap_height_px)
    needed = set(required(symbols))
    pieces: dict[str, Pixels] = {}
    metrics = np.tile(np.array([0, 0, 0, 0, base, base], np.int32), (len(symbols), 1))
    drawn = np.zeros(len(symbols), np.bool_)
    offset = 0
    for i, symbol in enumerate(symbols):
        if symbol not in holds:
            continue
        holds[symbol].load_char(symbol, LOAD | freetype.FT_LOAD_RENDER)
        glyph = holds[symbol].glyph
        advance = round(glyph.advance.x / 64)
        if symbol.isspace():
            if advance <= 0:
                return "its space has no width"
            metrics[i], drawn[i] = (offset, 0, 0, advance, base, base), True
            continue
        piece, top, bottom = _piece(glyph, base, rows)
        if not piece.size:
            if symbol in needed:
                return f"draws nothing for {_name(symbol)}"
            continue
        if not symbol.isascii() and (_is_cut(glyph, base, rows) or _lacks_its_mark(symbol, piece, pieces)):
            continue
        pieces[symbol] = piece
        metrics[i], drawn[i] = (offset, len(piece), glyph.bitmap_left, advance, top, bottom), True
        offset += len(piece)
    columns = np.concatenate([*pieces.values()] or [np.zeros((0, rows), np.uint8)])
    return DrawnFace(columns=columns, metrics=metrics, drawn=drawn)


def _piece(glyph: freetype.GlyphSlot, base: int, rows: int) -> tuple[Pixels, int, int]:
    """Return a glyph's columns (w, R), none where it has no ink there; its first row, the row after it."""
    ink = _bitmap(glyph)  # (h, w)
    height, width = ink.shape
    first = base - glyph.bitmap_top
    top, bottom = max(0, first), min(rows, first + height)
    if bottom <= top or not ink.any():
        return np.zeros((0, rows), np.uint8), base, base
    piece = np.zeros((width, rows), np.uint8)
    piece[:, top:bottom] = ink[top - first : bottom - first].T
    return piece, top, bottom


def _is_cut(glyph: freetype.GlyphSlot, base: int, rows: int) -> bool:
    """Tell whether more than a row of a glyph, such as its accent, lies outside the R rows."""
    first = base - glyph.bitmap_top
    return bool(first < -1 or first + glyph.bitmap.rows > rows + 1)


def _lacks_its_mark(symbol: str, piece: Pixels, pieces: Mapping[str, Pixels]) -> bool:
    """Tell whether a face draws a letter with an accent as it draws the letter without."""
    bare = unicodedata.normalize("NFD", symbol)[0]
    return bare in pieces and np.array_equal(piece, pieces[bare])


def _bitmap(glyph: freetype.GlyphSlot) -> Pixels:
    bitmap = glyph.bitmap
    height, width, pitch = bitmap.rows, bitmap.width, bitmap.pitch
    if not height or not width:
        return np.zeros((0, 0), np.uint8)
    # `Bitmap.buffer` copies byte by byte in Python: nine tenths of the whole build.
    ink = ctypes.string_at(bitmap._FT_Bitmap.buffer, height * pitch)  # noqa: SLF001
    return np.frombuffer(ink, np.uint8).reshape(height, pitch)[:, :width]


def _name(symbol: str) -> str:
    return f"{symbol!r} (U+{ord(symbol):04X})"
