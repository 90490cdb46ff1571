"""Every glyph of every face, drawn once: text then becomes a gather of table rows.

    columns  (K, R) uint8     one row per glyph column, top to bottom; row 0 is blank
    metrics  (F, S) int32     per face and symbol, in pixels at `cap_height`

A capital letter is `cap_height` px tall in every face (less where swashes would leave the
R = 2 * cap_height rows), so a layout never scales a glyph.
"""

import hashlib
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from crnn.errors import FontError
from crnn.processes import main_script_left_out
from crnn.synthesis.legibility import fault
from crnn.synthesis.rasterize import Metrics, Pixels, baseline_row, draw_face

logger = logging.getLogger(__name__)


METRICS = ("offset", "width", "left", "advance", "top", "bottom")
VERSION = 1  # part of the cache key: raise it when a glyph would be drawn differently
ALONE = 500  # faces that one process draws before others are worth their start
CACHED_AFTER_S = 5.0


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
        spawn = get_context("spawn")
        with main_script_left_out(), ProcessPoolExecutor(processes, mp_context=spawn) as pool:
            drawn = list(pool.map(draw, faces, chunksize=32))
    atlas = _assemble(faces, drawn, symbols, cap_height_px)
    if time.monotonic() - started > CACHED_AFTER_S:
        _save(cache, atlas)
    return atlas


def _draw_readable(path: Path, symbols: Sequence[str], cap_height_px: int) -> tuple[Pixels, Metrics] | str:
    drawn = draw_face(path, symbols, cap_height_px)
    return drawn if isinstance(drawn, str) else fault(*drawn, symbols) or drawn


def _check(faces: Sequence[Path], symbols: Sequence[str]) -> None:
    long = [symbol for symbol in symbols if len(symbol) != 1]
    if long:
        raise FontError(
            f"symbol {long[0]!r} has {len(long[0])} characters; fonts draw symbols of one character only."
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
        name, reason = refused[0]
        raise FontError(
            f"none of {len(paths)} faces can draw the {len(symbols)} symbols; {name} {reason}. "
            "Add fonts that hold these symbols, or use a smaller alphabet."
        )
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
    arrays = {field.name: np.asarray(getattr(atlas, field.name)) for field in fields(atlas)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        part.replace(path)
    except OSError as error:
        logger.warning("glyph atlas not cached: %s", error)
        with suppress(OSError):
            part.unlink()


def _load(path: Path) -> GlyphAtlas | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return GlyphAtlas(
                symbols=tuple(kept["symbols"].tolist()),
                faces=tuple(kept["faces"].tolist()),
                refused=tuple((name, reason) for name, reason in kept["refused"].tolist()),
                columns=kept["columns"],
                **{name: kept[name] for name in METRICS},
                cap_height=int(kept["cap_height"]),
                baseline_row=int(kept["baseline_row"]),
            )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        logger.warning("glyph atlas cache %s is unusable and is built anew: %s", path, error)
        return None
