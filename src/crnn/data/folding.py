"""Labels brought into an alphabet: case changed, accents taken off, of what the alphabet lacks alone.

    Folding("lower").into("Stop!", lower36)              ->  'stop!'
    Folding(accents=True).into("Müller, Café", german)   ->  'Müller, Cafe'

A symbol that the alphabet has stays as it is. One that it lacks becomes the first of these that it has:
in the other case, without its accent, both.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from crnn.alphabet import Alphabet
from crnn.errors import LabelError
from crnn.symbols import LetterCase, fold


class Folding(NamedTuple):
    """What may be done to a label to bring it into an alphabet: `data.fold_case`, `data.fold_accents`."""

    case: LetterCase = "keep"
    accents: bool = False

    def into(self, label: str, alphabet: Alphabet) -> str:
        """Fold what the alphabet lacks of a label, and nothing that it has.

        A symbol that no folding brings into the alphabet is folded all the same: it is what the alphabet
        would have to hold.

        >>> german = Alphabet("abcdefghijklmnopqrstuvwxyzäöü")
        >>> Folding("lower", accents=True).into("Züge à Évora", german)
        'züge a evora'
        """
        if self == Folding() or _has(alphabet, label):
            return label
        if self.accents:  # an accent may be a character of its own, whose letter the alphabet has with it
            label = unicodedata.normalize("NFC", label)
        symbols = list(_symbols(label, alphabet))
        # The whole label knows more than its characters: a sigma at the end of a word is another one.
        whole = alphabet.of_characters
        cased = fold(label, case=self.case) if whole else [fold(each, case=self.case) for each in symbols]
        pairs = zip(symbols, cased, strict=True)
        return alphabet.separator.join(_first_known(*pair, alphabet, accents=self.accents) for pair in pairs)


@lru_cache(maxsize=1 << 16)
def _first_known(symbol: str, cased: str, alphabet: Alphabet, *, accents: bool) -> str:
    """Return the first form of a symbol that the alphabet has, else the one that is folded most."""
    forms = [symbol, cased, *([fold(symbol, accents=True), fold(cased, accents=True)] if accents else [])]
    return next((form for form in forms if _has(alphabet, form)), forms[-1])


def _symbols(label: str, alphabet: Alphabet) -> Iterator[str] | Sequence[str]:
    """Cut a label into symbols, and characters where none fits."""
    if alphabet.separator or alphabet.of_characters:
        return alphabet.split(label)
    return _longest_symbols(label, alphabet)


def _longest_symbols(label: str, alphabet: Alphabet) -> Iterator[str]:
    known, longest = frozenset(alphabet.symbols), max(map(len, alphabet.symbols))
    start = 0
    while start < len(label):
        lengths = range(min(longest, len(label) - start), 0, -1)
        length = next((n for n in lengths if label[start : start + n] in known), 1)
        yield label[start : start + length]
        start += length


def _has(alphabet: Alphabet, label: str) -> bool:
    """Tell whether the alphabet has every symbol of a label."""
    try:
        alphabet.encode(label)
    except LabelError:
        return False
    return True
