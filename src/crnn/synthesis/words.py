"""Labels to draw: words, numbers and strings as signs, screens and receipts hold them.

    words(rng, count)  ->  count labels, each of the alphabet's symbols alone

A label is chosen by kind (vocabulary, number, print, line, random string, ...), then by length,
then given the case of signs or of print, then fitted to the alphabet: case and accents fold
where the alphabet lacks them, and what still does not fit is left out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, DataError
from crnn.files import read_lines
from crnn.symbols import fold
from crnn.synthesis.print_templates import draw_line, print_templates
from crnn.synthesis.templates import NUMBERS, RECEIPT, WRITTEN, parse_templates
from crnn.synthesis.vocabulary import RUNNING, Vocabulary, length_weights, vocabulary, word_list

# Shares of labels by kind; those that an alphabet cannot encode leave theirs to the others. Half
# are words as street signs show them, a third is print, of which lines need a space; numbers,
# receipt tokens and phrases occur in both. Fewer words of signs would cost street photographs,
# fewer labels of print the marks, codes and amounts that few photographs hold.
SHARES = {
    "vocabulary": 0.46,
    "print": 0.24,
    "line": 0.10,
    "number": 0.07,
    "phrase": 0.05,
    "written": 0.02,
    "receipt": 0.03,
    "random": 0.03,
    "file": 0.0,
    "rare": 0.0,
}
PRINTED = ("print", "line")
"""Kinds whose words are those of running text, in the case that their templates give them."""
UPPER, TITLE, LOWER = 0.50, 0.24, 0.18  # the rest is mixed
MARKED_SHARE = 0.012  # words followed by, or within, punctuation
SIGN_MARKS: tuple[str, ...] = (*".,:;!?.,:!", "..", "!!", "...", '""', "()", "()", "[]", "''", "**", "- ")
RAREST, RAREST_MARK, RAREST_FOREIGN = 1 / 1650, 1 / 1000, 1 / 8000
"""Least shares of all symbols: of a letter or digit of ASCII, of a mark of ASCII, of any other symbol.

Marks are read as letters where they are rare; an alphabet may hold hundreds of the others."""
MEAN_RARE = 2.0  # rare symbols in a label of kind "rare"
ENOUGH_WORDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsConfig:
    """What the labels of made images are."""

    files: tuple[str, ...] = ()
    """Text files of your own words, one a line, drawn as they are written."""
    files_share: float = 0.5
    """Share of the labels that come from `files`, where there are any."""
    max_length: int = 24
    """Symbols of the longest label; a longer one is cut before it is drawn."""


class WordSource:
    """Draws labels without end; the same generator state gives the same labels.

    Args:
        config: What the labels are.
        alphabet: What they are made of.

    Raises:
        DataError: A word file is no UTF-8 text, or none of its words is of the alphabet.
        AlphabetError: A symbol has several characters, or all are spaces.

    >>> source = WordSource(WordsConfig(), Alphabet.named("digits"))
    >>> all(label.isdigit() for label in source.words(np.random.default_rng(7), 100))
    True
    """

    def __init__(self, config: WordsConfig, alphabet: Alphabet) -> None:
        odd = [symbol for symbol in alphabet.symbols if len(symbol) != 1]
        if odd or not "".join(alphabet.symbols).strip():
            complaint = f"symbol {odd[0]!r} has several characters" if odd else "it holds spaces alone"
            raise AlphabetError(f"words cannot be made of {alphabet!r:.80}: {complaint}.")
        self._config = config
        self._symbols = alphabet.symbols
        self._fitting = _Fitting(alphabet)
        self._plain = [symbol for symbol in alphabet.symbols if symbol.isalnum()]
        self._lengths = length_weights(config.max_length)
        self._own = self._read_files()
        self._vocabulary = vocabulary(self._fit, frozenset(self._symbols), config.max_length)
        self._templates = {
            "number": parse_templates(NUMBERS), "written": parse_templates(WRITTEN),
            "receipt": parse_templates(RECEIPT), "print": parse_templates(print_templates()),
        }  # fmt: skip
        self._rare: tuple[list[str], list[float]] = ([], [])
        self._shares = self._usable_shares()
        self._balance()

    def words(self, rng: np.random.Generator, count: int) -> list[str]:
        """Draw labels.

        Args:
            rng: What chooses.
            count: How many.

        Returns:
            Labels of 1..max_length symbols each.
        """
        kinds = rng.choice(len(self._shares), count, p=list(self._shares.values()))
        names = list(self._shares)
        drawn = self._vocabulary.draw(rng, self._draw_lengths(rng, count))
        short = self._vocabulary.draw(rng, rng.integers(3, 9, count // 2 + 16))
        lengths = rng.choice(len(RUNNING), count // 2 + 16, p=np.array(RUNNING) / sum(RUNNING)) + 1
        text = self._vocabulary.draw(rng, lengths)
        own = iter(self._draw_own(rng, count))
        random = Random(int(rng.integers(2**63)))
        stock, running = (
            cycle([word or self._random_string(random) for word in words]) for words in (short, text)
        )
        labels = []
        for kind, word in zip(kinds.tolist(), drawn, strict=True):
            name = names[kind]
            if name == "file":
                label = next(own)
            else:
                label = self._label(name, word, random, running if name in PRINTED else stock)
            labels.append(self._finish(label, random))
        return labels

    def _label(self, kind: str, word: str, random: Random, stock: Iterator[str]) -> str:
        """Write one label of a kind, not yet fitted."""
        match kind:
            case "print":
                label = self._templates[kind].draw(random, stock)
            case "line":
                label = draw_line(random, stock, self._templates["print"], self._config.max_length)
            case "vocabulary" if len(word) == 1:
                label = random.choice(self._plain or self._symbols)
            case "vocabulary":
                label = _marked(_cased(word or next(stock) + next(stock), random), random)
            case "number" | "receipt":
                label = self._templates[kind].draw(random, stock)
            case "written":
                label = _cased(self._templates[kind].draw(random, stock), random)
            case "phrase":
                label = self._phrase(word, random, stock)
            case "rare":
                label = self._with_rare(_cased(next(stock), random), random)
            case _:
                label = self._random_string(random)
        return label

    def _phrase(self, word: str, random: Random, stock: Iterator[str]) -> str:
        kinds = random.choices(("number", "receipt", ""), (2, 2, 5), k=random.choice((1, 1, 2)))
        parts = [word or next(stock)]
        parts += [self._templates[kind].draw(random, stock) if kind else next(stock) for kind in kinds]
        random.shuffle(parts)
        return _cased(" ".join(parts), random)

    def _with_rare(self, word: str, random: Random) -> str:
        """Put symbols that other labels seldom hold before, inside or after a word, or alone."""
        symbols, weights = self._rare
        rare = "".join(random.choices(symbols, weights, k=random.choice((1, 2, 2, 3))))
        where = random.choice((0, len(word), random.randint(0, len(word))))
        return random.choice((rare, word[:where] + rare + word[where:]))

    def _random_string(self, random: Random) -> str:
        (length,) = random.choices(range(1, len(self._lengths) + 1), self._lengths.tolist())
        symbols = self._plain if self._plain and random.random() < 0.85 else self._symbols
        return "".join(random.choices(symbols, k=length))

    def _finish(self, label: str, random: Random) -> str:
        fitted = self._fit(label)
        while not fitted:
            fitted = self._fit(self._random_string(random))
        return fitted[: self._config.max_length].rstrip()

    def _fit(self, label: str) -> str:
        fitted = label.translate(self._fitting)
        return " ".join(fitted.split()) if " " in fitted else fitted

    def _draw_lengths(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
        return rng.choice(len(self._lengths), count, p=self._lengths) + 1

    def _draw_own(self, rng: np.random.Generator, count: int) -> list[str]:
        if not self._own:
            return []
        sizes = {length: len(words) for length, words in self._own.words.items()}
        weights = np.array(list(sizes.values())) / len(self._own)
        return self._own.draw(rng, rng.choice(list(sizes), count, p=weights))

    def _usable_shares(self) -> dict[str, float]:
        """Leave out the kinds that the alphabet would mutilate, and make the rest sum to 1."""
        shares = dict(SHARES)
        if len(self._vocabulary) < ENOUGH_WORDS:
            del shares["vocabulary"], shares["written"]
        if " " not in self._symbols or "vocabulary" not in shares:
            del shares["phrase"], shares["line"]
        random = Random(0)
        for kind, written in self._templates.items():
            raw = [written.draw(random, cycle(["word"])) for _ in range(300)]
            kept = sum(len(self._fit(label)) for label in raw)
            if kept < 0.6 * sum(map(len, raw)):
                shares.pop(kind, None)
        own = self._config.files_share if self._own else 0.0
        total = sum(shares.values())
        return {kind: share * (1 - own) / total for kind, share in shares.items()} | {"file": own}

    def _balance(self) -> None:
        """Find the symbols that labels seldom hold, and give them a share of their own."""
        labels = self.words(np.random.default_rng(0), 20_000)
        counts = Counter("".join(labels))
        total = sum(counts.values())
        lacks = {symbol: _min_share(symbol) - counts[symbol] / total for symbol in self._symbols}
        rare = {symbol: lack for symbol, lack in lacks.items() if lack > 0 and symbol != " "}
        if not rare or "vocabulary" not in self._shares:
            return
        self._rare = (list(rare), list(rare.values()))
        share = min(0.15, sum(rare.values()) * total / len(labels) / MEAN_RARE)
        others = {kind: value * (1 - share) for kind, value in self._shares.items()}
        self._shares = others | {"rare": share}

    def _read_files(self) -> Vocabulary:
        lines: list[str] = []
        for name in self._config.files:
            lines += read_lines(name, "word file")
        own = word_list(lines, self._fit, self._config.max_length)
        if self._config.files and not own:
            names, symbols = ", ".join(self._config.files), "".join(self._symbols)
            raise DataError(f"no word of {names} ({len(lines)} lines) can be encoded by {symbols!r:.60}.")
        return own


class _Fitting(dict[int, str]):
    """For str.translate: a character itself, or else the nearest that the alphabet has, or ''."""

    def __init__(self, alphabet: Alphabet) -> None:
        super().__init__((ord(symbol), symbol) for symbol in alphabet.symbols)
        self._symbols = frozenset(alphabet.symbols)

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = fold(character, accents=True)
        nearest = (character.lower(), character.upper(), bare, bare.lower(), bare.upper())
        found = next((near for near in nearest if near in self._symbols), "")
        self[code] = found
        return found


def _min_share(symbol: str) -> float:
    if not symbol.isascii():
        return RAREST_FOREIGN
    return RAREST if symbol.isalnum() else RAREST_MARK


def _cased(word: str, random: Random) -> str:
    """Write a word in the case that signs give it."""
    chance = random.random()
    if chance < UPPER:
        return word.upper()
    if chance < UPPER + TITLE:
        return word[:1].upper() + word[1:]
    if chance < UPPER + TITLE + LOWER:
        return word
    if len(word) > 2 and random.random() < 0.7:  # McDonald, WiFi
        inner = random.randrange(1, len(word))
        return word[:inner].capitalize() + word[inner:].capitalize()
    return "".join([random.choice((letter, letter.upper())) for letter in word])


def _marked(word: str, random: Random) -> str:
    """Follow a word with a mark, or enclose it in a pair, now and then."""
    if random.random() >= MARKED_SHARE:
        return word
    mark = random.choice(SIGN_MARKS)
    if mark in ("()", "[]", '""', "''", "**"):
        return mark[0] + word + mark[1]
    return word + mark.strip()
