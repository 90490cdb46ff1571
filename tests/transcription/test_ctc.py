"""The forward algorithm against the sum over all paths, and at its edges."""

import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from crnn.alphabet import frames_needed
from crnn.errors import LabelError
from crnn.transcription.ctc import collapse, log_prob, log_prob_batch
from tests.brute_force import collapse_path, probability_of_every_label, random_log_probs
from tests.rounding import rounding

SIZES = [(1, 2), (1, 4), (2, 2), (2, 3), (3, 3), (4, 3), (5, 2), (5, 4), (7, 3), (10, 2)]


def test_collapse_merges_repeats_before_it_drops_blanks() -> None:
    assert collapse([1, 1, 0, 1, 2, 2]) == [1, 1, 2]
    assert collapse([0, 0, 0]) == []
    assert collapse([]) == []
    assert collapse(np.array([3, 0, 3])) == [3, 3]


def test_collapse_agrees_with_the_definition_on_every_short_path() -> None:
    for path in product(range(3), repeat=6):
        assert tuple(collapse(path)) == collapse_path(path)


@pytest.mark.parametrize(("frames", "class_count"), SIZES)
@pytest.mark.parametrize("spread", [0.5, 5.0])
def test_log_prob_of_every_label_is_the_sum_over_its_paths(
    frames: int, class_count: int, spread: float
) -> None:
    rng = np.random.default_rng(frames * 100 + class_count)
    log_probs = random_log_probs(rng, frames, 1, class_count, spread)[:, 0]
    for label, expected in probability_of_every_label(log_probs).items():
        assert np.exp(log_prob(log_probs, label)) == pytest.approx(expected, rel=1e-9), label


def test_all_labels_of_one_image_together_have_probability_one() -> None:
    log_probs = random_log_probs(np.random.default_rng(3), 4, 1, 4)[:, 0]
    labels = [label for length in range(5) for label in product((1, 2, 3), repeat=length)]
    assert sum(np.exp(log_prob(log_probs, label)) for label in labels) == pytest.approx(1.0)


def test_a_batch_of_mixed_lengths_equals_one_image_at_a_time() -> None:
    rng = np.random.default_rng(11)
    log_probs = random_log_probs(rng, 9, 40, 5)
    labels = [rng.integers(1, 5, size=rng.integers(0, 8)).tolist() for _ in range(40)]
    batch = log_prob_batch(log_probs, labels)
    assert batch.shape == (40,)
    alone = [log_prob(log_probs[:, n], label) for n, label in enumerate(labels)]
    np.testing.assert_allclose(batch, alone, rtol=1e-13)


def test_the_empty_label_is_the_path_of_blanks() -> None:
    log_probs = random_log_probs(np.random.default_rng(5), 6, 2, 3)
    np.testing.assert_allclose(log_prob_batch(log_probs, [[], []]), log_probs[:, :, 0].sum(axis=0))


def test_one_frame_spells_one_symbol_or_none() -> None:
    log_probs = np.log([[0.5, 0.2, 0.3]])
    assert log_prob(log_probs, []) == pytest.approx(np.log(0.5))
    assert log_prob(log_probs, [2]) == pytest.approx(np.log(0.3))
    assert log_prob(log_probs, [1, 2]) == -np.inf


def test_no_frames_spell_the_empty_label_only() -> None:
    nothing = np.zeros((0, 2, 3))
    np.testing.assert_array_equal(log_prob_batch(nothing, [[], [1]]), [0.0, -np.inf])


def test_no_images_give_no_probabilities() -> None:
    assert log_prob_batch(np.zeros((4, 0, 3)), []).shape == (0,)


@pytest.mark.parametrize("label", [[1, 1], [1, 1, 1], [1, 2, 2, 1], [2, 1, 1, 1]])
def test_a_repeat_costs_a_frame_and_one_frame_less_makes_it_impossible(label: list[int]) -> None:
    log_probs = random_log_probs(np.random.default_rng(2), 7, 1, 3)[:, 0]
    needed = frames_needed(label)
    assert np.isfinite(log_prob(log_probs[:needed], label))
    assert log_prob(log_probs[: needed - 1], label) == -np.inf


def test_classes_of_probability_zero_give_minus_infinity_and_no_warning() -> None:
    log_probs = np.array([[-np.inf, 0.0, -np.inf], [-np.inf, -np.inf, 0.0]])
    with np.errstate(all="raise"):
        assert log_prob(log_probs, [1, 2]) == 0.0
        assert log_prob(log_probs, [1]) == -np.inf
        assert log_prob(log_probs, []) == -np.inf
        assert log_prob(log_probs, [2, 1]) == -np.inf


def test_probabilities_far_below_the_smallest_float_keep_their_digits() -> None:
    frames, tiny = 200, -50.0
    log_probs = np.full((frames, 3), tiny)
    log_probs[:, 0] = np.log1p(-2 * np.exp(tiny))
    label = [1, 2] * 20
    # 40 symbols each of e^-50, anywhere in order; runs of one symbol add only e^-50 relatively.
    places = sum(np.log(np.arange(frames - 39, frames + 1))) - sum(np.log(np.arange(1, 41)))
    assert log_prob(log_probs, label) == pytest.approx(40 * tiny + places, rel=1e-12)
    assert log_prob(log_probs, label) < -1900


@pytest.mark.parametrize("length", [0, 1, 2, 7, 31, 32, 33])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_label_alone_is_summed_to_the_bit_as_in_a_batch(length: int, dtype: type[np.floating]) -> None:
    rng = np.random.default_rng(length)
    for spread in (0.5, 5.0, 60.0):  # the last leaves the range of products
        log_probs = random_log_probs(rng, 80, 2, 4, spread).astype(dtype)
        label = rng.integers(1, 4, length).tolist()  # with repeats
        both = log_prob_batch(log_probs, [label, label])
        assert log_prob(log_probs[:, 0], label) == both[0], spread
        assert log_prob(log_probs[:, 1], label) == both[1], spread


def test_float32_input_is_summed_in_float64() -> None:
    log_probs = random_log_probs(np.random.default_rng(4), 28, 1, 95)[:, 0]
    label = [5, 9, 9, 30, 94]
    single = log_prob(log_probs.astype(np.float32), label)
    exact = log_prob(log_probs, label)
    assert single == pytest.approx(exact, abs=rounding(exact, terms=len(log_probs)))  # of what is put in
    assert log_prob_batch(log_probs[:, None].astype(np.float32), [label]).dtype == np.float64


def test_reading_the_probabilities_leaves_them_unchanged() -> None:
    log_probs = random_log_probs(np.random.default_rng(6), 5, 1, 3)[:, 0]
    before = log_probs.copy()
    log_prob(log_probs, [1, 1])
    np.testing.assert_array_equal(log_probs, before)


@pytest.mark.parametrize("label", [[0], [1, 0, 2], [3], [1, -1]])
def test_a_class_that_is_blank_or_unknown_raises_label_error(label: list[int]) -> None:
    with pytest.raises(LabelError, match=r"label 1 of the batch, classes \[.*outside 1\.\.2 "):
        log_prob_batch(np.zeros((4, 2, 3)), [[1], label])


def test_a_missing_label_raises_label_error() -> None:
    with pytest.raises(LabelError, match="1 labels for 2 images"):
        log_prob_batch(np.zeros((4, 2, 3)), [[1]])


def test_decoding_imports_no_torch() -> None:
    code = "import sys, crnn.transcription.greedy; sys.exit('torch' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
