"""A language model over symbols: how likely one symbol is after the others (an n-gram model).

    ln p(text | language) = the sum over its symbols, and the word's end, of ln p(symbol | those before)

No more than order - 1 symbols before count. The model lists n-grams that it has seen; after symbols
that it has not, it *backs off* (Katz 1987): it forgets the oldest one and spreads what is left.

    p(c | h) = the listed one            where the n-gram h c is listed
               b(h) * p(c | shorter h)   elsewhere, b such that all add up to 1

Classes are those of the log_probs, with class 0 as the word's edge: as context its begin, as
prediction its end. A state is a number: which context we are in.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np

from crnn.alphabet import Alphabet
from crnn.errors import DataError
from crnn.transcription.ngrams import EDGE, Ngrams, checked_levels, link, normalize


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
