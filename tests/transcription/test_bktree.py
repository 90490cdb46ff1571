"""The BK-tree against the distance to every word, its file, and the paper's decoder."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, LabelError, ModelError
from crnn.transcription.bktree import BKTree, BKTreeDecoder
from crnn.transcription.greedy import greedy_batch
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import ListsDecoder
from tests.brute_force import random_log_probs

ABC = Alphabet("abc")
WORDS = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(words=WORDS, text=st.text("abc", max_size=6), max_edits=st.integers(0, 4))
def test_the_neighbours_are_the_words_at_that_distance(words: list[str], text: str, max_edits: int) -> None:
    near = sorted({word for word in words if Levenshtein.distance(word, text) <= max_edits})
    assert BKTree(Lexicon(words, ABC)).within(text, max_edits) == near


def test_distances_count_symbols_not_characters() -> None:
    alphabet = Alphabet(["clef-G2", "note-C4", "note-D4"])
    tree = BKTree(Lexicon(["clef-G2note-C4", "note-D4note-D4"], alphabet))
    assert tree.within("clef-G2note-D4", 1) == ["clef-G2note-C4", "note-D4note-D4"]
    assert tree.within("clef-G2", 0) == []


def test_a_saved_tree_finds_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abc"), size=rng.integers(1, 9))) for _ in range(300)]
    tree = BKTree(Lexicon(words, ABC, fold_case=True))
    tree.save(tmp_path / "tree.npz")
    again = BKTree.load(tmp_path / "tree.npz")
    assert (again.alphabet, again.texts, again.fold_case) == (ABC, tree.texts, True)
    for text in ("abcabc", "a", "", "cccccccc"):
        assert again.within(text, 2) == tree.within(text, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["tree.npz"]


def test_a_missing_torn_or_foreign_file_raises_model_error(tmp_path: Path) -> None:
    path = tmp_path / "tree.npz"
    with pytest.raises(ModelError, match="no such file"):
        BKTree.load(path)
    BKTree(Lexicon(["a", "ab", "b"], ABC)).save(path)
    whole = path.read_bytes()
    for content in (b"", b"PK", b"not a tree", whole[: len(whole) // 2], whole[:-10]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="torn, or no BK-tree"):
            BKTree.load(path)
    np.savez(path, word=np.zeros(3))
    with pytest.raises(ModelError, match="torn, or no BK-tree"):
        BKTree.load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first", [1, 1, 1, 1]),
        ("first", [0, 1, 2, 3]),
        ("word", [0, 0, 1]),
        ("word", [0, 1, 7]),
        ("distance", [0, 1]),
    ],
)
def test_arrays_that_are_no_tree_raise_model_error(tmp_path: Path, name: str, value: list[int]) -> None:
    path = tmp_path / "tree.npz"
    BKTree(Lexicon(["a", "ab", "b"], ABC)).save(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **arrays | {name: np.array(value)})
    with pytest.raises(ModelError, match="torn, or no BK-tree"):
        BKTree.load(path)


def test_objects_in_a_file_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "tree.npz"
    np.savez(path, header=np.array([{"format": "x"}], dtype=object))
    with pytest.raises(ModelError, match="torn, or no BK-tree"):
        BKTree.load(path)


def test_the_decoder_scores_the_neighbours_of_the_greedy_text() -> None:
    log_probs = random_log_probs(np.random.default_rng(6), 6, 20, 4, 1.0)
    lexicon = Lexicon(["ab", "ba", "abc", "cab", "bbb", "a"], ABC)
    decoded = BKTreeDecoder(ABC, tree=BKTree(lexicon), max_edits=1, top=2)(log_probs)
    score = ListsDecoder(ABC, top=2)
    for n, reading in enumerate(greedy_batch(log_probs, ABC)):
        near = [word for word in lexicon.texts if Levenshtein.distance(word, reading.text) <= 1]
        if near:
            (expected,) = score(log_probs[:, n : n + 1], [Lexicon(near, ABC)])
            assert [one.text for one in decoded[n]] == [one.text for one in expected]
        else:
            assert decoded[n] == []
    assert [] in decoded


def test_a_wide_neighbourhood_is_the_whole_lexicon() -> None:
    log_probs = random_log_probs(np.random.default_rng(7), 5, 9, 4)
    lexicon = Lexicon(["ab", "ba", "abc", "cab"], ABC)
    near = BKTreeDecoder(ABC, tree=BKTree(lexicon), max_edits=9)(log_probs)
    assert near == ListsDecoder(ABC)(log_probs, [lexicon] * 9)


def test_a_tree_of_another_alphabet_raises_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match="the tree was made for"):
        BKTreeDecoder(ABC, tree=BKTree(Lexicon(["a"], Alphabet("ab"))))


def test_a_text_outside_the_alphabet_raises_label_error() -> None:
    with pytest.raises(LabelError, match="'x'"):
        BKTree(Lexicon(["a"], ABC)).within("x", 1)
