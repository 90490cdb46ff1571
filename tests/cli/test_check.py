"""`crnn check`, from its arguments to what it prints."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from crnn.cli.check_display import describe_counts, histogram
from tests.cli.conftest import ENVIRONMENT, Run

Crnn = Callable[..., Run]


def test_a_valid_set_ends_in_0_with_the_line_to_train(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    path = word_table("one", "two")
    run = crnn("check", path)
    assert (run.status, run.err) == (0, "")
    first, second, *_ = run.out.splitlines()
    assert (first, second) == (f"{path}: 2 samples", "alphabet print94, sizes and frames of small")
    *_, summary, line, alternative = run.out.splitlines()
    assert summary == "crnn train would learn from 2 of 2 samples."
    wanted = f"crnn train finetune --init small --data {path} --out runs/mine"
    assert line.split() == wanted.split()
    assert alternative.startswith("Or if nothing but the 5 symbols of these labels")


def test_problems_are_named_with_place_and_way_out_and_end_in_1(
    crnn: Crnn, word_table: Callable[..., Path]
) -> None:
    path = word_table("one", "caf\u00e9", None)
    run = crnn("check", path, "--alphabet", "lower36")
    assert run.status == 1
    assert f"    {path}:3  'void' {path.parent / '3.png'}: is empty (zero bytes)." in run.out.splitlines()
    assert f"    {path}:2  'caf\u00e9' has '\u00e9' (U+00E9 LATIN SMALL LETTER E WITH ACUTE)" in run.out
    assert "once, first at" in run.out
    assert "--set data.fold_accents=true" in run.out
    train = "crnn train finetune --init small --data clean"
    lines = run.out.splitlines()
    start = lines.index("What helps:")
    assert lines[start + 1 : start + 4] == [
        f"    crnn check {path} --clean clean",
        f"    {train} --alphabet lower36 --set data.fold_accents=true --out runs/mine",
        "The folding in it changes 1 label.",
    ]


def test_all_problems_of_a_set_are_said_in_one_go_missing_images_too(
    crnn: Crnn, word_table: Callable[..., Path], tmp_path: Path
) -> None:
    path = word_table("one", "\u00c4pfel", None)
    with path.open("a", encoding="utf-8") as file:
        file.write("gone.png\tHotel\nlost.png\tBar\n")
    run = crnn("check", path, "--clean", tmp_path / "clean")
    assert (run.status, run.err) == (1, f"{tmp_path / 'clean'}: 2 samples, 3 left out\n")
    assert "missing-image (2): images that are named and not there" in run.out
    assert f"    {path}:4  'Hotel' {path.parent / 'gone.png'} is not there" in run.out.splitlines()
    assert "unreadable-image (1)" in run.out
    assert "symbol-outside-alphabet (1)" in run.out
    assert "crnn train would fail: 2 of 5 images missing; 1 label has symbols outside" in run.out


def test_the_alphabet_auto_is_that_of_the_labels(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    path = word_table("Caf\u00e9", "tea")
    run = crnn("check", path, "--alphabet", "auto")
    assert run.status == 0
    assert run.out.splitlines()[1] == "alphabet Caeft\u00e9, sizes and frames of small"
    assert f"--data {path} --alphabet auto --out" in run.out
    assert "Mind: such a model reads the symbols of these labels, 6, and never another one: not ! " in run.out
    folded = crnn("check", path, "--alphabet", "auto", "--fold-accents", "--fold-case", "lower")
    assert folded.out.splitlines()[1] == "alphabet aceft, sizes and frames of small"


def test_the_alphabet_auto_takes_labels_apart_at_the_separator(
    crnn: Crnn, word_table: Callable[..., Path]
) -> None:
    run = crnn("check", word_table("C4 D#4", "X9 C4"), "--alphabet", "auto", "--separator", " ")
    assert run.status == 0
    assert run.out.splitlines()[1] == "alphabet C4 D#4 X9, sizes and frames of small"
    assert """--alphabet auto --set 'model.separator=" "' --out""" in run.out


@pytest.mark.parametrize("options", [[], ["--alphabet", "auto"]])
def test_a_set_of_empty_labels_ends_in_1_and_is_not_to_be_trained_on(
    crnn: Crnn, tmp_path: Path, options: list[str]
) -> None:
    rows = []
    for number in range(3):
        Image.new("L", (96, 32), 60 * number).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png\t\n")
    (tmp_path / "words.tsv").write_text("".join(rows))
    run = crnn("check", tmp_path / "words.tsv", *options)
    assert run.status == 1
    assert run.out.splitlines()[-2:] == [
        "crnn train would fail: every label is empty: there is nothing to learn.",
        "What helps: give the images their texts.",
    ]


def test_what_is_wrong_with_the_whole_is_shown_without_a_label(
    crnn: Crnn, word_table: Callable[..., Path]
) -> None:
    path = word_table("one", "two")
    assert f"    {path}: 2 images; under 50 are too few" in crnn("check", path).out.splitlines()


def test_a_model_that_reads_few_labels_as_they_are_is_said_not_to_know_such_images(
    crnn: Crnn, word_table: Callable[..., Path], model: Path
) -> None:
    run = crnn("check", word_table("12", "345"), "--model", model)
    assert "does not know such images, and what it finds doubtful says little" in run.out


def test_labels_are_printed_as_they_are(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    assert "':sun:[bold]\u20ac' has" in crnn("check", word_table(":sun:[bold]\u20ac")).out


def test_only_so_many_cases_are_shown_as_asked_for(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    path = word_table(*(f"a{letter}\u20ac" for letter in "abcdefg"))
    assert "and 2 more (--show 7, or --json)" in crnn("check", path).out
    assert crnn("check", path, "--show", 7).out.count(" has '\u20ac'") == 7


def test_json_is_one_object_with_every_case(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    run = crnn("check", word_table(*["\u20ac"] * 9), "--json", "--show", 1)
    content = json.loads(run.out)
    assert (run.status, run.err) == (1, "")
    findings = {finding["kind"]: finding["n"] for finding in content["findings"]}
    assert findings == {
        "symbol-outside-alphabet": 9, "equal-images": 8, "one-label": 1, "too-few-images": 1,
    }  # fmt: skip


def test_an_image_in_both_sets_ends_in_1(crnn: Crnn, word_table: Callable[..., Path]) -> None:
    train, val = word_table("one", "two"), word_table("two", "six", name="val")
    run = crnn("check", train, "--against", val)
    assert run.status == 1
    assert f"{train}:2  'two' has the bytes of {val}:1" in run.out
    assert "crnn train would learn from 2 of 2 samples." in run.out
    assert crnn("check", train, "--against", word_table("six", name="other")).status == 0


def test_a_named_model_reads_and_is_started_from(
    crnn: Crnn, word_table: Callable[..., Path], model: Path
) -> None:
    run = crnn("check", word_table("12", "345"), "--model", model)
    assert "2 labels compared with the model's reading" in run.out
    assert "--init small" in run.out  # an .onnx file cannot be trained on
    assert "--alphabet digits" in run.out
    assert "--init tiny" in crnn("check", word_table("12", name="more"), "--model", "tiny").out


def test_clean_copies_what_can_be_opened(crnn: Crnn, word_table: Callable[..., Path], tmp_path: Path) -> None:
    path, out = word_table("one", None, "two"), tmp_path / "clean"
    run = crnn("check", path, "--clean", out)
    assert (run.status, run.err) == (1, f"{out}: 2 samples, 1 left out\n")
    assert [line.split("\t")[1] for line in (out / "labels.tsv").read_text().splitlines()] == ["one", "two"]
    assert (out / "images" / "000000002.png").read_bytes() == (path.parent / "3.png").read_bytes()
    assert crnn("check", out).status == 0


def test_a_taken_place_for_the_copy_is_said_before_the_work(
    crnn: Crnn, word_table: Callable[..., Path], tmp_path: Path
) -> None:
    run = crnn("check", word_table("one"), "--clean", tmp_path / "words")
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("DataError: ")


@pytest.mark.parametrize(
    "arguments", [[], ["gone.tsv"], ["words.tsv", "--alphabet", "print95"], ["words.tsv", "--model", "none"]]
)
def test_wrong_usage_ends_in_2(
    crnn: Crnn, word_table: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(word_table("one").parent)
    run = crnn("check", *arguments)
    assert (run.status, run.out) == (2, "")
    assert run.err


def test_it_runs_where_torch_is_not_installed(word_table: Callable[..., Path]) -> None:
    start = """import sys
sys.modules |= dict.fromkeys(("torch", "safetensors", "lightning_fabric"))  # as if not installed
from crnn.cli import main
main()"""
    run = subprocess.run(
        [sys.executable, "-c", start, "check", str(word_table("one")), "--model", "small"],
        capture_output=True, text=True, check=False, env=ENVIRONMENT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "crnn train would learn from 1 of 1 samples." in run.stdout


def test_a_histogram_draws_something_wherever_there_is_something() -> None:
    assert histogram({5: 3}) == "5 \u2588 5, median 5"
    assert histogram({96: 1000, 128: 1}) == "96 \u2588\u2581 128, median 96"  # steps of 32: no gap between
    assert len(histogram(dict.fromkeys(range(1000), 1)).split()[1]) <= 40


def test_what_leaves_no_ink_is_written_so_that_it_is_seen() -> None:
    from crnn.checking.report import Counts

    counts = Counts(
        samples=1, learnable=1, empty=0, folded=1, squeezed=(2.0, 1.5), lengths={3: 1}, widths_px={},
        compared=0, read=0, only_case=0, symbols={" ": 2, "\u200b": 1},
    )  # fmt: skip
    lines = describe_counts(counts, ("a", " "))
    assert lines[1] == "symbols       2 different, most often \u2423 2 U+200B 1"
    assert lines[2:] == [
        "              never, though in the alphabet: a",
        "folded        1 label changed by the folding that is asked for",
        "squeezed      2 images wider than the largest width, up to 2.0 times, median 1.5",
    ]


def test_symbols_of_several_characters_are_checked_whole(
    crnn: Crnn, word_table: Callable[..., Path], tmp_path: Path
) -> None:
    path = word_table("C4 D#4", "X9 C4")
    symbols = tmp_path / "pitches.txt"
    symbols.write_text("C4\nD#4\n", encoding="utf-8")
    run = crnn("check", path, "--alphabet", symbols, "--separator", " ")
    assert run.status == 1
    assert f"    {path}:2  'X9 C4' has 'X9'" in run.out
    assert 'model.separator=" "' in run.out
    run = crnn("check", path, "--separator", " ")
    assert run.status == 2
    assert "it goes with --alphabet" in run.err
