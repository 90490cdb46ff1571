"""Figures of merit, against hand counts and a slow edit distance."""

from functools import cache

import numpy as np
import pytest

from crnn.evaluation.metrics import cer, one_minus_ned, ratio_interval, wer, wilson_interval, word_accuracy


def slow_distance(a: str, b: str) -> int:
    """Levenshtein distance from its recursive definition."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        change = distance(i - 1, j - 1) + (a[i - 1] != b[j - 1])
        return min(change, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    return distance(len(a), len(b))


def random_pairs(count: int) -> list[tuple[str, str]]:
    random = np.random.default_rng(3)
    words = ["".join(random.choice(list("abc"), size=random.integers(0, 7))) for _ in range(2 * count)]
    return list(zip(words[:count], words[count:], strict=True))


def test_word_accuracy_counts_words_without_a_fault() -> None:
    pairs = [("a", "a"), ("b", "B"), ("c", ""), ("", "")]
    assert word_accuracy(pairs) == 50.0


def test_cer_divides_all_edits_by_all_label_symbols() -> None:
    pairs = random_pairs(60)
    edits = sum(slow_distance(label, text) for label, text in pairs)
    symbols = sum(len(label) for label, _ in pairs)
    assert cer(pairs) == pytest.approx(100 * edits / symbols)


def test_cer_passes_100_where_more_is_read_than_is_there() -> None:
    assert cer([("a", "xyz")]) == 300.0


def test_wer_counts_edits_of_whole_words() -> None:
    pairs = [(["no", "way", "out"], ["no", "way"]), (["exit"], ["ex", "it"])]
    assert wer(pairs) == 75.0  # one word is missing, one is wrong, one too many, of four


def test_one_minus_ned_averages_the_distance_over_the_longer_of_both() -> None:
    pairs = random_pairs(60)
    shares = [slow_distance(a, b) / max(len(a), len(b), 1) for a, b in pairs]
    assert one_minus_ned(pairs) == pytest.approx(100 * (1 - sum(shares) / len(shares)))


def test_two_empty_strings_are_no_distance_apart() -> None:
    assert one_minus_ned([("", "")]) == 100.0


def test_nothing_read_is_all_distance() -> None:
    assert one_minus_ned([("abc", "")]) == 0.0


def test_the_interval_matches_wilsons_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 -> 0.2553 to 0.3662
    low, high = wilson_interval(81, 263)
    assert (round(low, 2), round(high, 2)) == (25.53, 36.62)


@pytest.mark.parametrize(("correct", "n"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 50)])
def test_the_interval_holds_the_share_and_stays_within_0_and_100(correct: int, n: int) -> None:
    low, high = wilson_interval(correct, n)
    assert 0 <= low <= 100 * correct / n <= high <= 100
    assert low < high


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (2, 1), (-1, 3)])
def test_no_interval_for_an_impossible_share(correct: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson_interval(correct, n)


@pytest.mark.parametrize("metric", [word_accuracy, cer, wer, one_minus_ned])
def test_a_share_of_no_word_is_refused(metric: object) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match="no word to measure"):
        metric([])


def test_the_resampled_interval_of_a_share_is_near_wilsons() -> None:
    right = [1] * 300 + [0] * 100
    low, high = ratio_interval(right, [1] * 400)
    assert (low, high) == pytest.approx(wilson_interval(300, 400), abs=0.7)


def test_an_interval_of_nothing_is_refused() -> None:
    for parts, wholes in (([], []), ([1], [1, 2])):
        with pytest.raises(ValueError, match="one of each a word"):
            ratio_interval(parts, wholes)
