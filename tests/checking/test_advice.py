"""The advice of a check is the mildest that helps, and is checked in its turn."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.checking.advice import MIN_IMAGES_FROM_NOTHING
from crnn.checking.check import check
from crnn.checking.report import Rules
from crnn.data.dataset import Dataset
from crnn.images.preprocess import PreprocessConfig
from tests.checking.conftest import draw

Write = Callable[..., Dataset]
MakeRules = Callable[..., Rules]
ABC = Alphabet("abc")
DROP = "data.unusable_labels=skip"


def follow(rules: Rules, settings: Sequence[str]) -> Rules:
    """Change rules as `--set` changes a recipe."""
    sizes: dict[str, int] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        match name:
            case "model.alphabet":
                rules = replace(rules, alphabet=parse_alphabet(value.strip('"')))
            case "data.fold_case":
                rules = replace(rules, fold_case=value)  # type: ignore[arg-type]
            case "data.fold_accents":
                rules = replace(rules, fold_accents=True)
            case "data.unusable_labels":
                rules = replace(rules, drop_unreadable=True)
            case "data.real_share":
                pass
            case _:
                section, _, key = name.partition(".")
                assert section == "preprocess"
                sizes[key] = int(value)
    return replace(rules, preprocess=replace(rules.preprocess, **sizes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "alphabet", "settings", "without"),
    [
        (["ab", "AB"], ABC, ['model.alphabet="abc"', "data.fold_case=lower"], 0),
        (["ab", "\u00e1b"], ABC, ['model.alphabet="abc"', "data.fold_accents=true"], 0),
        (["ab", "a b"], "cased62", ["model.alphabet=cased62-space"], 0),
        (["ab"] * 200 + ["a b"], "print94", [DROP], 1),
        (["ab", "a" * 13], "print94", [DROP], 1),
        (["ab"] * 9 + ["\u20ac"], "print94", ["model.alphabet=latin"], 0),
        (["ab"] * 200 + ["\u20ac"], "print94", [DROP], 1),
        (["\u0434\u0430", "ab", "ab"], "digits", ["model.alphabet=lower36", DROP], 1),
        (["\u00e1b"] * 2 + ["ab"] * 8, ABC, ['model.alphabet="abc\u00e1"'], 0),
        (["AB" * 20, "ab", "Ab"], ABC, ['model.alphabet="abc"', "data.fold_case=lower", DROP], 1),
        (["ab" * 20], "print94", ["preprocess.min_width=400", "preprocess.max_width=400"], 0),
        (["\u0434\u0430"], ABC, ['model.alphabet="abc\u0434\u0430"'], 0),
    ],
)
def test_with_the_advised_settings_the_check_says_that_a_run_starts(
    dataset: Write,
    rules: MakeRules,
    labels: list[str],
    alphabet: str | Alphabet,
    settings: list[str],
    without: int,
) -> None:
    data = dataset([(None, label) for label in labels])
    given = rules(alphabet)
    advice = check([data], given).advice
    assert not advice.trains
    assert (list(advice.settings), advice.without) == (settings, without)
    again = check([data], follow(given, advice.settings))
    assert again.advice.trains, again.advice.reasons
    assert again.advice.left_out == advice.without
    assert again.counts.learnable == len(labels) - advice.without


def test_dropping_as_told_is_no_failure(dataset: Write, rules: MakeRules) -> None:
    report = check([dataset([(None, "ab"), (None, "x")])], rules(ABC, drop_unreadable=True))
    assert (report.advice.trains, report.advice.left_out, report.counts.learnable) == (True, 1, 1)
    assert report.findings[0].effect == "left out"


def test_nothing_left_is_a_failure_even_then(dataset: Write, rules: MakeRules) -> None:
    report = check([dataset([(None, "x")])], rules(ABC, drop_unreadable=True))
    assert report.advice.reasons == ("no sample is left to learn from",)


def test_an_unreadable_image_must_be_taken_out_first(dataset: Write, rules: MakeRules) -> None:
    advice = check([dataset([(None, "ab"), (b"", "ab")])], rules(drop_unreadable=True)).advice
    assert (advice.trains, advice.needs_clean) == (False, True)
    assert advice.reasons == ("1 of 2 images cannot be opened",)


def test_the_width_for_long_labels_gives_every_symbol_two_and_a_half_frames(
    dataset: Write, rules: MakeRules
) -> None:
    data = dataset([(None, "ab"), (None, "ab" * 20)])
    given = rules(preprocess=PreprocessConfig(max_width=112))
    wider = next(text for text in check([data], given).advice.alternatives if "long labels" in text)
    assert "--set preprocess.min_width=400 --set preprocess.max_width=400" in wider
    wide = replace(given, preprocess=PreprocessConfig(min_width=400, max_width=400))
    assert wide.frames(400) >= 2.5 * 40
    assert check([data], wide).advice.trains
    assert "preprocess.max_width=112" in check([data], given).advice.settings


@pytest.mark.parametrize(("symbols", "by_hand"), [(48, False), (49, True)])
def test_labels_that_no_width_can_show_are_to_be_written_anew(
    dataset: Write, rules: MakeRules, symbols: int, by_hand: bool
) -> None:
    data = dataset([(draw("x"), "ab" * 30), (draw("y"), "a" * symbols)][by_hand:] * 2)
    advice = check([data], rules()).advice
    assert not advice.trains
    assert bool(advice.by_hand) == by_hand
    assert ("preprocess.min_width=480" in advice.settings) == (not by_hand)


def words(count: int) -> list[tuple[None, str]]:
    """Labels of digits, of which each digit occurs many times."""
    return [(None, f"{number:04}") for number in range(count)]


@pytest.mark.parametrize(("count", "recipe", "initial"), [(9, "finetune", "small"), (10, "small", None)])
def test_few_words_start_from_a_model_and_many_from_nothing(
    dataset: Write,
    rules: MakeRules,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    recipe: str,
    initial: str | None,
) -> None:
    monkeypatch.setattr("crnn.checking.advice.MIN_IMAGES_FROM_NOTHING", 10)
    advice = check([dataset(words(count))], rules()).advice
    assert (advice.recipe, advice.initial) == (recipe, initial)
    named = check([open_again(dataset, count)], rules(continues=True, initial="runs/x")).advice
    assert (named.recipe, named.initial) == ("finetune", "runs/x")


def open_again(dataset: Write, count: int) -> Dataset:
    return dataset(words(count), "again")


def test_from_nothing_is_advised_from_two_thousand_words_on() -> None:
    assert MIN_IMAGES_FROM_NOTHING == 2000


def test_symbols_that_no_starter_font_draws_are_learnt_from_real_words_where_a_run_starts_from_nothing(
    dataset: Write, rules: MakeRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dataset([(None, "\u0434\u0430"), (None, "\u0434")])
    assert "data.real_share=1" not in check([data], rules(ABC)).advice.settings
    monkeypatch.setattr("crnn.checking.advice.MIN_IMAGES_FROM_NOTHING", 1)
    advice = check([data], rules(ABC)).advice
    assert advice.settings[-1] == "data.real_share=1"
    assert advice.needs_validation


def test_where_most_symbols_never_occur_the_labels_own_alphabet_is_advised(
    dataset: Write, rules: MakeRules
) -> None:
    advice = check([dataset(words(60))], rules(alphabet_of="model")).advice
    assert advice.settings == ("model.alphabet=auto",)
    (warning,) = advice.warnings
    assert 'reads the symbols of these labels, 10, and never another one: not ! " #' in warning
    assert warning.endswith("--set model.alphabet=print94")


def test_an_alphabet_that_was_named_stays_and_the_labels_own_is_an_alternative(
    dataset: Write, rules: MakeRules
) -> None:
    advice = check([dataset(words(60))], rules()).advice
    assert (advice.settings, advice.warnings) == ((), ())
    assert "the 10 symbols of these labels" in advice.alternatives[-1]
    assert "--alphabet auto" in advice.alternatives[-1]


def test_few_labels_that_cannot_show_all_symbols_keep_the_models_alphabet(
    dataset: Write, rules: MakeRules
) -> None:
    data = dataset([(None, "Hotel"), (None, "Market"), (None, "Museum")])
    advice = check([data], rules(alphabet_of="model")).advice
    assert (advice.settings, advice.warnings) == ((), ())
    assert "--alphabet auto" in advice.alternatives[-1]


def test_where_half_of_the_symbols_occur_no_other_alphabet_is_spoken_of(
    dataset: Write, rules: MakeRules
) -> None:
    advice = check([dataset(words(60))], rules("digits", alphabet_of="model")).advice
    assert advice.alternatives == advice.warnings == ()


def test_letters_of_latin_outside_the_models_alphabet_ask_for_latin(dataset: Write, rules: MakeRules) -> None:
    labels = ["M\u00fcller", "K\u00f6ln", "\u00c4rzte", "Stra\u00dfe", "T\u00fcr", "Hotel"]
    data = dataset([(None, label) for label in labels])
    advice = check([data], rules(alphabet_of="model")).advice
    assert advice.settings == ("model.alphabet=latin",)


def test_letters_outside_every_named_alphabet_ask_for_that_of_the_labels(
    dataset: Write, rules: MakeRules
) -> None:
    labels = ["\u041c\u0438\u0440", "\u0414\u043e\u043c", "\u0421\u0430\u0434", "Hotel"]
    advice = check([dataset([(None, label) for label in labels])], rules(alphabet_of="model")).advice
    assert advice.settings == ("model.alphabet=auto",)
    assert "\u041c\u0414\u0421" in "".join(sorted(advice.warnings[0], key=advice.warnings[0].index)) or (
        "\u0438" in advice.warnings[0]
    )


def test_the_labels_own_alphabet_stays_where_it_was_asked_for(dataset: Write, rules: MakeRules) -> None:
    own = rules(ABC, alphabet_of="labels", known=Alphabet("abcxyz"))
    advice = check([dataset([(None, "ab"), (None, "c")])], own).advice
    assert (advice.trains, advice.settings) == (True, ("model.alphabet=auto",))
    assert "never another one: not x y z" in advice.warnings[0]


def test_the_labels_that_the_advised_folding_changes_are_counted(dataset: Write, rules: MakeRules) -> None:
    data = dataset([(None, "Stop"), (None, "Go"), (None, "ahead")])
    assert check([data], rules("lower36")).advice.folds == 2
    assert check([data], rules()).advice.folds == 0


def test_nothing_but_empty_labels_is_nothing_to_learn(dataset: Write, rules: MakeRules) -> None:
    data = dataset([(draw(str(number)), "") for number in range(3)])
    advice = check([data], rules()).advice
    assert advice.reasons == ("every label is empty: there is nothing to learn",)
    assert advice.by_hand == "give the images their texts"
    mixed = check([dataset([(draw("a"), ""), (None, "b")], "mixed")], rules())
    assert (mixed.advice.trains, mixed.counts.learnable, mixed.counts.empty) == (True, 2, 1)


@pytest.mark.parametrize(("wide", "recipe"), [(1, "finetune"), (2, "lines")])
def test_many_squeezed_images_are_lines(dataset: Write, rules: MakeRules, wide: int, recipe: str) -> None:
    lines = [(draw("a b", (400, 32)), "a b")] * wide
    data = dataset([*lines, *words(10 - wide)])
    assert check([data], rules("print94-space")).advice.recipe == recipe


def test_lines_have_the_width_that_gives_every_symbol_two_and_a_half_frames(
    dataset: Write, rules: MakeRules
) -> None:
    data = dataset([(draw("", (1400, 32)), "ab" * 50), (draw("", (1500, 32)), "ab c" * 35)])
    advice = check([data], rules("print94-space")).advice
    assert (advice.recipe, advice.settings) == ("lines", ("preprocess.max_width=1408",))
    assert advice.without == 0
    shorter = dataset([(draw("", (1400, 32)), "ab" * 50), (draw("", (1200, 32)), "c d" * 30)], "shorter")
    assert check([shorter], rules("print94-space")).advice.settings == ()


def test_of_one_image_none_can_be_held_back_to_validate_on(dataset: Write, rules: MakeRules) -> None:
    assert check([dataset([(draw("a"), "a"), (draw("a"), "a")])], rules()).advice.needs_validation
    assert not check([dataset([(None, "a"), (None, "b")], "two")], rules()).advice.needs_validation
    dropping = check([dataset([(None, "ab"), (None, "\u20ac")], "left")], rules(ABC, drop_unreadable=True))
    assert dropping.advice.needs_validation
