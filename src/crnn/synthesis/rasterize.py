"""One face, drawn glyph by glyph with FreeType at the size where its capitals are equally tall.

returns  columns (k, R) uint8, the ink column by column, and metrics (S, 6) int32:
         offset, width, left, advance, top, bottom, all in px
"""

import ctypes
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import freetype
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Metrics = npt.NDArray[np.int32]

LOAD = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP
CAPITALS = "HEXT"
EXTREMES = "HEXTxgpdAQjy0"


def baseline_row(cap_height_px: int) -> int:
    """Row of the baseline: 1.4 capitals above it, 0.6 below."""
    return round(1.4 * cap_height_px)


def draw_face(path: Path, symbols: Sequence[str], cap_height_px: int) -> tuple[Pixels, Metrics] | str:
    """Draw one face: its columns (k, R) and metrics (S, 6), or why it is of no use."""
    try:
        face = _open(path)
        missing = [symbol for symbol in symbols if not face.get_char_index(symbol)]
        if missing:
            return f"has no {' '.join(map(_name, missing[:5]))}"
        size_px = _size_px(face, symbols, cap_height_px)
        if size_px is None:
            return "its capitals have no height"
        face.set_char_size(round(size_px * 64))
        return _draw_symbols(face, symbols, cap_height_px)
    except (freetype.FT_Exception, OSError, ValueError, ImportError) as error:
        return f"cannot be opened: {error}"


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


def _size_px(face: freetype.Face, symbols: Sequence[str], cap_height_px: int) -> float | None:
    """Em size at which capitals are `cap_height_px` tall and swashes stay inside R rows."""

    def span(text: Sequence[str]) -> list[tuple[float, float]]:
        boxes = []
        for symbol in text:
            if face.get_char_index(symbol):
                face.load_char(symbol, LOAD)
                box = face.glyph.outline.get_bbox()
                boxes.append((box.yMax / 64, -box.yMin / 64))
        return boxes

    face.set_pixel_sizes(0, 100)
    tops = [top for top, _ in span(CAPITALS) or span(symbols)]
    height = float(np.median(tops))
    if height <= 5:
        return None
    extremes = span(EXTREMES) or span(symbols)
    rise = max(top for top, _ in extremes) * cap_height_px / height
    fall = max(below for _, below in extremes) * cap_height_px / height
    base = baseline_row(cap_height_px)
    room_below = 2 * cap_height_px - base - 1
    shrink = min(1.0, (base - 1) / max(rise, 1.0), room_below / max(fall, 1.0))
    return 100 * cap_height_px / height * shrink


def _draw_symbols(
    face: freetype.Face, symbols: Sequence[str], cap_height_px: int
) -> tuple[Pixels, Metrics] | str:
    rows, base = 2 * cap_height_px, baseline_row(cap_height_px)
    pieces: list[Pixels] = []
    metrics = np.zeros((len(symbols), 6), np.int32)
    offset = 0
    for i, symbol in enumerate(symbols):
        face.load_char(symbol, LOAD | freetype.FT_LOAD_RENDER)
        glyph = face.glyph
        ink = _bitmap(glyph)  # (h, w)
        height, width = ink.shape
        advance = round(glyph.advance.x / 64)
        first = base - glyph.bitmap_top
        top, bottom = max(0, first), min(rows, first + height)
        if symbol.isspace():
            if advance <= 0:
                return "its space has no width"
            metrics[i] = (offset, 0, 0, advance, base, base)
            continue
        if bottom <= top or not ink.any():
            return f"draws nothing for {_name(symbol)}"
        piece = np.zeros((width, rows), np.uint8)
        piece[:, top:bottom] = ink[top - first : bottom - first].T
        pieces.append(piece)
        metrics[i] = (offset, width, glyph.bitmap_left, advance, top, bottom)
        offset += width
    return np.concatenate(pieces or [np.zeros((0, rows), np.uint8)]), metrics


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
