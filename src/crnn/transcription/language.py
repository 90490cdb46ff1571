"""A language model over symbols: how likely one symbol is after the others (an n-gram model).

    ln p(text | language) = the sum over its symbols, and the word's end, of ln p(symbol | those before)

No more than order - 1 symbols before count. The model lists n-grams that it has seen; after symbols
that it has not, it *backs off* (Katz 1987): it forgets the oldest one and spreads what is left.

    p(c | h) = the listed one            where the n-gram h c is listed
               b(h) * p(c | shorter h)   elsewhere, b such that all add up to 1

Classes are those of the log_probs, with class 0 as the word's edge: as context its begin, as
prediction its end.

    states          (K,)     which context we are in, a number
    distributions   (K, C)   ln p of each class after each of them
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import DataError
from crnn.transcription.ngrams import EDGE, Ngrams, checked_levels, link, normalize

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

_AT_ONCE = 512
"""Texts whose contexts are in memory at once."""


class Language:
    """An n-gram model of the words that a reader meets. Immutable; safe to share among threads.

    >>> from crnn.transcription.kneser_ney import train_language
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
        children = ngrams.children.astype(np.int64)
        self._symbol = ngrams.symbols.astype(np.int32)  # (V,), as all that follow
        self._children = ngrams.children.astype(np.int32)
        self._first = (1 + children.cumsum() - children).astype(np.int32)  # the first child
        self._suffix, self._context = link(ngrams, levels, len(alphabet) + 1)
        self._log_p, self._backoff = normalize(ngrams, levels, self._suffix)
        self.start: int = int(self._context[1 + EDGE])
        """The state before a text's first symbol."""

    def __reduce__(self) -> tuple[type["Language"], tuple[Alphabet, Ngrams]]:
        """Travel between processes as what it was made from."""
        return Language, (self.alphabet, self.ngrams)

    @property
    def contexts(self) -> int:
        """Count the n-grams that others go on from, the empty one among them."""
        return int((self.ngrams.children > 0).sum())

    def distributions(self, states: Integers) -> tuple[Floats, NDArray[np.int32]]:
        """Return ln p of every class after K states, and the state after it, both (K, C).

        From the empty context to the longest: back off what is known, then put in what is listed.
        """
        chain = [states]
        while chain[-1].any():
            chain.append(self._suffix[chain[-1]])
        classes = len(self.alphabet) + 1
        log_p = np.zeros((len(states), classes))  # (K, C)
        after = np.zeros((len(states), classes), dtype=np.int32)
        for nodes in reversed(chain):
            counts = self._children[nodes]
            row = np.arange(len(nodes)).repeat(counts)
            within = np.arange(len(row)) - (counts.cumsum() - counts).repeat(counts)
            child = self._first[nodes].repeat(counts) + within
            log_p += self._backoff[nodes, None]
            log_p[row, self._symbol[child]] = self._log_p[child]
            after[row, self._symbol[child]] = self._context[child]
        return log_p, after

    def log_prob(self, text: str) -> float:
        """Return ln p(text, and then its end). LabelError: a symbol outside the alphabet."""
        return float(self.log_prob_batch([self.alphabet.encode(text)])[0])

    def log_prob_batch(self, labels: Sequence[Sequence[int]]) -> Floats:
        """Return ln p of N labels (classes), their ends included, as (N,)."""
        if len(labels) > _AT_ONCE:
            parts = [labels[begin : begin + _AT_ONCE] for begin in range(0, len(labels), _AT_ONCE)]
            return np.concatenate([self.log_prob_batch(part) for part in parts])
        longest = max(map(len, labels), default=0)
        symbols = np.full((longest + 1, len(labels)), EDGE, dtype=np.intp)  # (L + 1, N)
        for place, label in enumerate(labels):
            symbols[: len(label), place] = label
        lengths = np.array([len(label) for label in labels])
        total, state = np.zeros(len(labels)), np.full(len(labels), self.start)
        for place, symbol in enumerate(symbols):
            different, row = np.unique(state, return_inverse=True)
            log_p, after = self.distributions(different)
            total += np.where(place <= lengths, log_p[row, symbol], 0.0)
            state = after[row, symbol]
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
        return float(np.exp(-self.log_prob_batch(labels).sum() / symbols))
