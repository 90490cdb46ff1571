"""How far a confidence can be trusted: does 0.9 mean nine right of ten, and do the wrong ones stand last?

    confidences   (n,)   p(text | image) of each reading, 0..1
    right         (n,)   whether the text is the label under the protocol

All figures are shares, 0..1. Calibration is measured by the expected calibration error (Guo et al.
2017) and the Brier score (1950), order by the risk-coverage curve and the area under it (Geifman
and El-Yaniv 2017): keep only the most confident words, and count how many of them are wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 15
"""Of the expected calibration error, as in Guo et al. 2017."""

TOLERATED_ERRORS = (0.01, 0.02, 0.05)
"""Shares of wrong words among the accepted, for which the coverage is stated."""

_SIMULATIONS = 200
_RESAMPLES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Readings of nearly one confidence: a point of the reliability diagram."""

    n: int
    confidence: float
    """Mean confidence."""
    accuracy: float
    """Share that is right; equal to `confidence` where it can be taken at its word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceFigures:
    """What the confidences of one set of readings are worth."""

    n: int
    ece: float
    """Expected calibration error: mean distance of confidence and accuracy, 15 bins of equal width."""
    ece_equal_mass: float
    """The same with 15 bins of equally many words."""
    ece_by_chance: float
    """What perfectly calibrated confidences would show as `ece` on so few words."""
    brier: float
    """Mean squared distance of the confidence from 1 for right and 0 for wrong."""
    aurc: float
    """Area under the risk-coverage curve; 0 where every right word stands before every wrong one
    and all are right."""
    right_lost: float | None
    """Share of the right words rejected with the least confident half of the wrong ones; None where
    no word is wrong or none is right."""
    coverage: dict[float, float]
    """Tolerated share of wrong words -> largest share of words that can be accepted with it."""


def confidence_figures(confidences: ArrayLike, right: ArrayLike) -> ConfidenceFigures:
    """Measure calibration and order of confidences.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        All figures.

    Raises:
        ValueError: There are none, they differ in number, or one is no probability.
    """
    p, r = _paired(confidences, right)
    return ConfidenceFigures(
        n=len(p),
        ece=expected_calibration_error(p, r),
        ece_equal_mass=expected_calibration_error(p, r, equal_mass=True),
        ece_by_chance=_ece_by_chance(p),
        brier=brier_score(p, r),
        aurc=area_under_risk(p, r),
        right_lost=right_lost(p, r),
        coverage={error: coverage_at(p, r, error) for error in TOLERATED_ERRORS},
    )


def reliability(
    confidences: ArrayLike, right: ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> list[ReliabilityBin]:
    """Group readings by confidence, for a reliability diagram.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.
        bins: How many groups.
        equal_mass: Whether the bins have equally many words instead of equal width.

    Returns:
        The bins that are not empty, by rising confidence.

    >>> reliability([0.9, 0.95, 0.1], [True, False, False], bins=2)[1]
    ReliabilityBin(n=2, confidence=0.925, accuracy=0.5)
    """
    p, r = _paired(confidences, right)
    if equal_mass:
        groups = np.array_split(np.argsort(p, kind="stable"), bins)
    else:
        bin_of = np.minimum((p * bins).astype(int), bins - 1)
        groups = [np.flatnonzero(bin_of == index) for index in range(bins)]
    return [
        ReliabilityBin(n=len(group), confidence=float(p[group].mean()), accuracy=float(r[group].mean()))
        for group in groups
        if len(group)
    ]


def expected_calibration_error(
    confidences: ArrayLike, right: ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> float:
    """Average |confidence - accuracy| over the bins, each weighted by its readings.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.
        bins: How many groups.
        equal_mass: Whether the bins have equally many words instead of equal width.

    Returns:
        The error, 0..1.

    >>> expected_calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False])
    0.0
    """
    grouped = reliability(confidences, right, bins=bins, equal_mass=equal_mass)
    total = sum(group.n for group in grouped)
    return sum(group.n * abs(group.confidence - group.accuracy) for group in grouped) / total


def brier_score(confidences: ArrayLike, right: ArrayLike) -> float:
    """Average the squared distance of each confidence from what came true.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        The score, 0..1; 0 is best.

    >>> brier_score([1.0, 0.5], [True, False])
    0.125
    """
    p, r = _paired(confidences, right)
    return float(np.mean((p - r) ** 2))


def risk_coverage(
    confidences: ArrayLike, right: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accept the 1, 2, .. n most confident readings, and count the wrong ones among them.

    Readings of one confidence have no order: each counts as wrong as they all are on average.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        Coverage (n,), the share that is accepted, and risk (n,), the share of wrong ones among those.

    >>> coverage, risk = risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
    >>> risk.round(2).tolist()
    [0.0, 0.0, 0.33, 0.25]
    """
    wrong = _wrong_by_confidence(*_paired(confidences, right))
    accepted = np.arange(1, len(wrong) + 1)
    return accepted / len(wrong), np.cumsum(wrong) / accepted


def area_under_risk(confidences: ArrayLike, right: ArrayLike) -> float:
    """Average the risk over all coverages (AURC).

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        The area, 0..1; 0 where all are right.

    >>> area_under_risk([0.9, 0.1], [True, False]), area_under_risk([0.1, 0.9], [True, False])
    (0.25, 0.75)
    """
    return float(risk_coverage(confidences, right)[1].mean())


def coverage_at(confidences: ArrayLike, right: ArrayLike, error: float) -> float:
    """Find how many readings can be accepted with few errors.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.
        error: Tolerated share of wrong ones among the accepted.

    Returns:
        The largest share of readings.

    >>> coverage_at([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 0.25)
    1.0
    """
    coverage, risk = risk_coverage(confidences, right)
    return float(coverage[risk <= error + 1e-12].max(initial=0.0))


def right_lost(confidences: ArrayLike, right: ArrayLike) -> float | None:
    """Count what a threshold costs that rejects half of the wrong readings.

    Args:
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        The share of right readings below it; None where nothing is wrong, or nothing right.

    >>> right_lost([0.9, 0.8, 0.7, 0.6], [True, False, True, False])
    0.0
    """
    p, r = _paired(confidences, right)
    if r.all() or not r.any():
        return None
    wrong = _wrong_by_confidence(p, r)[::-1]  # least confident first
    rejected = int(np.searchsorted(np.cumsum(wrong), (1 - 1e-12) * wrong.sum() / 2)) + 1
    return float(np.sum(1 - wrong[:rejected]) / np.sum(1 - wrong))


def bootstrap_interval(
    figure: Callable[[ArrayLike, ArrayLike], float | None], confidences: ArrayLike, right: ArrayLike
) -> tuple[float, float]:
    """Bound a figure at 95 % confidence: its middle 95 % over 400 resampled sets (Efron 1979).

    The resampling is the same on every call.

    Args:
        figure: Of confidences and right; resamples where it is None are left out.
        confidences: (n,) of each reading, 0..1.
        right: (n,) whether its text is the label.

    Returns:
        Lower and upper bound.

    Raises:
        ValueError: The figure is None on every resample.
    """
    p, r = _paired(confidences, right)
    random = np.random.default_rng(0)
    values = []
    for _ in range(_RESAMPLES):
        drawn = random.integers(0, len(p), len(p))
        value = figure(p[drawn], r[drawn])
        if value is not None:
            values.append(value)
    if not values:
        raise ValueError("the figure is undefined on every resample: too few words, or all alike.")
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _ece_by_chance(confidences: NDArray[np.float64]) -> float:
    """Average the calibration error of readings that come true exactly as often as their confidence."""
    random = np.random.default_rng(0)
    draws = (random.random(len(confidences)) < confidences for _ in range(_SIMULATIONS))
    return float(np.mean([expected_calibration_error(confidences, draw) for draw in draws]))


def _wrong_by_confidence(p: NDArray[np.float64], r: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (n,) 1 for wrong, most confident first, averaged over equal confidences."""
    order = np.argsort(-p, kind="stable")
    _, block, sizes = np.unique(-p[order], return_inverse=True, return_counts=True)
    wrong = np.bincount(block, weights=~r[order]) / sizes
    spread: NDArray[np.float64] = wrong[block]
    return spread


def _paired(confidences: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    p, r = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=bool)
    if p.shape != r.shape or p.ndim != 1 or not len(p):
        raise ValueError(
            f"{p.shape} confidences and {r.shape} truths; give one of each a word, and at least one word."
        )
    if not (p.min() >= 0 and p.max() <= 1):  # NaN too
        raise ValueError(f"confidences run from {p.min():g} to {p.max():g}; probabilities lie in 0..1.")
    return p, r
