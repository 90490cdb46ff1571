"""Words of living languages by length, so that a label's length can be chosen first."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crnn.errors import MissingExtra
from crnn.installation import install_command
from crnn.symbols import fold

# A letter of the alphabet -> the languages whose words it may occur in; the first is read in full.
LANGUAGES = {
    "a": ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv"),
    "я": ("ru", "uk"),
    "ω": ("el",),
}
ACCENTED_LANGUAGES = ("cs", "da", "fi", "hu", "nb", "ro", "sk", "tr", "is", "lt", "lv", "sl", "sh", "ca")
"""Languages that join those of "a" where the alphabet has many accented letters."""
MANY_ACCENTED = 12
RUNNING = (3, 16, 19, 16, 12, 9, 8, 6, 4, 3, 2, 1, 1)
"""p(length) of words in running text, index 0 for one symbol."""
LENGTHS = (30, 100, 160, 170, 140, 120, 90, 65, 50, 35, 20, 15, 10, 7, 5, 4, 3, 3, 2, 2)
"""p(length) of the train labels of street and scene sets, index 0 for one symbol; the end decays."""
DECAY = 0.8
DIGIT = re.compile(r"\d")
FLAT_SHARE, OTHERS_SHARE = 0.05, 0.07  # shares of: all words alike, other languages; the rest are usual words
OTHERS_ACCENTED = 0.40
"""Share of words of the other languages where the alphabet has many accented letters, so that these letters
are seen in words of their own and not in random places."""
EXPONENT = 0.75
"""On each word's frequency. Signs repeat common words less than running text does: of 0.3 to 1 this power
finds the words of real training labels likeliest (docs/log.md#common-words)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words and their running weights, one entry per length."""

    words: dict[int, npt.NDArray[np.object_]]
    cumulative: dict[int, npt.NDArray[np.float64]]

    def __len__(self) -> int:
        """Count the words."""
        return sum(map(len, self.words.values()))

    def draw(self, rng: np.random.Generator, lengths: npt.NDArray[np.int64]) -> list[str]:
        """Draw one word per length; '' for a length that no word has."""
        drawn = np.full(len(lengths), "", object)
        where_u = rng.random(len(lengths))
        for length in np.unique(lengths).tolist():
            if length in self.words:
                here = lengths == length
                found = np.searchsorted(self.cumulative[length], where_u[here], side="right")
                drawn[here] = self.words[length][found]
        return list(drawn.tolist())


def vocabulary(fit: Callable[[str], str], symbols: frozenset[str], max_length: int) -> Vocabulary:
    """Collect the words that `fit` leaves whole (accents and case may fold).

    Empty where wordfreq knows no language of the alphabet. Raises MissingExtra without wordfreq.
    """
    weights: dict[str, float] = {}
    accented = sum(not symbol.isascii() and fold(symbol, accents=True).isascii() for symbol in symbols)
    for letter, languages in LANGUAGES.items():
        if letter in symbols or letter.upper() in symbols:
            many = letter == "a" and accented >= MANY_ACCENTED
            spoken = (*languages, *ACCENTED_LANGUAGES) if many else languages
            for share, words in _sources(spoken, OTHERS_ACCENTED if many else OTHERS_SHARE):
                _add(weights, words, share, fit, max_length)
    return _by_length(weights)


def word_list(lines: Iterable[str], fit: Callable[[str], str], max_length: int) -> Vocabulary:
    """Collect the user's own words, each as often as it is listed."""
    weights: dict[str, float] = {}
    _add(weights, Counter(line.strip() for line in lines), 1.0, fit, max_length)
    return _by_length(weights)


def _sources(languages: tuple[str, ...], others_share: float) -> list[tuple[float, dict[str, float]]]:
    try:
        from wordfreq import available_languages, get_frequency_dict
    except ImportError as error:
        raise MissingExtra(f"making words needs wordfreq: {install_command('train')}") from error
    known = available_languages("small")
    first, *others = [language for language in languages if language in known]
    full = get_frequency_dict(first, "large" if first in available_languages("large") else "small")
    damped = _damped(full)
    flat = FLAT_SHARE / len(damped)
    scale = (1 - FLAT_SHARE - others_share) / sum(damped.values())
    mixed = {word: weight * scale + (flat if word.isalpha() else 0.0) for word, weight in damped.items()}
    sources = [(1 - others_share, mixed)]
    for language in others:
        small = _damped(get_frequency_dict(language, "small"))
        sources.append((others_share / len(others), small))
    return sources


def _damped(frequencies: dict[str, float]) -> dict[str, float]:
    """Raise rare words a little; leave out those with digits, which the templates know better."""
    return {
        word: frequency**EXPONENT
        for word, frequency in frequencies.items()
        if word.isalpha() or not DIGIT.search(word)
    }


def _add(
    weights: dict[str, float],
    words: Mapping[str, float],
    share: float,
    fit: Callable[[str], str],
    max_length: int,
) -> None:
    kept: dict[str, float] = defaultdict(float)
    for word, weight in words.items():
        fitted = fit(word)
        if 0 < len(fitted) <= max_length and len(fitted) == len(word):
            kept[fitted] += weight
    total = sum(kept.values())
    for word, weight in kept.items():
        weights[word] = weights.get(word, 0.0) + share * weight / total


def _by_length(weights: dict[str, float]) -> Vocabulary:
    groups: dict[int, list[str]] = defaultdict(list)
    for word in weights:
        groups[len(word)].append(word)
    words, cumulative = {}, {}
    for length, group in groups.items():
        words[length] = np.array(group, object)
        running = np.cumsum([weights[word] for word in group])
        cumulative[length] = running / running[-1]
    return Vocabulary(words=words, cumulative=cumulative)


def length_weights(longest: int) -> npt.NDArray[np.float64]:
    """Return p(length) of labels of 1..longest symbols, as signs have them."""
    weights = np.array(LENGTHS, float)
    tail = LENGTHS[-1] * DECAY ** np.arange(1, max(1, longest - len(LENGTHS) + 1))
    weights = np.concatenate([weights, tail])[:longest]
    return np.asarray(weights / weights.sum())
