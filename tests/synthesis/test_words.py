"""Labels hold the alphabet's symbols alone, look like signs, and repeat with their generator."""

import re
import string
from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("wordfreq", reason="needs wordfreq (the extra 'train')")

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, DataError
from crnn.synthesis.print_templates import draw_line, print_templates
from crnn.synthesis.templates import NUMBERS, RECEIPT, WRITTEN, parse_templates
from crnn.synthesis.words import WordsConfig, WordSource

pytestmark = pytest.mark.slow


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


def test_labels_are_as_long_as_words_on_signs_and_print() -> None:
    lengths = np.array([len(label) for label in draw(PRINT94, 50_000)])
    assert 5.5 < lengths.mean() < 7
    assert 0.02 < (lengths == 1).mean() < 0.06
    assert 0.08 < (lengths > 10).mean() < 0.18
    assert lengths.max() >= 20


def test_both_cases_digits_and_punctuation_come_often() -> None:
    labels = draw(PRINT94, 50_000)
    words = [label for label in labels if label.isalpha()]
    assert 0.38 < share(words, str.isupper) < 0.55
    assert 0.20 < share(words, lambda w: w[:1].isupper() and w[1:].islower()) < 0.34
    assert 0.15 < share(words, str.islower) < 0.28
    assert 0.22 < share(labels, lambda w: any(c.isdigit() for c in w)) < 0.35
    assert 0.22 < share(labels, lambda w: not w.isalnum()) < 0.35


def test_codes_hold_lower_case_as_often_as_upper() -> None:
    labels = draw(PRINT94, 50_000)
    codes = [label for label in labels if label.isalnum() and not (label.isalpha() or label.isdigit())]
    upper, lower = share(codes, str.isupper), share(codes, str.islower)
    assert len(codes) > 2_000
    assert 0.3 < upper < 0.6
    assert lower > 0.2


@pytest.mark.parametrize("mark", string.punctuation)
def test_every_mark_stands_beside_digits_and_letters(mark: str) -> None:
    labels = print_labels(60_000)
    for beside in (string.digits, string.ascii_letters):
        met = [w for w in labels if any(mark + c in w or c + mark in w for c in beside)]
        assert len(met) > 30, mark


@cache
def print_labels(count: int) -> tuple[str, ...]:
    random, words, written = Random(2), cycle(["word", "of", "print"]), parse_templates(print_templates())
    return tuple(written.draw(random, words) for _ in range(count))


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d,\d\d?", r"\d{1,3}(,\d{3})+\.\d\d", r"\d{1,3}(\.\d{3})+,\d\d", r"[\w.-]+@[\w.-]+", r"https?://.+",
        r"C:\\.+", r"(/\w+)+(\.[\w.]+)?", r"~\d+", r">\d+", r"\d\^\d+", r"[a-z]\+[a-z]", r"\w+<<\w+<+",
        r"[A-Z]{2}\d{2}( \w{2,4})+", r"[A-HJ-NPR-Z0-9]{17}", r"\d{4}-\d\d-\d\d", r"\d\d\.\d\d\.\d{4}",
        r"\d+/\d+/\d+", r"v\d\.\d\.\d+", r"0x[0-9a-f]+", r"\+\d\d \d{3} .+", r"\d+%", r"-?\d+°C", r"\d+:\d\d",
        r"[0O1IlQD5S8B]{3,4}",
    ],
)  # fmt: skip
def test_print_writes_what_people_print(pattern: str) -> None:
    assert sum(bool(re.fullmatch(pattern, label)) for label in print_labels(60_000)) >= 5, pattern


def test_labels_have_spaces_where_the_alphabet_has_one() -> None:
    spaced = draw(Alphabet.named("print94-space"))
    assert 0.15 < share(spaced, lambda w: " " in w) < 0.27
    assert share(draw(PRINT94), lambda w: " " in w) == 0


def test_lines_have_up_to_twelve_words_and_are_cut_between_words() -> None:
    random, words = Random(4), cycle(["lorem", "ipsum", "dolor"])
    lines = [draw_line(random, words, parse_templates(((1, "12,50"),)), 40) for _ in range(3_000)]
    assert max(map(len, lines)) <= 40
    assert {len(line.split()) for line in lines} >= {2, 3, 4, 5, 6}
    whole = {"lorem", "ipsum", "dolor", "12", "50"}
    sentences = [line for line in lines if line.endswith(".")]
    assert share(sentences, lambda line: set(re.findall(r"[a-z]+|\d+", line.lower())) <= whole) > 0.95
    assert (
        max(len(draw_line(random, words, parse_templates(((1, "12,50"),)), 99).split()) for _ in range(999))
        == 12
    )


def test_labels_of_an_alphabet_of_many_accents_are_words_of_their_languages() -> None:
    accented = Alphabet(string.ascii_letters + "äöüßéèêçàñóáíåøæłąęśž")
    assert share(draw(accented), lambda w: not w.isascii()) > 0.06


def test_receipts_and_signs_are_in_it() -> None:
    labels = set(draw(PRINT94, 200_000))
    assert labels >= {"TOTAL:", "(RM)", "A/C", "No.", "OPEN", "STREET", "The", "50%"}


def test_an_alphabet_of_one_case_folds_the_other() -> None:
    assert share(draw(Alphabet.named("lower36")), str.isalpha) > 0.6


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
        written = parse_templates(((weight, template),)).draw(random, words)
        assert written
        assert not set("{}") & set(written), template
