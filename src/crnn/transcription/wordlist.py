"""Lists of words with counts: read from a file, fitted to an alphabet, split to measure on.

word            one a line, UTF-8
word TAB count  how often it was met; a word listed twice has its counts added
"""

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crnn.alphabet import Alphabet
from crnn.errors import DataError
from crnn.transcription.lexicon import speller

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
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{path}: the word list cannot be read: {error.strerror}.") from error
    for number, line in enumerate(lines, start=1):
        try:
            word, *count = line.decode("utf-8").strip().split("\t")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}:{number}: byte 0x{line[error.start]:02X} is not UTF-8 text.\n"
                "    Save the list as UTF-8."
            ) from error
        if word:
            words[word] += _count(count, f"{path}:{number}")
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
        forms = dict.fromkeys((word, word.lower(), word[:1].upper() + word[1:].lower(), word.upper()))
        spelt = [form for form in forms if can_spell(form)]
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


def _count(columns: list[str], place: str) -> int:
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
