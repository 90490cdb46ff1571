"""Which decoder answers which options, and which options are refused."""

import re

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import LabelError, ModelError, OptionError, PatternError
from crnn.language.learn import train_language
from crnn.transcription.beam import BeamDecoder
from crnn.transcription.bktree import BKTreeDecoder
from crnn.transcription.decode import LanguageDecoder, decoder_for
from crnn.transcription.greedy import GreedyDecoder
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import LexiconDecoder
from crnn.transcription.options import DecodeOptions, options_of
from crnn.transcription.pattern import PatternDecoder
from tests.brute_force import random_log_probs

ABC = Alphabet("abc")
LANGUAGE = train_language({"b": 9}, ABC, order=2)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (DecodeOptions(), GreedyDecoder),
        (DecodeOptions(top=3), BeamDecoder),
        (DecodeOptions(beam_width=20), BeamDecoder),
        (DecodeOptions(decoder="beam"), BeamDecoder),
        (DecodeOptions(language=LANGUAGE), LanguageDecoder),
        (DecodeOptions(pattern="a+"), PatternDecoder),
        (DecodeOptions(lexicon=["a", "cab"]), LexiconDecoder),
        (DecodeOptions(lexicon=["a", "cab"], max_edits=2), BKTreeDecoder),
    ],
)
def test_options_choose_their_decoder_and_every_decoder_answers_alike(
    options: DecodeOptions, kind: type
) -> None:
    decode = decoder_for(ABC, options)
    assert isinstance(decode, kind)
    found = decode(random_log_probs(np.random.default_rng(3), 6, 2, 4))
    assert len(found) == 2
    assert all(0 < one.probability <= 1 for hypotheses in found for one in hypotheses)
    assert all(len(hypotheses) <= options.top for hypotheses in found)


MISUSE: list[tuple[dict[str, object], str]] = [
    ({"topp": 3}, "no option 'topp'; did you mean 'top'"),
    ({"beamwidth": 3}, "did you mean 'beam_width'"),
    ({"top": 0}, "top is 0; it must be an integer of 1 or more"),
    ({"top": -1}, "top is -1"),
    ({"top": 2.0}, "top is 2.0"),
    ({"top": True}, "top is True"),
    ({"reject": 2}, "reject is 2; it must be a number from 0 to 1"),
    ({"decoder": "viterbi"}, "decoder is 'viterbi'; it may be None, 'greedy', 'beam'"),
    ({"case": "lower"}, "case is 'lower'; it may be 'any', 'exact'"),
    ({"out_of_alphabet": True}, "out_of_alphabet is True; it may be 'stop', 'skip'"),
    ({"language": 5}, "language is 5; give a name such as 'english'"),
    ({"pattern": ["a", "b"]}, r"pattern is \['a', 'b'\]; give one regular expression"),
    ({"lexicon": 5}, "lexicon is 5; give a list of words"),
    ({"lexicon": [1, 2]}, r"lexicon is \[1, 2\]; give a list of words"),
    ({"pattern": "a", "accept": "b"}, "accept is 'b'; give a function"),
    ({"pattern": "a", "lexicon": ["a"]}, "pattern and lexicon cannot be asked for together"),
    ({"pattern": "a", "language": "english"}, "pattern and language cannot be asked for together"),
    ({"accept": str.isdigit}, "there is no pattern that it is for"),
    ({"max_edits": 2}, "there is no lexicon that it is for"),
    ({"oov_factor": 2.0}, "there is no lexicon that it is for"),
    ({"lexicon": ["a"], "max_edits": 1, "oov_factor": 2.0}, "max_edits and oov_factor"),
    ({"lexicon": ["a"], "beam_width": 10}, "beam_width is for beam search"),
    ({"decoder": "lexicon"}, "which needs a lexicon"),
    ({"decoder": "greedy", "beam_width": 3}, "decoder 'greedy' does not use beam_width"),
    ({"decoder": "greedy", "top": 3}, "finds one text"),
]


@pytest.mark.parametrize(("named", "message"), MISUSE)
def test_a_wrong_option_is_named_with_what_would_be_right(named: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        options_of(None, named)
    with pytest.raises(OptionError, match=message):
        DecodeOptions(**named)  # type: ignore[arg-type]


def test_options_are_no_number() -> None:
    with pytest.raises(OptionError, match="there is 32; give DecodeOptions, or options by name"):
        options_of(32, {})  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="given 3 without a name"):
        DecodeOptions(3)  # type: ignore[misc]


def test_options_by_name_count_before_others() -> None:
    options = DecodeOptions(top=3, pattern="a")
    assert options_of(options, {"top": 2}) == DecodeOptions(top=2, pattern="a")
    assert options_of(options, {}) is not None


def test_former_names_of_options_work_with_a_warning() -> None:
    for former, current, value in (("delta", "max_edits", 2), ("outside_factor", "oov_factor", 2.0)):
        with pytest.warns(DeprecationWarning, match=f"'{former}' is called '{current}' now"):
            assert getattr(options_of(None, {"lexicon": ["a"], former: value}), current) == value
    with pytest.warns(DeprecationWarning, match="'width' is called 'beam_width' now"):
        assert options_of(None, {"width": 4}).beam_width == 4


def test_equal_options_are_one_key_whatever_listed_the_words() -> None:
    assert DecodeOptions(lexicon=iter(["a", "b"])) == DecodeOptions(lexicon=["a", "b"])
    assert len({DecodeOptions(lexicon=["a", "b"]), DecodeOptions(lexicon=("a", "b"))}) == 1


def test_a_bare_word_where_a_list_is_meant_is_answered_with_the_list() -> None:
    with pytest.raises(OptionError, match=re.escape("lexicon=['Bakery']")):
        decoder_for(ABC, DecodeOptions(lexicon="Bakery"))


def test_a_language_of_no_such_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ModelError, match=r"no language 'englisch'.*english"):
        decoder_for(Alphabet.named("print94"), DecodeOptions(language="englisch"))


def test_the_models_own_language_is_asked_unless_another_or_none_is() -> None:
    def kind(options: DecodeOptions) -> type:
        return type(decoder_for(ABC, options, LANGUAGE))

    assert kind(DecodeOptions()) is LanguageDecoder
    assert kind(DecodeOptions(language=None)) is kind(DecodeOptions(language="none")) is GreedyDecoder
    assert kind(DecodeOptions(decoder="greedy")) is GreedyDecoder


def test_words_stand_for_any_casing_of_themselves_unless_exact_is_asked() -> None:
    alphabet = Alphabet("aA")
    log_probs = np.log([[[0.1, 0.1, 0.8]]])  # (T=1, N=1, C=3): an A
    for case, text in (("any", "A"), ("exact", "a")):
        [[best]] = decoder_for(alphabet, options_of(None, {"lexicon": ["a"], "case": case}))(log_probs)
        assert best.text == text


def test_words_that_the_alphabet_lacks_are_named_or_left_out_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(LabelError, match="'dog' has 'd'"):
        decoder_for(ABC, DecodeOptions(lexicon=["cab", "dog"]))
    decode = decoder_for(ABC, DecodeOptions(lexicon=["cab", "dog"], out_of_alphabet="skip"))
    assert isinstance(decode, LexiconDecoder)
    assert decode.lexicon.texts == ("cab",)
    assert "1 words left out that the alphabet cannot spell, the first: 'dog'" in caplog.text
    with pytest.raises(PatternError, match="'d'"):
        decoder_for(ABC, DecodeOptions(pattern="cad"))


def test_a_lexicon_that_was_made_is_taken_as_it_is() -> None:
    lexicon = Lexicon(["a"], ABC)
    decode = decoder_for(ABC, DecodeOptions(lexicon=lexicon))
    assert isinstance(decode, LexiconDecoder)
    assert decode.lexicon is lexicon
