"""Random draws: the same seed the same draws, and each draw within what it promises."""

import subprocess
import sys

import pytest
import torch

from crnn.synthesis.rng import Rng, seed_of

CPU = torch.device("cpu")
MANY = 20_000


def draws(rng: Rng) -> list[object]:
    return [
        rng.uniform(-1, 2, 5).tolist(),
        rng.normal(2, 5).tolist(),
        rng.integers(9, 5).tolist(),
        rng.per_image(5, power=2).tolist(),
        rng.subset(9, 0.5).tolist(),
        rng.order(9).tolist(),
        rng.number(0, 1),
        rng.normal_number(1),
        rng.integer(1000),
    ]


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    assert draws(Rng(7, CPU)) == draws(Rng(7, CPU))
    assert all(one != other for one, other in zip(draws(Rng(7, CPU)), draws(Rng(8, CPU)), strict=True))


def test_single_numbers_do_not_disturb_the_tensors() -> None:
    plain, mixed = Rng(7, CPU), Rng(7, CPU)
    mixed.number(0, 1)
    assert torch.equal(plain.uniform(0, 1, 9), mixed.uniform(0, 1, 9))


@pytest.mark.slow
def test_the_seed_is_the_same_in_every_process() -> None:
    code = "from crnn.synthesis.rng import seed_of; print(seed_of(7, 1, 3))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == seed_of(7, 1, 3)


def test_every_number_of_a_seed_counts_and_so_does_their_order() -> None:
    seeds = {seed_of(*numbers) for numbers in [(0,), (1,), (0, 1), (1, 0), (0, 0, 1), (1, 1), (10, 1)]}
    assert len(seeds) == 7
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_draws_stay_within_their_bounds_and_reach_near_them() -> None:
    rng = Rng(7, CPU)
    for drawn, low, high in [
        (rng.uniform(-1, 3, MANY), -1, 3),
        (rng.normal(2, MANY), -5, 5),  # cut off at 2.5 deviations
        (rng.normal(1, MANY, limit=1), -1, 1),
        (rng.per_image(MANY, 0.5, 0.6, power=3), 0.5, 0.6),
        (torch.tensor([rng.number(2, 4) for _ in range(MANY)]), 2, 4),
    ]:
        slack = 0.01 * (high - low)
        assert low <= drawn.min() < low + slack
        assert high - slack < drawn.max() <= high
    assert set(rng.integers(4, 999).tolist()) == {rng.integer(4) for _ in range(999)} == {0, 1, 2, 3}


def test_a_power_favours_small_numbers() -> None:
    rng = Rng(7, CPU)
    assert rng.per_image(MANY).shape == (MANY, 1, 1, 1)
    assert float(rng.per_image(MANY).mean()) == pytest.approx(1 / 2, abs=0.01)
    assert float(rng.per_image(MANY, power=3).mean()) == pytest.approx(1 / 4, abs=0.01)  # of x ** 3


def test_a_subset_holds_different_images_and_the_share_in_the_mean() -> None:
    rng = Rng(7, CPU)
    chosen = [rng.subset(10, 0.25).tolist() for _ in range(2000)]
    assert {len(each) for each in chosen} == {2, 3}
    assert all(len(set(each)) == len(each) for each in chosen)
    assert sum(map(len, chosen)) / 2000 == pytest.approx(2.5, abs=0.05)
    assert {image for each in chosen for image in each} == set(range(10))
    assert {len(rng.subset(1, 0.1)) for _ in range(200)} == {0, 1}


def test_a_bernoulli_draw_of_a_third_comes_true_a_third_of_the_time() -> None:
    rng = Rng(7, CPU)
    assert sum(rng.bernoulli(1 / 3) for _ in range(MANY)) / MANY == pytest.approx(1 / 3, abs=0.02)
