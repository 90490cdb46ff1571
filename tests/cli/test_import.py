"""`crnn import` makes a model file of another project's weights."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")

import torch
from PIL import Image

from crnn.formats.load import load
from tests.cli.conftest import Run
from tests.formats.foreign_networks import deep_text, gitycc, randomise

Crnn = Callable[..., Run]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A small network of clovaai's, its alphabet unknown to the file."""
    path = tmp_path / "theirs.pth"
    torch.save(randomise(deep_text(11, maps=64, hidden=16)).state_dict(), path)
    return path


def test_the_file_is_read_like_any_other(crnn: Crnn, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "ours.safetensors"
    run = crnn("import", weights, out, "--alphabet", "digits")
    assert run == Run(
        0,
        f"{out}: from clovaai/deep-text-recognition-benchmark None-VGG-BiLSTM-CTC, 102,875 parameters, "
        "10 symbols, images 100x32 px\n",
        "",
    )
    Image.new("L", (90, 40), 200).save(tmp_path / "word.png")
    run = crnn("read", "--model", out, tmp_path / "word.png")
    assert run.status == 0
    assert run.out.startswith(f"{tmp_path / 'word.png'}\t")


def test_what_the_project_fixes_need_not_be_said_and_the_rest_can(crnn: Crnn, tmp_path: Path) -> None:
    torch.save(gitycc(37, hidden=16, colours=3).state_dict(), tmp_path / "theirs.pth")
    out = tmp_path / "ours.safetensors"
    run = crnn("import", tmp_path / "theirs.pth", out, "--width", 160, "--blank", "last")
    assert run.status == 0
    first, *notes = run.out.splitlines()
    assert first.endswith("36 symbols, images 160x32 px")
    assert notes == [
        "It was trained on colours; it reads grey pictures as before, others by their grey.",
        "The blank was moved from class 36 to class 0.",
    ]
    assert load(out).alphabet.name == "lower36"
    assert load(out).preprocess.max_width == 160


def test_what_cannot_be_imported_ends_in_an_error_and_no_file(
    crnn: Crnn, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ours.safetensors"
    for arguments, said in [
        ((weights, out), "does not hold its alphabet"),
        ((weights, tmp_path / "ours.onnx", "--alphabet", "digits"), "must end in .safetensors"),
        ((tmp_path / "none.pth", out), "No such file"),
    ]:
        run = crnn("import", *arguments)
        assert run.status == 2
        assert run.err.startswith("ModelError: ")
        assert said in run.err
    assert list(tmp_path.iterdir()) == [weights]
