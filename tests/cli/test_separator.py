"""Symbols of several characters, parted by a separator, through every command that reads or checks them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

import crnn as package
from tests.cli.conftest import Run, draw_word

pytestmark = pytest.mark.usefixtures("untrained_networks_read")

Crnn = Callable[..., Run]
NOTES = "C4 D4 D#4 E4"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file, and beside it the same as .onnx: the readings mean nothing, but repeat."""
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    pytest.importorskip("onnx", reason="needs onnx (the extra 'train')")
    from crnn.alphabet import Alphabet
    from crnn.formats.checkpoint import ModelFile, save_checkpoint
    from crnn.formats.export import export_onnx
    from crnn.images.preprocess import PreprocessConfig
    from crnn.model.crnn import build

    torch.manual_seed(4)
    alphabet = Alphabet(NOTES.split(" "), separator=" ")
    model = build("tiny", len(alphabet) + 1)
    file = ModelFile(model=model, alphabet=alphabet, preprocess=PreprocessConfig())
    folder = tmp_path_factory.mktemp("notes")
    save_checkpoint(folder / "notes.safetensors", file)
    export_onnx(file, folder / "notes.onnx")
    return folder / "notes.onnx"


@pytest.fixture
def score(tmp_path: Path) -> Path:
    return draw_word(tmp_path / "score.png", "score")


@pytest.fixture
def table(tmp_path: Path, score: Path, notes: Path) -> Path:
    """Three samples: what the model reads, the same with a note too many, and a note that it lacks."""
    right = package.load(notes).read(score).text
    labels = [right, f"{right} E4", "C4 X9"]
    path = tmp_path / "notes.tsv"
    path.write_text("".join(f"{score.name}\t{label}\n" for label in labels))
    return path


def test_both_kinds_of_model_file_keep_the_separator(notes: Path, score: Path) -> None:
    readers = [package.load(path) for path in (notes, notes.with_suffix(".safetensors"))]
    assert readers[0].alphabet == readers[1].alphabet
    assert readers[0].alphabet.separator == " "
    first, second = (reader.read(score) for reader in readers)
    assert first.text == second.text != ""
    assert " ".join(span.symbol for span in first.candidates[0].spans) == first.text


def test_read_prints_notes_with_the_separator_between(crnn: Crnn, notes: Path, score: Path) -> None:
    run = crnn("read", "--model", notes, "--top", 5, "--json", score)
    texts = [candidate["text"] for candidate in json.loads(run.out)["candidates"]]
    assert len(set(texts)) == 5
    assert all(set(text.split(" ")) <= {*NOTES.split(" "), ""} for text in texts)
    assert max(len(text.split(" ")) for text in texts) > 1


def test_a_lexicon_has_a_text_of_notes_on_each_line(
    crnn: Crnn, notes: Path, score: Path, tmp_path: Path
) -> None:
    words = tmp_path / "tunes.txt"
    words.write_text("C4 D4 E4\nD#4 C4\n")
    run = crnn("read", "--model", notes, "--lexicon", words, score)
    assert run.out.split("\t")[1] in {"C4 D4 E4", "D#4 C4"}
    words.write_text("C4 D4\nC4D4\n")
    run = crnn("read", "--model", notes, "--lexicon", words, score)
    assert (run.status, run.out) == (2, "")
    assert "tunes.txt:2: label 'C4D4' has 'C4D4', not in alphabet 'C4 D4 D#4 E4'" in run.err


def test_edit_distances_of_a_lexicon_are_those_of_notes(notes: Path, score: Path) -> None:
    reader = package.load(notes)
    text = reader.read(score).text
    one_off = " ".join([*text.split(" ")[:-1], "E4" if not text.endswith("E4") else "C4"])
    near = reader.read(score, lexicon=[one_off], max_edits=1)
    assert near.text == one_off
    assert reader.read(score, lexicon=[f"{one_off} C4 C4"], max_edits=1).text == ""


def test_a_language_of_notes_is_learnt_and_weighs_readings(
    crnn: Crnn, notes: Path, score: Path, tmp_path: Path
) -> None:
    tunes, language = tmp_path / "tunes.txt", tmp_path / "tunes.lm"
    tunes.write_text("".join(f"C4 D4 {note}\n" for note in NOTES.split(" ")))
    run = crnn("language", "train", tunes, language, "--alphabet", NOTES, "--separator", " ", "--as-listed")
    assert run.status == 0
    run = crnn("read", "--model", notes, "--language", language, score)
    assert run.status == 0
    assert set(run.out.split("\t")[1].split(" ")) <= {*NOTES.split(" "), ""}


def test_a_pattern_of_characters_is_refused(crnn: Crnn, notes: Path, score: Path) -> None:
    run = crnn("read", "--model", notes, "--pattern", "[C-E]4", score)
    assert (run.status, run.out) == (2, "")
    assert "' ' parts the symbols of this alphabet" in run.err
    assert "lexicon" in run.err


def test_evaluate_counts_notes_and_its_report_shows_them(
    crnn: Crnn, notes: Path, table: Path, tmp_path: Path
) -> None:
    report = tmp_path / "notes.html"
    run = crnn("evaluate", "--model", notes, "--protocol", "exact", "--json", "--report", report, table)
    figures = json.loads(run.out)
    labels = [line.split("\t")[1].split(" ") for line in table.read_text().splitlines()]
    edits = sum(Levenshtein.distance(label, labels[0]) for label in labels)  # it reads the first each time
    assert (figures["n"], figures["accuracy"], figures["wer"]) == (3, 33.33, None)
    assert figures["cer"] == round(100 * edits / sum(map(len, labels)), 2)
    assert "X9" in re.findall(r">([A-Z0-9#]+)<", report.read_text())  # by itself: a symbol, not an X and a 9


def test_a_protocol_that_would_join_the_notes_is_refused(crnn: Crnn, notes: Path, table: Path) -> None:
    for command in (
        ["evaluate", "--model", notes, "--protocol", "alnum", table],
        ["compare", notes, notes, table, "--protocol", "alnum"],
    ):
        run = crnn(*command)
        assert (run.status, run.out) == (2, "")
        assert "protocol 'alnum' removes ' '" in run.err


def test_check_names_a_note_that_the_alphabet_lacks(crnn: Crnn, notes: Path, table: Path) -> None:
    for way in (["--model", notes], ["--alphabet", NOTES, "--separator", " "]):
        run = crnn("check", table, *way)
        assert run.status == 1
        assert "alphabet C4 D4 D#4 E4" in run.out
        assert "'C4 X9' has 'X9'" in run.out
        assert "stray-space" not in run.out
    assert "--set 'model.separator=\" \"'" in run.out
    assert crnn("check", table, "--separator", " ").status == 2


def test_a_single_note_in_a_tall_image_is_no_text_written_downwards(crnn: Crnn, tmp_path: Path) -> None:
    draw_word(tmp_path / "1.png", "a")  # 20 px wide, 32 high
    table = tmp_path / "tall.tsv"
    table.write_text("1.png\tD#4\n")
    assert "tall-image" not in crnn("check", table, "--alphabet", NOTES, "--separator", " ").out
    table.write_text("1.png\tD#4 D4\n")
    assert "tall-image" in crnn("check", table, "--alphabet", NOTES, "--separator", " ").out
