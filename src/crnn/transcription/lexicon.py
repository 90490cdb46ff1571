"""The words that may be read, as arrays (paper §2.3.3).

    classes   (sum of lengths,)   all texts one after the other, as classes
    lengths   (W,)

A file holds one word a line, UTF-8; a TAB and what follows it (a count, say) is passed over, and so
are empty lines. A file of lists, one for each image, holds `PATH TAB word,word,word` on each line.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet, speller
from crnn.errors import DataError, LabelError, OptionError
from crnn.files import read_lines
from crnn.symbols import casings
from crnn.transcription.exact.automaton import Automaton, prefix_tree


class Lexicon:
    """A set of words that an alphabet can spell; a million of them load in seconds.

    >>> lexicon = Lexicon(["stop", "step", "stop"], Alphabet.named("lower36"))
    >>> len(lexicon), lexicon.texts
    (2, ('step', 'stop'))
    """

    def __init__(
        self,
        words: Iterable[str],
        alphabet: Alphabet,
        *,
        fold_case: bool = False,
        drop_unreadable: bool = False,
        place: Callable[[int], str] = "word {}".format,
    ) -> None:
        """Take words; those that are there twice count once.

        fold_case         a word stands for any casing of itself; tried are the word as it is, in
                          lower case, in UPPER CASE and in Title case, as far as the alphabet has
                          them. For lower-case lists and models that read both cases
        drop_unreadable   leave out words that the alphabet cannot spell, and name them in `dropped`
        place             names the place of a word by its index, as 'words.txt:12'

        LabelError: a word that is empty, or has a character outside the alphabet and is not to be
        dropped. DataError: no word is left. OptionError: one word in place of a list.
        """
        if isinstance(words, str):
            raise OptionError(f"the words are {words!r:.80}; give a list of them: [{words!r:.80}].")
        given = list(words)
        spells = speller(alphabet)
        forms = casings if fold_case else _itself
        texts: set[str] = set()
        dropped: list[str] = []
        for word in dict.fromkeys(given):
            readable = [form for form in forms(word) if spells(form)]
            texts.update(readable)
            if not readable:
                dropped.append(word)
        if "" in texts:
            raise LabelError(f"{place(given.index(''))}: the word is empty.")
        if dropped and not drop_unreadable:
            _complain(dropped, alphabet, place(given.index(dropped[0])))
        if not texts:
            raise DataError(
                f"none of {len(given)} words is one that {alphabet!r} can spell; give at least one."
            )
        self.alphabet = alphabet
        self.fold_case = fold_case
        self.dropped = tuple(dropped)
        """Words left out because the alphabet cannot spell them."""
        self.texts = tuple(sorted(texts, key=None if alphabet.of_characters else alphabet.encode))
        """The texts that are accepted, all casings of a word included; those that begin alike together."""
        self.classes, self.lengths = _encode(self.texts, alphabet)

    @classmethod
    def read(
        cls, path: str | Path, alphabet: Alphabet, *, fold_case: bool = False, drop_unreadable: bool = False
    ) -> Self:
        """Read a file of one word a line; DataError, with the line, where it is not UTF-8 text."""
        numbers, words = [], []
        for number, line in enumerate(read_lines(path, "word list"), start=1):
            word = line.partition("\t")[0]
            if word:
                numbers.append(number)
                words.append(word)
        if not words:
            raise DataError(f"{path}: the lexicon lists no words; a line is one word.")
        return cls(
            words,
            alphabet,
            fold_case=fold_case,
            drop_unreadable=drop_unreadable,
            place=lambda index: f"{path}:{numbers[index]}",
        )

    def __len__(self) -> int:
        """Count the texts that are accepted."""
        return len(self.texts)

    def __repr__(self) -> str:
        """Count the texts, and name the alphabet."""
        return f"<Lexicon of {len(self.texts)} texts, {self.alphabet!r:.80}>"

    def __contains__(self, text: str) -> bool:
        """Tell whether a text is accepted."""
        return text in self._known

    @cached_property
    def tree(self) -> Automaton:
        """The tree of all prefixes; built when first asked for."""
        return prefix_tree(self.classes, self.lengths)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.texts)


def read_lists(
    path: str | Path, alphabet: Alphabet, *, fold_case: bool = False, drop_unreadable: bool = False
) -> dict[str, Lexicon]:
    """Read a list for each image: its path as the file has it -> its Lexicon.

    DataError, with the line, for a line without TAB and words, and for a path that is there twice;
    errors of the words as in `Lexicon`.
    """
    lists: dict[str, Lexicon] = {}
    for number, line in enumerate(read_lines(path, "word list"), start=1):
        if not line:
            continue
        image, tab, words = line.partition("\t")
        if not (image and tab and words):
            raise DataError(f"{path}:{number}: the line is not: path, TAB, words joined by commas.")
        if image in lists:
            raise DataError(f"{path}:{number}: {image!r} has a list already; join the two.")
        lists[image] = Lexicon(
            filter(None, words.split(",")),
            alphabet,
            fold_case=fold_case,
            drop_unreadable=drop_unreadable,
            place=lambda _, number=number: f"{path}:{number}",  # type: ignore[misc]
        )
    if not lists:
        raise DataError(f"{path}: there are no lists in it; a line is: path, TAB, words joined by commas.")
    return lists


def _itself(word: str) -> tuple[str, ...]:
    return (word,)


def _complain(dropped: list[str], alphabet: Alphabet, place: str) -> None:
    """Raise the LabelError of the first of some words that the alphabet cannot spell."""
    try:
        alphabet.encode(dropped[0], place)
    except LabelError as error:
        more = f" ({len(dropped) - 1} more words have such a character.)" if len(dropped) > 1 else ""
        raise LabelError(f"{error}{more}\n    Or leave such words out: drop_unreadable=True.") from None


def _encode(texts: tuple[str, ...], alphabet: Alphabet) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the classes of all texts, one after the other, and how many each has."""
    if not alphabet.of_characters:
        labels = [alphabet.encode(text) for text in texts]
        lengths = np.fromiter(map(len, labels), dtype=np.intp, count=len(labels))
        return np.fromiter(chain.from_iterable(labels), dtype=np.intp, count=int(lengths.sum())), lengths
    symbols = np.array([ord(symbol) for symbol in alphabet.symbols])
    order = np.argsort(symbols)
    characters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    return order[np.searchsorted(symbols, characters, sorter=order)] + 1, lengths
