"""Beam search against the sum over all paths, against a slow twin, and at its edges."""

import math
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.language.learn import train_language
from crnn.transcription.beam import BeamConfig, BeamDecoder
from crnn.transcription.ctc import log_prob
from crnn.transcription.greedy import greedy
from tests.brute_force import Label, probability_of_every_label, random_log_probs

WORDS = {"cab": 3, "abba": 2, "a": 1, "baa": 1, "cc": 1}
LANGUAGE = train_language(WORDS, Alphabet("abc"), order=3)
EVERYTHING = BeamConfig(width=400, top=400, least_share=0.0, least_score=0.0)
"""Wider than the 364 texts that five frames and three symbols can spell."""

Scores = list[list[list[float]]]


def scores(most_frames: int = 5, images: int = 2) -> st.SearchStrategy[Scores]:
    """Scores (T, N, 4) with ties, near certainty, and classes of probability 0."""
    score = st.one_of(st.integers(-8, 8).map(float), st.floats(-4, 4), st.just(-math.inf))
    frame = st.lists(score, min_size=4, max_size=4).filter(lambda values: max(values) > -math.inf)
    batch = st.lists(frame, min_size=images, max_size=images)
    return st.lists(batch, min_size=1, max_size=most_frames)


def normalized(values: Scores) -> NDArray[np.float64]:
    array = np.array(values)
    log_probs: NDArray[np.float64] = array - np.log(np.exp(array).sum(axis=2, keepdims=True))
    return log_probs


@cache
def language_log_prob(prefix: Label) -> tuple[int, float]:
    """Return the language's state after a prefix, and what it gives to its symbols, the end left out."""
    if not prefix:
        return LANGUAGE.start, 0.0
    state, total = language_log_prob(prefix[:-1])
    log_p, after = LANGUAGE.step(state, prefix[-1])
    return after, total + log_p


def slow_beam(log_probs: NDArray[np.float64], config: BeamConfig, *, language: bool) -> Mapping[Label, float]:
    """Write the search down with one dictionary: prefix -> sums that stand on a blank, on its last symbol."""

    def worth(prefix: Label) -> float:
        if not language:
            return 0.0
        return config.language_weight * language_log_prob(prefix)[1] + config.symbol_bonus * len(prefix)

    beam = {(): np.array([1.0, 0.0])}
    for frame in np.exp(log_probs):
        tried = frame >= config.least_share * frame.max()
        grown: dict[Label, NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
        best_sum = max((sums.sum() * math.exp(worth(prefix)) for prefix, sums in beam.items()), default=0)
        for prefix, (on_blank, on_symbol) in beam.items():
            grown[prefix][0] += (on_blank + on_symbol) * frame[0]
            for symbol in range(1, len(frame)):
                if not tried[symbol]:
                    continue
                arriving = (on_blank + on_symbol) * frame[symbol]
                if prefix[-1:] == (symbol,):
                    grown[prefix][1] += on_symbol * frame[symbol]
                    arriving = on_blank * frame[symbol]
                if arriving * math.exp(worth(prefix)) > config.least_score * best_sum:
                    grown[*prefix, symbol][1] += arriving
        alive = {prefix: sums for prefix, sums in grown.items() if sums.sum() > 0}
        best = sorted(alive, key=lambda prefix: math.log(grown[prefix].sum()) + worth(prefix), reverse=True)
        beam = {prefix: grown[prefix] for prefix in best[: config.width]}
    return {prefix: float(sums.sum()) for prefix, sums in beam.items()}


def test_beam_search_finds_a_where_greedy_finds_nothing() -> None:
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])  # (T=2, C=2): blank, 'a'
    assert greedy(log_probs, Alphabet("a")).text == ""  # the path "--" alone: 0.36
    ((best, other),) = BeamDecoder(Alphabet("a"))(log_probs[:, np.newaxis])
    assert (best.text, best.probability) == ("a", pytest.approx(0.64))  # "aa", "a-", "-a" together
    assert (other.text, other.probability) == ("", pytest.approx(0.36))


@given(scores())
@settings(deadline=None, max_examples=25)
def test_a_wide_beam_returns_every_text_with_the_sum_over_its_paths_best_first(values: Scores) -> None:
    log_probs = normalized(values)
    alphabet = Alphabet("abc")
    for image, candidates in enumerate(BeamDecoder(alphabet, EVERYTHING)(log_probs)):
        expected = probability_of_every_label(log_probs[:, image])
        found = {tuple(alphabet.encode(one.text)): one.probability for one in candidates}
        assert len(found) == len(candidates)
        assert found == pytest.approx({label: p for label, p in expected.items() if p > 0}, rel=1e-9)
        confidences = [one.probability for one in candidates]
        assert confidences == sorted(confidences, reverse=True)


@given(scores(), st.sampled_from([0.0, 0.3, 1.0, 2.5]), st.sampled_from([-1.0, 0.0, 1.5]))
@settings(deadline=None, max_examples=25)
def test_with_a_language_model_a_wide_beam_ranks_all_texts_by_the_documented_sum(
    values: Scores, weight: float, bonus: float
) -> None:
    log_probs = normalized(values)
    alphabet = Alphabet("abc")
    config = replace(EVERYTHING, language_weight=weight, symbol_bonus=bonus)

    def rank(text: str, p: float) -> float:
        return math.log(p) + weight * LANGUAGE.log_prob(text) + bonus * len(text)

    for image, candidates in enumerate(BeamDecoder(alphabet, config, LANGUAGE)(log_probs)):
        expected = probability_of_every_label(log_probs[:, image])
        possible = {alphabet.decode(label): p for label, p in expected.items() if p > 0}
        ranks = {text: rank(text, p) for text, p in possible.items()}
        total = sum(map(math.exp, ranks.values()))
        weighted = {text: math.exp(ranks[text]) / total * sum(possible.values()) for text in possible}
        assert {one.text: one.probability for one in candidates} == pytest.approx(weighted, rel=1e-9)
        found = [ranks[one.text] for one in candidates]
        assert found == pytest.approx(sorted(found, reverse=True), abs=1e-9)


@pytest.mark.parametrize("language", [False, True])
@pytest.mark.parametrize(("least_share", "least_score"), [(0.0, 0.0), (0.02, 0.0), (0.2, 0.01), (0.0, 0.1)])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_a_narrow_beam_keeps_what_the_slow_twin_keeps(
    width: int, least_share: float, least_score: float, language: bool
) -> None:
    config = BeamConfig(width=width, top=width, least_share=least_share, least_score=least_score)
    alphabet = Alphabet("abc")
    decode = BeamDecoder(alphabet, config, LANGUAGE if language else None)
    log_probs = random_log_probs(np.random.default_rng(width), 14, 25, 4, spread=3.0)
    for image, candidates in enumerate(decode(log_probs)):
        kept = slow_beam(log_probs[:, image], config, language=language)
        assert {tuple(alphabet.encode(one.text)) for one in candidates} == set(kept)


def test_the_order_is_that_of_the_exact_sums_where_the_beam_lost_paths() -> None:
    log_probs = random_log_probs(np.random.default_rng(5), 12, 200, 4, spread=1.5)
    reordered = 0
    for image, candidates in enumerate(BeamDecoder(Alphabet("abc"), BeamConfig(width=4))(log_probs)):
        kept = slow_beam(log_probs[:, image], BeamConfig(width=4), language=False)
        own_order = sorted(kept, key=lambda label: kept[label], reverse=True)
        labels = [tuple(Alphabet("abc").encode(one.text)) for one in candidates]
        exact = [math.exp(log_prob(log_probs[:, image], label)) for label in labels]
        assert [one.probability for one in candidates] == pytest.approx(exact)
        assert exact == sorted(exact, reverse=True)
        reordered += labels != own_order
    assert reordered > 10


@pytest.mark.parametrize("language", [False, True])
@pytest.mark.parametrize("width", [1, 10])
def test_a_batch_reads_what_single_images_read_in_their_order(width: int, language: bool) -> None:
    alphabet = Alphabet.named("print94")
    words = train_language({"word": 2, "Words": 1, "sword": 1}, alphabet) if language else None
    decode = BeamDecoder(alphabet, BeamConfig(width=width), words)
    log_probs = random_log_probs(np.random.default_rng(1), 28, 30, 95, 5.0).astype(np.float32)
    batch = decode(log_probs)
    alone = [decode(log_probs[:, [n]])[0] for n in range(30)]
    assert [[one.text for one in found] for found in batch] == [
        [one.text for one in found] for found in alone
    ]
    for together, single in zip(batch, alone, strict=True):
        assert [one.probability for one in together] == pytest.approx([one.probability for one in single])


def test_the_best_text_of_a_beam_is_never_less_likely_than_the_greedy_one() -> None:
    alphabet = Alphabet("abc")
    log_probs = random_log_probs(np.random.default_rng(2), 20, 100, 4, 3.0)
    for image, candidates in enumerate(BeamDecoder(alphabet)(log_probs)):
        assert candidates[0].probability >= greedy(log_probs[:, image], alphabet).probability - 1e-12


def test_a_language_model_chooses_the_word_where_the_image_does_not() -> None:
    alphabet = Alphabet("abcl1")
    language = train_language({"call": 5, "cab": 5, "all": 5}, alphabet, order=3)
    sure, torn = [0.01, 0.01, 0.01, 0.95, 0.01, 0.01], [0.01, 0.01, 0.01, 0.01, 0.45, 0.51]
    a, blank = [0.01, 0.95, 0.01, 0.01, 0.01, 0.01], [0.95, 0.01, 0.01, 0.01, 0.01, 0.01]
    log_probs = np.log([sure, a, torn, blank, torn])[:, np.newaxis]
    assert BeamDecoder(alphabet)(log_probs)[0][0].text == "ca11"
    (candidates,) = BeamDecoder(alphabet, BeamConfig(language_weight=0.5), language)(log_probs)
    assert candidates[0].text == "call"
    exact = [math.exp(log_prob(log_probs[:, 0], alphabet.encode(one.text))) for one in candidates]
    confidences = [one.probability for one in candidates]
    assert confidences[0] > 2 * exact[0]  # the word is likelier than the image alone makes it
    assert confidences == sorted(confidences, reverse=True)


def test_threads_may_share_a_decoder() -> None:
    alphabet = Alphabet("abc")
    log_probs = random_log_probs(np.random.default_rng(8), 12, 20, 4, 2.0)
    expected = BeamDecoder(alphabet, language=LANGUAGE)(log_probs)
    shared = BeamDecoder(alphabet, language=LANGUAGE)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shared, [log_probs] * 8)) == [expected] * 8


def test_one_frame_offers_each_class_alone() -> None:
    (found,) = BeamDecoder(Alphabet("ab"))(np.log([[[0.2, 0.5, 0.3]]]))
    assert [(one.text, round(one.probability, 6)) for one in found] == [("a", 0.5), ("b", 0.3), ("", 0.2)]


def test_no_frames_spell_the_empty_text_and_no_images_nothing() -> None:
    ((only,),) = BeamDecoder(Alphabet("ab"))(np.zeros((0, 1, 3)))
    assert (only.text, only.probability) == ("", 1.0)
    assert BeamDecoder(Alphabet("ab"))(np.zeros((4, 0, 3), dtype=np.float32)) == []


def test_a_beam_of_one_and_one_candidate_still_sums_the_paths_of_its_text() -> None:
    log_probs = np.log([[[0.1, 0.9]], [[0.8, 0.2]], [[0.1, 0.9]]])
    ((only,),) = BeamDecoder(Alphabet("a"), BeamConfig(width=1, top=1))(log_probs)
    assert (only.text, only.probability) == ("aa", pytest.approx(0.648))


@pytest.mark.parametrize("least_share", [0.0, 0.001, 1.0])
def test_classes_of_probability_zero_give_no_warning_and_no_candidate(least_share: float) -> None:
    log_probs = np.full((3, 1, 3), -np.inf, dtype=np.float32)
    log_probs[0, 0, 1] = log_probs[1, 0, 0] = log_probs[2, 0, 1] = 0.0
    with np.errstate(all="raise"):
        ((only,),) = BeamDecoder(Alphabet("ab"), BeamConfig(least_share=least_share))(log_probs)
    assert (only.text, only.probability) == ("aa", 1.0)


def test_frames_that_allow_nothing_give_one_text_of_confidence_zero() -> None:
    log_probs = np.full((3, 2, 3), -np.inf)
    log_probs[:, 1, 2] = 0.0
    (nothing,), (b,) = BeamDecoder(Alphabet("ab"), language=None)(log_probs)
    assert nothing.probability == 0.0
    assert (b.text, b.probability) == ("b", 1.0)


def test_a_certain_model_is_never_more_than_certain() -> None:
    log_probs = np.full((28, 1, 3), -np.inf, dtype=np.float32)
    log_probs[:, :, 1] = 1e-6  # rounding in float32 may leave a hair above 1
    ((only,),) = BeamDecoder(Alphabet("ab"))(log_probs)
    assert (only.text, only.probability) == ("a", 1.0)


def test_at_most_top_candidates_come_back() -> None:
    log_probs = random_log_probs(np.random.default_rng(3), 8, 3, 4)
    for top in (1, 3, 30):
        config = BeamConfig(width=12, top=top)
        assert [len(found) for found in BeamDecoder(Alphabet("abc"), config)(log_probs)] == [min(top, 12)] * 3


def test_symbols_of_several_characters_are_read_whole() -> None:
    log_probs = np.log([[[0.1, 0.8, 0.1]], [[0.8, 0.1, 0.1]], [[0.1, 0.1, 0.8]]])
    assert BeamDecoder(Alphabet(["do", "re"]))(log_probs)[0][0].text == "dore"


def test_reading_the_probabilities_leaves_them_unchanged() -> None:
    log_probs = random_log_probs(np.random.default_rng(6), 9, 4, 4)
    before = log_probs.copy()
    BeamDecoder(Alphabet("abc"), language=LANGUAGE)(log_probs)
    np.testing.assert_array_equal(log_probs, before)


def test_an_alphabet_of_another_size_raises_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match=r"3 classes.*Alphabet.named\('digits'\).*needs 11"):
        BeamDecoder(Alphabet.named("digits"))(np.zeros((4, 1, 3)))


def test_a_language_model_of_other_symbols_raises_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match=r"spells Alphabet\('abc'\), the reader Alphabet\('cba'\)"):
        BeamDecoder(Alphabet("cba"), language=LANGUAGE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "beam width is 0; it must be an integer of 1 or more"),
        ({"top": 2.5}, "beam top is 2.5"),
        ({"least_share": 1.5}, "beam least_share is 1.5; it must lie between 0 and 1"),
        ({"least_share": math.nan}, "beam least_share is nan"),
        ({"language_weight": -0.1}, "beam language_weight is -0.1; it must be 0 or more"),
        ({"symbol_bonus": math.inf}, "beam symbol_bonus is inf; it must lie between -100 and 100"),
    ],
)
def test_a_config_out_of_range_raises_model_error(values: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        BeamConfig(**values)
