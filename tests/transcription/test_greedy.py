"""Greedy decoding: the best path's text, with the probability of the text over all paths."""

from itertools import product

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError
from crnn.transcription.greedy import best_labels, greedy, greedy_batch
from tests.brute_force import collapse_path, probability_of_every_label, random_log_probs


def test_greedy_finds_nothing_where_a_is_likelier_but_spread_over_three_paths() -> None:
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])  # (T=2, C=2): blank, 'a'
    reading = greedy(log_probs, Alphabet("a"))
    assert reading.text == ""  # the path "--" alone: 0.36; "aa", "a-", "-a" together: 0.64
    assert reading.probability == pytest.approx(0.36)


def test_greedy_reads_the_text_of_the_likeliest_path() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        log_probs = random_log_probs(rng, 5, 1, 3)[:, 0]
        paths = list(product(range(3), repeat=5))
        sums = [log_probs[range(5), path].sum() for path in paths]
        label = collapse_path(paths[int(np.argmax(sums))])
        assert greedy(log_probs, Alphabet("ab")).text == Alphabet("ab").decode(label)


def test_confidence_is_the_sum_over_all_paths_of_the_text() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        log_probs = random_log_probs(rng, 6, 1, 3, spread=2.0)[:, 0]
        reading = greedy(log_probs, Alphabet("ab"))
        label = tuple(Alphabet("ab").encode(reading.text))
        expected = probability_of_every_label(log_probs)[label]
        assert reading.probability == pytest.approx(expected, rel=1e-9)


def test_a_batch_reads_what_single_images_read_in_their_order() -> None:
    alphabet = Alphabet.named("print94")
    log_probs = random_log_probs(np.random.default_rng(1), 28, 50, 95, 4.0).astype(np.float32)
    readings = greedy_batch(log_probs, alphabet)
    alone = [greedy(log_probs[:, n], alphabet) for n in range(50)]
    assert [one.text for one in readings] == [one.text for one in alone]
    np.testing.assert_allclose(
        [one.probability for one in readings], [one.probability for one in alone], rtol=1e-12
    )


def test_best_labels_equal_the_definition_applied_to_each_best_path() -> None:
    log_probs = random_log_probs(np.random.default_rng(2), 12, 300, 3)
    paths = log_probs.argmax(axis=2)
    expected = [list(collapse_path(tuple(paths[:, n]))) for n in range(300)]
    assert best_labels(log_probs) == expected


def test_a_certain_model_is_never_more_than_certain() -> None:
    log_probs = np.full((28, 1, 3), -np.inf, dtype=np.float32)
    log_probs[:, :, 1] = 1e-6  # rounding in float32 may leave a hair above 1
    (reading,) = greedy_batch(log_probs, Alphabet("ab"))
    assert (reading.text, reading.probability) == ("a", 1.0)


def test_symbols_of_several_characters_are_read_whole() -> None:
    log_probs = np.log([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    assert greedy(log_probs, Alphabet(["do", "re"])).text == "dore"


def test_an_empty_batch_gives_no_readings() -> None:
    assert greedy_batch(np.zeros((28, 0, 3), dtype=np.float32), Alphabet("ab")) == []


def test_an_alphabet_of_another_size_raises_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match=r"3 classes.*Alphabet.named\('digits'\).*needs 11"):
        greedy(np.zeros((4, 3)), Alphabet.named("digits"))
