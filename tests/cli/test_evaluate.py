"""`crnn evaluate`, from its arguments to the whole of what it prints."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.formats.load import load
from tests.cli.conftest import Run, draw_word

pytestmark = pytest.mark.usefixtures("untrained_networks_read")

Crnn = Callable[..., Run]


@pytest.fixture
def table(model: Path, tmp_path: Path) -> Path:
    """Four samples: one whose label is what the model reads, one wrong, one skipped, one torn."""
    folder = tmp_path / "signs"
    names = [draw_word(folder / f"{index}.png", f"{index}27") for index in range(3)]
    (folder / "3.png").write_text("torn")
    right = load(model).read(names[0]).text
    assert right, "the nonsense model reads nothing: choose another seed"
    labels = [right, "WRONG", "?!", "lost"]
    lines = [f"{index}.png\t{label}\n" for index, label in enumerate(labels)]
    (folder / "val.tsv").write_text("".join(lines))
    return folder / "val.tsv"


def test_the_table_states_protocol_interval_and_skipped(crnn: Crnn, model: Path, table: Path) -> None:
    run = crnn("evaluate", "--model", model, table)
    first, *rows = run.out.splitlines()
    assert first == (
        f"model {model}, protocol alnum: case-insensitive on 0-9a-z, "
        "other symbols removed from label and text"
    )
    heading, _, row = (line.strip() for line in rows if line.strip())
    assert re.split(r"\s{2,}", heading) == [
        "dataset", "n", "accuracy %", "95 %", "1-NED %", "CER %", "ECE", "AURC", "skipped", "ms/word",
    ]  # fmt: skip
    fields = row.split()
    assert fields[:4] == ["signs/val", "3", "33.3", "6.1-79.2"]
    assert fields[8] == "1"


def test_left_out_samples_are_named_and_a_torn_image_sets_the_status(
    crnn: Crnn, model: Path, table: Path
) -> None:
    run = crnn("evaluate", "--model", model, table)
    assert run.status == 1
    torn, skipped = run.err.splitlines()
    assert torn.startswith(f"ImageError: {table.parent / '3.png'}: is no image")
    assert skipped == (
        "signs/val: skipped 1, whose labels hold nothing that protocol alnum compares: "
        f"{table.parent / '2.png'}"
    )


def test_json_is_one_object_a_data_set(crnn: Crnn, model: Path, table: Path) -> None:
    other = table.with_name("other.tsv")
    other.write_text(table.read_text().splitlines()[0] + "\n")
    run = crnn("evaluate", "--json", "--model", model, table, other)
    first, second = (json.loads(line) for line in run.out.splitlines())
    assert list(first) == [
        "dataset", "n", "accuracy", "one_minus_ned", "cer", "skipped", "ms_per_word",
        "interval", "failed", "protocol", "wer", "confidence",
    ]  # fmt: skip
    assert (first["dataset"], first["n"], first["accuracy"]) == ("signs/val", 3, 33.33)
    assert (first["skipped"], first["failed"], first["protocol"]) == (1, 1, "alnum")
    assert first["interval"] == [6.15, 79.23]
    assert first["wer"] is None
    assert first["confidence"]["n"] == 2  # the torn image has none
    assert list(first["confidence"]) == [
        "n", "ece", "ece_equal_mass", "ece_by_chance", "brier", "aurc", "right_lost", "coverage",
    ]  # fmt: skip
    del second["ms_per_word"], second["confidence"]
    assert second == {
        "dataset": "signs/other", "n": 1, "accuracy": 100.0, "one_minus_ned": 100.0, "cer": 0.0,
        "skipped": 0, "interval": [20.65, 100.0], "failed": 0, "protocol": "alnum", "wer": None,
    }  # fmt: skip


def test_a_whole_readable_set_ends_in_0(crnn: Crnn, model: Path, table: Path) -> None:
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:2]))
    run = crnn("evaluate", "--model", model, table)
    assert (run.status, run.err) == (0, "")


def test_exact_skips_nothing_that_has_a_label(crnn: Crnn, model: Path, table: Path) -> None:
    run = crnn("evaluate", "--json", "--protocol", "exact", "--model", model, table)
    result = json.loads(run.out)
    assert (result["n"], result["skipped"], result["protocol"]) == (4, 0, "exact")


def test_errors_are_written_with_label_and_text(crnn: Crnn, model: Path, table: Path) -> None:
    wrong = table.with_name("wrong.tsv")
    crnn("evaluate", "--errors", wrong, "--model", model, table)
    reading = load(model).read(table.parent / "1.png")
    assert wrong.read_text() == (
        "dataset\tkey\tlabel\ttext\tconfidence\n"
        f"signs/val\t{table.parent / '1.png'}\tWRONG\t{reading.text}\t{reading.confidence:.4f}\n"
        f"signs/val\t{table.parent / '3.png'}\tlost\t\t0.0000\n"
    )


def test_a_place_where_errors_cannot_be_written_is_said_first(
    crnn: Crnn, model: Path, table: Path, tmp_path: Path
) -> None:
    path = tmp_path / "no" / "wrong.tsv"
    run = crnn("evaluate", "--errors", path, "--model", model, table)
    assert run == Run(2, "", f"DataError: {path}: cannot be written: No such file or directory\n")


def test_only_the_first_skipped_are_named_unless_all_are_wanted(crnn: Crnn, model: Path, table: Path) -> None:
    table.write_text("0.png\t1\n" + "2.png\t?\n" * 7)
    short = crnn("evaluate", "--model", model, table).err
    assert short.count("2.png") == 5
    assert short.endswith(" and 2 more (--verbose names all)\n")
    assert crnn("evaluate", "--verbose", "--model", model, table).err.count("2.png") == 7


def test_sets_of_one_name_are_told_apart_by_their_paths(crnn: Crnn, model: Path, table: Path) -> None:
    twin = table.parent.parent / "more" / "signs" / "val.tsv"
    draw_word(twin.parent / "0.png")
    twin.write_text("0.png\t1\n")
    run = crnn("evaluate", "--json", "--model", model, table, twin)
    assert [json.loads(line)["dataset"] for line in run.out.splitlines()] == [str(table), str(twin)]


def test_a_missing_data_set_is_an_error(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    run = crnn("evaluate", "--model", model, tmp_path / "gone.tsv")
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("DataError: ")
    assert "gone.tsv" in run.err


def test_labels_with_spaces_bring_a_column_for_whole_words(crnn: Crnn, model: Path, table: Path) -> None:
    table.write_text("1.png\tTWO WORDS\n")
    run = crnn("evaluate", "--model", model, table)
    assert "WER %" in run.out
    assert " 100.0 " in run.out


def test_a_report_is_written_beside_the_table(crnn: Crnn, model: Path, table: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    run = crnn("evaluate", "--model", model, table, "--report", report)
    assert run.status == 1  # for the torn image
    assert "signs/val" in run.out
    html = report.read_text(encoding="utf-8")
    assert "<title>signs/val read by" in html
    assert "WRONG" in html


def test_a_report_that_cannot_be_is_refused_before_the_work(
    crnn: Crnn, model: Path, table: Path, tmp_path: Path
) -> None:
    run = crnn("evaluate", "--model", model, table, table, "--report", tmp_path / "report.html")
    assert (run.status, run.out) == (2, "")
    assert "a report describes one data set; 2 are given." in run.err
    path = tmp_path / "no" / "report.html"
    run = crnn("evaluate", "--model", model, table, "--report", path)
    assert run == Run(
        2, "", f"DataError: {path}: cannot be written: it is a folder, or its folder does not exist.\n"
    )


def test_a_lexicon_may_hold_a_list_for_each_image(crnn: Crnn, model: Path, table: Path) -> None:
    right = load(model).read(table.parent / "0.png").text
    lists = table.with_name("lists.tsv")
    lists.write_text(f"0.png\t{right},1\n1.png\t5,66\n2.png\t7\n3.png\t8\n")
    wrong = table.with_name("wrong.tsv")
    run = crnn(
        "evaluate", "--model", model, "--lexicon", lists, "--errors", wrong, "--decoder", "lexicon", table
    )
    assert "33.3" in run.out
    texts = [row.split("\t")[3] for row in wrong.read_text().splitlines()[1:]]
    assert texts[0] in {"5", "66"}


def test_an_image_without_a_list_is_named(crnn: Crnn, model: Path, table: Path) -> None:
    lists = table.with_name("lists.tsv")
    lists.write_text("other.png\t1\n")
    run = crnn("evaluate", "--model", model, "--lexicon", lists, table)
    assert run.status == 2
    assert f"has no list for the image {table.parent / '0.png'}" in run.err


def test_a_word_of_a_list_stands_for_any_case_unless_the_exact_one_is_asked_for(
    crnn: Crnn, tmp_path: Path
) -> None:
    sign = Path(__file__).parents[2] / "examples" / "sign.png"
    words = tmp_path / "words.txt"
    words.write_text("bakery\nShoes\n")
    assert crnn("read", "--lexicon", words, sign).out.split()[1] == "Bakery"
    assert crnn("read", "--lexicon", words, "--case", "exact", sign).out.split()[1] == "bakery"
