"""The figures of a report add up to those of the evaluation."""

import pytest

from crnn.evaluation.report.figures import MAX_LENGTH, collect_figures
from tests.evaluation.report.conftest import MakeEvaluated


def test_scores_are_those_of_the_evaluation_inside_their_intervals(evaluated: MakeEvaluated) -> None:
    made = evaluated([("12", "12"), ("34", "35"), ("5", "55"), ("67", "67")])
    scores = {
        score.name: score
        for score in collect_figures(made.evaluation, made.dataset, made.reader.alphabet).scores
    }
    assert list(scores) == ["accuracy", "CER", "1-NED"]
    assert scores["accuracy"].interval == made.evaluation.interval
    assert scores["CER"].value == made.evaluation.cer == pytest.approx(100 * 2 / 8)
    for score in scores.values():
        assert score.interval[0] < score.value < score.interval[1]


def test_whole_words_are_scored_where_labels_have_spaces(evaluated: MakeEvaluated) -> None:
    made = evaluated([("12", "1 2"), ("34", "34")])
    assert [
        score.name for score in collect_figures(made.evaluation, made.dataset, made.reader.alphabet).scores
    ][-1] == "WER"


def test_groups_hold_every_word_once(evaluated: MakeEvaluated) -> None:
    words = [("1" * length, "1" * length) for length in (1, 1, 2)] + [("4", "4" * 40), ("4", "4" * 13)]
    made = evaluated(words)
    findings = collect_figures(made.evaluation, made.dataset, made.reader.alphabet)
    assert [(group.name, group.n, group.right) for group in findings.by_length] == [
        ("1", 2, 2), ("2", 1, 1), (f"{MAX_LENGTH}+", 2, 0),
    ]  # fmt: skip
    assert [(group.name, group.n) for group in findings.by_width] == [("128", 5)]


def test_widths_are_grouped_evenly_and_unreadable_images_have_none(evaluated: MakeEvaluated) -> None:
    from PIL import Image

    made = evaluated([("1", "1")] * 12 + [(None, "2")])
    for index in range(12):
        path = made.dataset.path.parent / f"{index}.png"
        Image.open(path).resize((50 + index, 32)).save(path)
    groups = collect_figures(made.evaluation, made.dataset, made.reader.alphabet).by_width
    assert [group.name for group in groups] == ["50-51", "52-53", "54-55", "56-57", "58-59", "60-61"]
    assert [group.n for group in groups] == [2] * 6


def test_symbols_are_counted_where_labels_have_them_the_worst_first(evaluated: MakeEvaluated) -> None:
    made = evaluated([("12", "13"), ("13", "13"), ("44", "14"), ("5", "56"), ("77", "7")])
    findings = collect_figures(made.evaluation, made.dataset, made.reader.alphabet)
    counts = {group.name: (group.right, group.n) for group in findings.by_symbol}
    assert counts == {"1": (2, 3), "3": (1, 2), "4": (1, 1), "5": (1, 1), "6": (0, 1), "7": (1, 1)}
    assert {group.name for group in findings.by_symbol[:3]} == {"1", "3", "6"}
    assert findings.not_read == (("6", 1),)
    assert findings.too_many == (("7", 1),)
