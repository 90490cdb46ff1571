"""Lexicons: what goes in, what is refused, and that a large one is loaded quickly."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.alphabet import Alphabet
from crnn.errors import DataError, LabelError
from crnn.transcription.lexicon import Lexicon, read_lists

LOWER36 = Alphabet.named("lower36")
ABC = Alphabet("abc")


def labels_of(lexicon: Lexicon) -> list[list[int]]:
    """Cut the flat array of classes into words."""
    ends = [0, *lexicon.lengths.cumsum().tolist()]
    return [lexicon.classes[start:end].tolist() for start, end in pairwise(ends)]


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.text("abc", min_size=1, max_size=6), min_size=1), other=st.text("abc", max_size=7))
def test_the_tree_accepts_the_words_and_nothing_else(words: list[str], other: str) -> None:
    lexicon = Lexicon(words, ABC)
    assert lexicon.texts == tuple(sorted(set(words)))
    assert labels_of(lexicon) == [ABC.encode(text) for text in lexicon.texts]
    assert all(lexicon.tree.accepts(ABC.encode(word)) for word in words)
    assert lexicon.tree.accepts(ABC.encode(other)) is (other in set(words)) is (other in lexicon)
    prefixes = {word[:end] for word in words for end in range(len(word) + 1)}
    assert len(lexicon.tree.final) == len(prefixes)


def test_classes_are_those_of_the_alphabet_in_any_order() -> None:
    lexicon = Lexicon(["zé", "éz"], Alphabet("éz"))
    assert labels_of(lexicon) == [[2, 1], [1, 2]]


def test_symbols_of_several_characters_are_taken_whole() -> None:
    alphabet = Alphabet(["b", "ab", "a"])
    lexicon = Lexicon(["bab", "abab", "aa"], alphabet)
    assert labels_of(lexicon) == sorted([[1, 2], [2, 2], [3, 3]])
    assert lexicon.tree.accepts([2, 2])
    with pytest.raises(LabelError, match="'x'"):
        Lexicon(["abx"], alphabet)


def test_a_word_outside_the_alphabet_is_named_with_place_and_character() -> None:
    message = r"word 1: label 'café' has 'é' \(U\+00E9\), not in alphabet 'lower36'"
    with pytest.raises(LabelError, match=message) as caught:
        Lexicon(["stop", "café", "naïve"], LOWER36)
    assert "1 more words" in str(caught.value)
    assert "drop_unreadable" in str(caught.value)


def test_unreadable_words_are_dropped_on_request_and_named() -> None:
    lexicon = Lexicon(["stop", "café", "naïve"], LOWER36, drop_unreadable=True)
    assert lexicon.texts == ("stop",)
    assert lexicon.dropped == ("café", "naïve")


def test_a_lexicon_without_words_raises_data_error() -> None:
    with pytest.raises(DataError, match="none of 0 words"):
        Lexicon([], ABC)
    with pytest.raises(DataError, match="none of 1 words"):
        Lexicon(["é"], ABC, drop_unreadable=True)


def test_an_empty_word_raises_label_error() -> None:
    with pytest.raises(LabelError, match="word 1: the word is empty"):
        Lexicon(["a", ""], ABC)


def test_folded_words_stand_for_their_casings() -> None:
    lexicon = Lexicon(["stop", "McKay"], Alphabet.named("print94"), fold_case=True)
    assert set(lexicon.texts) == {"stop", "Stop", "STOP", "McKay", "mckay", "Mckay", "MCKAY"}


def test_casings_that_the_alphabet_lacks_are_left_out() -> None:
    assert Lexicon(["STOP"], LOWER36, fold_case=True).texts == ("stop",)
    with pytest.raises(LabelError, match="'STOP'"):
        Lexicon(["STOP"], LOWER36)


def test_a_file_holds_one_word_a_line_and_what_follows_a_tab_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeffstop\t812\r\n\nstep\nstop".encode())
    assert Lexicon.read(path, LOWER36).texts == ("step", "stop")


def test_a_word_of_a_file_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("stop\n\ncafé\n", "utf-8")
    with pytest.raises(LabelError, match=r"words\.txt:3: label 'café'"):
        Lexicon.read(path, LOWER36)


def test_a_file_that_is_no_text_or_holds_no_word_raises_data_error(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"stop\n\xff\n")
    with pytest.raises(DataError, match=r"words\.txt:2: byte 0xFF"):
        Lexicon.read(path, LOWER36)
    path.write_text("\n\n")
    with pytest.raises(DataError, match="lists no words"):
        Lexicon.read(path, LOWER36)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        Lexicon.read(tmp_path / "none.txt", LOWER36)


def test_a_file_of_lists_gives_each_image_its_own(tmp_path: Path) -> None:
    path = tmp_path / "lists.tsv"
    path.write_text("a.png\tstop,step\nb.png\tshop\n")
    lists = read_lists(path, LOWER36)
    assert {image: lexicon.texts for image, lexicon in lists.items()} == {
        "a.png": ("step", "stop"),
        "b.png": ("shop",),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a.png stop\n", ":1: the line is not: path, TAB"),
        ("a.png\tx\na.png\ty\n", ":2: 'a.png' has a list already"),
        ("a.png\tstop\n\nb.png\tcafé,x\n", ":3: label 'café'"),
        ("", "there are no lists"),
        ("a.png\t,\n", "none of 0 words"),
    ],
)
def test_a_bad_line_of_lists_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "lists.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises((DataError, LabelError), match=message):
        read_lists(path, LOWER36)


def test_two_hundred_thousand_words_become_a_tree_of_plain_arrays() -> None:
    rng = np.random.default_rng(0)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyz"), size=(200_000, 8))
    words = ["".join(row) for row in letters]
    lexicon = Lexicon(words, LOWER36)
    tree = lexicon.tree
    assert len(lexicon) == len(set(words))
    assert tree.final.sum() == len(lexicon)
    assert tree.first.nbytes + tree.symbol.nbytes + tree.target.nbytes < 40e6
    assert all(tree.accepts(LOWER36.encode(word)) for word in words[:50])
