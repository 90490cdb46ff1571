"""A language model over symbols: how likely one symbol is after the others (an n-gram model).

    ln p(text | language) = the sum over its symbols, and the word's end, of ln p(symbol | those before)

No more than order - 1 symbols before count. The model lists n-grams that it has seen; after symbols
that it has not, it *backs off* (Katz 1987): it forgets the oldest one and spreads what is left.

    p(c | h) = the listed one            where the n-gram h c is listed
               b(h) * p(c | shorter h)   elsewhere, b such that all add up to 1

Classes are those of the log_probs, with class 0 as the word's edge: as context its begin, as
prediction its end. A state is a number: which context we are in.

The n-grams of a language model as a tree in three columns, and what can be computed from them.

    V nodes in level order: node 0 is the empty n-gram, then all single symbols, then all pairs, ...
    A node is its parent with one symbol more. Siblings follow each other in class order, families in
    the order of their parents.

So the number of children of each node is enough to know who is whose parent.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import DataError, ModelError

EDGE = 0
"""The class of a word's edge: its begin where it is context, its end where it is predicted.

It is the blank's class, which no text holds.
"""

_LEAST = 1e-9
"""The listed n-grams of a context leave at least so much for the unlisted ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ngrams:
    """What a language model lists; every array is (V,)."""

    symbols: NDArray[np.integer]
    """Last symbol of each n-gram, as a class; EDGE for node 0."""
    children: NDArray[np.integer]
    """How many n-grams are listed that have one symbol more."""
    costs: NDArray[np.floating]
    """-ln p(last symbol | symbols before it); 0 for node 0."""


def checked_levels(ngrams: Ngrams, classes: int) -> list[slice]:
    """Return where the n-grams of 0, 1, 2, ... symbols stand.

    ModelError: columns that are no tree, a class outside 0 .. C - 1 or not listed alone, siblings
    out of order, a cost that is no cost.
    """
    symbols, children, costs = ngrams.symbols, ngrams.children, ngrams.costs
    if not (symbols.ndim == 1 and symbols.shape == children.shape == costs.shape and len(symbols) > classes):
        raise ModelError(
            f"the columns of n-grams have the shapes {symbols.shape}, {children.shape} and {costs.shape}; "
            f"they must be equally long, and longer than the {classes} classes."
        )
    levels = [slice(0, 1)]
    if children.min() < 0 or children.sum() != len(children) - 1 or children[0] != classes:
        raise ModelError(f"the numbers of children of {len(children):,} n-grams do not make a tree.")
    while more := int(children[levels[-1]].sum()):
        levels.append(slice(levels[-1].stop, levels[-1].stop + more))
    if levels[-1].stop != len(children):
        raise ModelError(f"{len(children) - levels[-1].stop:,} of {len(children):,} n-grams have no parent.")
    keys = _keys(ngrams, classes)
    if symbols.min() < 0 or symbols.max() >= classes or (np.diff(keys) <= 0).any():
        raise ModelError(f"the symbols of the n-grams are not classes 0..{classes - 1} in class order.")
    if not (np.isfinite(costs).all() and costs.min() >= 0):
        raise ModelError("an n-gram's cost, -ln of its probability, is negative or no number.")
    return levels


def link(ngrams: Ngrams, levels: list[slice], classes: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find for each n-gram its suffix and its context, both (V,).

    suffix: the n-gram without its first symbol. context: the longest end of it that other n-grams go
    on from, all that matters to what comes next. ModelError: a suffix that is not listed.
    """
    keys, parents = _keys(ngrams, classes), _parents(ngrams)
    suffix = np.zeros(len(keys) + 1, dtype=np.int32)
    context = np.arange(len(suffix), dtype=np.int32)
    for level in levels[1:]:
        if level.start > 1:
            wanted = suffix[parents[level]].astype(np.int64) * classes + ngrams.symbols[level]
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            if (keys[place] != wanted).any():
                raise ModelError("an n-gram is listed, but not the one without its first symbol.")
            suffix[level] = 1 + place
        ends = ngrams.children[level] == 0
        context[level][ends] = context[suffix[level][ends]]
    return suffix, context


def normalize(
    ngrams: Ngrams, levels: list[slice], suffix: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ln p of each n-gram and ln of its backoff factor, both (V,), so that all adds up to 1.

    What the listed n-grams of a context leave of 1 goes to the unlisted ones, in the proportions of
    the shorter context. Rounding in a file may leave nothing, or too much where none is unlisted: then
    the listed ones are scaled.
    """
    parents = _parents(ngrams)
    p = np.exp(-ngrams.costs.astype(np.float64))  # (V,)
    log_backoff = np.zeros(len(p))
    for above, level in pairwise(levels):
        nodes = parents[level] - above.start
        count = above.stop - above.start
        listed = np.bincount(nodes, p[level], minlength=count)  # what a context's children sum to
        complete = ngrams.children[above] == ngrams.children[0]
        wanted = np.where(complete, 1.0, np.minimum(listed, 1 - _LEAST))
        p[level] *= (wanted / np.where(listed > 0, listed, 1.0))[nodes]
        shorter = np.bincount(nodes, p[suffix[level]], minlength=count) if level.start > 1 else listed
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = (1 - wanted) / np.maximum(1 - shorter, 1e-15)
        log_backoff[above] = np.log(np.where(complete | (listed == 0), 1.0, factor))
    with np.errstate(divide="ignore"):
        return np.log(p).astype(np.float32), log_backoff.astype(np.float32)


def rounded_up(costs: NDArray[np.floating]) -> NDArray[np.float16]:
    """Round to 16 bits so that no cost falls: a context's probabilities then never rise above 1."""
    rounded = costs.astype(np.float16)
    return np.where(rounded < costs, np.nextafter(rounded, np.float16(np.inf)), rounded)


def _parents(ngrams: Ngrams) -> NDArray[np.int32]:
    """Return the parent of each node (V,), node 0 being its own."""
    parents = np.zeros(len(ngrams.symbols), dtype=np.int32)
    parents[1:] = np.arange(len(parents), dtype=np.int32).repeat(ngrams.children)
    return parents


def _keys(ngrams: Ngrams, classes: int) -> NDArray[np.int64]:
    """Number each node but node 0 (V - 1,) by parent and symbol: ascending, so that it can be searched."""
    return _parents(ngrams)[1:].astype(np.int64) * classes + ngrams.symbols[1:]


class Language:
    """An n-gram model of the words that a reader meets. Immutable; safe to share among threads.

    >>> from crnn.language.learn import train_language
    >>> language = train_language({"cat": 1, "car": 1, "cart": 1}, Alphabet("acrt"))
    >>> language.log_prob("cart") > language.log_prob("tacr")
    True
    """

    def __init__(self, alphabet: Alphabet, ngrams: Ngrams) -> None:
        """Link the tree; ModelError where it is no model of `alphabet`.

        Listed must be: every class alone; of each n-gram also what is left without its first symbol.
        """
        self.alphabet = alphabet
        self.ngrams = ngrams
        levels = checked_levels(ngrams, len(alphabet) + 1)
        self.order: int = len(levels) - 1
        """Symbols of the longest n-gram."""
        children = ngrams.children.astype(np.int32)
        suffix, context = link(ngrams, levels, len(alphabet) + 1)
        log_p, backoff = normalize(ngrams, levels, suffix)
        # Looked up one by one, a view is twice as fast as its array. All are (V,).
        self._symbol = ngrams.symbols.astype(np.int32).data
        self._first = (1 + children.cumsum(dtype=np.int32) - children).data  # the first child
        self._children = children.data
        self._suffix, self._context = suffix.data, context.data
        self._log_p, self._backoff = log_p.data, backoff.data
        self.start: int = self._context[1 + EDGE]
        """The state before a text's first symbol."""

    def __reduce__(self) -> tuple[type["Language"], tuple[Alphabet, Ngrams]]:
        """Travel between processes as what it was made from."""
        return Language, (self.alphabet, self.ngrams)

    def __repr__(self) -> str:
        """Count the n-grams, and name the alphabet."""
        return f"<Language of {len(self.ngrams.symbols)} n-grams, {self.alphabet!r:.80}>"

    @property
    def contexts(self) -> int:
        """Count the n-grams that others go on from, the empty one among them."""
        return int((self.ngrams.children > 0).sum())

    def step(self, state: int, symbol: int) -> tuple[float, int]:
        """Return ln p of `symbol` (a class, EDGE for the end) after `state`, and the state after it."""
        log_p = 0.0
        while True:  # from the longest context to the empty one, which lists every class
            first = self._first[state]
            end = first + self._children[state]
            child = bisect_left(self._symbol, symbol, first, end)
            if child < end and self._symbol[child] == symbol:
                return log_p + self._log_p[child], self._context[child]
            log_p += self._backoff[state]
            state = self._suffix[state]

    def log_prob(self, text: str) -> float:
        """Return ln p(text, and then its end). LabelError: a symbol outside the alphabet."""
        return self._log_prob(self.alphabet.encode(text))

    def _log_prob(self, label: Sequence[int]) -> float:
        total, state = 0.0, self.start
        for symbol in (*label, EDGE):
            log_p, state = self.step(state, symbol)
            total += log_p
        return total

    def perplexity(self, words: Iterable[str]) -> float:
        """Return exp of the mean -ln p of a symbol of `words`, their ends counted as symbols.

        So many symbols, all equally likely, would be as hard to guess: the fewer the better.
        LabelError: a symbol outside the alphabet. DataError: no words.
        """
        labels = [self.alphabet.encode(word) for word in words]
        if not labels:
            raise DataError("no word to measure the language model on.")
        symbols = sum(len(label) + 1 for label in labels)
        return math.exp(-sum(map(self._log_prob, labels)) / symbols)
