"""Which decoder answers which wish."""

import dataclasses

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import DecodeError, LabelError, PatternError
from crnn.reader.reader import Wishes
from crnn.transcription.beam import BeamDecoder
from crnn.transcription.bktree import BKTreeDecoder
from crnn.transcription.decode import Wish, decoder_for
from crnn.transcription.greedy import GreedyDecoder
from crnn.transcription.lexicon_decoder import LexiconDecoder
from crnn.transcription.pattern import PatternDecoder
from tests.brute_force import random_log_probs

ABC = Alphabet("abc")


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (Wish(), GreedyDecoder),
        (Wish(top=3), BeamDecoder),
        (Wish(width=20), BeamDecoder),
        (Wish(pattern="a+"), PatternDecoder),
        (Wish(lexicon=["a", "cab"]), LexiconDecoder),
        (Wish(lexicon=["a", "cab"], delta=2), BKTreeDecoder),
    ],
)
def test_a_wish_chooses_its_decoder_and_every_decoder_answers_alike(wish: Wish, kind: type) -> None:
    decode = decoder_for(ABC, wish)
    assert isinstance(decode, kind)
    found = decode(random_log_probs(np.random.default_rng(3), 6, 2, 4))
    assert len(found) == 2
    assert all(0 < one.confidence <= 1 for candidates in found for one in candidates)
    assert all(len(candidates) <= wish.top for candidates in found)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(top=0),
        Wish(pattern="a", lexicon=["a"]),
        Wish(accept=str.isdigit),
        Wish(delta=2),
        Wish(outside_factor=2.0),
        Wish(lexicon=["a"], delta=1, outside_factor=2.0),
        Wish(lexicon=["a"], width=10),
    ],
)
def test_wishes_that_do_not_go_together_are_refused(wish: Wish) -> None:
    with pytest.raises(DecodeError):
        decoder_for(ABC, wish)


def test_what_the_alphabet_cannot_spell_is_named() -> None:
    with pytest.raises(LabelError, match="'dog' has 'd'"):
        decoder_for(ABC, Wish(lexicon=["cab", "dog"]))
    with pytest.raises(PatternError, match="'d'"):
        decoder_for(ABC, Wish(pattern="cad"))


def test_a_reader_knows_the_wishes_that_a_decoder_does() -> None:
    assert Wishes.__annotations__.keys() == {field.name for field in dataclasses.fields(Wish)}
