"""`crnn language` trains a model from a word list, and says how likely words are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.alphabet import Alphabet
from crnn.language.file import load_language
from tests.cli.conftest import Run

Crnn = Callable[..., Run]


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text(
        "".join(f"{a}{b}{c}er\t{len(a)}\n" for a in ("b", "str", "p") for b in "aeiou" for c in "kts")
    )
    return path


def test_training_says_what_it_learnt_and_how_well_it_guesses(
    crnn: Crnn, words: Path, tmp_path: Path
) -> None:
    words.write_text(words.read_text() + "café\nnaïve\n")
    out = tmp_path / "en.lm"
    run = crnn("language", "train", words, out)
    assert run.status == 0
    first, second = run.out.splitlines()
    assert first.startswith(f"{out}: 0.00 MB, order 5, 94 symbols, ")
    assert first.endswith(" n-grams")
    assert second.startswith("perplexity ")
    assert second.endswith(" spellings held out, each counted once (knowing nothing: 95)")
    told = run.err.splitlines()
    assert told[0] == "left out 2 words that print94 cannot spell: café, naïve"
    assert told[1].startswith("measuring: learning ")
    assert told[2] == "learning 135 spellings of 45 words"
    language = load_language(out)
    assert language.alphabet == Alphabet.named("print94")
    assert language.log_prob("BAKER") > language.log_prob("BQKER") + 3


def test_words_can_be_learnt_as_they_are_listed_for_any_alphabet(
    crnn: Crnn, words: Path, tmp_path: Path
) -> None:
    run = crnn(
        "language", "train", words, tmp_path / "en.lm", "--as-listed", "--alphabet", "lower36", "--order", 3
    )
    assert "order 3, 36 symbols" in run.out
    assert "learning 45 spellings of 45 words" in run.err


def test_too_few_words_are_learnt_and_not_measured(crnn: Crnn, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("a\n")
    run = crnn("language", "train", tmp_path / "w.txt", tmp_path / "a.lm", "--alphabet", "abc")
    assert run.status == 0
    assert run.out.splitlines()[1] == (
        "perplexity not measured: 1 spellings are too few to hold one in 20 out"
    )


def test_a_word_is_scored_with_its_probability_and_its_perplexity(
    crnn: Crnn, words: Path, tmp_path: Path
) -> None:
    crnn("language", "train", words, tmp_path / "en.lm")
    run = crnn("language", "score", tmp_path / "en.lm", "baker", "bakxr", "caf€", "Poker")
    assert run.status == 1
    assert run.err.startswith("LabelError: label 'caf€' has '€'")
    lines = [line.split("\t") for line in run.out.splitlines()]
    assert [line[0] for line in lines] == ["baker", "bakxr", "Poker"]
    log_p, perplexity = ([float(line[place]) for line in lines] for place in (1, 2))
    assert log_p[0] > log_p[1]
    assert perplexity[0] == pytest.approx(2.718281828 ** (-log_p[0] / 6), abs=0.02)


def test_an_arpa_file_is_scored_for_the_alphabet_that_is_given(crnn: Crnn, tmp_path: Path) -> None:
    arpa = "\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 </s>\n-0.60206 a\n-0.60206 b\n\n\\end\\\n"
    (tmp_path / "ab.arpa").write_text(arpa)
    run = crnn("language", "score", tmp_path / "ab.arpa", "ab", "--alphabet", "ab")
    assert run == Run(0, "ab\t-3.47\t3.17\n", "")
    run = crnn("language", "score", tmp_path / "ab.arpa", "ab")
    assert run.status == 2
    assert run.err.startswith("AlphabetError: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "none.txt", "a.lm"], "DataError: none.txt: the word list cannot be read"),
        (["train", "none.txt", "a.txt"], "does not end in .lm"),
        (["score", "none.lm", "a"], "ModelError: none.lm: cannot be read"),
        (["train", "none.txt", "a.lm", "--alphabet", "print95"], "did you mean 'print94'"),
        ([], "Commands:"),
    ],
)
def test_wrong_usage_ends_in_2(crnn: Crnn, arguments: list[str], message: str) -> None:
    run = crnn("language", *arguments)
    assert run.status == 2
    assert message in run.err
