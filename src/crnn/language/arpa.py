r"""ARPA files: n-gram models as text, which SRILM, KenLM and others write.

    \data\
    ngram 1=4
    ngram 2=3

    \1-grams:
    -1.2 TAB <s> TAB -0.3        log10 p, symbols, log10 of the backoff factor where there is one
    ...
    \end\

A word of the file is a symbol of the alphabet; <s> and </s> are the edges of the text, <space> is
the space, <unk> stands for the symbols of the alphabet that the file does not list.
"""

import logging
import math
import re
from dataclasses import dataclass, field

import numpy as np

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.language.model import EDGE, Language, Ngrams

_log = logging.getLogger(__name__)

Ngram = tuple[int, ...]

_NEVER = -99 * math.log(10)
"""ln p of what does not happen: by custom of the format its log10 is -99."""

_SECTION = re.compile(r"\\(\d+)-grams:")

_COUNT = re.compile(r"ngram +(\d+) *= *(\d+)")

_BEGIN, _END, _UNKNOWN = "<s>", "</s>", ("<unk>", "<UNK>")


@dataclass(slots=True)
class _Listed:
    """What the file says, in classes; the edge stands for <s> where it is first, else for </s>."""

    log_p: dict[Ngram, float] = field(default_factory=dict)
    log_backoff: dict[Ngram, float] = field(default_factory=dict)
    unknown: float = _NEVER
    """ln p of <unk>."""
    left_out: int = 0


def is_arpa(content: bytes) -> bool:
    r"""Tell whether a file begins as the ARPA format does: with the line \data\, after any remarks."""
    return re.search(rb"^\\data\\\s*$", content[:4096], re.MULTILINE) is not None


def parse_arpa(content: bytes, alphabet: Alphabet, place: str) -> Language:
    """Read an ARPA file in terms of `alphabet`; `place` names the file in errors.

    N-grams with <unk> or a symbol outside the alphabet are left out, and a warning logged that says
    how many. Their share goes to the others: each context's distribution adds up to 1, so the
    backoff factors are found anew. Raises ModelError, with the line, for text of another format.
    """
    listed = _read(content, alphabet, place)
    if listed.left_out:
        _log.warning("%s: left out %d n-grams with symbols outside %r", place, listed.left_out, alphabet)
    _share_unknown(listed, len(alphabet) + 1)
    _complete(listed)
    return Language(alphabet, _tree(listed, len(alphabet) + 1))


def _read(content: bytes, alphabet: Alphabet, place: str) -> _Listed:
    """Read all sections; the counts before them must be those of the lines that follow."""
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ModelError(f"{place}: byte {error.start:,} is not UTF-8 text.") from error
    class_of = {symbol: number for number, symbol in enumerate(alphabet.symbols, start=1)}
    if " " in class_of:
        class_of["<space>"] = class_of[" "]
    listed, order = _Listed(), 0
    promised: dict[int, int] = {}
    found: dict[int, int] = {}
    for number, raw in enumerate(lines, start=1):
        line = raw.strip(" \t\r")
        if line == "\\end\\":
            break
        if match := _SECTION.fullmatch(line):
            order = int(match[1])
        elif order and line:
            found[order] = found.get(order, 0) + 1
            _read_ngram(re.split("[ \t]+", line), order, class_of, listed, f"{place}:{number}")
        elif match := _COUNT.fullmatch(line):
            promised[int(match[1])] = int(match[2])
    else:
        raise ModelError(f"{place}: the file ends without the line \\end\\; it is torn.")
    if {n: count for n, count in promised.items() if count} != found or not found:
        raise ModelError(f"{place}: promises {promised} n-grams by length, but lists {found}; it is torn.")
    return listed


def _read_ngram(
    columns: list[str], order: int, class_of: dict[str, int], listed: _Listed, place: str
) -> None:
    """Add one line of a section: log10 p, `order` symbols, and log10 of the backoff factor or nothing."""
    symbols, numbers = columns[1 : order + 1], [columns[0], *columns[order + 1 :]]
    try:
        log_p, *backoff = (math.log(10) * float(number) for number in numbers)
    except ValueError as error:
        raise ModelError(f"{place}: {columns!r:.80} has no number where one belongs.") from error
    if len(symbols) != order or len(backoff) > 1 or not math.isfinite(log_p) or log_p > 1e-3:
        raise ModelError(
            f"{place}: {columns!r:.80} is no line of the {order}-grams: log10 p, symbols, backoff."
        )
    if order == 1 and symbols[0] in _UNKNOWN:
        listed.unknown = log_p
        return
    inner = [class_of.get(symbol, -1) for symbol in symbols]
    if symbols[0] == _BEGIN:
        inner[0] = EDGE
    if symbols[-1] == _END:
        inner[-1] = EDGE
    if -1 in inner:
        listed.left_out += 1
        return
    ngram = tuple(inner)
    if symbols != [_BEGIN]:  # which is never predicted
        listed.log_p[ngram] = min(log_p, 0.0)
    if backoff and symbols[-1] != _END:
        listed.log_backoff[ngram] = backoff[0]


def _share_unknown(listed: _Listed, classes: int) -> None:
    """Give the classes that are not listed alone equal parts of what <unk> has."""
    missing = [(symbol,) for symbol in range(classes) if (symbol,) not in listed.log_p]
    for ngram in missing:
        listed.log_p[ngram] = listed.unknown - math.log(len(missing))


def _complete(listed: _Listed) -> None:
    """List what is left of each n-gram without its first, or last, symbol, as backing off has it.

    A file may leave these out where it was pruned.
    """
    longest = max(map(len, listed.log_p))
    added: list[Ngram] = []
    for length in range(longest, 1, -1):
        for ngram in [ngram for ngram in listed.log_p if len(ngram) == length]:
            for part in (ngram[:-1], ngram[1:]):
                if part not in listed.log_p:
                    listed.log_p[part] = math.nan
                    added.append(part)
    for ngram in reversed(added):  # the shortest first
        listed.log_p[ngram] = listed.log_backoff.get(ngram[:-1], 0.0) + listed.log_p[ngram[1:]]


def _tree(listed: _Listed, classes: int) -> Ngrams:
    """Arrange the n-grams by length, and within one by their classes in order."""
    ngrams = sorted(listed.log_p, key=lambda ngram: (len(ngram), ngram))
    place = {ngram: number for number, ngram in enumerate([(), *ngrams])}
    parents = np.array([place[ngram[:-1]] for ngram in ngrams])
    return Ngrams(
        symbols=np.array([EDGE, *(ngram[-1] for ngram in ngrams)], dtype=np.min_scalar_type(classes)),
        children=np.bincount(parents, minlength=len(place)).astype(np.min_scalar_type(classes)),
        costs=np.array([0.0, *(-listed.log_p[ngram] for ngram in ngrams)], dtype=np.float32),
    )
