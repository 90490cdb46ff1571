"""The language model against one written with dictionaries, and as a distribution."""

import math
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crnn.alphabet import Alphabet
from crnn.errors import DataError, LabelError, ModelError
from crnn.language.learn import train_language
from crnn.language.model import Language, Ngrams, rounded_up

ABC = Alphabet("abc")
WORD_LISTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=6), st.integers(1, 9), min_size=1, max_size=12
)

Ngram = tuple[int, ...]


class SlowKneserNey:
    """Interpolated modified Kneser-Ney as its formula stands, n-gram by n-gram."""

    def __init__(self, words: dict[str, int], alphabet: Alphabet, order: int) -> None:
        self.classes = len(alphabet) + 1
        self.longest = min(order, max(map(len, words)) + 2)
        seen: Counter[Ngram] = Counter()
        for word, count in words.items():
            symbols = (0, *alphabet.encode(word), 0)
            for length in range(1, order + 1):
                for start in range(len(symbols) - length + 1):
                    if (start, length) != (0, 1):
                        seen[symbols[start : start + length]] += count
        before: dict[Ngram, set[int]] = defaultdict(set)
        for ngram in seen:
            before[ngram[1:]].add(ngram[0])
        self.counts: dict[Ngram, int] = {}
        for ngram, count in seen.items():
            begins = len(ngram) > 1 and ngram[0] == 0
            whole = begins or len(ngram) == self.longest
            self.counts[ngram] = count if whole else len(before[ngram])
        self.after: dict[Ngram, list[int]] = defaultdict(list)
        for ngram in self.counts:
            self.after[ngram[:-1]].append(ngram[-1])
        self.discounts = {length: self._discounts(length) for length in range(1, order + 1)}

    def _discounts(self, length: int) -> list[float]:
        times = Counter(count for ngram, count in self.counts.items() if len(ngram) == length)
        if any(times[n] == 0 for n in (1, 2, 3, 4)):
            return [0, 0.5, 1, 1.5]
        y = times[1] / (times[1] + 2 * times[2])
        found = [n - (n + 1) * y * times[n + 1] / times[n] for n in (1, 2, 3)]
        return [0, *found] if 0 < found[0] <= found[1] <= found[2] else [0, 0.5, 1, 1.5]

    def p(self, context: Ngram, symbol: int) -> float:
        context = context[len(context) - self.longest + 1 :] if len(context) >= self.longest else context
        shorter = self.p(context[1:], symbol) if context else 1 / self.classes
        total = sum(self.counts[*context, one] for one in self.after[context])
        if total == 0:
            return shorter
        discounts = self.discounts[len(context) + 1]
        taken = {one: discounts[min(3, self.counts[*context, one])] for one in self.after[context]}
        own = self.counts.get((*context, symbol), 0) - taken.get(symbol, 0.0)
        return (own + sum(taken.values()) * shorter) / total

    def log_prob(self, label: list[int]) -> float:
        symbols = (0, *label, 0)
        return sum(math.log(self.p(symbols[:place], symbols[place])) for place in range(1, len(symbols)))


def distributions(language: Language) -> np.ndarray:
    """p of every class in every state, as (V, C)."""
    classes = range(len(language.alphabet) + 1)
    states = range(len(language.ngrams.symbols))
    return np.exp([[language.step(state, symbol)[0] for symbol in classes] for state in states])


@given(WORD_LISTS, st.integers(2, 6), st.text("abc", max_size=8))
@settings(deadline=None, max_examples=30)
def test_the_model_is_kneser_neys_formula(words: dict[str, int], order: int, text: str) -> None:
    slow = SlowKneserNey(words, ABC, order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crnn.language.learn.rounded_up", lambda costs: costs)
        language = train_language(words, ABC, order)
    assert language.order == slow.longest
    for one in (text, *words):
        expected = slow.log_prob(ABC.encode(one))
        assert language.log_prob(one) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_probabilities_are_rounded_to_16_bits_and_never_up() -> None:
    costs = np.concatenate((np.linspace(0, 20, 5001), 10.0 ** -np.arange(9)))
    rounded = rounded_up(costs)
    assert rounded.dtype == np.float16
    assert (rounded >= costs).all()
    np.testing.assert_allclose(rounded, costs, rtol=1e-3, atol=1e-7)


@given(WORD_LISTS, st.integers(2, 6))
@settings(deadline=None, max_examples=30)
def test_every_context_gives_a_distribution_over_the_symbols_and_the_end(
    words: dict[str, int], order: int
) -> None:
    p = distributions(train_language(words, ABC, order))
    assert (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-6)


def test_all_short_texts_together_have_the_probability_that_a_text_is_short() -> None:
    language = train_language({"ab": 2, "b": 1}, Alphabet("ab"), order=3)
    texts = ["", *"ab"]
    for _ in range(9):
        texts += [text + symbol for text in texts if len(text) == max(map(len, texts)) for symbol in "ab"]
    total = sum(map(math.exp, map(language.log_prob, set(texts))))
    assert 0.98 < total < 1.0


def test_what_was_seen_is_likelier_than_what_was_not() -> None:
    language = train_language({"bakery": 5, "baker": 9, "shop": 9}, Alphabet.named("lower36"))
    assert language.log_prob("bakery") > language.log_prob("bakerx") > language.log_prob("yqxj7a")
    assert language.log_prob("bakers") > language.log_prob("bakerx")  # s was seen, x never


def test_a_state_after_a_text_depends_on_its_last_symbols_only() -> None:
    language = train_language({"abcab": 1, "bcabc": 2, "cab": 1}, ABC, order=3)

    def after(text: str) -> int:
        state = language.start
        for symbol in ABC.encode(text):
            _, state = language.step(state, symbol)
        return state

    assert after("aab") == after("cab") == after("bcab")
    assert after("ca") != after("cb")


def test_a_model_travels_between_processes() -> None:
    language = train_language({"abc": 1}, ABC)
    language.log_prob("abc")
    other = pickle.loads(pickle.dumps(language))  # noqa: S301  # our own bytes
    assert other.log_prob("cab") == language.log_prob("cab")
    assert other.alphabet == ABC


def test_perplexity_is_that_of_a_die_where_nothing_is_known() -> None:
    language = train_language({"ab": 1}, Alphabet("ab"), order=2)
    labels = ["ab", "ba", "a"]
    total = sum(language.log_prob(word) for word in labels)
    assert language.perplexity(labels) == pytest.approx(math.exp(-total / 8))
    uniform = Ngrams(symbols=np.array([0, 0, 1, 2]), children=np.array([3, 0, 0, 0]), costs=np.ones(4))
    assert Language(Alphabet("ab"), uniform).perplexity(["ab", "bbb"]) == pytest.approx(3.0)
    with pytest.raises(DataError, match="no word to measure"):
        language.perplexity([])


def test_words_listed_apart_count_as_often_as_their_counts_say() -> None:
    once = train_language({"a": 1, "b": 1}, Alphabet("ab"))
    often = train_language({"a": 50, "b": 1}, Alphabet("ab"))
    assert once.log_prob("a") == once.log_prob("b")
    assert often.log_prob("a") > often.log_prob("b") + 1


def test_symbols_of_several_characters_are_learnt_whole() -> None:
    alphabet = Alphabet(["do", "re", "mi"])
    language = train_language({"doremi": 3, "dodo": 1}, alphabet, order=3)
    assert language.log_prob("doremi") > language.log_prob("remido")


def test_an_alphabet_too_large_to_number_all_runs_of_symbols_is_learnt_too() -> None:
    wide = Alphabet([chr(0x4E00 + number) for number in range(20_000)])
    words = {chr(0x4E00 + 7) + chr(0x4E00 + 19_999) + chr(0x4E00 + 7): 2, chr(0x4E00) * 5: 1}
    language, slow = train_language(words, wide, order=6), SlowKneserNey(words, wide, 6)
    for word in words:
        assert language.log_prob(word) == pytest.approx(slow.log_prob(wide.encode(word)), abs=0.1)


@pytest.mark.parametrize(
    ("words", "order", "error", "message"),
    [
        ({}, 5, DataError, "no words"),
        ({"a": 1}, 1, DataError, "order of a language model is 1; it must be 2 or more"),
        ({"a": 1, "xyz": 1}, 5, LabelError, "label 'xyz' has 'x'"),
    ],
)
def test_what_cannot_be_learnt_is_named(
    words: dict[str, int], order: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        train_language(words, ABC, order)


def test_a_text_outside_the_alphabet_is_a_label_error() -> None:
    with pytest.raises(LabelError, match="label 'ax' has 'x'"):
        train_language({"a": 1}, ABC).log_prob("ax")


GOOD = Ngrams(
    symbols=np.array([0, 0, 1, 2, 1, 2]), children=np.array([3, 2, 0, 0, 0, 0]), costs=np.full(6, 1.5)
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: replace(n, costs=n.costs[:-1]), "have the shapes"),
        (lambda n: replace(n, children=n.children[::-1]), "do not make a tree"),
        (lambda n: replace(n, children=np.array([3, 3, 0, 0, 0, 0])), "do not make a tree"),
        (lambda n: replace(n, children=np.array([3, 0, 0, 0, 2, 0])), "have no parent"),
        (lambda n: replace(n, symbols=np.array([0, 0, 1, 2, 2, 1])), "in class order"),
        (lambda n: replace(n, symbols=np.array([0, 0, 1, 2, 1, 3])), r"not classes 0\.\.2"),
        (lambda n: replace(n, costs=n.costs - 2), "is negative or no number"),
        (lambda n: replace(n, costs=n.costs * np.nan), "is negative or no number"),
    ],
)
def test_columns_that_are_no_model_raise_model_error(
    change: Callable[[Ngrams], Ngrams], message: str
) -> None:
    Language(Alphabet("ab"), GOOD)
    with pytest.raises(ModelError, match=message):
        Language(Alphabet("ab"), change(GOOD))


def test_an_ngram_whose_end_is_not_listed_raises_model_error() -> None:
    # edge, a, b, then ab and ba, then baa: "aa" is not there.
    symbols = np.array([0, 0, 1, 2, 1, 1])
    children = np.array([3, 0, 0, 1, 1, 0])
    with pytest.raises(ModelError, match="not the one without its first symbol"):
        Language(Alphabet("ab"), Ngrams(symbols=symbols, children=children, costs=np.ones(6)))
