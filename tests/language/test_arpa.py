"""ARPA files: probabilities as the format defines them, and every fault with its line."""

import logging
import math
from pathlib import Path

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.language.file import load_language, save_language

AB = Alphabet("ab")

# p(a)=.5 p(b)=.3 p(end)=.2; after the begin p(a)=.9; after a p(b)=.6 and p(end)=.2; after b a p(end)=.5.
# Backoffs: begin (1-.9)/(1-.5)=.2, a (1-.8)/(1-.5)=.4, ba (1-.5)/(1-.2)=.625; b lists nothing but ba:
# p(a)=.4, so (1-.4)/(1-.5)=1.2.
SMALL = """\

\\data\\
ngram 1=4
ngram 2=4
ngram 3=1

\\1-grams:
-99 <s> -0.69897
-0.69897 </s>
-0.30103 a -0.39794
-0.522879 b 0.0791812

\\2-grams:
-0.0457575 <s> a
-0.221849 a b
-0.69897 a </s>
-0.39794 b a -0.20412

\\3-grams:
-0.30103 b a </s>

\\end\\
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "small.arpa").write_text(SMALL)
    return tmp_path / "small.arpa"


@pytest.mark.parametrize(
    ("text", "probabilities"),
    [
        ("a", [0.9, 0.2]),
        ("ab", [0.9, 0.6, 1.2 * 0.2]),
        ("", [0.2 * 0.2]),
        ("b", [0.2 * 0.3, 1.2 * 0.2]),
        ("ba", [0.2 * 0.3, 0.4, 0.5]),
        ("baa", [0.2 * 0.3, 0.4, 0.625 * 0.4 * 0.5, 0.2]),
        ("bab", [0.2 * 0.3, 0.4, 0.625 * 0.6, 1.2 * 0.2]),
    ],
)
def test_probabilities_are_those_that_the_file_lists_or_backs_off_to(
    file: Path, text: str, probabilities: list[float]
) -> None:
    language = load_language(file, AB)
    assert language.order == 3
    assert language.log_prob(text) == pytest.approx(sum(map(math.log, probabilities)), abs=2e-5)


def test_tabs_and_spaces_and_line_ends_of_windows_part_the_columns(file: Path) -> None:
    expected = load_language(file, AB).log_prob("bab")
    lines = [line.replace(" ", "\t", 1) if line[:1] == "-" else line for line in SMALL.splitlines()]
    file.write_bytes("\r\n".join(lines).encode())
    assert load_language(file, AB).log_prob("bab") == expected


def test_a_read_model_is_saved_as_an_lm_file(file: Path, tmp_path: Path) -> None:
    language = load_language(file, AB)
    save_language(tmp_path / "ab.lm", language)
    assert load_language(tmp_path / "ab.lm").log_prob("bab") == pytest.approx(
        language.log_prob("bab"), abs=0.01
    )


def test_symbols_that_are_not_listed_share_what_unk_has_and_others_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = SMALL.replace("ngram 1=4", "ngram 1=6").replace("ngram 2=4", "ngram 2=5")
    text = text.replace("-0.522879 b", "-1 <unk>\n-1 é\n-1 b").replace("-0.221849 a b", "-0.3 a b\n-2 é a")
    (tmp_path / "x.arpa").write_text(text)
    with caplog.at_level(logging.WARNING):
        language = load_language(tmp_path / "x.arpa", Alphabet("abcd"))
    assert "left out 2 n-grams with symbols outside Alphabet('abcd')" in caplog.text
    states = range(len(language.ngrams.symbols))
    p = np.exp([[language.step(state, symbol)[0] for symbol in range(5)] for state in states])
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-6)
    assert p[0, 3] == p[0, 4] == pytest.approx(0.05 / 0.9, rel=1e-4)  # of 0.1, where "é" took another 0.1


def test_an_ngram_whose_parts_were_pruned_is_read_as_backing_off_has_them(tmp_path: Path) -> None:
    pruned = SMALL.replace("ngram 2=4", "ngram 2=3").replace("-0.69897 a </s>\n", "")
    (tmp_path / "x.arpa").write_text(pruned)
    language = load_language(tmp_path / "x.arpa", AB)
    # "b a </s>" needs "a </s>": b(a) * p(</s>) = 0.4 * 0.2
    _, after_a = language.step(0, 1)
    assert math.exp(language.step(after_a, 0)[0]) == pytest.approx(0.08, rel=1e-3)


def test_the_space_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "x.arpa").write_text(SMALL.replace(" b", " <space>").replace(" b ", " <space> "))
    text = SMALL.replace("b", "<space>").replace("<space>ackoff", "backoff")
    (tmp_path / "x.arpa").write_text(text)
    (tmp_path / "y.arpa").write_text(SMALL)
    spaced = load_language(tmp_path / "x.arpa", Alphabet("a "))
    assert spaced.log_prob("a a") == load_language(tmp_path / "y.arpa", AB).log_prob("aba")


def test_an_arpa_file_needs_the_alphabet(file: Path) -> None:
    with pytest.raises(AlphabetError, match=r"small\.arpa: an ARPA file; say the alphabet"):
        load_language(file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\end\\\n", "", r"ends without the line \\end\\; it is torn"),
        ("-0.221849 a b\n", "", r"promises \{1: 4, 2: 4, 3: 1\} n-grams by length, but lists \{1: 4, 2: 3"),
        ("-0.221849", "x", r"small\.arpa:15: \['x', 'a', 'b'\] has no number"),
        ("-0.221849 a b", "-0.221849 a", r"small\.arpa:15: .* is no line of the 2-grams"),
        ("-0.221849 a b", "-0.221849 a b -1 -1", r"small\.arpa:15: .* is no line of the 2-grams"),
        ("-0.221849 a b", "0.5 a b", r"small\.arpa:15: .* is no line of the 2-grams"),
        ("-0.221849 a b", "nan a b", r"small\.arpa:15: .* is no line of the 2-grams"),
    ],
)
def test_a_fault_is_named_with_its_line(file: Path, old: str, new: str, message: str) -> None:
    file.write_text(SMALL.replace(old, new))
    with pytest.raises(ModelError, match=message):
        load_language(file, AB)


def test_text_that_is_not_utf8_is_a_model_error(file: Path) -> None:
    file.write_bytes(SMALL.encode() + b"\xff")
    with pytest.raises(ModelError, match=r"small\.arpa: byte 238 is not UTF-8"):
        load_language(file, AB)
