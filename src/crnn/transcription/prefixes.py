"""Prefixes of texts with their sums over paths, frame by frame: what the search carries (paper §2.3.1).

The sums are those of `ctc.py`, for all frames at once, so that a prefix can be continued at any.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prefixes:
    """K prefixes of any images."""

    number: NDArray[np.intp]
    """(K,) the place of each in the search's history; -1 for the empty one."""
    image: NDArray[np.intp]
    """(K,)"""
    state: NDArray[np.intp]
    """(K,) where each has come to in the automaton."""
    last: NDArray[np.intp]
    """(K,) its last class; the blank for the empty one."""
    bound: NDArray[np.float64]
    """(K,) probability of all accepted texts that begin with it, or more."""
    spelt: NDArray[np.float64]
    """(K, T) sum over the paths that have spelt it before frame t."""
    on_blank: NDArray[np.float64]
    """(K, T) those of them that stand on a blank."""
    whole: NDArray[np.float64]
    """(K,) sum over the paths that have spelt it after the last frame: its probability as a text."""

    def __len__(self) -> int:
        return len(self.image)

    def take(self, rows: NDArray[np.intp]) -> "Prefixes":
        """Keep some of them."""
        return Prefixes(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def pieces(self, size: int) -> list["Prefixes"]:
        """Cut them into parts of at most `size`."""
        if len(self) <= size:
            return [self]
        places = np.arange(len(self))
        return [self.take(places[start : start + size]) for start in range(0, len(self), size)]


def empty_prefixes(blanks: NDArray[np.float64], images: NDArray[np.intp]) -> Prefixes:
    """Start with the empty prefix of each of K images; `blanks` (T, N) are p(blank)."""
    spelt = np.ones((len(blanks) + 1, len(images)))  # (T + 1, K) as if a blank had been seen before
    np.cumprod(blanks[:, images], axis=0, out=spelt[1:])
    before = np.ascontiguousarray(spelt[:-1].T)  # (K, T)
    nothing = np.zeros(len(images), dtype=np.intp)
    return Prefixes(
        number=nothing - 1,
        image=images,
        state=nothing,
        last=nothing + BLANK,
        bound=np.full(len(images), np.inf),
        spelt=before,
        on_blank=before,
        whole=spelt[-1],
    )


def carry(
    symbol_probs: NDArray[np.float64], blanks: NDArray[np.float64], entering: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Carry the sums of K new prefixes over the frames.

    symbol_probs, blanks   (T, K)   p of each prefix's last symbol, and of the blank
    entering               (K, T)   sum over the paths that may enter the last symbol at frame t
    returns                spelt (K, T), on_blank (K, T), whole (K,) as in `Prefixes`
    """
    frames, count = symbol_probs.shape
    arriving = np.ascontiguousarray(entering.T)  # (T, K)
    spelt, on_blank = np.zeros((2, frames + 1, count))  # (T + 1, K)
    on_symbol = np.zeros(count)
    for frame in range(frames):
        np.multiply(spelt[frame], blanks[frame], out=on_blank[frame + 1])
        on_symbol += arriving[frame]
        on_symbol *= symbol_probs[frame]
        np.add(on_symbol, on_blank[frame + 1], out=spelt[frame + 1])
    return np.ascontiguousarray(spelt[:-1].T), np.ascontiguousarray(on_blank[:-1].T), spelt[-1]
