"""Alignment and posteriors against the list of all paths, and at their edges."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crnn.alphabet import frames_needed
from crnn.errors import LabelError
from crnn.transcription.alignment import align, posteriors
from crnn.transcription.ctc import collapse, log_prob
from tests.brute_force import collapse_path, probability_of_every_label, random_log_probs

Case = tuple[NDArray[np.float64], list[int]]


@st.composite
def cases(draw: st.DrawFn, *, zeros: bool = False) -> Case:
    """Draw log_probs of at most 5 frames and 4 classes, and a text that fits into them."""
    frames, class_count = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    text = draw(st.lists(st.integers(1, class_count - 1), min_size=1, max_size=frames))
    while frames_needed(text) > frames:
        text.pop()
    least = 0.0 if zeros else 1e-4
    weight = st.floats(least, 1).filter(lambda value: value == 0 or value > 1e-5)
    probs = np.array(draw(st.lists(weight, min_size=frames * class_count, max_size=frames * class_count)))
    probs = probs.reshape(frames, class_count)
    probs[probs.sum(1) == 0] = 1.0
    with np.errstate(divide="ignore"):
        return np.log(probs / probs.sum(1, keepdims=True)), text


def path_of(spans: list[tuple[int, int]], text: list[int], frames: int) -> list[int]:
    path = [0] * frames
    for (first, end), symbol in zip(spans, text, strict=True):
        path[first:end] = [symbol] * (end - first)
    return path


def best_path_score(log_probs: NDArray[np.float64], text: list[int]) -> float:
    """The probability of the best of all paths that collapse to the text."""
    frames, class_count = log_probs.shape
    return max(
        float(log_probs[range(frames), path].sum())
        for path in product(range(class_count), repeat=frames)
        if collapse_path(path) == tuple(text)
    )


@given(cases())
@settings(max_examples=150, deadline=None)
def test_no_path_of_the_text_is_better_than_the_aligned_one(case: Case) -> None:
    log_probs, text = case
    path = path_of(align(log_probs, text), text, len(log_probs))
    assert collapse(path) == text
    score = log_probs[range(len(path)), path].sum()
    assert score == pytest.approx(best_path_score(log_probs, text))


@given(cases(zeros=True))
@settings(max_examples=200, deadline=None)
def test_the_posterior_compares_the_text_with_all_that_differ_at_one_place(case: Case) -> None:
    log_probs, text = case
    probability = probability_of_every_label(log_probs)
    found = posteriors(log_probs, text)
    assert found.shape == (len(text),)
    for place, posterior in enumerate(found):
        others = [(*text[:place], c, *text[place + 1 :]) for c in range(1, log_probs.shape[1])]
        total = sum(probability.get(other, 0.0) for other in others)
        expected = probability.get(tuple(text), 0.0) / total if total else 0.0
        assert posterior == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(cases(zeros=True))
@settings(max_examples=100, deadline=None)
def test_impossible_frames_still_give_each_symbol_its_frames(case: Case) -> None:
    log_probs, text = case
    path = path_of(align(log_probs, text), text, len(log_probs))
    assert collapse(path) == text


def test_the_frames_of_a_certain_path_are_its_runs() -> None:
    path = [0, 3, 3, 0, 3, 1, 1, 1, 0, 2]
    log_probs = np.full((10, 4), np.log(0.01))
    log_probs[range(10), path] = np.log(0.97)
    assert align(log_probs, [3, 3, 1, 2]) == [(1, 3), (4, 5), (5, 8), (9, 10)]
    assert posteriors(log_probs, [3, 3, 1, 2]).min() > 0.95


def test_a_symbol_that_two_texts_share_evenly_has_a_half() -> None:
    log_probs = np.log([[0.02, 0.96, 0.01, 0.01], [0.02, 0.02, 0.48, 0.48], [0.97, 0.01, 0.01, 0.01]])
    assert posteriors(log_probs, [1, 2])[1] == pytest.approx(0.5, abs=0.01)
    assert posteriors(log_probs, [1, 2])[0] > 0.95


def test_a_long_unlikely_text_keeps_its_digits() -> None:
    rng = np.random.default_rng(3)
    log_probs = random_log_probs(rng, 120, 1, 6, spread=20.0)[:, 0]
    text = rng.integers(1, 6, 40).tolist()
    assert log_prob(log_probs, text) < -800  # below the smallest float64
    found = posteriors(log_probs, text)
    for place in range(0, 40, 7):
        others = [log_prob(log_probs, [*text[:place], c, *text[place + 1 :]]) for c in range(1, 6)]
        expected = np.exp(others[text[place] - 1] - np.logaddexp.reduce(others))
        assert found[place] == pytest.approx(expected, rel=1e-8)


def test_float32_is_taken_as_it_is_and_left_unchanged() -> None:
    log_probs = random_log_probs(np.random.default_rng(4), 28, 1, 95)[:, 0].astype(np.float32)
    before = log_probs.copy()
    assert posteriors(log_probs, [5, 9, 9, 30]).dtype == np.float64
    assert all(type(frame) is int for span in align(log_probs, [5, 9, 9, 30]) for frame in span)
    np.testing.assert_array_equal(log_probs, before)


def test_the_empty_text_has_no_symbols_to_place() -> None:
    log_probs = random_log_probs(np.random.default_rng(4), 3, 1, 3)[:, 0]
    assert align(log_probs, []) == []
    assert posteriors(log_probs, []).shape == (0,)


@pytest.mark.parametrize("ask", [align, posteriors])
def test_a_text_too_long_for_the_frames_is_a_label_error_that_says_by_how_much(ask: object) -> None:
    with pytest.raises(LabelError, match=r"of 3 symbols.* needs 4 frames \(3 symbols \+ 1 rep.*gives 3"):
        ask(np.zeros((3, 3)), [1, 1, 2])  # type: ignore[operator]


@pytest.mark.parametrize("ask", [align, posteriors])
@pytest.mark.parametrize("text", [[0], [1, 3], [-1]])
def test_a_class_that_is_blank_or_unknown_is_a_label_error(ask: object, text: list[int]) -> None:
    with pytest.raises(LabelError, match=r"outside 1\.\.2"):
        ask(np.zeros((4, 3)), text)  # type: ignore[operator]
