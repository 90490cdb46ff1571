"""Decoding with a lexicon against the definition: the probability of every text, listed or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, DataError
from crnn.transcription import lexicon_decoder
from crnn.transcription.ctc import log_prob_batch
from crnn.transcription.hypothesis import Hypothesis
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import LexiconDecoder, ListsDecoder
from tests.brute_force import probability_of_every_label, random_log_probs

ABC = Alphabet("abc")
PRINT94 = Alphabet.named("print94")
WORDS = st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=12)


@pytest.fixture(params=["scored", "searched"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small lexicons are scored; a limit of 0 sends them through the tree as well."""
    if request.param == "searched":
        monkeypatch.setattr(lexicon_decoder, "SMALL", 0)
    return str(request.param)


def many_words(count: int, seed: int = 0) -> list[str]:
    """Words that share beginnings as words do: of few syllables."""
    rng = np.random.default_rng(seed)
    syllables = np.array(["an", "ber", "co", "de", "er", "fi", "ing", "lo", "mer", "s", "ta", "un"])
    return ["".join(rng.choice(syllables, size=rng.integers(1, 6))) for _ in range(count)]


def peaked(words: list[str], frames: int, seed: int = 0, doubt: float = 3.0) -> NDArray[np.float32]:
    """Frames that look like a trained model's: each word's symbols in order, with some doubt."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=doubt, size=(frames, len(words), len(PRINT94) + 1))
    for n, word in enumerate(words):
        places = np.sort(rng.choice(frames, size=len(word), replace=False))
        scores[:, n, 0] += 12.0
        scores[places, n, 0] -= 12.0
        scores[places, n, PRINT94.encode(word)] += 9.0
    log_probs = scores - np.logaddexp.reduce(scores, axis=2, keepdims=True)
    return log_probs.astype(np.float32)


def every_word(log_probs: NDArray[np.floating], words: set[str], alphabet: Alphabet) -> dict[str, float]:
    """The oracle for real sizes: p of each word that has any, best first."""
    ordered = sorted(words)
    stacked = np.repeat(log_probs[:, np.newaxis], len(ordered), axis=1)
    scores = log_prob_batch(stacked, [alphabet.encode(word) for word in ordered])
    found = {word: float(np.exp(one)) for word, one in zip(ordered, scores, strict=True) if one > -np.inf}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


@pytest.mark.usefixtures("way")
@settings(max_examples=60, deadline=None)
@given(words=WORDS, frames=st.integers(1, 5), seed=st.integers(0, 10_000), top=st.integers(1, 4))
def test_the_candidates_are_the_most_probable_listed_texts(
    words: list[str], frames: int, seed: int, top: int
) -> None:
    spread = 0.3 + seed % 7
    log_probs = random_log_probs(np.random.default_rng(seed), frames, 1, 4, spread)
    every = probability_of_every_label(log_probs[:, 0])
    listed = {word: every.get(tuple(ABC.encode(word)), 0.0) for word in set(words)}
    expected = sorted((p for p in listed.values() if p > 0), reverse=True)
    (found,) = LexiconDecoder(ABC, lexicon=Lexicon(words, ABC), top=top)(log_probs)
    assert [one.probability for one in found] == pytest.approx(expected[:top], rel=1e-9)
    for candidate in found:
        assert candidate.probability == pytest.approx(listed[candidate.text], rel=1e-9)
        assert candidate.conditional_probability == pytest.approx(
            candidate.probability / sum(expected), rel=0.02
        )
    assert len({candidate.text for candidate in found}) == len(found)


@pytest.mark.parametrize("doubt", [0.5, 3.0, 6.0])
def test_the_search_finds_what_scoring_the_whole_list_finds(doubt: float) -> None:
    words = many_words(3000)
    log_probs = peaked(words[:12], 28, seed=1, doubt=doubt)
    decoded = LexiconDecoder(PRINT94, lexicon=Lexicon(words, PRINT94), top=3)(log_probs)
    for n, found in enumerate(decoded):
        oracle = every_word(log_probs[:, n], set(words), PRINT94)
        assert [one.text for one in found] == list(oracle)[:3]
        assert [one.probability for one in found] == pytest.approx(list(oracle.values())[:3], rel=1e-9)
        assert found[0].conditional_probability == pytest.approx(
            found[0].probability / sum(oracle.values()), rel=0.02
        )


@pytest.mark.parametrize("spread", [0.01, 1.0])
def test_the_search_is_exact_where_the_model_has_no_idea(spread: float) -> None:
    words = many_words(2000, seed=5)
    log_probs = random_log_probs(np.random.default_rng(2), 16, 3, 95, spread)
    decoded = LexiconDecoder(PRINT94, lexicon=Lexicon(words, PRINT94))(log_probs)
    for n, (best,) in enumerate(decoded):
        oracle = every_word(log_probs[:, n], set(words), PRINT94)
        assert best.probability == pytest.approx(next(iter(oracle.values())), rel=1e-9)


def test_a_batch_equals_one_image_at_a_time() -> None:
    words = many_words(800)
    log_probs = peaked(words[:20], 28)
    decode = LexiconDecoder(PRINT94, lexicon=Lexicon(words, PRINT94), top=2)
    alone = [decode(log_probs[:, n : n + 1])[0] for n in range(20)]
    together = decode(log_probs)
    assert [[one.text for one in found] for found in together] == [
        [one.text for one in found] for found in alone
    ]
    flat = [one.probability for found in together for one in found]
    assert flat == pytest.approx([one.probability for found in alone for one in found], rel=1e-12)


@pytest.mark.usefixtures("way")
def test_words_longer_than_the_frames_are_no_candidates() -> None:
    log_probs = random_log_probs(np.random.default_rng(3), 3, 2, 4)
    assert LexiconDecoder(ABC, lexicon=Lexicon(["abca", "aab"], ABC))(log_probs) == [[], []]
    (found, _) = LexiconDecoder(ABC, lexicon=Lexicon(["abca", "aa", "aab"], ABC), top=5)(log_probs)
    assert [one.text for one in found] == ["aa"]
    assert found[0].conditional_probability == 1.0


@pytest.mark.usefixtures("way")
def test_classes_of_probability_zero_leave_the_other_words() -> None:
    log_probs = np.full((4, 1, 4), -np.inf)
    log_probs[:, 0, [0, 2]] = np.log(0.5)
    (found,) = LexiconDecoder(ABC, lexicon=Lexicon(["a", "b", "ab", "c"], ABC), top=4)(log_probs)
    assert [one.text for one in found] == ["b"]


@pytest.mark.usefixtures("way")
def test_probabilities_too_small_for_floats_still_rank_the_words() -> None:
    log_probs = np.full((40, 1, 4), -60.0)
    log_probs[:, 0, 0] = 0.0
    log_probs[:, 0, 2] = -59.0
    words = ["ab" * 10, "b" + "ab" * 9 + "b", "ba" * 11]
    (found,) = LexiconDecoder(ABC, lexicon=Lexicon(words, ABC), top=2)(log_probs)
    assert [one.text for one in found] == [words[1], words[0]]
    assert found[0].probability == 0.0
    log_ps = log_prob_batch(np.repeat(log_probs, 3, axis=1), [ABC.encode(word) for word in words])
    assert found[0].conditional_probability == pytest.approx(
        np.exp(log_ps[1] - np.logaddexp.reduce(log_ps)), rel=1e-6
    )


@pytest.mark.usefixtures("way")
def test_float32_log_probs_are_summed_in_float64() -> None:
    log_probs = random_log_probs(np.random.default_rng(3), 5, 1, 4)
    decode = LexiconDecoder(ABC, lexicon=Lexicon(["a", "ab", "bc"], ABC))
    (single,), (double,) = decode(log_probs.astype(np.float32)), decode(log_probs)
    assert single[0].text == double[0].text
    assert single[0].probability == pytest.approx(double[0].probability, rel=1e-5)


@pytest.mark.usefixtures("way")
def test_no_images_give_no_lists() -> None:
    assert LexiconDecoder(ABC, lexicon=Lexicon(["a"], ABC))(np.zeros((4, 0, 4))) == []


@pytest.mark.usefixtures("way")
def test_with_folded_case_the_best_casing_of_each_word_is_a_candidate() -> None:
    alphabet = Alphabet("abAB")
    lexicon = Lexicon(["ab", "b"], alphabet, fold_case=True)
    log_probs = np.log([[[0.04, 0.3, 0.03, 0.6, 0.03]], [[0.05, 0.05, 0.4, 0.05, 0.45]]])
    (found,) = LexiconDecoder(alphabet, lexicon=lexicon, top=2)(log_probs)
    assert [one.text for one in found] == ["AB", "B"]
    listed = every_word(log_probs[:, 0], {"ab", "AB", "Ab", "b", "B"}, alphabet)
    assert found[0].conditional_probability == pytest.approx(listed["AB"] / sum(listed.values()), rel=1e-6)


def test_a_text_outside_the_list_is_answered_where_it_is_so_much_better() -> None:
    log_probs = np.log([[[0.1, 0.6, 0.2, 0.1]]])
    lexicon = Lexicon(["b", "c"], ABC)

    def read(factor: float | None, top: int = 1) -> list[tuple[str, float | None]]:
        (found,) = LexiconDecoder(ABC, lexicon=lexicon, top=top, oov_factor=factor)(log_probs)
        return [
            (one.text, one.conditional_probability and round(one.conditional_probability, 3)) for one in found
        ]

    assert read(None) == [("b", 0.667)]
    assert read(4.0) == [("b", 0.667)]
    assert read(2.0) == [("a", None)]
    assert read(2.0, top=3) == [("a", None), ("b", 0.667), ("c", 0.333)]


def test_a_listed_greedy_text_is_never_outside() -> None:
    log_probs = np.log([[[0.1, 0.6, 0.2, 0.1]]])
    (found,) = LexiconDecoder(ABC, lexicon=Lexicon(["a"], ABC), oov_factor=0.0, top=3)(log_probs)
    assert [one.text for one in found] == ["a"]


def test_each_image_is_read_with_its_own_list() -> None:
    lists = [Lexicon(["a", "b"], ABC), Lexicon(["c"], ABC), Lexicon(["ba", "b", "abca"], ABC)]
    log_probs = random_log_probs(np.random.default_rng(4), 3, 3, 4)
    decoded = ListsDecoder(ABC, top=2)(log_probs, lists)
    for n, (lexicon, found) in enumerate(zip(lists, decoded, strict=True)):
        oracle = every_word(log_probs[:, n], set(lexicon.texts), ABC)
        assert [one.text for one in found] == list(oracle)[:2]
        given = [p / sum(oracle.values()) for p in oracle.values()]
        assert [one.conditional_probability for one in found] == pytest.approx(given[:2], rel=1e-9)


def test_many_lists_are_scored_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [Lexicon(many_words(30, seed), PRINT94) for seed in range(9)]
    log_probs = peaked([lexicon.texts[0] for lexicon in lists], 24)
    whole = ListsDecoder(PRINT94)(log_probs, lists)
    monkeypatch.setattr(lexicon_decoder, "_AT_ONCE", 20)
    assert read_texts(ListsDecoder(PRINT94)(log_probs, lists)) == read_texts(whole)


def read_texts(decoded: list[list[Hypothesis]]) -> list[list[str]]:
    return [[one.text for one in found] for found in decoded]


def test_a_lexicon_of_another_alphabet_raises_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match=r"made for Alphabet\('ab'\), the model reads Alphabet\('abc'\)"):
        LexiconDecoder(ABC, lexicon=Lexicon(["a"], Alphabet("ab")))


def test_log_probs_of_another_size_raise_alphabet_error() -> None:
    decode = LexiconDecoder(ABC, lexicon=Lexicon(["a"], ABC))
    with pytest.raises(AlphabetError, match="3 classes"):
        decode(np.zeros((4, 1, 3)))


def test_a_missing_list_raises_data_error() -> None:
    with pytest.raises(DataError, match="1 lexicons for 2 images"):
        ListsDecoder(ABC)(np.zeros((4, 2, 4)), [Lexicon(["a"], ABC)])
