"""How far apart two right computations of one value may lie: a bound that follows from the arithmetic.

A sum of n products is rounded n times, and kernels add in different orders: those of AVX2 and AVX-512, of
one thread and of two, of torch and of ONNX Runtime. Roundings fall either way, so that n of them grow as
sqrt(n), in units of the precision and of the size of what is added.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

UNITS = 4
"""Standard deviations: enough for the largest of some ten thousand values."""


def terms_of(network: Any) -> int:
    """How many products are added on the way from an input of a torch network to an output."""
    return sum(weights[0].numel() for weights in network.parameters() if weights.ndim > 1)


def rounding(values: Any, terms: int, precision: npt.DTypeLike = np.float32) -> float:
    """The largest difference that rounding explains between two ways to compute these values.

    values      what one of them gave: numbers, an array or a tensor; below 1 they count as 1
    terms       products or sums on the way to one value, all layers together
    precision   of the arithmetic
    """
    largest = max(1.0, float(np.abs(_plain(values)).max(initial=0)))
    return UNITS * float(np.finfo(precision).eps) * largest * math.sqrt(terms)


def assert_rounded_alike(ours: Any, theirs: Any, terms: int) -> None:
    """Both have one shape and differ by no more than float32 rounds `terms` products."""
    np.testing.assert_allclose(_plain(ours), _plain(theirs), rtol=0, atol=rounding(theirs, terms))


def _plain(values: Any) -> npt.NDArray[np.floating]:
    """Take a tensor out of its graph."""
    return np.asarray(values.detach() if hasattr(values, "detach") else values)
