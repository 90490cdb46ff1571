"""All figures of a report: scores, and where in the data the mistakes are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import itemgetter

from rapidfuzz.distance import Levenshtein

from crnn.alphabet import Alphabet
from crnn.data import Dataset
from crnn.data.sizes import header_size
from crnn.errors import ImageError
from crnn.evaluation.metrics import ratio_interval, wilson_interval
from crnn.evaluation.protocol import Protocol, protocol_named
from crnn.evaluation.report.edits import NOTHING, Comparison, Confusion, compare, confusion
from crnn.evaluation.run import Evaluation, Outcome, symbol_pairs, whole_words

LONGEST = 12
"""Labels of more symbols share one group."""
WIDTH_GROUPS = 6
CONFUSED = 16
"""Symbols in the confusion matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One figure of merit with its 95 % interval, in percent."""

    name: str
    value: float
    interval: tuple[float, float]
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Words that have something in common."""

    name: str
    n: int
    right: int
    accuracy: float
    """In percent."""
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a report says about all samples."""

    scores: tuple[Score, ...]
    by_length: tuple[Group, ...]
    by_width: tuple[Group, ...]
    by_symbol: tuple[Group, ...]
    """Most often misread first."""
    confusion: Confusion
    not_read: tuple[tuple[str, int], ...]
    """Symbols of labels for which nothing was read, most frequent first."""
    too_many: tuple[tuple[str, int], ...]
    """Symbols read where the label has none, most frequent first."""


def collect(evaluation: Evaluation, dataset: Dataset, alphabet: Alphabet) -> Findings:
    """Compute every figure of a report; `dataset` is the one that was evaluated, `alphabet` its reader's."""
    rule, split = protocol_named(evaluation.protocol), alphabet.split
    comparisons = [
        compare(split(outcome.label), split(outcome.text), rule.normalise, alphabet.separator)
        for outcome in evaluation.outcomes
    ]
    confused = confusion(comparisons, CONFUSED)
    counts = confused.counts
    return Findings(
        scores=_scores(evaluation, rule, alphabet),
        by_length=_by_length(evaluation.outcomes, rule, alphabet),
        by_width=_by_width(evaluation.outcomes, dataset),
        by_symbol=_by_symbol(comparisons),
        confusion=confused,
        not_read=_ranked({label: n for (label, text), n in counts.items() if text == NOTHING}),
        too_many=_ranked({text: n for (label, text), n in counts.items() if label == NOTHING}),
    )


def _scores(evaluation: Evaluation, rule: Protocol, alphabet: Alphabet) -> tuple[Score, ...]:
    """State each figure of the evaluation with its interval: Wilson's, or of resampled words."""
    outcomes = evaluation.outcomes
    pairs = symbol_pairs(outcomes, rule, alphabet)
    ones = [1] * len(pairs)
    edits = [Levenshtein.distance(*pair) for pair in pairs]
    symbols = [len(label) for label, _ in pairs]
    near = [Levenshtein.normalized_similarity(*pair) for pair in pairs]
    scores = [
        Score(
            name="accuracy",
            value=evaluation.accuracy,
            interval=evaluation.interval,
            meaning="words read without a fault",
        ),
        Score(
            name="CER",
            value=evaluation.cer,
            interval=ratio_interval(edits, symbols),
            meaning="edits per 100 symbols of the labels",
        ),
        Score(
            name="1-NED",
            value=evaluation.one_minus_ned,
            interval=ratio_interval(near, ones),
            meaning="how near the readings come",
        ),
    ]
    if evaluation.wer is not None:
        words = [(whole_words(outcome.label, rule), whole_words(outcome.text, rule)) for outcome in outcomes]
        interval = ratio_interval([Levenshtein.distance(*pair) for pair in words], [len(w) for w, _ in words])
        meaning = "edits of whole words per 100 words of the labels"
        scores.append(Score(name="WER", value=evaluation.wer, interval=interval, meaning=meaning))
    return tuple(scores)


def _by_length(outcomes: Sequence[Outcome], rule: Protocol, alphabet: Alphabet) -> tuple[Group, ...]:
    """Group words by the symbols of their labels, the long ones together."""
    verdicts: dict[int, list[bool]] = defaultdict(list)
    for outcome, (label, _) in zip(outcomes, symbol_pairs(outcomes, rule, alphabet), strict=True):
        verdicts[min(len(label), LONGEST)].append(outcome.right)
    return tuple(
        _group(f"{length}+" if length == LONGEST else str(length), verdicts[length])
        for length in sorted(verdicts)
    )


def _by_width(outcomes: Sequence[Outcome], dataset: Dataset) -> tuple[Group, ...]:
    """Group images by their width in px, equally many a group; an unreadable one has no width."""
    sized = []
    for outcome in outcomes:
        with suppress(ImageError):
            sized.append((header_size(dataset[outcome.index].image)[0], outcome.right))
    sized.sort(key=itemgetter(0))
    bounds = sorted({sized[len(sized) * part // WIDTH_GROUPS][0] for part in range(WIDTH_GROUPS) if sized})
    groups = []
    for low, high in pairwise([*bounds, inf]):
        inside = [(width, right) for width, right in sized if low <= width < high]
        widest = inside[-1][0]
        name = f"{low}" if widest == low else f"{low}-{widest}"
        groups.append(_group(name, [right for _, right in inside]))
    return tuple(groups)


def _by_symbol(comparisons: Sequence[Comparison]) -> tuple[Group, ...]:
    """Group the symbols of all labels; right is a symbol that was read as itself."""
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for comparison in comparisons:
        for label, text in comparison.pairs:
            if label != NOTHING:
                verdicts[label].append(label == text)
    groups = [_group(symbol, verdicts[symbol]) for symbol in sorted(verdicts)]
    return tuple(sorted(groups, key=lambda group: group.right - group.n))


def _group(name: str, verdicts: Sequence[bool]) -> Group:
    n, right = len(verdicts), sum(verdicts)
    return Group(name=name, n=n, right=right, accuracy=100 * right / n, interval=wilson_interval(right, n))


def _ranked(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
