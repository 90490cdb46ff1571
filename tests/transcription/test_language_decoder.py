"""The best path where it is sure, and a language where it is not."""

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.language.learn import train_language
from crnn.transcription.beam import BeamDecoder
from crnn.transcription.decode import SURE, LanguageDecoder, decoder_for
from crnn.transcription.greedy import GreedyDecoder
from crnn.transcription.options import DecodeOptions
from tests.brute_force import random_log_probs

ALPHABET = Alphabet("abc")
LANGUAGE = train_language({"cab": 3, "abba": 2, "baa": 1}, ALPHABET, order=3)


def test_a_sure_best_path_is_left_alone_and_an_unsure_one_is_the_beams() -> None:
    greedy, beam = GreedyDecoder(ALPHABET), BeamDecoder(ALPHABET, language=LANGUAGE)
    log_probs = random_log_probs(np.random.default_rng(3), 8, 60, 4, 12.0)
    paths, beams = greedy(log_probs), beam(log_probs)
    sure = [path[0].probability >= SURE for path in paths]
    assert 5 < sum(sure) < 55
    for found, known, path, texts in zip(
        LanguageDecoder(greedy, beam)(log_probs), sure, paths, beams, strict=True
    ):
        assert found == path if known else found[0] == texts[0]
        assert len(found) == 1


def test_a_sure_path_stands_against_any_language() -> None:
    stubborn = train_language({"b": 1000}, ALPHABET, order=2)
    decode = decoder_for(ALPHABET, DecodeOptions(language=stubborn))
    (sure,), (torn,) = decode(np.log([[[0.02, 0.9, 0.05, 0.03], [0.1, 0.5, 0.35, 0.05]]]))
    assert (sure.text, sure.probability) == ("a", pytest.approx(0.9))
    assert torn.text == "b"
    assert torn.probability > 0.6  # the image alone says 0.35


def test_confidences_shared_out_by_a_language_add_up_to_what_the_beam_found() -> None:
    log_probs = random_log_probs(np.random.default_rng(9), 6, 30, 4, 2.0)
    decode = decoder_for(ALPHABET, DecodeOptions(language=LANGUAGE, top=300, beam_width=300))
    alone = decoder_for(ALPHABET, DecodeOptions(top=300, beam_width=300))
    for with_language, without in zip(decode(log_probs), alone(log_probs), strict=True):
        assert sum(one.probability for one in with_language) == pytest.approx(1, abs=0.05)
        assert sum(one.probability for one in without) == pytest.approx(1, abs=0.05)


def test_no_images_give_no_readings() -> None:
    assert decoder_for(ALPHABET, DecodeOptions(language=LANGUAGE))(np.zeros((5, 0, 4))) == []
