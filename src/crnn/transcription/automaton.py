"""Which texts a decoder may answer, as a deterministic automaton over classes (paper §2.3.3).

    lexicon   the tree of its words' prefixes: one state a prefix
    pattern   the states of a regular expression

    first   (S + 1,)  the edges of state s are first[s] .. first[s + 1] - 1; state 0 is the start
    symbol  (E,)      the class that an edge adds to the text; no state has two edges of one class
    target  (E,)      the state that it leads to
    final   (S,)      True where a text may end

A million words are arrays of a few dozen megabytes; no state is an object.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Automaton:
    """A deterministic automaton; the arrays are described above."""

    first: NDArray[np.intp]
    symbol: NDArray[np.intp]
    target: NDArray[np.intp]
    final: NDArray[np.bool_]

    def edges_of(self, states: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """List the edges of K states one after the other: which of the K (E',), which edge (E',)."""
        starts = self.first[states]
        counts = self.first[states + 1] - starts
        row = np.repeat(np.arange(len(states)), counts)
        edge = np.arange(len(row)) + np.repeat(starts - (counts.cumsum() - counts), counts)
        return row, edge

    def accepts(self, label: list[int]) -> bool:
        """Tell whether a label, as classes, is one of the texts."""
        state = 0
        for symbol in label:
            edges = slice(self.first[state], self.first[state + 1])
            hits = np.flatnonzero(self.symbol[edges] == symbol)
            if not hits.size:
                return False
            state = int(self.target[edges][hits[0]])
        return bool(self.final[state])


def prefix_tree(classes: NDArray[np.intp], lengths: NDArray[np.intp]) -> Automaton:
    """Build the tree of W words' prefixes.

    classes   (sum of lengths,)   the words one after the other, as classes
    lengths   (W,)

    Words that begin alike must stand together, as they do in any dictionary's order. States are
    numbered level by level, so the edges of a level are contiguous and edge e leads to state e + 1.
    """
    starts = lengths.cumsum() - lengths
    node = np.zeros(len(lengths), dtype=np.intp)  # where each word has come to
    parents, symbols = [], []
    states, level = 1, 0
    active = np.flatnonzero(lengths > 0)
    while active.size:
        parent, symbol = node[active], classes[starts[active] + level]
        new = np.ones(len(active), dtype=bool)  # else the word goes on as the one before it
        new[1:] = (parent[1:] != parent[:-1]) | (symbol[1:] != symbol[:-1])
        node[active] = states - 1 + new.cumsum()
        parents.append(parent[new])
        symbols.append(symbol[new])
        states += len(parents[-1])
        level += 1
        active = active[lengths[active] > level]
    final = np.zeros(states, dtype=bool)
    final[node] = True
    parent = np.concatenate([np.zeros(0, dtype=np.intp), *parents])
    return Automaton(
        first=np.searchsorted(parent, np.arange(states + 1)),
        symbol=np.concatenate([np.zeros(0, dtype=np.intp), *symbols]),
        target=np.arange(1, states),
        final=final,
    )
