"""`crnn export` writes an .onnx file and says how far it reads from the network."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.formats.load import load
from tests.cli.conftest import Run


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """The folder of a run that has saved once, a random network."""
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    from crnn.alphabet import Alphabet
    from crnn.formats.checkpoint import ModelFile, save_checkpoint
    from crnn.images.preprocess import PreprocessConfig
    from crnn.model.crnn import build

    torch.manual_seed(7)
    file = ModelFile(
        model=build("tiny", 11), alphabet=Alphabet.named("digits"), preprocess=PreprocessConfig()
    )
    save_checkpoint(tmp_path / "last.safetensors", file)
    return tmp_path


@pytest.mark.slow
def test_a_run_folder_is_exported_with_size_and_difference(
    run_folder: Path, tmp_path: Path, crnn: Callable[..., Run]
) -> None:
    run = crnn("export", run_folder, tmp_path / "full.onnx")
    assert run.status == 0
    assert "full.onnx: 3." in run.out
    assert "float32 weights, alphabet digits" in run.out
    assert "compared on 48 images: same text on 48, log_probs differ by at most" in run.out
    assert crnn("export", run_folder, tmp_path / "half.onnx", "--half").status == 0
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "full.onnx")]
    assert sizes[0] < 0.51 * sizes[1]
    assert load(tmp_path / "half.onnx").alphabet == load(tmp_path / "full.onnx").alphabet


@pytest.fixture
def words(word_table: Callable[..., Path]) -> Path:
    """A data set of 30 drawn numbers."""
    return word_table(*(str(7919 * number) for number in range(30)), name="numbers")


def test_an_export_to_integers_names_the_words_that_it_learnt_its_scales_from(
    run_folder: Path, words: Path, tmp_path: Path, crnn: Callable[..., Run]
) -> None:
    run = crnn("export", run_folder, tmp_path / "int8.onnx", "--int8", words)
    assert run.status == 0
    assert run.err == ""
    assert "int8.onnx: 0.8" in run.out
    assert "8-bit integer weights, alphabet digits" in run.out
    assert "compared on 15 images: same text on " in run.out
    record = load(tmp_path / "int8.onnx").card["int8"]
    assert isinstance(record, dict)
    assert (record["data"], record["n"]) == (["numbers/words"], 15)


@pytest.mark.slow
def test_two_data_sets_share_the_words_that_are_read(
    run_folder: Path, words: Path, tmp_path: Path, crnn: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crnn.cli.export.MAX_WORDS", 24)
    run = crnn("export", run_folder, tmp_path / "a.onnx", "--int8", words, "--int8", words.parent)
    assert "compared on 12 images" in run.out
    record = load(tmp_path / "a.onnx").card["int8"]
    assert isinstance(record, dict)
    assert (len(record["data"]), record["n"]) == (2, 12)


def test_integers_and_half_precision_exclude_each_other(
    run_folder: Path, words: Path, tmp_path: Path, crnn: Callable[..., Run]
) -> None:
    run = crnn("export", run_folder, tmp_path / "a.onnx", "--half", "--int8", words)
    assert run.status == 2
    assert "--int8 stores 8 bits, --half 16; leave one out" in run.err
    assert not (tmp_path / "a.onnx").exists()


def test_what_cannot_be_exported_ends_in_an_error_and_no_file(
    run_folder: Path, tmp_path: Path, crnn: Callable[..., Run]
) -> None:
    (tmp_path / "a.onnx").touch()
    for arguments, said in [
        ((run_folder, tmp_path / "out.pt"), "must end in .onnx"),
        ((tmp_path / "a.onnx", tmp_path / "out.onnx"), "for reading only"),
        (("nothing", tmp_path / "out.onnx"), "no model 'nothing'"),
        ((run_folder, tmp_path / "none" / "out.onnx"), "No such file or directory"),
    ]:
        run = crnn("export", *arguments)
        assert run.status == 2
        assert run.err.startswith("ModelError: ")
        assert said in run.err
        assert "Traceback" not in run.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "last.safetensors"]


def test_a_file_that_is_there_is_replaced_only_with_force(
    run_folder: Path, tmp_path: Path, crnn: Callable[..., Run]
) -> None:
    out = tmp_path / "full.onnx"
    out.write_bytes(b"mine")
    run = crnn("export", run_folder, out)
    assert run == Run(2, "", f"DataError: {out} exists: give a new name, or replace it with --force.\n")
    assert out.read_bytes() == b"mine"
    assert crnn("export", run_folder, out, "--force").status == 0
    assert out.read_bytes() != b"mine"
