"""`crnn explain` writes one file, or says why it does not."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import ENVIRONMENT, Run, command, draw_word

pytest.importorskip("matplotlib", reason="needs matplotlib (the extra 'train')")
Crnn = Callable[..., Run]


@pytest.mark.slow
def test_a_picture_is_written_and_named_with_text_and_runner_up(
    crnn: Crnn, root: Path, tmp_path: Path
) -> None:
    out = tmp_path / "why.png"
    run = crnn("explain", root / "examples" / "sign.png", "--out", out, "--model", "tiny")
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith(f"{out}: 'Bakery' 0.9")
    assert ", runner-up '" in run.out
    with Image.open(out) as image:
        assert image.width == 1200


def test_an_onnx_model_and_another_text_make_a_page(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image, out = draw_word(tmp_path / "word.png"), tmp_path / "why.html"
    run = crnn("explain", image, "--out", out, "--model", model, "--text", "123")
    assert run.status == 0
    assert run.out.startswith(f"{out}: '123' ")
    page = out.read_text("utf-8")
    assert page.count('class="label"') == 3
    assert "An .onnx file does not show its gates" in page


def test_what_cannot_be_explained_ends_in_an_error_and_no_file(
    crnn: Crnn, model: Path, tmp_path: Path
) -> None:
    image = draw_word(tmp_path / "word.png")
    (tmp_path / "empty.png").touch()
    out = tmp_path / "out.png"
    for arguments, said in [
        ((image, "--out", tmp_path / "out.pdf"), "DataError: .*out.pdf: an explanation is a .png or"),
        ((image, "--out", image), "DataError: .*word.png: is the image itself"),
        ((tmp_path / "none.png", "--out", out), "ImageError: .*none.png: cannot be read"),
        ((tmp_path / "empty.png", "--out", out), "ImageError: .*empty.png: is empty"),
        ((tmp_path, "--out", out), "ImageError: "),
        ((image, "--out", out, "--text", "word"), "LabelError: .*'w'"),
        ((image, "--out", tmp_path / "none" / "out.png"), "DataError: .*cannot write"),
    ]:
        run = crnn("explain", *arguments, "--model", model)
        assert (run.status, run.out) == (2, "")
        assert re.match(said, run.err), run.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.png", "word.png"]


@pytest.mark.slow
def test_without_matplotlib_it_says_what_to_install(tmp_path: Path) -> None:
    image = draw_word(tmp_path / "word.png")
    start = command("explain", image, "--out", tmp_path / "out.png")
    start[2] = "import sys; sys.modules['matplotlib'] = None; " + start[2]
    run = subprocess.run(start, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert run.returncode == 2
    assert run.stderr.startswith("MissingExtra: crnn explain needs matplotlib")
    assert "pip install -e '.[train]'" in run.stderr
