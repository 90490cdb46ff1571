"""Every glyph of every face, drawn once: text then becomes a gather of table rows.

    columns  (K, R) uint8     one row per glyph column, top to bottom; row 0 is blank
    metrics  (F, S) int32     per face and symbol, in pixels at `cap_height`

A capital letter is `cap_height` px tall in every face (less where swashes would leave the
R = 2 * cap_height rows), so a layout never scales a glyph.
"""

import ctypes
import hashlib
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import freetype
import numpy as np
import numpy.typing as npt

from crnn.errors import FontError
from crnn.synthesis.legibility import fault

logger = logging.getLogger(__name__)

Pixels = npt.NDArray[np.uint8]
Metrics = npt.NDArray[np.int32]

METRICS = ("offset", "width", "left", "advance", "top", "bottom")
VERSION = 1  # part of the cache key: raise it when a glyph would be drawn differently
ALONE = 500  # faces that one process draws before others are worth their start
CACHED_AFTER_S = 5.0
LOAD = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP
CAPITALS = "HEXT"
EXTREMES = "HEXTxgpdAQjy0"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphAtlas:
    """The glyphs of F faces for S symbols; build it with `build_atlas`."""

    symbols: tuple[str, ...]
    """The S symbols, in the order of the metrics' second axis."""
    faces: tuple[str, ...]
    """Paths of the F faces, in the order of the metrics' first axis."""
    refused: tuple[tuple[str, str], ...]
    """(path, reason) of every face left out."""
    columns: Pixels
    """(K, R) ink, 0..255; row 0 is blank."""
    offset: Metrics
    """(F, S) row of `columns` where a glyph starts; it takes `width` rows."""
    width: Metrics
    """(F, S) columns of ink; 0 for the space."""
    left: Metrics
    """(F, S) columns from the pen to the first ink; may be negative."""
    advance: Metrics
    """(F, S) columns from this pen to the next."""
    top: Metrics
    """(F, S) first row of ink; `baseline_row` where there is none."""
    bottom: Metrics
    """(F, S) row after the last ink; `baseline_row` where there is none."""
    cap_height: int
    """Height of a capital letter, px."""
    baseline_row: int
    """Row on which the letters stand."""


def build_atlas(
    faces: Sequence[Path],
    alphabet_symbols: Sequence[str],
    cap_height_px: int = 24,
    processes: int | None = None,
) -> GlyphAtlas:
    """Draw `alphabet_symbols` in every face that can; `processes` None takes all cores.

    A slow build is kept in the user's cache folder and found there the next time.
    Raises FontError where a symbol is longer than one character or no face is left.
    """
    symbols = tuple(alphabet_symbols)
    _check(faces, symbols)
    cache = _cache_path(faces, symbols, cap_height_px)
    if cache.is_file() and (kept := _load(cache)):
        return kept
    started = time.monotonic()
    draw = partial(_draw_readable, symbols=symbols, cap_height_px=cap_height_px)
    if len(faces) <= ALONE or processes == 1:
        drawn = [draw(face) for face in faces]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            drawn = list(pool.map(draw, faces, chunksize=32))
    atlas = _assemble(faces, drawn, symbols, cap_height_px)
    if time.monotonic() - started > CACHED_AFTER_S:
        _save(cache, atlas)
    return atlas


def baseline_row(cap_height_px: int) -> int:
    """Row of the baseline: 1.4 capitals above it, 0.6 below."""
    return round(1.4 * cap_height_px)


def _draw_readable(
    path: Path, symbols: Sequence[str], cap_height_px: int
) -> tuple[Pixels, Metrics] | str:
    drawn = draw_face(path, symbols, cap_height_px)
    return drawn if isinstance(drawn, str) else fault(*drawn, symbols) or drawn


def draw_face(
    path: Path, symbols: Sequence[str], cap_height_px: int
) -> tuple[Pixels, Metrics] | str:
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
    metrics = np.zeros((len(symbols), len(METRICS)), np.int32)
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
    ink = ctypes.string_at(bitmap._FT_Bitmap.buffer, height * pitch)
    return np.frombuffer(ink, np.uint8).reshape(height, pitch)[:, :width]


def _name(symbol: str) -> str:
    return f"{symbol!r} (U+{ord(symbol):04X})"


def _check(faces: Sequence[Path], symbols: Sequence[str]) -> None:
    long = [symbol for symbol in symbols if len(symbol) != 1]
    if long:
        raise FontError(
            f"symbol {long[0]!r} has {len(long[0])} characters; "
            "fonts draw symbols of one character only."
        )
    if not symbols or not faces:
        raise FontError(f"{len(faces)} faces and {len(symbols)} symbols: nothing to draw.")


def _assemble(
    paths: Sequence[Path],
    drawn: Sequence[tuple[Pixels, Metrics] | str],
    symbols: tuple[str, ...],
    cap_height_px: int,
) -> GlyphAtlas:
    faces: list[str] = []
    refused: list[tuple[str, str]] = []
    tables = [np.zeros((1, 2 * cap_height_px), np.uint8)]
    metrics: list[Metrics] = []
    rows = 1
    twins: dict[bytes, Path] = {}  # families of several scripts often share their Latin letters
    for path, result in zip(paths, drawn, strict=True):
        if isinstance(result, str):
            refused.append((str(path), result))
            continue
        columns, face_metrics = result
        twin = twins.setdefault(hashlib.sha256(columns.tobytes()).digest(), path)
        if twin is not path:
            refused.append((str(path), f"draws the same as {twin}"))
            continue
        faces.append(str(path))
        metrics.append(face_metrics + np.array([rows, 0, 0, 0, 0, 0], np.int32))
        tables.append(columns)
        rows += len(columns)
    if not faces:
        path, reason = refused[0]
        raise FontError(
            f"none of {len(paths)} faces can draw the {len(symbols)} symbols; {path} {reason}. "
            "Add fonts that hold these symbols, or use a smaller alphabet."
        )
    for path, reason in refused:
        logger.debug("face left out: %s %s", path, reason)
    stacked = np.stack(metrics)  # (F, S, 6)
    return GlyphAtlas(
        symbols=symbols,
        faces=tuple(faces),
        refused=tuple(refused),
        columns=np.concatenate(tables),
        **{name: np.ascontiguousarray(stacked[:, :, i]) for i, name in enumerate(METRICS)},
        cap_height=cap_height_px,
        baseline_row=baseline_row(cap_height_px),
    )


def _cache_path(faces: Sequence[Path], symbols: Sequence[str], cap_height_px: int) -> Path:
    key = hashlib.sha256(f"{VERSION} {cap_height_px} {list(symbols)}".encode())
    for face in faces:
        stat = face.stat() if face.is_file() else None
        key.update(f"{face} {stat and (stat.st_size, stat.st_mtime_ns)}\n".encode())
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crnn"
    return folder / f"atlas-{key.hexdigest()[:24]}.npz"


def _save(path: Path, atlas: GlyphAtlas) -> None:
    """Write the cache whole or not at all; a full or read-only disk only costs time later."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, **{f.name: np.asarray(getattr(atlas, f.name)) for f in fields(atlas)})
        part.replace(path)
    except OSError as error:
        logger.warning("glyph atlas not cached: %s", error)
        part.unlink(missing_ok=True)


def _load(path: Path) -> GlyphAtlas | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        texts = {name: tuple(arrays.pop(name).tolist()) for name in ("symbols", "faces")}
        refused = tuple((path, reason) for path, reason in arrays.pop("refused").tolist())
        sizes = {name: int(arrays.pop(name)) for name in ("cap_height", "baseline_row")}
        return GlyphAtlas(**texts, refused=refused, **sizes, **arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("glyph atlas cache %s is unusable and is built anew: %s", path, error)
        return None
