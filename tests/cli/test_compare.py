"""`crnn compare`, from its arguments to the sentence that it ends with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from crnn.cli.compare import conclude
from crnn.errors import DataError
from crnn.evaluation.compare import Disagreement, ModelComparison
from crnn.formats.load import load
from crnn.reader.reader import Reader
from tests.cli.conftest import Run, draw_word

Crnn = Callable[..., Run]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three clear words, which `small` reads, and one that is only punctuation."""
    lines = []
    for number, word in enumerate(["Bakery", "Open", "Exit", "?!"]):
        draw_word(tmp_path / f"{number}.png", word)
        lines.append(f"{number}.png\t{word}\n")
    (tmp_path / "test.tsv").write_text("".join(lines))
    return tmp_path / "test.tsv"


def test_the_words_are_listed_and_the_better_model_named(
    crnn: Crnn, model: Path, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "differ.tsv"
    run = crnn("compare", "small", model, table, "--out", out)
    assert run.status == 0
    assert run.out.startswith(f"A small, B {model}, protocol alnum: ")
    nonsense = load(model).read(tmp_path / "0.png").text
    assert f"  {tmp_path / '0.png'}\tBakery\tA Bakery\tB {nonsense}" in run.out.splitlines()
    assert "only small (A) reads right: 3" in run.out
    heading, first, *more = out.read_text().splitlines()
    assert heading == "dataset\tkey\tright\tlabel\ta\tb"
    assert first == f"{table}\t{tmp_path / '0.png'}\ta\tBakery\tBakery\t{nonsense}"
    assert len(more) == 2
    assert run.err.startswith("skipped 1 words, whose labels hold nothing that protocol alnum compares")


def test_models_can_be_compared_without_their_languages(
    crnn: Crnn, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    languages = []

    def remembered(reader: Reader, *_: object, **__: object) -> Never:
        languages.append(reader.language)
        raise DataError("far enough")

    monkeypatch.setattr("crnn.evaluation.compare.compare_models", remembered)
    crnn("compare", "small", "tiny", table)
    crnn("compare", "small", "tiny", table, "--best-path")
    assert [language is None for language in languages] == [False, True]


def test_json_has_every_set_and_all_of_them_together(crnn: Crnn, model: Path, table: Path) -> None:
    other = table.with_name("other.tsv")
    other.write_text(table.read_text().splitlines()[0] + "\n")
    content = json.loads(crnn("compare", "small", model, table, other, "--json").out)
    assert list(content) == [
        "version", "a", "b", "protocol", "datasets", "together", "real", "words_to_tell", "words",
    ]  # fmt: skip
    assert [row["n"] for row in content["datasets"]] == [3, 1]
    assert content["together"] | {"interval": []} == {
        "dataset": "together", "n": 4, "accuracy": [100.0, 0.0], "difference": 100.0, "interval": [],
        "only_a": 4, "only_b": 0, "p": pytest.approx(1 / 16), "skipped": 1, "failed": 0,
    }  # fmt: skip
    assert (content["real"], len(content["words"])) == (False, 4)


def test_several_sets_have_a_row_for_all(
    crnn: Crnn, model: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    run = crnn("compare", "small", model, "test.tsv", "./test.tsv")
    cells = [line.split() for line in run.out.splitlines()]
    assert [row[0] for row in cells if row[1:2] in (["3"], ["6"])] == ["test.tsv", "test.tsv", "together"]


def test_a_torn_image_is_named_and_ends_in_1(crnn: Crnn, table: Path) -> None:
    (table.parent / "1.png").write_text("torn")
    run = crnn("compare", "small", "tiny", table)
    assert run.status == 1
    assert run.err.startswith(f"ImageError: {table.parent / '1.png'}: is no image")


def test_equal_models_show_no_difference(crnn: Crnn, table: Path) -> None:
    run = crnn("compare", "tiny", "tiny", table)
    assert run.out.splitlines()[-1].endswith("of 3 words right: no difference to see.")


@pytest.mark.parametrize(
    "arguments", [["small", "tiny"], ["small", "none", "test.tsv"], ["small", "tiny", "gone.tsv"]]
)
def test_wrong_usage_ends_in_2(
    crnn: Crnn, table: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(table.parent)
    run = crnn("compare", *arguments)
    assert (run.status, run.out) == (2, "")


def test_a_place_where_words_cannot_be_written_is_said_first(crnn: Crnn, table: Path) -> None:
    out = table.parent / "no" / "differ.tsv"
    run = crnn("compare", "small", "tiny", table, "--out", out)
    assert run == Run(2, "", f"DataError: {out}: cannot be written: No such file or directory\n")


def comparison(only_a: int, only_b: int, n: int) -> ModelComparison:
    def word(right: str) -> Disagreement:
        return Disagreement(dataset="", key="", label="", text_a="", text_b="", right=right)

    return ModelComparison(
        dataset="", protocol="alnum", n=n, both=n - only_a - only_b, skipped=(), failed=(),
        disagreements=(*[word("a")] * only_a, *[word("b")] * only_b),
    )  # fmt: skip


DIFFER = "words are read right by one model alone"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((51, 21, 600), f"72 of 600 {DIFFER}, 51 by x and 21 by y: x is better (p = 0.0004)."),
        ((5, 5, 60), f"10 of 60 {DIFFER}, 5 by x and 5 by y: the two cannot be told apart (p = 1.000)."),
        ((0, 0, 60), "x and y read the same 60 of 60 words right: no difference to see."),
    ],
)
def test_the_last_sentence_says_what_the_words_prove(counts: tuple[int, int, int], expected: str) -> None:
    assert conclude(comparison(*counts), "x", "y") == expected


def test_where_nothing_is_proved_it_says_how_many_words_would() -> None:
    assert conclude(comparison(20, 30, 600), "x", "y").endswith(
        "cannot be told apart (p = 0.161). If it is real, about 1,753 more words like these would show "
        "it in four of five tries."
    )
