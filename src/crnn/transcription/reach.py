"""How much probability lies behind an edge of an automaton: what the search prunes by.

    probs    (T, N, C)   probabilities, not logarithms; class 0 is the blank
    weight   (N, X, T)   see `Reach`

Let the paths that have spelt a prefix before frame t have the sum s[t]. A text that goes on with
edge e enters its symbol at exactly one frame, so all texts behind e together have the probability
sum over t of s[t] * weight[t], where weight[t] is that of entering at t and then spelling an
accepted rest in the frames that follow. A small automaton has it exactly (`of_states`); for the
tree of a lexicon, rests that are no words are counted too (`of_tree`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.transcription.automaton import Automaton


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reach:
    """For each image, edge and frame the probability of entering the edge and then being accepted."""

    weight: NDArray[np.float64]
    """(N, X, T); exact, or more."""
    column: NDArray[np.intp]
    """(E,) which of the X columns belongs to an edge."""
    total: NDArray[np.float64] | None
    """(N,) probability of all accepted texts together, where it is known exactly."""


def of_tree(probs: NDArray[np.float64], tree: Automaton) -> Reach:
    """Bound what N images reach behind the edges of a tree: any rest of symbols that the tree has."""
    known = np.bincount(tree.symbol, minlength=probs.shape[2]) > 0  # (C,)
    known[BLANK] = True
    later = np.ones(probs.shape[:2])  # (T, N) the frames after t, all blank or a known symbol
    later[:-1] = (probs @ known)[:0:-1].cumprod(axis=0)[::-1]
    weight = probs * later[:, :, np.newaxis]  # (T, N, C), a column for each class
    return Reach(weight=np.ascontiguousarray(weight.transpose(1, 2, 0)), column=tree.symbol, total=None)


def of_states(probs: NDArray[np.float64], automaton: Automaton) -> Reach:
    """Sum what N images reach behind the edges of a small automaton, exactly.

    From the last frame to the first, two sums over all accepted rests are carried: for each state
    that of paths which stand on a blank, for each edge that of paths which stand on its symbol.
    They differ by the edge of the same symbol that may lead on: it must not be entered at once.
    """
    frames, images, _ = probs.shape
    states, edges = len(automaton.final), len(automaton.symbol)
    table, twin = _layout(automaton)  # (S, D), (E,)
    weight = np.empty((images, edges, frames))
    on_blank = np.repeat(automaton.final[np.newaxis].astype(np.float64), images, axis=0)  # (N, S)
    on_edge = on_blank[:, automaton.target]  # (N, E)
    entering = np.zeros((images, edges + 1))  # the last one fills the table up
    others = np.empty((images, states, table.shape[1] + 1))  # [d]: all edges of a state but its d-th
    for frame in range(frames - 1, -1, -1):
        np.multiply(probs[frame][:, automaton.symbol], on_edge, out=entering[:, :-1])
        weight[:, :, frame] = entering[:, :-1]
        on_blank *= probs[frame, :, BLANK, np.newaxis]
        # Added up from both ends, not subtracted: small sums keep their digits.
        moves = entering[:, table]  # (N, S, D)
        others[:, :, 0] = 0.0
        np.cumsum(moves, axis=2, out=others[:, :, 1:])
        every = others[:, :, -1].copy()  # (N, S)
        others[:, :, : table.shape[1] - 1] += moves[:, :, :0:-1].cumsum(axis=2)[:, :, ::-1]
        on_edge = entering[:, :-1] + on_blank[:, automaton.target] + others.reshape(images, -1)[:, twin]
        on_blank += every
    return Reach(weight=weight, column=np.arange(edges), total=on_blank[:, 0].copy())


def _layout(automaton: Automaton) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lay the edges out in a table, and find what each edge's target must not enter at once.

    table   (S, D)   the edges of each state, filled up with E; D is the largest number
    twin    (E,)     where in a flat (S, D + 1) table the target's edge of the same symbol stands;
                     place D where it has none
    """
    degree = np.diff(automaton.first)
    widest, edges = int(degree.max()), len(automaton.symbol)
    table = np.full((len(degree), widest), edges)
    table[np.arange(widest) < degree[:, np.newaxis]] = np.arange(edges)
    place_of = {
        (state, automaton.symbol[edge]): state * (widest + 1) + place
        for state, start in enumerate(automaton.first[:-1].tolist())
        for place, edge in enumerate(range(start, start + int(degree[state])))
    }
    ends = zip(automaton.target.tolist(), automaton.symbol, strict=True)
    twin = [place_of.get((state, symbol), state * (widest + 1) + widest) for state, symbol in ends]
    return table, np.array(twin, dtype=np.intp)
