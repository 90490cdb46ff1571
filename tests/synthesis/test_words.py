"""Labels hold the alphabet's symbols alone, look like signs, and repeat with their generator."""

from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("wordfreq")

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, DataError
from crnn.synthesis.rules import NUMBERS, RECEIPT, WRITTEN, rules
from crnn.synthesis.words import WordsConfig, WordSource


@cache
def source(alphabet: Alphabet) -> WordSource:
    return WordSource(WordsConfig(), alphabet)


def draw(alphabet: Alphabet, count: int = 5_000, seed: int = 1) -> list[str]:
    return source(alphabet).words(np.random.default_rng(seed), count)


def share(labels: list[str], condition: object) -> float:
    assert callable(condition)
    return sum(map(bool, map(condition, labels))) / len(labels)


PRINT94 = Alphabet.named("print94")


@pytest.mark.parametrize(
    "alphabet",
    [*map(Alphabet.named, ("digits", "lower36", "print94", "print94-space")),
     Alphabet("ACGT"), Alphabet("აბგდე"), Alphabet("+-*/"),
     Alphabet("αβγδεζηθικλμνξοπρσςτυφχψω"), Alphabet("0123456789ABCDEF-")],
    ids=lambda alphabet: alphabet.name or "".join(alphabet.symbols[:4]),
)  # fmt: skip
def test_every_label_can_be_encoded_and_has_a_fit_length(alphabet: Alphabet) -> None:
    labels = draw(alphabet)
    assert len(labels) == 5_000
    for label in labels:
        assert 1 <= len(alphabet.encode(label)) <= 24
        assert label == label.strip()
        assert "  " not in label


def test_the_same_generator_state_gives_the_same_labels() -> None:
    assert draw(PRINT94, seed=5) == draw(PRINT94, seed=5)
    assert draw(PRINT94, seed=5) != draw(PRINT94, seed=6)
    fresh = WordSource(WordsConfig(), PRINT94)
    assert fresh.words(np.random.default_rng(5), 5_000) == draw(PRINT94, seed=5)


def test_every_symbol_is_at_least_one_in_2500() -> None:
    counts = Counter("".join(draw(PRINT94, 100_000)))
    total = sum(counts.values())
    rare = {symbol for symbol in PRINT94.symbols if counts[symbol] < total / 2_500}
    assert rare == set()


def test_labels_are_as_long_as_words_on_signs() -> None:
    lengths = np.array([len(label) for label in draw(PRINT94, 50_000)])
    assert 5.0 < lengths.mean() < 5.9
    assert 0.02 < (lengths == 1).mean() < 0.05
    assert 0.03 < (lengths > 10).mean() < 0.10
    assert lengths.max() >= 20


def test_case_digits_and_punctuation_come_as_often_as_on_signs() -> None:
    labels = draw(PRINT94, 50_000)
    words = [label for label in labels if any(c.isalpha() for c in label)]
    assert 0.45 < share(words, str.isupper) < 0.60
    assert 0.18 < share(words, lambda w: w[:1].isupper() and w[1:].islower()) < 0.28
    assert 0.12 < share(words, str.islower) < 0.22
    assert 0.08 < share(labels, lambda w: any(c.isdigit() for c in w)) < 0.14
    assert 0.05 < share(labels, lambda w: not w.isalnum()) < 0.14


def test_labels_have_spaces_where_the_alphabet_has_one() -> None:
    spaced = draw(Alphabet.named("print94-space"))
    assert 0.05 < share(spaced, lambda w: " " in w) < 0.15


def test_receipts_and_signs_are_in_it() -> None:
    labels = set(draw(PRINT94, 200_000))
    assert labels >= {"TOTAL:", "(RM)", "A/C", "No.", "OPEN", "STREET", "The", "50%"}


def test_an_alphabet_of_one_case_folds_the_other() -> None:
    assert share(draw(Alphabet.named("lower36")), str.isalpha) > 0.7


def test_users_words_are_drawn_as_written_and_as_often_as_asked(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("31415926+5\n+2718281828\n", encoding="utf-8")
    config = WordsConfig(files=(str(tmp_path / "mine.txt"),), files_share=0.25)
    labels = WordSource(config, Alphabet("0123456789+")).words(np.random.default_rng(1), 4_000)
    assert share(labels, {"31415926+5", "+2718281828"}.__contains__) == pytest.approx(0.25, abs=0.03)


def test_a_shorter_longest_label_is_kept_to() -> None:
    short = WordSource(WordsConfig(max_length=4), Alphabet.named("digits"))
    assert max(map(len, short.words(np.random.default_rng(1), 3_000))) == 4


def test_a_word_file_that_is_missing_or_unfit_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "greek.txt").write_text("λόγος\n", encoding="utf-8")
    for name in ("missing.txt", "greek.txt"):
        with pytest.raises(DataError, match=name):
            WordSource(WordsConfig(files=(str(tmp_path / name),)), PRINT94)


def test_symbols_of_several_characters_are_an_error() -> None:
    with pytest.raises(AlphabetError, match="several characters"):
        WordSource(WordsConfig(), Alphabet(["do", "re"]))


@pytest.mark.parametrize("templates", [NUMBERS, WRITTEN, RECEIPT])
def test_every_rule_writes_text_without_a_slot_left_open(templates: tuple[tuple[float, str], ...]) -> None:
    random, words = Random(1), cycle(["word"])
    for weight, template in templates:
        written = rules(((weight, template),)).draw(random, words)
        assert written
        assert not set("{}") & set(written), template
