"""Statistics of pairs against slow counting and published values; words against fake readers."""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from crnn.data import open_dataset
from crnn.errors import DataError
from crnn.evaluation.compare import (
    ModelComparison,
    compare_models,
    mcnemar,
    pool,
    tango_interval,
    words_needed,
)
from crnn.evaluation.evaluate import evaluate
from crnn.evaluation.metrics import Z_95
from crnn.reader.reader import Reader
from tests.evaluation.test_evaluate import ALPHABET, SIZE, read_brightness, write_set


def slow_mid_p(only_a: int, only_b: int) -> Fraction:
    """Count the outcomes of fair coins that are more uneven, and half of those as uneven."""
    coins = only_a + only_b
    uneven = abs(only_a - only_b)
    more = sum(comb(coins, heads) for heads in range(coins + 1) if abs(2 * heads - coins) > uneven)
    same = sum(comb(coins, heads) for heads in range(coins + 1) if abs(2 * heads - coins) == uneven)
    return Fraction(2 * more + same, 2 * 2**coins)


def test_mcnemar_counts_the_outcomes_of_fair_coins() -> None:
    for only_a in range(14):
        for only_b in range(14):
            if only_a != only_b:
                expected = float(slow_mid_p(only_a, only_b))
                assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)


def test_an_even_share_proves_nothing() -> None:
    assert mcnemar(0, 0) == mcnemar(5, 5) == mcnemar(4000, 4000) == 1


def test_many_words_do_not_overflow() -> None:
    z = (5_200 - 4_800) / np.sqrt(10_000)  # 4 standard errors: p = 6.3e-5 of a normal distribution
    assert z == 4
    assert mcnemar(5_200, 4_800) == pytest.approx(6.3e-5, rel=0.02)


def test_the_published_example_has_its_published_values() -> None:
    """Bentur et al. 2009, as Fagerland, Lydersen and Laake work it out: 1 and 7 of 21 pairs."""
    assert mcnemar(1, 7) == pytest.approx(0.039, abs=0.0005)
    assert tango_interval(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=0.0005)


def likeliest_share(only_a: int, only_b: int, n: int, delta: float) -> float:
    """Find the likeliest share of only_b under a true difference by trying a million."""
    share_b = np.linspace(max(0.0, -delta) + 1e-9, (1 - delta) / 2 - 1e-9, 1_000_001)
    likelihood = (
        only_a * np.log(share_b + delta)
        + only_b * np.log(share_b)
        + (n - only_a - only_b) * np.log(1 - 2 * share_b - delta)
    )
    return float(share_b[likelihood.argmax()])


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(40, 20, 160), (3, 9, 50), (12, 11, 600), (1, 7, 21)])
def test_the_score_at_both_bounds_is_that_of_95_percent(only_a: int, only_b: int, n: int) -> None:
    for delta, sign in zip(tango_interval(only_a, only_b, n), (1, -1), strict=True):
        share_b = likeliest_share(only_a, only_b, n, delta)
        variance = n * (2 * share_b + delta - delta**2)
        score = (only_a - only_b - n * delta) / np.sqrt(variance)
        assert score == pytest.approx(sign * Z_95, abs=1e-3)


def test_the_interval_turns_with_the_models() -> None:
    low, high = tango_interval(7, 30, 200)
    assert tango_interval(30, 7, 200) == pytest.approx((-high, -low))


def test_the_interval_has_a_width_without_disagreement_and_ends_at_1() -> None:
    low, high = tango_interval(0, 0, 100)
    assert low == pytest.approx(-high)
    assert 0.02 < high < 0.05
    assert tango_interval(9, 0, 9)[1] == 1


def test_19_of_20_intervals_hold_the_true_difference() -> None:
    rng = np.random.default_rng(4)
    counts = rng.multinomial(150, [0.12, 0.06, 0.82], size=1500)
    held = [low <= 0.06 <= high for low, high in (tango_interval(a, b, 150) for a, b, _ in counts.tolist())]
    assert 0.935 < np.mean(held) < 0.965


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="60 and 50 words of 100"):
        tango_interval(60, 50, 100)


def test_so_many_words_show_the_difference_in_four_of_five_tries() -> None:
    needed = words_needed(30, 15, 300)
    assert needed is not None
    rng = np.random.default_rng(5)
    counts = rng.multinomial(needed, [0.10, 0.05, 0.85], size=800)
    found = np.mean([mcnemar(a, b) < 0.05 for a, b, _ in counts.tolist()])
    assert 0.76 < found < 0.84


def test_no_number_of_words_shows_a_difference_of_nothing() -> None:
    assert words_needed(4, 4, 100) is None


@pytest.fixture
def readers() -> tuple[Reader, Reader]:
    """One that reads brightness, and one that takes every 'b' for a 'c'."""

    def confuse(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        log_probs = read_brightness(images)
        return log_probs[..., [0, 1, 3, 2, 4, 5]]

    def reader(recognize: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]) -> Reader:
        return Reader(recognize, alphabet=ALPHABET, preprocess=SIZE)

    return reader(read_brightness), reader(confuse)


def test_each_word_is_counted_for_the_model_that_reads_it(
    readers: tuple[Reader, Reader], tmp_path: Path
) -> None:
    dataset = open_dataset(
        write_set(tmp_path / "set", ["a", "b", "c", "b", "a", None, "!"], ["a", "B", "b", "b", "c", "a", "!"])
    )
    result = compare_models(*readers, dataset)
    assert (result.n, result.both, result.only_a, result.only_b) == (6, 1, 2, 1)
    assert [(word.right, word.label, word.text_a, word.text_b) for word in result.disagreements] == [
        ("a", "B", "b", "c"), ("b", "b", "c", "b"), ("a", "b", "b", "c"),
    ]  # fmt: skip
    assert result.skipped == (str(tmp_path / "set" / "6.png"),)
    ((key, reason),) = result.failed
    assert key == str(tmp_path / "set" / "5.png")
    assert "no image" in reason


def test_accuracies_are_those_of_an_evaluation(readers: tuple[Reader, Reader], tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", [*"abc", None] * 90, [*"abba"] * 90))
    result = compare_models(*readers, dataset)
    assert result.n == 360
    assert result.accuracies == tuple(evaluate(reader, dataset).accuracy for reader in readers)
    assert result.difference == pytest.approx(result.accuracies[0] - result.accuracies[1])
    assert result.interval[0] < result.difference < result.interval[1]


def test_sets_together_count_every_word_alike(readers: tuple[Reader, Reader], tmp_path: Path) -> None:
    first = compare_models(*readers, open_dataset(write_set(tmp_path / "1", [*"ab"], [*"ab"])))
    second = compare_models(*readers, open_dataset(write_set(tmp_path / "2", [*"cbb"], [*"bbb"])))
    both = pool([first, second])
    assert (both.n, both.both, both.only_a, both.only_b) == (5, 1, 3, 1)
    assert both.p == mcnemar(3, 1)


def test_a_set_of_which_nothing_is_left_is_an_error(readers: tuple[Reader, Reader], tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["!"], ["!"]))
    with pytest.raises(DataError, match="protocol 'alnum' leaves no sample"):
        compare_models(*readers, dataset)


def test_progress_adds_up_to_the_whole_set(readers: tuple[Reader, Reader], tmp_path: Path) -> None:
    dataset = open_dataset(write_set(tmp_path / "set", ["a"] * 300, ["a"] * 300))
    steps: list[int] = []
    result: ModelComparison = compare_models(*readers, dataset, on_samples=steps.append)
    assert (sum(steps), result.p) == (300, 1)
