"""Patterns against Python's `re`, and decoding with them against the probability of every text."""

import logging
import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, PatternError
from crnn.transcription.exact.automaton import of_states
from crnn.transcription.pattern import PatternDecoder, allowed, compile_pattern
from tests.brute_force import probability_of_every_label, random_log_probs

ABC = Alphabet("ab1")
PRINT94 = Alphabet.named("print94")
LATIN = Alphabet("abcXYZ019_-. ]^\\")

ITEMS = st.sampled_from(["a", "b", "1", ".", "[ab]", "[^a]", r"\d", r"\w", "[a-b1]"])
PATTERNS = st.recursive(
    ITEMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{2,}", "{,2}", "{0}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(pattern=PATTERNS)
def test_an_automaton_accepts_what_re_matches_in_full(pattern: str) -> None:
    automaton, oracle = compile_pattern(pattern, ABC), re.compile(pattern)
    for length in range(6):
        for symbols in product("ab1", repeat=length):
            text = "".join(symbols)
            assert automaton.accepts(ABC.encode(text)) is bool(oracle.fullmatch(text)), text


@pytest.mark.parametrize(
    "pattern",
    [
        r"\.",
        r"[\]\-^]+",
        "[]a]+",
        r"[^\]a]",
        r"[\\]",
        r"\d\D",
        r"\w+",
        r"\W",
        r"\s|\S",
        "[a-]",
        "^ab$",
        "a||b",
    ],
)
def test_escapes_and_classes_mean_what_they_mean_to_re(pattern: str) -> None:
    automaton, oracle = compile_pattern(pattern, LATIN), re.compile(pattern)
    for length in range(3):
        for symbols in product(LATIN.symbols, repeat=length):
            text = "".join(symbols)
            assert automaton.accepts(LATIN.encode(text)) is bool(oracle.fullmatch(text)), text


@settings(max_examples=80, deadline=None)
@given(pattern=PATTERNS, frames=st.integers(1, 5), seed=st.integers(0, 10_000), top=st.integers(1, 4))
def test_the_candidates_are_the_most_probable_texts_that_match(
    pattern: str, frames: int, seed: int, top: int
) -> None:
    log_probs = random_log_probs(np.random.default_rng(seed), frames, 1, 4, 0.3 + seed % 7)
    every = probability_of_every_label(log_probs[:, 0])
    texts = {ABC.decode(label): p for label, p in every.items() if p > 0}
    matching = {text: p for text, p in texts.items() if re.fullmatch(pattern, text)}
    expected = sorted(matching.values(), reverse=True)[:top]
    (found,) = PatternDecoder(ABC, pattern=pattern, top=top)(log_probs)
    assert [one.probability for one in found] == pytest.approx(expected, rel=1e-9)
    for candidate in found:
        assert candidate.probability == pytest.approx(matching[candidate.text], rel=1e-9)
        assert candidate.conditional_probability == pytest.approx(
            candidate.probability / sum(matching.values()), rel=1e-9
        )
    assert len({candidate.text for candidate in found}) == len(found)


@settings(max_examples=60, deadline=None)
@given(frames=st.integers(1, 5), seed=st.integers(0, 10_000), top=st.integers(1, 3))
def test_a_further_condition_filters_the_texts(frames: int, seed: int, top: int) -> None:
    def even(text: str) -> bool:
        return text.count("b") % 2 == 0

    log_probs = random_log_probs(np.random.default_rng(seed), frames, 1, 4, 0.3 + seed % 7)
    every = {ABC.decode(label): p for label, p in probability_of_every_label(log_probs[:, 0]).items()}
    holding = {text: p for text, p in every.items() if p > 0 and re.fullmatch("[ab]+", text) and even(text)}
    (found,) = PatternDecoder(ABC, pattern="[ab]+", top=top, accept=even)(log_probs)
    expected = sorted(holding.values(), reverse=True)[:top]
    assert [one.probability for one in found] == pytest.approx(expected, rel=1e-9)
    for candidate in found:
        assert candidate.conditional_probability == pytest.approx(
            candidate.probability / sum(holding.values()), rel=0.02
        )


def test_a_total_is_exact_where_one_choice_dwarfs_the_others() -> None:
    # A '1' is certain for many frames; the pattern asks for a second one, whose path is a rarity.
    probs = np.full((6, 1, 4), 1e-30)
    probs[:, 0, 3] = 1.0
    reach = of_states(probs, compile_pattern("1{2}", ABC))
    every = probability_of_every_label(np.log(probs[:, 0]))
    assert reach.total is not None
    assert reach.total[0] == pytest.approx(every[3, 3], rel=1e-12)


def test_a_batch_equals_one_image_at_a_time() -> None:
    log_probs = random_log_probs(np.random.default_rng(5), 24, 12, 95, 4.0).astype(np.float32)
    decode = PatternDecoder(PRINT94, pattern="[A-Z]{3}-?[0-9]{4}", top=2)
    together = decode(log_probs)
    for n, found in enumerate(together):
        (alone,) = decode(log_probs[:, n : n + 1])
        assert [one.text for one in alone] == [one.text for one in found]
        assert [one.conditional_probability for one in alone] == pytest.approx(
            [one.conditional_probability for one in found], rel=1e-9
        )
        assert all(re.fullmatch("[A-Z]{3}-?[0-9]{4}", one.text) for one in found)


def test_an_image_with_too_few_frames_has_no_candidates() -> None:
    log_probs = random_log_probs(np.random.default_rng(5), 3, 2, 4)
    assert PatternDecoder(ABC, pattern="a{2}b{2}")(log_probs) == [[], []]
    assert PatternDecoder(ABC, pattern="aab")(log_probs) == [[], []]  # the repeat needs a blank


def test_a_pattern_whose_symbols_are_impossible_has_no_candidates() -> None:
    log_probs = np.log(
        [[[0.5, 0.5, 0.0, 0.0]]], where=[[[True, True, False, False]]], out=np.full((1, 1, 4), -np.inf)
    )
    assert PatternDecoder(ABC, pattern="1")(log_probs) == [[]]


def test_the_empty_text_is_a_candidate_where_the_pattern_allows_it() -> None:
    log_probs = np.log([[[0.7, 0.1, 0.1, 0.1]]])
    ((best,),) = PatternDecoder(ABC, pattern="1*")(log_probs)
    assert (best.text, best.conditional_probability) == ("", pytest.approx(0.875))


def test_an_allow_list_is_a_pattern_of_its_characters() -> None:
    log_probs = np.log([[[0.1, 0.5, 0.2, 0.2]], [[0.1, 0.5, 0.1, 0.3]]])
    ((best,),) = PatternDecoder(ABC, pattern=allowed("b1"))(log_probs)
    assert set(best.text) <= set("b1")
    automaton = compile_pattern(allowed("]^-\\"), LATIN)
    assert automaton.accepts(LATIN.encode("]^-\\]"))
    assert not automaton.accepts(LATIN.encode("a"))


def test_a_search_that_gives_up_says_so(caplog: pytest.LogCaptureFixture) -> None:
    log_probs = random_log_probs(np.random.default_rng(1), 12, 1, 4, 0.1)
    decode = PatternDecoder(ABC, pattern=".*", accept=lambda _: False, effort=50)
    with caplog.at_level(logging.WARNING):
        assert decode(log_probs) == [[]]
    assert "image 0: the search for texts of pattern '.*' ended after 50 prefixes" in caplog.text


def test_a_checksum_is_met_by_the_best_text_that_has_it() -> None:
    digits = Alphabet.named("digits")
    log_probs = random_log_probs(np.random.default_rng(1), 20, 1, 11, 1.0)
    log_probs[2:20:2] = np.log(0.01)
    for frame, digit in zip(range(2, 20, 3), "123456", strict=True):
        log_probs[frame, 0, digits.encode(digit)] = np.log(0.8)
    ((best,),) = PatternDecoder(
        digits, pattern="[0-9]{6}", accept=lambda text: sum(map(int, text)) % 10 == 0
    )(log_probs)
    assert sum(map(int, best.text)) % 10 == 0


@pytest.mark.parametrize(
    ("pattern", "place", "fact"),
    [
        ("abé", 2, r"'é' \(U\+00E9\) is not in Alphabet"),
        ("a[é-ï]", 1, r"class '\[é-ï\]' holds no symbol"),
        ("[^ab1]", 0, "holds no symbol"),
        (r"\s", 0, "stands for no symbol"),
        ("(?=a)b", 0, r"'\(\?=' \(lookaround"),
        ("(?<x>a)", 0, "lookaround, name or flag"),
        (r"(a)\1", 3, "backreference"),
        (r"a\b", 1, "not supported"),
        ("a\\", 1, "nothing follows"),
        ("a*?", 2, "lazy"),
        ("*a", 0, "nothing before it"),
        ("(a", 0, "not closed"),
        ("a)b", 1, "closes no group"),
        ("[ab", 0, "not closed"),
        ("[b-a]", 1, "runs backwards"),
        ("a{3,2}", 1, "fewer"),
        ("a{x}", 1, "one or two numbers"),
        ("a{,}", 1, "one or two numbers"),
        ("a^b", 1, "implied"),
    ],
)
def test_what_a_pattern_cannot_be_is_named_with_its_place(pattern: str, place: int, fact: str) -> None:
    with pytest.raises(PatternError, match=rf"position {place}: .*{fact}"):
        compile_pattern(pattern, ABC)


@pytest.mark.parametrize(
    "pattern", ["(a|b)*a(a|b){12}", "a{100000}", "((a{100}){100}){100}", "(" * 5000 + "a" + ")" * 5000]
)
def test_a_pattern_that_explodes_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"more than 2000 states|too deep"):
        compile_pattern(pattern, ABC)


def test_symbols_of_several_characters_are_any_symbols_to_a_pattern() -> None:
    alphabet = Alphabet(["do", "re", "x"])
    automaton = compile_pattern("[^x]{2}x", alphabet)
    assert automaton.accepts([1, 2, 3])
    with pytest.raises(PatternError, match="'d'"):
        compile_pattern("do", alphabet)


def test_log_probs_of_another_size_raise_alphabet_error() -> None:
    with pytest.raises(AlphabetError, match="3 classes"):
        PatternDecoder(ABC, pattern="a")(np.zeros((4, 1, 3)))


def test_a_compiled_pattern_is_its_text() -> None:
    log_probs = np.log(np.full((4, 1, 4), 0.25))
    alphabet = Alphabet("ab1")
    compiled = PatternDecoder(alphabet, pattern=re.compile("[ab]1?"))
    assert compiled(log_probs) == PatternDecoder(alphabet, pattern="[ab]1?")(log_probs)


@pytest.mark.parametrize(
    ("pattern", "fact"),
    [
        (re.compile("a", re.IGNORECASE), "re.IGNORECASE"),
        (re.compile("a", re.VERBOSE | re.DOTALL), "re.VERBOSE"),
        (re.compile(b"a"), "b'a'"),
        (7, "the pattern is 7"),
    ],
)
def test_a_pattern_with_flags_or_of_bytes_is_refused(pattern: Any, fact: str) -> None:
    with pytest.raises(PatternError) as caught:
        PatternDecoder(Alphabet("ab1"), pattern=pattern)
    assert fact in str(caught.value)
