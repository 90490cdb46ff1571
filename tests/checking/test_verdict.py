"""The advice of a check is the mildest that helps, and is checked in its turn."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from crnn.alphabet import Alphabet, parse_alphabet
from crnn.checking import Rules, check
from crnn.data import Dataset
from crnn.preprocess import PreprocessConfig

Write = Callable[..., Dataset]
MakeRules = Callable[..., Rules]
ABC = Alphabet("abc")
DROP = "data.drop_unreadable=true"


def follow(rules: Rules, settings: Sequence[str]) -> Rules:
    """Change rules as `--set` changes a recipe."""
    for setting in settings:
        name, _, value = setting.partition("=")
        match name:
            case "model.alphabet":
                rules = replace(rules, alphabet=parse_alphabet(value.strip('"')))
            case "data.fold_case":
                rules = replace(rules, fold_case=value)  # type: ignore[arg-type]
            case "data.fold_accents":
                rules = replace(rules, fold_accents=True)
            case "data.drop_unreadable":
                rules = replace(rules, drop_unreadable=True)
            case "data.real_share":
                pass
            case _:
                section, _, key = name.partition(".")
                assert section == "preprocess"
                rules = replace(rules, preprocess=replace(rules.preprocess, **{key: int(value)}))
    return rules


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
        (["AB" * 20, "ab", "Ab"], ABC, ['model.alphabet="abc"', "data.fold_case=lower", DROP], 1),
        (["ab" * 40], "print94", ["preprocess.min_width=320"], 0),
        (["\u0434\u0430"], ABC, ['model.alphabet="abc\u0434\u0430"', "data.real_share=1"], 0),
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
    verdict = check([data], given).verdict
    assert not verdict.trains
    assert (list(verdict.settings), verdict.without) == (settings, without)
    again = check([data], follow(given, verdict.settings))
    assert again.verdict.trains, again.verdict.reasons
    assert again.verdict.left_out == verdict.without
    assert again.counts.learnable == len(labels) - verdict.without


def test_dropping_as_told_is_no_failure(dataset: Write, rules: MakeRules) -> None:
    report = check([dataset([(None, "ab"), (None, "x")])], rules(ABC, drop_unreadable=True))
    assert (report.verdict.trains, report.verdict.left_out, report.counts.learnable) == (True, 1, 1)
    assert report.findings[0].effect == "left out"


def test_nothing_left_is_a_failure_even_then(dataset: Write, rules: MakeRules) -> None:
    report = check([dataset([(None, "x")])], rules(ABC, drop_unreadable=True))
    assert report.verdict.reasons == ("no sample is left to learn from",)


def test_an_unreadable_image_must_be_taken_out_first(dataset: Write, rules: MakeRules) -> None:
    verdict = check([dataset([(None, "ab"), (b"", "ab")])], rules(drop_unreadable=True)).verdict
    assert (verdict.trains, verdict.needs_clean) == (False, True)
    assert verdict.reasons == ("1 of 2 images cannot be opened",)


def test_the_width_for_long_labels_gives_every_label_its_frames(dataset: Write, rules: MakeRules) -> None:
    data = dataset([(None, "ab"), (None, "ab" * 50)])
    given = rules(preprocess=PreprocessConfig(max_width=112))
    (wider,) = check([data], given).verdict.alternatives
    assert "--set preprocess.min_width=400 --set preprocess.max_width=400" in wider
    wide = replace(given, preprocess=PreprocessConfig(min_width=400, max_width=400))
    assert check([data], wide).verdict.trains
    assert "preprocess.max_width=112" in check([data], given).verdict.settings
