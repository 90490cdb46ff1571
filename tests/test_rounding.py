"""The bound on rounding lets right sums pass and wrong ones not."""

import numpy as np
import pytest

from tests.rounding import assert_rounded_alike, rounding

TERMS = 5000
RANDOM = np.random.default_rng(0)


def one_after_the_other(products: np.ndarray) -> np.ndarray:
    return np.cumsum(products, axis=-1, dtype=np.float32)[..., -1]


def test_sums_in_another_order_lie_within_the_bound() -> None:
    products = (RANDOM.normal(size=(2000, TERMS)) / TERMS**0.5).astype(np.float32)
    pairwise, exact = products.sum(axis=-1), products.sum(axis=-1, dtype=np.float64)
    assert_rounded_alike(one_after_the_other(products), pairwise, TERMS)
    assert_rounded_alike(one_after_the_other(products), exact, TERMS)


def test_a_value_that_is_off_by_a_thousandth_does_not() -> None:
    values = RANDOM.normal(size=100)
    with pytest.raises(AssertionError):
        assert_rounded_alike(values + 1e-3 * (np.arange(100) == 50), values, TERMS)


def test_the_bound_is_in_units_of_the_precision_and_of_the_largest_value() -> None:
    assert rounding([0.5], 1) == rounding([-1.0], 1) == 4 * 2.0**-23
    assert rounding([-3.0, 2.0], 16) == 3 * 4 * rounding([1.0], 1)
    assert rounding([1.0], 1, np.float64) == 4 * 2.0**-52
