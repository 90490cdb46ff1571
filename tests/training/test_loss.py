"""The training loss against the definition, in value and in gradient."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import LabelError
from crnn.training.loss import ctc_loss
from crnn.transcription.ctc import log_prob_batch
from tests.brute_force import probability_of_every_label, random_log_probs
from tests.rounding import assert_rounded_alike


def mean_loss(scores: NDArray[np.float64], labels: list[list[int]]) -> float:
    """The objective in float64, from scores (T, N, C) before log-softmax."""
    log_probs = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
    return float(-log_prob_batch(log_probs, labels).mean())


def test_loss_is_minus_the_mean_log_of_the_sum_over_all_paths() -> None:
    log_probs = random_log_probs(np.random.default_rng(1), 5, 4, 3)
    labels = [[1, 2], [], [2, 2], [1, 2, 1, 2]]
    every = [probability_of_every_label(log_probs[:, n])[tuple(label)] for n, label in enumerate(labels)]
    loss = ctc_loss(torch.from_numpy(log_probs), labels)
    assert loss.shape == ()
    assert_rounded_alike(loss, -np.log(every).mean(), terms=log_probs[:, 0].size)


def test_loss_equals_the_numpy_log_prob_on_a_batch_of_real_size() -> None:
    rng = np.random.default_rng(2)
    log_probs = random_log_probs(rng, 28, 32, 95, spread=3.0)
    labels = [rng.integers(1, 95, size=rng.integers(0, 13)).tolist() for _ in range(32)]
    expected = -log_prob_batch(log_probs, labels).mean()
    assert_rounded_alike(ctc_loss(torch.from_numpy(log_probs), labels), expected, terms=log_probs[:, 0].size)


def test_gradient_equals_the_numerical_gradient_of_the_definition() -> None:
    scores = np.random.default_rng(3).normal(size=(5, 3, 4))
    labels = [[1, 1], [], [3, 2, 1]]
    step = 1e-5
    numerical = np.zeros_like(scores)
    for place in np.ndindex(*scores.shape):
        nudge = np.zeros_like(scores)
        nudge[place] = step
        rise = mean_loss(scores + nudge, labels) - mean_loss(scores - nudge, labels)
        numerical[place] = rise / (2 * step)
    variable = torch.tensor(scores, requires_grad=True)
    (ours,) = torch.autograd.grad(ctc_loss(variable.log_softmax(dim=2), labels), variable)
    assert_rounded_alike(ours, numerical, terms=scores[:, 0].size)


def test_long_and_short_labels_weigh_the_same() -> None:
    log_probs = torch.from_numpy(random_log_probs(np.random.default_rng(4), 9, 2, 3))
    both = ctc_loss(log_probs, [[1], [1, 2, 1, 2, 1]])
    first, second = ctc_loss(log_probs[:, :1], [[1]]), ctc_loss(log_probs[:, 1:], [[1, 2, 1, 2, 1]])
    assert_rounded_alike(both, (first + second) / 2, terms=log_probs[:, 0].numel())


def test_half_precision_is_summed_in_float32() -> None:
    log_probs = torch.zeros(6, 2, 4).log_softmax(dim=2).bfloat16()
    loss = ctc_loss(log_probs, [[1], [2, 3]])
    assert loss.dtype == torch.float32
    assert_rounded_alike(loss, ctc_loss(log_probs.float(), [[1], [2, 3]]), terms=log_probs[:, 0].numel())


def test_a_label_that_needs_more_frames_raises_label_error_with_both_counts() -> None:
    label = Alphabet.named("lower36").encode("bookkeeper")
    log_probs = torch.zeros(11, 2, 37).log_softmax(dim=2)
    message = r"label 1 .* needs 13 frames \(10 symbols \+ 3 repeats\); its image gives 11\."
    with pytest.raises(LabelError, match=message):
        ctc_loss(log_probs, [[5], label])
    with pytest.raises(LabelError, match=r"its image gives 12\."):
        ctc_loss(torch.zeros(12, 1, 37).log_softmax(dim=2), [label])
    enough = torch.zeros(13, 2, 37).log_softmax(dim=2)
    assert torch.isfinite(ctc_loss(enough, [[5], label]))


@pytest.mark.parametrize("label", [[0], [1, 4]])
def test_a_class_that_is_blank_or_unknown_raises_label_error(label: list[int]) -> None:
    with pytest.raises(LabelError, match=r"classes \[.*outside 1\.\.3 "):
        ctc_loss(torch.zeros(5, 1, 4).log_softmax(dim=2), [label])


def test_a_batch_of_empty_labels_has_a_loss() -> None:
    log_probs = torch.zeros(3, 2, 4).log_softmax(dim=2)
    assert_rounded_alike(ctc_loss(log_probs, [[], []]), 3 * np.log(4), terms=log_probs[:, 0].numel())
