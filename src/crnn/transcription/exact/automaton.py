"""Which texts a decoder may answer, as a deterministic automaton over classes (paper §2.3.3).

    lexicon   the tree of its words' prefixes: one state a prefix
    pattern   the states of a regular expression

    first   (S + 1,)  the edges of state s are first[s] .. first[s + 1] - 1; state 0 is the start
    symbol  (E,)      the class that an edge adds to the text; no state has two edges of one class
    target  (E,)      the state that it leads to
    final   (S,)      True where a text may end

A million words are arrays of a few dozen megabytes; no state is an object.

Prefixes of texts with their sums over paths, frame by frame: what the search carries (paper §2.3.1).

The sums are those of `ctc.py`, for all frames at once, so that a prefix can be continued at any.

How much probability lies behind an edge of an automaton: what the search prunes by.

    probs    (T, N, C)   probabilities, not logarithms; class 0 is the blank
    weight   (N, X, T)   see `Reach`

Let the paths that have spelt a prefix before frame t have the sum s[t]. A text that goes on with
edge e enters its symbol at exactly one frame, so all texts behind e together have the probability
sum over t of s[t] * weight[t], where weight[t] is that of entering at t and then spelling an
accepted rest in the frames that follow. A small automaton has it exactly (`of_states`); for the
tree of a lexicon, rests that are no words are counted too (`of_tree`).
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK


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
