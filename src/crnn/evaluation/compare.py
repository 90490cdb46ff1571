"""Two models on the same words: which each reads that the other does not, and what that proves.

    only_a, only_b   words that one model alone reads right; the others say nothing about the difference
    n                all words

If both models were equally good, each of the only_a + only_b words would be a fair coin. McNemar's
mid-p test asks how often fair coins fall so unevenly; Tango's interval says how large the
difference may be. Both are the choice of Fagerland, Lydersen and Laake (2013, 2014) for pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from math import ceil, exp, lgamma, log, sqrt

from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError, ImageError
from crnn.evaluation.evaluate import SAMPLES_IN_MEMORY
from crnn.evaluation.metrics import Z_95, Protocol, protocol_named
from crnn.reader.reader import Reader

SIGNIFICANT = 0.05
"""p below which a difference is called real: 1 of 20 comparisons of equals is so by chance."""
_Z_80 = 0.8416212335729143
"""Standard deviations above the mean that 80 % of a normal distribution lie below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A word that one of two models reads right."""

    dataset: str
    """Its path."""
    key: str
    """Where the sample is: its path, or its key in an LMDB."""
    label: str
    text_a: str
    """As the first model read it."""
    text_b: str
    """As the second model read it."""
    right: str
    """Which model read it right: 'a' or 'b'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """What two models make of the same words; shares and differences in percent."""

    dataset: str
    protocol: str
    n: int
    """Samples counted; an image that could not be opened counts as read wrongly by both."""
    both: int
    """Words that both read right."""
    disagreements: tuple[Disagreement, ...]
    skipped: tuple[str, ...]
    """Keys of the samples of whose label the protocol leaves nothing: not counted in `n`."""
    failed: tuple[tuple[str, str], ...]
    """Key and reason for each image that could not be opened."""

    @property
    def only_a(self) -> int:
        """Words that the first model alone reads right."""
        return sum(word.right == "a" for word in self.disagreements)

    @property
    def only_b(self) -> int:
        """Words that the second model alone reads right."""
        return len(self.disagreements) - self.only_a

    @property
    def accuracies(self) -> tuple[float, float]:
        """Word accuracy of the first and of the second model."""
        return 100 * (self.both + self.only_a) / self.n, 100 * (self.both + self.only_b) / self.n

    @property
    def difference(self) -> float:
        """Accuracy of the first model less that of the second."""
        return 100 * (self.only_a - self.only_b) / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `difference` (Tango)."""
        low, high = tango_interval(self.only_a, self.only_b, self.n)
        return 100 * low, 100 * high

    @property
    def p(self) -> float:
        """How probable so uneven a share of `disagreements` is for equal models (McNemar, mid-p)."""
        return mcnemar(self.only_a, self.only_b)


def compare_models(
    reader_a: Reader,
    reader_b: Reader,
    dataset: Dataset,
    protocol: str = "alnum",
    *,
    on_samples: Callable[[int], None] | None = None,
) -> ModelComparison:
    """Read a data set with two models, and count which reads what.

    Args:
        reader_a: The first model.
        reader_b: The second model.
        dataset: The words.
        protocol: "alnum" or "exact": what of label and text must be the same.
        on_samples: Is told how many more samples are done, for a progress bar.

    Returns:
        The words that both or one of them read right.

    Raises:
        DataError: There is no such protocol, it does not suit an alphabet, or it leaves no sample.
    """
    rule = protocol_named(protocol)
    for reader in (reader_a, reader_b):
        rule.check(reader.alphabet)
    counts = _Counts(str(dataset.path))
    remaining = iter(dataset)
    while chunk := list(islice(remaining, SAMPLES_IN_MEMORY)):
        counts.read(chunk, (reader_a, reader_b), rule)
        if on_samples is not None:
            on_samples(len(chunk))
    if not counts.n:
        raise DataError(f"{dataset.path}: protocol {rule.name!r} leaves no sample ({rule.statement})")
    return ModelComparison(
        dataset=str(dataset.path),
        protocol=rule.name,
        n=counts.n,
        both=counts.both,
        disagreements=tuple(counts.disagreements),
        skipped=tuple(counts.skipped),
        failed=tuple(counts.failed),
    )


def pool(comparisons: list[ModelComparison]) -> ModelComparison:
    """Join the words of several data sets into one comparison, every word counting alike.

    Args:
        comparisons: Of the same two models under one protocol; at least one.

    Returns:
        Their sum, whose data set is called "together".
    """
    return ModelComparison(
        dataset="together",
        protocol=comparisons[0].protocol,
        n=sum(part.n for part in comparisons),
        both=sum(part.both for part in comparisons),
        disagreements=tuple(word for part in comparisons for word in part.disagreements),
        skipped=tuple(key for part in comparisons for key in part.skipped),
        failed=tuple(failure for part in comparisons for failure in part.failed),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Test whether two models are equally good (McNemar, mid-p).

    Args:
        only_a: Words that the first model alone reads right.
        only_b: Words that the second model alone reads right.

    Returns:
        The two-sided p: how probable so uneven a share is for fair coins, ties counted half.

    >>> round(mcnemar(10, 2), 5), mcnemar(3, 3), mcnemar(0, 0)
    (0.02246, 1.0, 1.0)
    """
    coins, fewer = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    tail = sum(_fair_coins(coins, heads) for heads in range(fewer))
    return min(1.0, 2 * tail + _fair_coins(coins, fewer))


def tango_interval(only_a: int, only_b: int, n: int) -> tuple[float, float]:
    """Bound (only_a - only_b) / n at 95 % confidence, as shares of -1..1 (Tango 1998).

    The score interval for pairs, sister of Wilson's for one share: the differences that a score
    test at 5 % does not reject. It has a width where the two models never disagree.

    Args:
        only_a: Words that the first model alone reads right.
        only_b: Words that the second model alone reads right.
        n: All words.

    Returns:
        Lower and upper bound.

    Raises:
        ValueError: The counts are no parts of `n`.

    >>> [round(bound, 4) for bound in tango_interval(40, 20, 160)]
    [0.0309, 0.2181]
    """
    if not (only_a >= 0 and only_b >= 0 and 0 < n >= only_a + only_b):
        raise ValueError(f"{only_a} and {only_b} words of {n} are no parts of a whole")
    estimate = (only_a - only_b) / n
    return (
        _boundary(lambda difference: _score(only_a, only_b, n, difference) >= Z_95, estimate, -1.0),
        _boundary(lambda difference: _score(only_a, only_b, n, difference) <= -Z_95, estimate, 1.0),
    )


def words_needed(only_a: int, only_b: int, n: int) -> int | None:
    """Count the words that would show this difference to be real in four of five tries.

    It assumes that the shares of both kinds of disagreement stay what they are (Connor 1987).

    Args:
        only_a: Words that the first model alone reads right.
        only_b: Words that the second model alone reads right.
        n: All words.

    Returns:
        The number; None where the difference is 0, which no number would show.

    >>> words_needed(30, 20, 600)
    2353
    """
    if only_a == only_b:
        return None
    differing, difference = (only_a + only_b) / n, abs(only_a - only_b) / n
    spread = Z_95 * sqrt(differing) + _Z_80 * sqrt(differing - difference**2)
    return ceil((spread / difference) ** 2)


def _fair_coins(coins: int, heads: int) -> float:
    """Return the probability of so many heads: C(coins, heads) / 2^coins, without the large numbers."""
    return exp(lgamma(coins + 1) - lgamma(heads + 1) - lgamma(coins - heads + 1) - coins * log(2))


def _score(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Return how many standard errors the counts lie above what a true `difference` expects.

    The share of only_b words is the likeliest under that difference, a root of a quadratic.
    """
    linear = (2 * n - only_a + only_b) * difference - only_a - only_b
    constant = -only_b * difference * (1 - difference)
    share_b = (sqrt(max(0.0, linear**2 - 8 * n * constant)) - linear) / (4 * n)
    variance = n * (2 * share_b + difference * (1 - difference))
    distance = only_a - only_b - n * difference
    if variance <= 1e-12 * n:  # a difference that allows no other counts, or these exactly
        return 0.0 if abs(distance) < 1e-9 * n else float("inf") * distance
    return distance / sqrt(variance)


def _boundary(rejects: Callable[[float], bool], accepted: float, extreme: float) -> float:
    """Return where a test begins to reject, between a difference that it accepts and the last possible."""
    if not rejects(extreme):
        return extreme
    for _ in range(60):  # halvings: to the last digit of a float
        middle = (accepted + extreme) / 2
        accepted, extreme = (accepted, middle) if rejects(middle) else (middle, extreme)
    return accepted


class _Counts:
    """The words that have been read so far."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self.n, self.both = 0, 0
        self.disagreements: list[Disagreement] = []
        self.skipped: list[str] = []
        self.failed: list[tuple[str, str]] = []

    def read(self, samples: list[Sample], readers: tuple[Reader, Reader], rule: Protocol) -> None:
        """Read the samples that the protocol counts with both readers."""
        self.skipped += [sample.key for sample in samples if rule.skips(sample.label)]
        counted = [sample for sample in samples if not rule.skips(sample.label)]
        images = [sample.image for sample in counted]
        self.n += len(counted)
        outcomes = zip(*(reader.iterate(images) for reader in readers), strict=True)
        for sample, (first, second) in zip(counted, outcomes, strict=True):
            if isinstance(first, ImageError) or isinstance(second, ImageError):
                self.failed.append((sample.key, str(first)))
                continue
            right = [rule.normalize(sample.label) == rule.normalize(r.text) for r in (first, second)]
            self.both += all(right)
            if right[0] != right[1]:
                self.disagreements.append(
                    Disagreement(
                        dataset=self._dataset,
                        key=sample.key,
                        label=sample.label,
                        text_a=first.text,
                        text_b=second.text,
                        right="a" if right[0] else "b",
                    )
                )
