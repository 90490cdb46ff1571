"""`crnn calibrate` writes a model that reads the same, and says what its confidence is worth now."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from crnn.formats.load import load
from tests.cli.conftest import Run, draw_word

Crnn = Callable[..., Run]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network that is far too sure of itself, saved as a run saves."""
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    from crnn.alphabet import Alphabet
    from crnn.formats.checkpoint import ModelFile, save_checkpoint
    from crnn.images.preprocess import PreprocessConfig
    from crnn.model.crnn import build

    torch.manual_seed(7)
    file = ModelFile(
        model=build("tiny", 11), alphabet=Alphabet.named("digits"), preprocess=PreprocessConfig()
    )
    with torch.no_grad():
        file.model.score.weight.mul_(300)
    folder = tmp_path_factory.mktemp("run")
    save_checkpoint(folder / "last.safetensors", file)
    return folder


@pytest.fixture(scope="module")
def words(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures; one in four is labelled as the network reads it, the others with an X added."""
    reader = load(run_folder)
    folder = tmp_path_factory.mktemp("data") / "words"
    lines = []
    for index in range(60):
        path = draw_word(folder / f"{index}.png", f"{index}{index * 37 % 1000}")
        text = reader.read(path).text
        lines.append(f"{path.name}\t{text if text and index % 4 == 0 else text + 'X'}\n")
    table = folder / "val.tsv"
    table.write_text("".join(lines))
    return table


def test_the_file_reads_the_same_texts_with_the_temperature_on_its_card(
    crnn: Crnn, run_folder: Path, words: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.safetensors"
    run = crnn("calibrate", run_folder, words, "--out", out)
    assert (run.status, run.err) == (0, "")
    before, after = load(run_folder), load(out)
    record = after.card["calibration"]
    assert isinstance(record, dict)
    assert list(record) == ["temperature", "data", "n", "ece_before", "ece_after", "date"]
    assert (record["data"], record["n"]) == (["words/val"], 60)
    assert record["date"] == datetime.now(UTC).date().isoformat()
    images = [words.parent / f"{index}.png" for index in range(60)]
    pairs = list(zip(before.read_batch(images), after.read_batch(images), strict=True))
    assert all(old.text == new.text for old, new in pairs)
    assert any(abs(old.confidence - new.confidence) > 1e-3 for old, new in pairs)


def test_the_table_has_a_line_a_set_and_one_without_case(
    crnn: Crnn, run_folder: Path, words: Path, tmp_path: Path
) -> None:
    run = crnn("calibrate", run_folder, words, "--out", tmp_path / "out.onnx")
    heading, _, first, second, last = (line.strip() for line in run.out.splitlines() if line.strip())
    assert heading.startswith("dataset")
    assert "by chance" in heading
    assert first.split()[:3] == ["words/val", "exact", "60"]
    assert second.split()[:3] == ["all", "alnum", "60"]
    assert last.startswith(f"{tmp_path / 'out.onnx'}: temperature ")
    assert load(tmp_path / "out.onnx").card["calibration"]


def test_an_image_that_cannot_be_opened_is_named_and_sets_the_status(
    crnn: Crnn, run_folder: Path, words: Path, tmp_path: Path
) -> None:
    torn = tmp_path / "torn.png"
    torn.write_text("torn")
    (tmp_path / "torn.tsv").write_text("torn.png\tX\n")
    run = crnn("calibrate", run_folder, words, tmp_path / "torn.tsv", "--out", tmp_path / "out.safetensors")
    assert run.status == 1
    assert run.err.startswith(f"left out: {torn}: is no image")
    assert (tmp_path / "out.safetensors").exists()


def test_what_cannot_be_calibrated_ends_in_an_error_and_no_file(
    crnn: Crnn, run_folder: Path, words: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.safetensors"
    run = crnn("calibrate", run_folder, words, "--out", tmp_path / "out.pt")
    assert (run.status, run.err) == (
        2,
        f"ModelError: {tmp_path / 'out.pt'}: the file to write must end in .safetensors or .onnx.\n",
    )
    Image.new("L", (30, 30)).save(tmp_path / "one.png")
    (tmp_path / "few.tsv").write_text("one.png\t1\n")
    run = crnn("calibrate", run_folder, tmp_path / "few.tsv", "--out", out)
    assert run.status == 2
    assert run.err.startswith("DataError: 1 words could be read; a temperature needs at least 50.\n")
    assert not out.exists()


@pytest.fixture
def run_on_words(run_folder: Path, words: Path, tmp_path: Path) -> Path:
    """The run, with a list of words that it held back."""
    from crnn.data import open_dataset
    from crnn.training.real import write_held_back

    folder = tmp_path / "run on words"
    shutil.copytree(run_folder, folder)
    write_held_back(folder / "held_back.tsv", [open_dataset(words)])
    return folder


@pytest.mark.parametrize("model", [".", "last.safetensors"])
def test_without_data_the_words_that_the_run_held_back_are_taken(
    crnn: Crnn, run_on_words: Path, tmp_path: Path, model: str
) -> None:
    out = tmp_path / "out.safetensors"
    run = crnn("calibrate", run_on_words / model, "--out", out)
    assert (run.status, run.err) == (0, "")
    record = load(out).card["calibration"]
    assert isinstance(record, dict)
    assert (record["data"], record["n"]) == (["run on words/held_back"], 60)
    assert "trained_on" not in record


def test_words_that_were_trained_on_are_counted_by_their_images(
    crnn: Crnn, run_on_words: Path, words: Path, tmp_path: Path
) -> None:
    from crnn.data import open_dataset
    from crnn.data.dataset import Subset
    from crnn.training.real import add_trained_on

    add_trained_on(run_on_words / "trained_on.txt", [Subset(open_dataset(words), range(10, 50))])
    out = tmp_path / "out.safetensors"
    run = crnn("calibrate", run_on_words, words, "--out", out)
    assert run.status == 0
    assert run.err.startswith("warning: 40 of 60 words of words/val were trained on (")
    record = load(out).card["calibration"]
    assert isinstance(record, dict)
    assert record["trained_on"] == 40


def recipe(folder: Path, validation: str) -> Path:
    text = (
        f'[model]\npreset = "tiny"\nalphabet = "digits"\n[training]\nsteps = 1\n[validation]\n{validation}\n'
    )
    (folder / "recipe.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("validation", "said"),
    [
        (None, "is no run folder, which lists what it held back.\n"),
        (
            "held_back = 0.1",
            "does not list what it held back (no held_back.tsv): runs of earlier versions do not.",
        ),
        ('data = ["val.tsv", "b.tsv"]', "held no words back.\n"),
    ],
)
def test_where_nothing_is_listed_the_message_says_why_and_what_to_type(
    crnn: Crnn, run_folder: Path, tmp_path: Path, validation: str | None, said: str
) -> None:
    folder = tmp_path / "my run"
    shutil.copytree(run_folder, folder)
    if validation:
        recipe(folder, validation)
    run = crnn("calibrate", folder, "--out", "mine.onnx")
    assert run.status == 2
    assert f"DataError: {folder} {said}" in run.err
    typed = {
        None: f"crnn calibrate '{folder}' val.tsv --out mine.onnx\n",
        "held_back = 0.1": f"crnn train --resume --out '{folder}'\n",
        'data = ["val.tsv", "b.tsv"]': f"crnn calibrate '{folder}' val.tsv b.tsv --out mine.onnx\n",
    }
    assert run.err.endswith(typed[validation])
