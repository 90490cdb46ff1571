"""Which faces a person could read: outlines, barcodes, hairlines and swashes are left out.

A glyph's ink box is stretched to GRID x GRID, blurred, and compared with the mean of the same
letter over the starter faces. Scripts correlate at 0.3 to 0.6 with it, print at 0.6 to 0.95,
outlined, keyboard, barcode and redaction faces at 0.2 and less.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crnn.synthesis.glyphs import Metrics, Pixels

Floats = npt.NDArray[np.float32]

COMPARED_LETTERS = "ABDEGHKMNRSXZabdeghknrs234567"
"""The letters compared: those whose stretched shape tells them apart."""
BOTH_CASES = "abdeghnqrt"
GRID = 12
REFERENCE = Path(__file__).parent / "starter" / "letters.npy"
"""(len(LETTERS), GRID * GRID) uint8: mean shapes; scripts/make_starter_fonts.py writes it."""
MIN_SIMILARITY = 0.20
MAX_CASE_SIMILARITY = 0.75
MIN_STROKE_PX = 0.9  # at the usual cap height of 24 px; a face of weight 100 has 1.1
MIN_LETTERS = 5  # letters to judge by


def unreadable_reason(columns: Pixels, metrics: Metrics, symbols: Sequence[str]) -> str | None:
    """Say why a face cannot be read, or None where it can.

    Takes its `columns` (k, R) and `metrics` (S, 6), as the atlas draws them.
    """
    glyphs = dict(zip(symbols, inks(columns, metrics), strict=True))
    letters = [letter for letter in COMPARED_LETTERS if letter in glyphs]
    if len(letters) >= MIN_LETTERS:
        stroke = float(np.median([_stroke_px(glyphs[letter]) for letter in letters]))
        if stroke < MIN_STROKE_PX * columns.shape[1] / 48:
            return f"draws hairlines or dots (strokes of {stroke:.1f} px)"
        like = similarity(glyphs)
        if like < MIN_SIMILARITY:
            return f"draws letters unlike any others (similarity {like:.2f})"
    pairs = [c for c in BOTH_CASES if c in glyphs and c.upper() in glyphs]
    if len(pairs) >= MIN_LETTERS:
        alike = [_correlation(shape(glyphs[c]), shape(glyphs[c.upper()])) for c in pairs]
        if float(np.median(alike)) > MAX_CASE_SIMILARITY:
            return "draws both cases alike"
    return None


def similarity(glyphs: Mapping[str, Pixels]) -> float:
    """Mean correlation, -1..1, of the ink (w, h) of LETTERS with the letters of usual faces."""
    reference = _reference()
    found = [_correlation(reference[c], shape(ink)) for c, ink in glyphs.items() if c in reference]
    return float(np.mean(found))


def inks(columns: Pixels, metrics: Metrics) -> list[Pixels]:
    """Cut each glyph's ink (w, h) out of a face's columns."""
    return [
        columns[offset : offset + width, top:bottom] for offset, width, _, _, top, bottom in metrics.tolist()
    ]


def shape(ink: Pixels) -> Floats:
    """Stretch the ink (w, h) of a glyph to GRID x GRID and blur it; flat, 0..255."""
    width, height = ink.shape
    return (_stretch(width) @ ink.astype(np.float32) @ _stretch(height).T).ravel()


@cache
def _stretch(length: int) -> Floats:
    """(GRID, length): area-average `length` samples into GRID, then blur by (1, 2, 1) twice."""
    edges = np.linspace(0, length, GRID + 1)
    starts = np.arange(length)
    overlap = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    area = np.clip(overlap, 0, None) * GRID / length
    blur = (np.eye(GRID) * 2 + np.eye(GRID, k=1) + np.eye(GRID, k=-1)) / 4
    blur[0, 0] = blur[-1, -1] = 0.75
    return np.asarray(blur @ blur @ area, np.float32)


@cache
def _reference() -> dict[str, Floats]:
    means = np.load(REFERENCE, allow_pickle=False).astype(np.float32)
    return dict(zip(COMPARED_LETTERS, means, strict=True))


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6))


def _stroke_px(ink: Pixels) -> float:
    """Mean width of the strokes: twice the ink over its outline, corners allowed for."""
    padded = np.pad(ink.astype(np.float32), 1)
    outline = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(2.4 * padded.sum() / max(float(outline), 1.0))
