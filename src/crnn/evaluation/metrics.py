"""Figures of merit over pairs of (label, text), all in percent.

    accuracy         words read without a fault, with its 95 % interval (paper §3, "recognition accuracy")
    one_minus_ned    1 - mean(ed / max(len)): how near the readings come (ICDAR 2019 ArT, ReCTS)
    cer              edits of all words / symbols of all labels: what a document costs to correct
    wer              the same in whole words, for labels that hold several

`ed` is the Levenshtein distance: insertions, deletions and substitutions count one each.

What counts as the same word: the rule that is applied to label and text before they are compared.

The papers of the field count case-insensitively on 0-9a-z ("alnum"); whoever needs case and
punctuation counts "exact". A table without its protocol says nothing, so every output states it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from rapidfuzz.distance import Levenshtein

from crnn.alphabet import Alphabet
from crnn.errors import DataError

Pairs = Sequence[tuple[Sequence[str], Sequence[str]]]
"""(label, text) of each word, folded as the protocol says: strings, or lists of symbols."""

RESAMPLES = 1000
"""Sets that `ratio_interval` draws."""

Z_95 = 1.959963984540054
"""Standard deviations around the mean that hold 95 % of a normal distribution."""


def word_accuracy(pairs: Pairs) -> float:
    """Return how many of 100 words were read without a fault.

    >>> word_accuracy([("cat", "cat"), ("dog", "dig")])
    50.0
    """
    _require_words(pairs)
    return 100 * sum(label == text for label, text in pairs) / len(pairs)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Bound the accuracy behind `correct` of `n` words at 95 % confidence (Wilson 1927), in percent.

    Unlike the normal interval it stays inside 0..100 and has a width at 0 and at 100.

    >>> [round(bound, 1) for bound in wilson_interval(50, 100)]
    [40.4, 59.6]
    """
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"{correct} correct words of {n} is no share")
    share = correct / n
    centre = share + Z_95**2 / (2 * n)
    reach = Z_95 * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    low, high = (centre - reach) / scale, (centre + reach) / scale
    # Rounding must not push the share out of its own interval, nor the interval out of 0..1.
    return 100 * max(0.0, min(low, share)), 100 * min(1.0, max(high, share))


def one_minus_ned(pairs: Pairs) -> float:
    """Return 100 - the mean distance in percent of the longer of label and text.

    Two empty strings are 0 apart.

    >>> one_minus_ned([("cat", "cat"), ("dog", "dogs")])
    87.5
    """
    _require_words(pairs)
    distances = (Levenshtein.normalized_distance(label, text) for label, text in pairs)
    return 100 * (1 - sum(distances) / len(pairs))


def cer(pairs: Pairs) -> float:
    """Return edits per 100 symbols of the labels; above 100 where far more is read than is there.

    Labels without a single symbol count as one symbol, so that the figure stays finite.

    >>> cer([("cat", "cat"), ("dog", "dogs")]), cer([(["F#4", "G4"], ["F4", "G4"])])
    (16.666666666666668, 50.0)
    """
    _require_words(pairs)
    edits = sum(Levenshtein.distance(label, text) for label, text in pairs)
    symbols = sum(len(label) for label, _ in pairs)
    return 100 * edits / max(symbols, 1)


def wer(pairs: Pairs) -> float:
    """Return edits of whole words per 100 words of the labels, from (label, text) as lists of words.

    >>> wer([(["to", "let"], ["toilet"])])
    100.0
    """
    _require_words(pairs)
    edits = sum(Levenshtein.distance(label, text) for label, text in pairs)
    words = sum(len(label) for label, _ in pairs)
    return 100 * edits / max(words, 1)


def ratio_interval(parts: ArrayLike, wholes: ArrayLike) -> tuple[float, float]:
    """Bound 100 * sum(parts) / sum(wholes) at 95 % confidence, one part and whole a word.

    The middle 95 % over 1000 resampled sets of words (the bootstrap, Efron 1979), the same on every
    call. It takes words, not symbols, as independent: the letters of one word fail together.

    >>> low, high = ratio_interval([1, 0, 1, 1], [1, 1, 1, 1])
    >>> low < 75 < high
    True
    """
    given, total = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    if not len(given) or given.shape != total.shape:
        raise ValueError(f"{given.shape} parts of {total.shape} wholes; give one of each a word.")
    random = np.random.default_rng(0)
    shares = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(given), len(given))
        shares.append(100 * given[drawn].sum() / max(total[drawn].sum(), 1))
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def _require_words(pairs: Sequence[object]) -> None:
    if not pairs:
        raise ValueError("no word to measure: a share of nothing is undefined")


_NOT_ALNUM = re.compile("[^0-9A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A rule of comparison and the sentence that states it."""

    name: str
    statement: str
    """What is compared, for a table's caption."""
    normalise: Callable[[str], str]
    """Applied to both label and text."""

    def skips(self, label: str) -> bool:
        """Tell whether the rule leaves nothing of `label` to read: such a sample measures nothing.

        >>> protocol_named("alnum").skips("***"), protocol_named("exact").skips("***")
        (True, False)
        """
        return not self.normalise(label)

    def suits(self, alphabet: Alphabet) -> bool:
        """Tell whether the rule leaves what parts the symbols of a label."""
        return alphabet.separator in self.normalise(alphabet.separator)

    def check(self, alphabet: Alphabet) -> None:
        """Raise DataError where the rule does not suit the alphabet."""
        if not self.suits(alphabet):
            raise DataError(
                f"protocol {self.name!r} removes {alphabet.separator!r}, which stands between the symbols "
                "of this model's labels; use --protocol exact (validation.protocol in a recipe)."
            )


def keep_alnum(text: str) -> str:
    """Keep a-z, A-Z and 0-9, in lower case; accented letters go, as all other symbols do.

    >>> keep_alnum("St. John's 12-B")
    'stjohns12b'
    """
    return _NOT_ALNUM.sub("", text).lower()


def keep_all(text: str) -> str:
    """Return `text` as it is."""
    return text


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol(
        name="alnum",
        statement="case-insensitive on 0-9a-z, other symbols removed from label and text",
        normalise=keep_alnum,
    ),
    Protocol(
        name="exact",
        statement="every symbol, case and space counts",
        normalise=keep_all,
    ),
)
"""The rules there are; the first one holds where none is named."""


def protocol_named(name: str) -> Protocol:
    """Return the protocol of that name; raise `DataError` if there is none."""
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    known = ", ".join(protocol.name for protocol in PROTOCOLS)
    raise DataError(f"protocol {name!r} does not exist; there are: {known}")
