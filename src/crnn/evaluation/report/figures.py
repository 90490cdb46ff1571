"""All figures of a report: scores, and where in the data the mistakes are.

What was read for what: label and text side by side, symbol by symbol.

    align_texts("Paris", "Pans", keep_all)   P a - n s   two edits: "r" read as "n", "i" not read

The alignment is one with the fewest edits (RapidFuzz). What the protocol leaves out takes no part
in it, so that a text is never marked for what does not count against it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import itemgetter
from typing import Literal

from rapidfuzz.distance import Levenshtein

from crnn.alphabet import Alphabet
from crnn.data.dataset import Dataset
from crnn.errors import ImageError
from crnn.evaluation.evaluate import Evaluation, SampleOutcome, symbol_pairs, whole_words
from crnn.evaluation.metrics import Protocol, protocol_named, ratio_interval, wilson_interval
from crnn.images.sizes import header_size

NOTHING = ""
"""Stands in a pair for the missing side: ("i", "") is a symbol not read, ("", "i") one too many."""

TextKind = Literal["same", "wrong", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """Neighbouring symbols of a label or text that are of one kind."""

    text: str
    kind: TextKind
    """same: as on the other side; wrong: not; ignored: left out by the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedText:
    """A label and a text, aligned."""

    label: tuple[MarkedText, ...]
    text: tuple[MarkedText, ...]
    pairs: tuple[tuple[str, str], ...]
    """(symbol of the label, symbol read for it), as the protocol folds them; one may be NOTHING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often which symbol was read as which."""

    symbols: tuple[str, ...]
    """The most confused, in order; rows and columns of a matrix."""
    counts: Counter[tuple[str, str]]
    """All pairs of all words, the right ones among them."""

    def most_common(self, count: int) -> list[tuple[str, str, int]]:
        """List the most frequent edits: symbol, what was read, how often."""
        wrong = [(label, text, n) for (label, text), n in self.counts.items() if label != text]
        return sorted(wrong, key=lambda edit: (-edit[2], edit[:2]))[:count]


def align_texts(
    label: Sequence[str], text: Sequence[str], normalize: Callable[[str], str], separator: str = ""
) -> AlignedText:
    """Align a label with a text by the fewest edits.

    Args:
        label: A string, or a list of symbols.
        text: The same.
        normalize: What the protocol makes of a symbol; '' where it leaves it out.
        separator: What stands between two symbols where they are shown.

    Returns:
        Both in pieces, and the pairs of symbols.

    >>> align_texts("A-1", "a1", str.lower).pairs
    (('a', 'a'), ('-', ''), ('1', '1'))
    """
    label_indices, folded_label = _folded(label, normalize)
    text_indices, folded_text = _folded(text, normalize)
    label_kinds: list[TextKind] = ["ignored"] * len(label)
    text_kinds: list[TextKind] = ["ignored"] * len(text)
    pairs: list[tuple[str, str]] = []
    for step in Levenshtein.opcodes(folded_label, folded_text):
        kind: TextKind = "same" if step.tag == "equal" else "wrong"
        old, new = folded_label[step.src_start : step.src_end], folded_text[step.dest_start : step.dest_end]
        for index in label_indices[step.src_start : step.src_end]:
            label_kinds[index] = kind
        for index in text_indices[step.dest_start : step.dest_end]:
            text_kinds[index] = kind
        # A replaced stretch is as long on both sides; one of the two is empty otherwise.
        pairs += zip(old or [NOTHING] * len(new), new or [NOTHING] * len(old), strict=True)
    return AlignedText(
        label=_pieces(label, label_kinds, separator),
        text=_pieces(text, text_kinds, separator),
        pairs=tuple(pairs),
    )


def confusion(comparisons: Iterable[AlignedText], max_symbols: int) -> Confusion:
    """Count all pairs, and name the `max_symbols` symbols that take part in the most edits."""
    counts = Counter(pair for comparison in comparisons for pair in comparison.pairs)
    involved: Counter[str] = Counter()
    for (label, text), n in counts.items():
        if label != text:
            involved.update({symbol: n for symbol in (label, text) if symbol != NOTHING})
    ranked = sorted(involved, key=lambda symbol: (-involved[symbol], symbol))
    return Confusion(symbols=tuple(sorted(ranked[:max_symbols])), counts=counts)


def _folded(text: Sequence[str], normalize: Callable[[str], str]) -> tuple[list[int], list[str]]:
    """Return the indices of the symbols that count, and what each is folded to."""
    folded = [(index, normalize(symbol)) for index, symbol in enumerate(text)]
    kept = [(index, symbol) for index, symbol in folded if symbol]
    return [index for index, _ in kept], [symbol for _, symbol in kept]


def _pieces(text: Sequence[str], kinds: Iterable[TextKind], separator: str) -> tuple[MarkedText, ...]:
    pieces: list[MarkedText] = []
    for symbol, kind in zip(text, kinds, strict=True):
        shown = f"{separator}{symbol}" if pieces else symbol
        if pieces and pieces[-1].kind == kind:
            pieces[-1] = MarkedText(text=pieces[-1].text + shown, kind=kind)
        else:
            pieces.append(MarkedText(text=shown, kind=kind))
    return tuple(pieces)


MAX_LENGTH = 12
"""Labels of more symbols share one group."""

WIDTH_GROUPS = 6

MAX_CONFUSED = 16
"""Symbols in the confusion matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScore:
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
class ReportFigures:
    """What a report says about all samples."""

    scores: tuple[ReportScore, ...]
    by_length: tuple[Group, ...]
    by_width: tuple[Group, ...]
    by_symbol: tuple[Group, ...]
    """Most often misread first."""
    confusion: Confusion
    not_read: tuple[tuple[str, int], ...]
    """Symbols of labels for which nothing was read, most frequent first."""
    too_many: tuple[tuple[str, int], ...]
    """Symbols read where the label has none, most frequent first."""


def collect_figures(evaluation: Evaluation, dataset: Dataset, alphabet: Alphabet) -> ReportFigures:
    """Compute every figure of a report; `dataset` is the one that was evaluated, `alphabet` its reader's."""
    rule, split = protocol_named(evaluation.protocol), alphabet.split
    comparisons = [
        align_texts(split(outcome.label), split(outcome.text), rule.normalize, alphabet.separator)
        for outcome in evaluation.outcomes
    ]
    confused = confusion(comparisons, MAX_CONFUSED)
    counts = confused.counts
    return ReportFigures(
        scores=_scores(evaluation, rule, alphabet),
        by_length=_by_length(evaluation.outcomes, rule, alphabet),
        by_width=_by_width(evaluation.outcomes, dataset),
        by_symbol=_by_symbol(comparisons),
        confusion=confused,
        not_read=_ranked({label: n for (label, text), n in counts.items() if text == NOTHING}),
        too_many=_ranked({text: n for (label, text), n in counts.items() if label == NOTHING}),
    )


def _scores(evaluation: Evaluation, rule: Protocol, alphabet: Alphabet) -> tuple[ReportScore, ...]:
    """State each figure of the evaluation with its interval: Wilson's, or of resampled words."""
    outcomes = evaluation.outcomes
    pairs = symbol_pairs(outcomes, rule, alphabet)
    ones = [1] * len(pairs)
    edits = [Levenshtein.distance(*pair) for pair in pairs]
    symbols = [len(label) for label, _ in pairs]
    near = [Levenshtein.normalized_similarity(*pair) for pair in pairs]
    scores = [
        ReportScore(
            name="accuracy",
            value=evaluation.accuracy,
            interval=evaluation.interval,
            meaning="words read without an error",
        ),
        ReportScore(
            name="CER",
            value=evaluation.cer,
            interval=ratio_interval(edits, symbols),
            meaning="edits per 100 symbols of the labels",
        ),
        ReportScore(
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
        scores.append(ReportScore(name="WER", value=evaluation.wer, interval=interval, meaning=meaning))
    return tuple(scores)


def _by_length(outcomes: Sequence[SampleOutcome], rule: Protocol, alphabet: Alphabet) -> tuple[Group, ...]:
    """Group words by the symbols of their labels, the long ones together."""
    right_flags: dict[int, list[bool]] = defaultdict(list)
    for outcome, (label, _) in zip(outcomes, symbol_pairs(outcomes, rule, alphabet), strict=True):
        right_flags[min(len(label), MAX_LENGTH)].append(outcome.right)
    return tuple(
        _group(f"{length}+" if length == MAX_LENGTH else str(length), right_flags[length])
        for length in sorted(right_flags)
    )


def _by_width(outcomes: Sequence[SampleOutcome], dataset: Dataset) -> tuple[Group, ...]:
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


def _by_symbol(comparisons: Sequence[AlignedText]) -> tuple[Group, ...]:
    """Group the symbols of all labels; right is a symbol that was read as itself."""
    right_flags: dict[str, list[bool]] = defaultdict(list)
    for comparison in comparisons:
        for label, text in comparison.pairs:
            if label != NOTHING:
                right_flags[label].append(label == text)
    groups = [_group(symbol, right_flags[symbol]) for symbol in sorted(right_flags)]
    return tuple(sorted(groups, key=lambda group: group.right - group.n))


def _group(name: str, right_flags: Sequence[bool]) -> Group:
    n, right = len(right_flags), sum(right_flags)
    return Group(name=name, n=n, right=right, accuracy=100 * right / n, interval=wilson_interval(right, n))


def _ranked(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
