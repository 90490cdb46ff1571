"""What a confidence is worth, against counts by hand and slow definitions."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crnn.evaluation.confidence import (
    area_under_risk,
    bootstrap_interval,
    brier_score,
    confidence_figures,
    coverage_at,
    expected_calibration_error,
    reliability,
    right_lost,
    risk_coverage,
)

readings = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0]), st.booleans()), min_size=1)


def random_readings(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Confidences that are right as often as they say."""
    random = np.random.default_rng(seed)
    confidences = random.random(n)
    return confidences, random.random(n) < confidences


def slow_ece(confidences: np.ndarray, right: np.ndarray, bins: int) -> float:
    """Guo et al. 2017, equation 3, word by word."""
    error = 0.0
    for low in range(bins):
        inside = [
            (p, r) for p, r in zip(confidences, right, strict=True) if min(int(p * bins), bins - 1) == low
        ]
        if inside:
            accuracy = sum(r for _, r in inside) / len(inside)
            confidence = sum(p for p, _ in inside) / len(inside)
            error += len(inside) / len(right) * abs(accuracy - confidence)
    return error


def test_the_calibration_error_is_that_of_its_definition() -> None:
    confidences, right = random_readings(300)
    assert expected_calibration_error(confidences**2, right) == pytest.approx(
        slow_ece(confidences**2, right, 15)
    )


def test_confidences_that_come_true_have_a_calibration_error_near_that_of_chance() -> None:
    confidences, right = random_readings(20_000)
    figures = confidence_figures(confidences, right)
    assert figures.ece < 0.015
    assert figures.ece == pytest.approx(figures.ece_by_chance, abs=0.005)
    assert confidence_figures(confidences**3, right).ece > 10 * figures.ece_by_chance


@given(readings)
def test_bins_hold_every_reading_once(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = zip(*pairs, strict=True)
    for equal_mass in (False, True):
        bins = reliability(confidences, right, equal_mass=equal_mass)
        assert sum(group.n for group in bins) == len(pairs)
        assert sum(group.n * group.accuracy for group in bins) == pytest.approx(sum(right))
        assert sum(group.n * group.confidence for group in bins) == pytest.approx(sum(confidences))


def test_bins_of_equal_mass_differ_by_one_reading_at_most() -> None:
    sizes = [group.n for group in reliability(*random_readings(100), equal_mass=True)]
    assert len(sizes) == 15
    assert max(sizes) - min(sizes) == 1


def test_the_brier_score_of_certainty_is_the_share_of_wrong_readings() -> None:
    assert brier_score([1.0] * 4, [True, True, True, False]) == 0.25


def test_risk_counts_the_wrong_among_the_accepted() -> None:
    coverage, risk = risk_coverage([0.2, 0.9, 0.5, 0.7], [False, True, True, False])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])


@pytest.mark.slow
@given(readings)
def test_the_risk_of_accepting_all_is_the_share_of_wrong(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = zip(*pairs, strict=True)
    assert risk_coverage(confidences, right)[1][-1] == pytest.approx(1 - sum(right) / len(right))


@pytest.mark.slow
@given(readings, st.randoms(use_true_random=False))
def test_equal_confidences_have_no_order(pairs: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for figure in (area_under_risk, right_lost, partial(coverage_at, error=0.25)):
        first, second = (figure(*zip(*some, strict=True)) for some in (pairs, shuffled))
        assert first == pytest.approx(second)


def test_one_confidence_for_all_risks_the_share_of_wrong_everywhere() -> None:
    assert area_under_risk([0.5] * 4, [True, False, True, False]) == pytest.approx(0.5)
    assert right_lost([0.5] * 4, [True, False, True, False]) == pytest.approx(0.5)


def test_coverage_is_the_largest_that_stays_within_the_tolerance() -> None:
    confidences, right = [0.9, 0.8, 0.7, 0.6, 0.5], [True, False, True, True, True]
    assert coverage_at(confidences, right, 0.0) == 0.2
    assert coverage_at(confidences, right, 0.25) == 1.0  # though two of them alone are half wrong
    assert coverage_at([0.9], [False], 0.05) == 0.0


def test_half_of_the_wrong_ones_take_the_right_ones_below_them_along() -> None:
    #              wrong  right  wrong  right  wrong  right  wrong
    confidences = [0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70]
    right = [False, True, False, True, False, True, False]
    assert right_lost(confidences, right) == pytest.approx(1 / 3)


@pytest.mark.parametrize("right", [[True, True], [False, False]])
def test_nothing_is_lost_or_kept_where_all_readings_are_alike(right: list[bool]) -> None:
    assert right_lost([0.4, 0.6], right) is None


@pytest.mark.slow
def test_the_bootstrap_holds_the_figure_and_narrows_with_more_words() -> None:
    few, many = random_readings(100), random_readings(3000)
    low, high = bootstrap_interval(area_under_risk, *few)
    assert low < area_under_risk(*few) < high
    narrow = bootstrap_interval(area_under_risk, *many)
    assert narrow[1] - narrow[0] < (high - low) / 3
    assert bootstrap_interval(area_under_risk, *few) == (low, high)


def test_the_bootstrap_of_what_is_never_defined_is_refused() -> None:
    with pytest.raises(ValueError, match="undefined on every resample"):
        bootstrap_interval(right_lost, [0.5, 0.6], [True, True])


@pytest.mark.parametrize(
    ("confidences", "right", "message"),
    [
        ([], [], "at least one word"),
        ([0.5], [True, False], "one of each a word"),
        ([1.5], [True], "run from 1.5 to 1.5"),
        ([float("nan")], [True], "probabilities lie in 0..1"),
    ],
)
def test_what_is_no_confidence_is_refused(confidences: list[float], right: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        brier_score(confidences, right)
