"""Learning a language model from a list of words: interpolated modified Kneser-Ney smoothing.

    p(c | h) = (n(h c) - D) / n(h) + (what the D took, in all) / n(h) * p(c | shorter h)

(Chen and Goodman 1998, §3). Seen n-grams give a discount D to the unseen: one for those counted once,
twice, and more often. What counts for a shorter n-gram is not how often it was seen but after how many
different symbols: "q" is frequent, but only ever before "u". At the word's begin nothing can stand
before, so there the count itself counts.

Lists of words with counts: read from a file, fitted to an alphabet, split to measure on.

word            one a line, UTF-8
word TAB count  how often it was met; a word listed twice has its counts added
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet, speller
from crnn.errors import DataError
from crnn.files import read_lines
from crnn.language.model import EDGE, Language, Ngrams, rounded_up
from crnn.symbols import casings

Floats = NDArray[np.float64]

Integers = NDArray[np.int64]

_FALLBACK = (0.0, 0.5, 1.0, 1.5)
"""Discounts of n-grams counted 0, 1, 2 and more times, where the counts are too few to estimate them."""


@dataclass(slots=True)
class _Level:
    """The n-grams of one length, M in all; every array is (M,)."""

    parent: Integers
    """Place in the level above: the n-gram without its last symbol."""
    symbol: Integers
    suffix: Integers
    """Place in the level above: the n-gram without its first symbol."""
    seen: Floats
    """How often it was seen; a word's begin is no prediction, and not counted alone."""
    begins: NDArray[np.bool_]
    """Whether it starts at a word's begin."""


def train_language(words: Mapping[str, int], alphabet: Alphabet, order: int = 5) -> Language:
    """Learn from `words` and how often each was met; the longest n-grams have `order` symbols.

    Probabilities are rounded to 16 bits, as a file holds them. LabelError: a word with a symbol
    outside the alphabet. DataError: no words, or an order below 2.
    """
    if order < 2:
        raise DataError(f"the order of a language model is {order}; it must be 2 or more.")
    if not words:
        raise DataError("no words to learn a language model from.")
    classes = len(alphabet) + 1
    levels = _count(words, alphabet, order)
    costs = [-np.log(p) for p in _smooth(levels, classes)]
    children = [np.bincount(level.parent, minlength=len(above.parent)) for above, level in pairwise(levels)]
    ngrams = Ngrams(
        symbols=_narrow(np.concatenate(([EDGE], *(level.symbol for level in levels)))),
        children=_narrow(np.concatenate(([classes], *children, np.zeros(len(levels[-1].parent), np.int64)))),
        costs=rounded_up(np.concatenate(([0.0], *costs))),
    )
    return Language(alphabet, ngrams)


def _count(words: Mapping[str, int], alphabet: Alphabet, order: int) -> list[_Level]:
    """Count the n-grams of 1 .. `order` symbols in the words, their edges included."""
    classes = len(alphabet) + 1
    windows, times = _windows(words, alphabet, order)  # (order, M), (M,)
    begins = (windows[0] == EDGE) & (windows[1] != classes)  # what has an edge first and goes on
    node = np.zeros(len(times), dtype=np.int64)  # the n-gram that each window starts with, as its place
    new = np.zeros(len(times), dtype=np.bool_)  # whether it starts with another one than the window before
    new[:1] = True
    levels: list[_Level] = []
    for length, symbol in enumerate(windows, start=1):
        new[1:] |= symbol[1:] != symbol[:-1]
        long_enough = symbol != classes
        first = new & long_enough
        if not first.any():
            break  # no word is so long
        if length == 1:  # all classes are listed, seen or not
            levels.append(_first_level(_totals(symbol, np.where(begins, 0.0, times), classes)))
            node = symbol
            continue
        parent, above = node[first], levels[-1]
        node = first.cumsum() - 1  # of no meaning where a word has ended
        keys = above.parent * classes + above.symbol
        suffix = np.searchsorted(keys, above.suffix[parent] * classes + symbol[first])
        seen = _totals(node[long_enough], times[long_enough], len(parent))
        levels.append(
            _Level(parent=parent, symbol=symbol[first], suffix=suffix, seen=seen, begins=begins[first])
        )
    return levels


def _first_level(seen: Floats) -> _Level:
    """Make the level of the single classes, all of which are listed."""
    nothing = np.zeros(len(seen), dtype=np.int64)
    classes = np.arange(len(seen))
    return _Level(parent=nothing, symbol=classes, suffix=nothing, seen=seen, begins=nothing > 0)


def _windows(words: Mapping[str, int], alphabet: Alphabet, order: int) -> tuple[Integers, Floats]:
    """Return the different runs of `order` symbols in the words, and how often each was met.

    The runs (order, M) are in order of their classes; past a word's end class C stands.
    """
    symbols, lengths = _in_a_row(words, alphabet)  # (X,), (W,)
    left = lengths.cumsum().repeat(lengths) - np.arange(len(symbols))  # symbols from here to the word's end
    end, counts = len(alphabet) + 1, np.fromiter(words.values(), dtype=np.float64, count=len(words))
    code = np.zeros(len(symbols), dtype=np.int64)  # (X,) numbers in the order of the runs
    for ahead in range(order):
        if code.max() >= 2**63 // (end + 1) - 1:  # the next would not fit: count them from 0, in their order
            code = np.unique(code, return_inverse=True)[1]
        code *= end + 1
        code += np.where(left > ahead, np.roll(symbols, -ahead), end)
    _, at, run = np.unique(code, return_index=True, return_inverse=True)
    times = _totals(run, counts.repeat(lengths), len(at))
    inside = np.arange(order)[:, None] < left[at]  # (order, M)
    return np.where(inside, symbols[np.minimum(np.arange(order)[:, None] + at, len(symbols) - 1)], end), times


def _in_a_row(words: Mapping[str, int], alphabet: Alphabet) -> tuple[Integers, Integers]:
    """Return all words in a row as classes, each between edges (X,), and their lengths with these (W,)."""
    if not alphabet.of_characters:
        labels = [alphabet.encode(word) for word in words]
        classes = np.fromiter(chain.from_iterable(labels), dtype=np.int64)
        lengths = np.array([len(label) + 2 for label in labels])
    else:  # one class a character: all at once
        class_of = np.zeros(0x110000, dtype=np.int64)
        class_of[[ord(symbol) for symbol in alphabet.symbols]] = np.arange(1, len(alphabet) + 1)
        classes = class_of[np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)]
        lengths = np.array([len(word) + 2 for word in words])
        if not classes.all():
            for word in words:
                alphabet.encode(word)  # raises at the first that it cannot spell
    symbols = np.full(lengths.sum(), EDGE)
    ends = lengths.cumsum()
    inner = np.ones(len(symbols), dtype=np.bool_)
    inner[ends - 1] = inner[ends - lengths] = False
    symbols[inner] = classes
    return symbols, lengths


def _smooth(levels: Sequence[_Level], classes: int) -> list[Floats]:
    """Return p(last symbol | symbols before) of each level's n-grams."""
    result = [np.full(1, 1 / classes)]  # before anything is known all classes are alike
    for above, level, below in zip([None, *levels], levels, [*levels[1:], None], strict=False):
        counts = level.seen
        if below is not None:
            before = np.bincount(below.suffix, minlength=len(counts))  # after how many different symbols
            counts = np.where(level.begins, level.seen, before)
        families = 1 if above is None else len(above.parent)
        discounts = np.minimum(_discounts(counts)[np.minimum(counts, 3).astype(np.intp)], counts)
        taken = _totals(level.parent, discounts, families)
        total = _totals(level.parent, counts, families)
        shorter = result[-1][level.suffix]
        result.append((counts - discounts + taken[level.parent] * shorter) / total[level.parent])
    return result[1:]


def _discounts(counts: Floats) -> Floats:
    """Estimate what n-grams counted 0, 1, 2 and more times give up, from how many there are (eq. 26)."""
    once, twice, thrice, four = (float((counts == times).sum()) for times in (1, 2, 3, 4))
    if min(once, twice, thrice, four) == 0:
        return np.array(_FALLBACK)
    share = once / (once + 2 * twice)
    found = (
        0.0,
        *(
            n - (n + 1) * share * more / less
            for n, less, more in ((1, once, twice), (2, twice, thrice), (3, thrice, four))
        ),
    )
    return np.array(found if 0 < found[1] <= found[2] <= found[3] else _FALLBACK)


def _totals(places: Integers, weights: Floats, count: int) -> Floats:
    """Add up the weights of each place 0 .. `count` - 1."""
    return np.bincount(places, weights, minlength=count).astype(np.float64)


def _narrow(numbers: Integers) -> NDArray[np.unsignedinteger]:
    """Store numbers of 0 or more in as few bytes as the largest needs."""
    return numbers.astype(np.min_scalar_type(int(numbers.max())))


HELD_OUT = 20
"""One word in so many is held out to measure on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedWords:
    """What an alphabet can spell of a word list."""

    words: dict[str, int]
    """Spelling -> count."""
    left_out: tuple[str, ...]
    """Words of which it can spell no form."""


def read_words(path: str | Path) -> dict[str, int]:
    """Read a word list; empty lines count for nothing.

    DataError, with the line: text that is not UTF-8, a count that is no whole number of 1 or more,
    more than two columns; and for a file that cannot be read, or lists no words.
    """
    path = Path(path)
    words: Counter[str] = Counter()
    for number, line in enumerate(read_lines(path, "word list"), start=1):
        word, *count = line.strip().split("\t")
        if word:
            words[word] += _read_count(count, f"{path}:{number}")
    if not words:
        raise DataError(f"{path}: lists no words; a line is a word, or a word, TAB, and its count.")
    return dict(words)


def fit_words(words: Mapping[str, int], alphabet: Alphabet, *, any_case: bool) -> FittedWords:
    """Keep the words that `alphabet` can spell, in lower or upper case where not as listed.

    With `any_case` each is kept in every form that a sign may have: as listed, in lower case, in
    Title case and in UPPER CASE, each form with the word's count.

    >>> fit_words({"Bar": 2, "café": 1}, Alphabet.named("cased62"), any_case=True)
    FittedWords(words={'Bar': 2, 'bar': 2, 'BAR': 2}, left_out=('café',))
    """
    can_spell = speller(alphabet)
    fitted: Counter[str] = Counter()
    left_out = []
    for word, count in words.items():
        spelt = [form for form in casings(word) if can_spell(form)]
        for form in spelt if any_case else spelt[:1]:
            fitted[form] += count
        if not spelt:
            left_out.append(word)
    return FittedWords(words=dict(fitted), left_out=tuple(left_out))


def hold_out(words: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Split a list by a hash of the words: those to learn from, and one in HELD_OUT to measure on.

    All cases of a word, and words that differ in an apostrophe's "s" alone, stay on one side.
    """
    held = {word for word in words if zlib.crc32(_stem(word).encode()) % HELD_OUT == 0}
    kept = {word: count for word, count in words.items() if word not in held}
    return kept, {word: words[word] for word in words if word in held}


def _stem(word: str) -> str:
    return word.casefold().removesuffix("'s")


def _read_count(columns: list[str], place: str) -> int:
    """Read the count of a line, which may be left out."""
    match columns:
        case []:
            return 1
        case [digits] if digits.strip().isdecimal() and int(digits) > 0:
            return int(digits)
    raise DataError(
        f"{place}: {columns!r} after the word is no count; a line is a word, or a word, TAB, and a whole "
        "number of 1 or more."
    )
