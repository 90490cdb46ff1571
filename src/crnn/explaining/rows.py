"""Which symbols are worth a row of the heat map, and where two texts differ."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from crnn.alphabet import BLANK

WORTH = 0.1
"""A symbol that no text and no best path holds has a row where it reaches this probability in some frame."""
MOST_OTHERS = 8
"""Rows for such symbols, the likeliest first."""


def rows(log_probs: npt.NDArray[np.floating], texts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Choose which classes of `log_probs` (T, C) have a row, top to bottom.

    First those of the texts, in their order, then those of the best path, then others that the frames
    consider, last the blank.

    >>> rows(np.log([[0.2, 0.5, 0.05, 0.25], [0.9, 0.04, 0.03, 0.03]]), [[2]])
    (2, 1, 3, 0)
    """
    said = [*(one for text in texts for one in text), *log_probs.argmax(1).tolist()]
    chosen = [one for one in dict.fromkeys(said) if one != BLANK]
    peaks = np.exp(log_probs).max(0)  # (C,)
    others = [one for one in np.argsort(-peaks).tolist() if one not in {BLANK, *chosen}]
    chosen += [one for one in others[:MOST_OTHERS] if peaks[one] >= WORTH]
    return (*chosen, BLANK)


def differences(one: Sequence[int], other: Sequence[int]) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Mark in each of two texts the symbols that the other has not, by the fewest edits.

    >>> differences([1, 2, 3], [1, 4, 3, 3])
    ((False, True, False), (False, True, True, False))
    """
    marked = [False] * len(one), [False] * len(other)
    for edit in Levenshtein.opcodes(one, other):
        if edit.tag != "equal":
            marked[0][edit.src_start : edit.src_end] = [True] * (edit.src_end - edit.src_start)
            marked[1][edit.dest_start : edit.dest_end] = [True] * (edit.dest_end - edit.dest_start)
    return tuple(marked[0]), tuple(marked[1])
