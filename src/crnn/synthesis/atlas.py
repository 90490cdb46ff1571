"""Every glyph of every face, drawn once: text then becomes a gather of table rows.

    columns  (K, R) uint8     one row per glyph column, top to bottom; row 0 is blank
    metrics  (F, S) int32     per face and symbol, in pixels at `cap_height`
    drawn    (F, S) bool      False where a face lacks a symbol

A capital letter is `cap_height` px tall in every face (less where swashes would leave the
R = 2 * cap_height rows), so a layout never scales a glyph.
"""

import hashlib
import logging
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from weakref import WeakValueDictionary
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from crnn.errors import FontError
from crnn.files import atomic_path
from crnn.processes import main_script_left_out
from crnn.synthesis.glyphs import DrawnFace, Flags, Metrics, Pixels, baseline_row, draw_face
from crnn.synthesis.legibility import unreadable_reason

logger = logging.getLogger(__name__)


METRICS = ("offset", "width", "left", "advance", "top", "bottom")
VERSION = 2  # part of the cache key: raise it when a glyph would be drawn differently
ALONE = 500  # faces that one process draws before others are worth their start
CACHED_AFTER_S = 5.0
GROWTH = 1 << 19  # rows by which the table grows, 24 MiB


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class GlyphAtlas:
    """The glyphs of F faces for S symbols; build it with `build_atlas`."""

    symbols: tuple[str, ...]
    """The S symbols, in the order of the metrics' second axis."""
    faces: tuple[str, ...]
    """First files of the F faces, in the order of the metrics' first axis."""
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
    drawn: Flags
    """(F, S) whether the face has the symbol; one that it lacks has no width and no advance."""
    cap_height: int
    """Height of a capital letter, px."""
    baseline_row: int
    """Row on which the letters stand."""


_in_use: WeakValueDictionary[Path, GlyphAtlas] = WeakValueDictionary()


def build_atlas(
    faces: Sequence[Sequence[Path]],
    alphabet_symbols: Sequence[str],
    cap_height_px: int = 24,
    processes: int | None = None,
) -> GlyphAtlas:
    """Draw `alphabet_symbols` in every face that has the letters and digits of ASCII among them.

    A slow build is kept in the user's cache folder and found there the next time; an atlas that is
    still in use is not built twice, since thousands of faces take a gigabyte.

    Args:
        faces: The files of each face, `Face.files`.
        alphabet_symbols: The S symbols.
        cap_height_px: Height of a capital letter.
        processes: How many draw; None takes all cores.

    Returns:
        The glyphs of the faces that are of use, and why the others are not.

    Raises:
        FontError: A symbol is longer than one character, no face is left, or none of them has a symbol.
    """
    symbols = tuple(alphabet_symbols)
    _check(faces, symbols)
    cache = _cache_path(faces, symbols, cap_height_px)
    found = _in_use.get(cache) or (_load(cache) if cache.is_file() else None)
    if found is not None:
        _in_use[cache] = found
        return found
    started = time.monotonic()
    draw = partial(_draw_readable, symbols=symbols, cap_height_px=cap_height_px)
    table = _Table(symbols, cap_height_px)
    if len(faces) <= ALONE or processes == 1:
        for files in faces:
            table.add(files[0], draw(files))
    else:
        spawn = get_context("spawn")
        with main_script_left_out(), ProcessPoolExecutor(processes, mp_context=spawn) as pool:
            for files, drawn in zip(faces, pool.map(draw, faces, chunksize=32), strict=True):
                table.add(files[0], drawn)
    atlas = table.atlas()
    if time.monotonic() - started > CACHED_AFTER_S:
        _save(cache, atlas)
    _in_use[cache] = atlas
    return atlas


def _draw_readable(files: Sequence[Path], symbols: Sequence[str], cap_height_px: int) -> DrawnFace | str:
    face = draw_face(files, symbols, cap_height_px)
    return face if isinstance(face, str) else unreadable_reason(face.columns, face.metrics, symbols) or face


def _check(faces: Sequence[Sequence[Path]], symbols: Sequence[str]) -> None:
    long = [symbol for symbol in symbols if len(symbol) != 1]
    if long:
        raise FontError(
            f"symbol {long[0]!r} has {len(long[0])} characters; fonts draw symbols of one character only."
        )
    if not symbols or not faces:
        raise FontError(f"{len(faces)} faces and {len(symbols)} symbols: nothing to draw.")


class _Table:
    """Collects faces in one table of columns, which grows in place: no glyph is held twice."""

    def __init__(self, symbols: tuple[str, ...], cap_height_px: int) -> None:
        self._symbols = symbols
        self._cap_height_px = cap_height_px
        self._rows = 1  # row 0 is blank
        self._columns = np.zeros((GROWTH, 2 * cap_height_px), np.uint8)
        self._faces: dict[str, tuple[Metrics, Flags]] = {}
        self._reasons: dict[str, str] = {}
        basic = [i for i, symbol in enumerate(symbols) if symbol.isascii()]
        letters = any(symbols[i].isalpha() for i in basic)
        self._compared = basic if letters else list(range(len(symbols)))
        self._first: dict[bytes, str] = {}

    def add(self, path: Path, face: DrawnFace | str) -> None:
        """Take a face in, or the reason why it is of no use."""
        name = str(path)
        self._reasons[name] = face if isinstance(face, str) else ""
        if isinstance(face, str) or self._is_duplicate(name, face):
            return
        end = self._rows + len(face.columns)
        if end > len(self._columns):
            self._columns.resize((end + GROWTH, self._columns.shape[1]), refcheck=False)
        self._columns[self._rows : end] = face.columns
        metrics = face.metrics.copy()
        metrics[face.drawn, 0] += self._rows
        self._faces[name] = metrics, face.drawn
        self._rows = end

    def atlas(self) -> GlyphAtlas:
        """Return the table. Raises FontError where no face is left, or a symbol is in none of them."""
        drawn = np.array([drawn for _, drawn in self._faces.values()])  # (F, S)
        self._check(drawn)
        self._columns.resize((self._rows, self._columns.shape[1]), refcheck=False)
        metrics = np.stack([metrics for metrics, _ in self._faces.values()])  # (F, S, 6)
        return GlyphAtlas(
            symbols=self._symbols,
            faces=tuple(self._faces),
            refused=tuple((name, reason) for name, reason in self._reasons.items() if reason),
            columns=self._columns,
            **{name: np.ascontiguousarray(metrics[:, :, i]) for i, name in enumerate(METRICS)},
            drawn=drawn,
            cap_height=self._cap_height_px,
            baseline_row=baseline_row(self._cap_height_px),
        )

    def _is_duplicate(self, name: str, face: DrawnFace) -> bool:
        """Tell whether a face draws ASCII as another does that has all of its symbols.

        Families of several scripts share their Latin letters; of two faces the one with more stays.
        """
        digest = hashlib.sha256()
        for offset, width in face.metrics[self._compared, :2].tolist():
            digest.update(face.columns[offset : offset + width].tobytes())
        first = self._first.setdefault(digest.digest(), name)
        if first == name:
            return False
        held = self._faces[first][1]
        if (held <= face.drawn).all() and not np.array_equal(held, face.drawn):
            self._first[digest.digest()] = name
            del self._faces[first]
            self._reasons[first] = f"draws the same as {name}"
        elif (face.drawn <= held).all():
            self._reasons[name] = f"draws the same as {first}"
            return True
        return False

    def _check(self, drawn: Flags) -> None:
        found = drawn.any(0) if self._faces else np.ones(len(self._symbols), np.bool_)
        missing = [self._symbols[i] for i in np.flatnonzero(~found)]
        if self._faces and not missing:
            return
        complaint = f"none of {len(self._reasons)} faces"
        if missing:
            names = " ".join(f"{symbol!r} (U+{ord(symbol):04X})" for symbol in missing[:5])
            complaint += f" has {names}" + f" and {len(missing) - 5} more" * (len(missing) > 5)
        else:
            name, reason = next(iter(self._reasons.items()))
            complaint += f" can draw the {len(self._symbols)} symbols; {name} {reason}"
        raise FontError(f"{complaint}. Add fonts that hold these symbols, or use a smaller alphabet.")


def _cache_path(faces: Sequence[Sequence[Path]], symbols: Sequence[str], cap_height_px: int) -> Path:
    key = hashlib.sha256(f"{VERSION} {cap_height_px} {list(symbols)}".encode())
    for files in faces:
        for path in files:
            stat = path.stat() if path.is_file() else None
            key.update(f"{path} {stat and (stat.st_size, stat.st_mtime_ns)}\t".encode())
        key.update(b"\n")
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crnn"
    return folder / f"atlas-{key.hexdigest()[:24]}.npz"


def _save(path: Path, atlas: GlyphAtlas) -> None:
    """Write the cache whole or not at all; a full or read-only disk only costs time later."""
    arrays = {field.name: np.asarray(getattr(atlas, field.name)) for field in fields(atlas)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part, part.open("wb") as file:
            np.savez(file, allow_pickle=False, digest=np.asarray(_digest(arrays)), **arrays)
    except OSError as error:
        logger.warning("glyph atlas not cached: %s", error)


def _load(path: Path) -> GlyphAtlas | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            kept = {name: stored[name] for name in stored.files}
            if str(kept.pop("digest", "")) != _digest(kept):
                raise ValueError("its content is not what was written")  # noqa: TRY301
            return GlyphAtlas(
                symbols=tuple(kept["symbols"].tolist()),
                faces=tuple(kept["faces"].tolist()),
                refused=tuple((name, reason) for name, reason in kept["refused"].tolist()),
                columns=kept["columns"],
                **{name: kept[name] for name in METRICS},
                drawn=kept["drawn"],
                cap_height=int(kept["cap_height"]),
                baseline_row=int(kept["baseline_row"]),
            )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        logger.warning("glyph atlas cache %s is unusable and is built anew: %s", path, error)
        return None


def _digest(arrays: Mapping[str, npt.NDArray[np.generic]]) -> str:
    """Sum up arrays by name, so that a damaged cache is told from a valid one."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
