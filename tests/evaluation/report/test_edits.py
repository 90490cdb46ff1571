"""Label and text side by side: as few edits as possible, and nothing lost or marked without reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from crnn.evaluation.metrics import keep_all, keep_alnum
from crnn.evaluation.report.figures import NOTHING, MarkedText, align_texts, confusion
from crnn.symbols import visible

texts = st.text("aAb-é ", max_size=8)


@given(texts, texts)
def test_the_pairs_spell_label_and_text_with_as_few_edits_as_there_can_be(label: str, text: str) -> None:
    pairs = align_texts(label, text, keep_all).pairs
    assert "".join(old for old, _ in pairs) == label
    assert "".join(new for _, new in pairs) == text
    assert sum(old != new for old, new in pairs) == Levenshtein.distance(label, text)


@given(texts, texts)
def test_the_pieces_are_the_label_and_the_text_whatever_the_protocol_leaves_out(
    label: str, text: str
) -> None:
    comparison = align_texts(label, text, keep_alnum)
    assert "".join(piece.text for piece in comparison.label) == label
    assert "".join(piece.text for piece in comparison.text) == text
    assert "".join(old for old, _ in comparison.pairs) == keep_alnum(label)
    wrong = any(piece.kind == "wrong" for piece in (*comparison.label, *comparison.text))
    assert wrong == (keep_alnum(label) != keep_alnum(text))


def test_what_the_protocol_leaves_out_is_ignored_not_wrong() -> None:
    comparison = align_texts("Hi!", "hit", keep_alnum)
    assert comparison.label == (MarkedText(text="Hi", kind="same"), MarkedText(text="!", kind="ignored"))
    assert comparison.text == (MarkedText(text="hi", kind="same"), MarkedText(text="t", kind="wrong"))


def test_edits_are_counted_by_symbol_and_the_most_confused_named() -> None:
    words = [("cat", "cut"), ("car", "cur"), ("to", "t"), ("t", "ta")]
    counted = confusion([align_texts(label, text, keep_all) for label, text in words], max_symbols=2)
    assert counted.counts["a", "u"] == 2
    assert counted.counts["o", NOTHING] == counted.counts[NOTHING, "a"] == 1
    assert counted.counts["c", "c"] == 2
    assert counted.symbols == ("a", "u")  # three and two edits; "o" has one
    assert counted.most_common(2) == [("a", "u", 2), (NOTHING, "a", 1)]


def test_a_right_reading_confuses_nothing() -> None:
    counted = confusion([align_texts("a", "a", keep_all)], max_symbols=5)
    assert (counted.symbols, counted.most_common(5)) == ((), [])


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [("a", "a"), ("ß", "ß"), ("م", "م"), ("👩", "👩"), ("\t", "U+0009"), ("\u0301", "◌\u0301")],
)
def test_every_symbol_can_be_seen(symbol: str, shown: str) -> None:
    assert visible(symbol) == shown


def test_symbols_of_several_characters_are_compared_whole() -> None:
    comparison = align_texts(["F#4", "G4", "A4"], ["F4", "G4"], keep_all, " ")
    assert comparison.pairs == (("F#4", "F4"), ("G4", "G4"), ("A4", NOTHING))
    assert "".join(piece.text for piece in comparison.label) == "F#4 G4 A4"
    assert comparison.text == (MarkedText(text="F4", kind="wrong"), MarkedText(text=" G4", kind="same"))
