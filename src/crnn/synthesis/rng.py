"""Random tensors on one device, from one seed: every random choice of the synthesis."""

import hashlib

import numpy as np
import torch
from torch import Tensor


def seed_of(*numbers: int) -> int:
    """Mix numbers (seed, purpose, index) into one 63-bit seed, alike on every machine."""
    digest = hashlib.blake2b(repr(numbers).encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


class Rng:
    """A generator with the few draws that the synthesis needs.

    Shapes are given as plain numbers; `per_image` draws are (N, 1, 1, 1), one number an image.
    Single numbers come from a generator of their own, so that no GPU is waited for.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self.generator = torch.Generator(device=device)
        self.generator.manual_seed(seed)
        self.numpy = np.random.default_rng(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Draw float32 from [low, high)."""
        draw = torch.rand(shape, generator=self.generator, device=self.device)
        return draw * (high - low) + low

    def normal(self, deviation: float, *shape: int, limit: float = 2.5) -> Tensor:
        """Draw from a normal distribution of mean 0, cut off at `limit` deviations."""
        draw = torch.randn(shape, generator=self.generator, device=self.device)
        return draw.clamp_(-limit, limit) * deviation

    def integers(self, high: int, *shape: int) -> Tensor:
        """Draw int64 from 0 .. high - 1."""
        return torch.randint(0, high, shape, generator=self.generator, device=self.device)

    def per_image(self, count: int, low: float = 0.0, high: float = 1.0, power: float = 1.0) -> Tensor:
        """Draw one number an image, (N, 1, 1, 1); a power above 1 favours small ones."""
        return self.uniform(0, 1, count, 1, 1, 1) ** power * (high - low) + low

    def subset(self, count: int, share: float) -> Tensor:
        """Choose a `share` of `count` images afresh: their indices, about share * count."""
        size = int(count * share + self.number(0, 1))
        return self.order(count)[:size]

    def order(self, count: int) -> Tensor:
        """Draw an order of `count` images: their indices, shuffled."""
        return torch.randperm(count, generator=self.generator, device=self.device)

    def number(self, low: float, high: float) -> float:
        """Draw one Python float from [low, high)."""
        return float(self.numpy.uniform(low, high))

    def normal_number(self, deviation: float) -> float:
        """Draw one Python float from a normal distribution of mean 0."""
        return float(self.numpy.normal(0, deviation))

    def integer(self, high: int) -> int:
        """Draw one Python integer from 0 .. high - 1."""
        return int(self.numpy.integers(high))

    def bernoulli(self, share: float) -> bool:
        """Say yes in a `share` of all calls."""
        return self.number(0, 1) < share
