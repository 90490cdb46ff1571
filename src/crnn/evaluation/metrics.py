"""Figures of merit over pairs of (label, text), all in percent.

    accuracy         words read without an error, with its 95 % interval (paper §3, "recognition accuracy")
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
    """Count the words that were read without an error.

    Args:
        pairs: (label, text) of each word, normalized as the protocol says; at least one.

    Returns:
        Percent of the words.

    Raises:
        ValueError: There is no word.

    >>> word_accuracy([("cat", "cat"), ("dog", "dig")])
    50.0
    """
    _require_words(pairs)
    return 100 * sum(label == text for label, text in pairs) / len(pairs)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Bound the accuracy behind `correct` of `n` words at 95 % confidence (Wilson 1927), in percent.

    Unlike the normal interval it stays inside 0..100 and has a width at 0 and at 100.

    Args:
        correct: Words read right.
        n: All words; above 0.

    Returns:
        Lower and upper bound, percent.

    Raises:
        ValueError: `correct` is no part of `n`.

    >>> [round(bound, 1) for bound in wilson_interval(50, 100)]
    [40.4, 59.6]
    """
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"{correct} correct words of {n} is no share")
    share = correct / n
    center = share + Z_95**2 / (2 * n)
    half_width = Z_95 * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    low, high = (center - half_width) / scale, (center + half_width) / scale
    # Rounding must not push the share out of its own interval, nor the interval out of 0..1.
    return 100 * max(0.0, min(low, share)), 100 * min(1.0, max(high, share))


def one_minus_ned(pairs: Pairs) -> float:
    """Measure how near the readings come to their labels.

    The distance is in percent of the longer of label and text; two empty strings are 0 apart.

    Args:
        pairs: (label, text) of each word, normalized as the protocol says; at least one.

    Returns:
        100 less the mean distance.

    Raises:
        ValueError: There is no word.

    >>> one_minus_ned([("cat", "cat"), ("dog", "dogs")])
    87.5
    """
    _require_words(pairs)
    distances = (Levenshtein.normalized_distance(label, text) for label, text in pairs)
    return 100 * (1 - sum(distances) / len(pairs))


def cer(pairs: Pairs) -> float:
    """Measure the character error rate.

    Labels without a single symbol count as one symbol, so that the figure stays finite.

    Args:
        pairs: (label, text) of each word, normalized as the protocol says; at least one.

    Returns:
        Edits per 100 symbols of the labels; above 100 where far more is read than is there.

    Raises:
        ValueError: There is no word.

    >>> cer([("cat", "cat"), ("dog", "dogs")]), cer([(["F#4", "G4"], ["F4", "G4"])])
    (16.666666666666668, 50.0)
    """
    _require_words(pairs)
    edits = sum(Levenshtein.distance(label, text) for label, text in pairs)
    symbols = sum(len(label) for label, _ in pairs)
    return 100 * edits / max(symbols, 1)


def wer(pairs: Pairs) -> float:
    """Measure the word error rate of labels that hold several words.

    Args:
        pairs: (label, text) of each sample, as lists of words; at least one.

    Returns:
        Edits of whole words per 100 words of the labels.

    Raises:
        ValueError: There is no sample.

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

    Args:
        parts: (n,) such as the edits of each word.
        wholes: (n,) such as the symbols of each word.

    Returns:
        Lower and upper bound, percent.

    Raises:
        ValueError: There is no word, or the two differ in length.

    >>> low, high = ratio_interval([1, 0, 1, 1], [1, 1, 1, 1])
    >>> low < 75 < high
    True
    """
    counted, total = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    if not len(counted) or counted.shape != total.shape:
        raise ValueError(f"{counted.shape} parts of {total.shape} wholes; give one of each a word.")
    random = np.random.default_rng(0)
    shares = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(counted), len(counted))
        shares.append(100 * counted[drawn].sum() / max(total[drawn].sum(), 1))
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
    normalize: Callable[[str], str]
    """Applied to both label and text."""

    def skips(self, label: str) -> bool:
        """Tell whether the rule leaves nothing of a label to read: such a sample measures nothing.

        Args:
            label: As the data set has it.

        Returns:
            Whether it is left out.

        >>> protocol_named("alnum").skips("***"), protocol_named("exact").skips("***")
        (True, False)
        """
        return not self.normalize(label)

    def suits(self, alphabet: Alphabet) -> bool:
        """Tell whether the rule leaves what stands between the symbols of a label.

        Args:
            alphabet: The model's.

        Returns:
            True where it does, or nothing stands between them.
        """
        return alphabet.separator in self.normalize(alphabet.separator)

    def check(self, alphabet: Alphabet) -> None:
        """Refuse an alphabet that the rule does not suit.

        Args:
            alphabet: The model's.

        Raises:
            DataError: The rule removes what stands between the symbols.
        """
        if not self.suits(alphabet):
            raise DataError(
                f"protocol {self.name!r} removes {alphabet.separator!r}, which stands between the symbols "
                "of this model's labels; use --protocol exact (validation.protocol in a recipe)."
            )


def keep_alnum(text: str) -> str:
    """Keep a-z, A-Z and 0-9, in lower case.

    Args:
        text: A label, or what was read.

    Returns:
        What is left; accented letters go, as all other symbols do.

    >>> keep_alnum("St. John's 12-B")
    'stjohns12b'
    """
    return _NOT_ALNUM.sub("", text).lower()


def keep_all(text: str) -> str:
    """Keep every symbol.

    Args:
        text: A label, or what was read.

    Returns:
        The text as it is.
    """
    return text


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol(
        name="alnum",
        statement="case-insensitive on 0-9a-z, other symbols removed from label and text",
        normalize=keep_alnum,
    ),
    Protocol(
        name="exact",
        statement="every symbol, case and space counts",
        normalize=keep_all,
    ),
)
"""The rules there are; the first one holds where none is named."""


def protocol_named(name: str) -> Protocol:
    """Find a protocol.

    Args:
        name: "alnum" or "exact".

    Returns:
        The protocol of that name.

    Raises:
        DataError: There is none.
    """
    known = {protocol.name: protocol for protocol in PROTOCOLS}
    if name not in known:
        raise DataError(f"protocol {name!r} does not exist; there are: {', '.join(known)}")
    return known[name]
