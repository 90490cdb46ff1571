"""`crnn read`, from its arguments to the whole of what it prints."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.cli.read import find_images
from crnn.formats.models import load
from tests.cli.conftest import ENVIRONMENT, Run, command, draw_word

Crnn = Callable[..., Run]


def line(model: Path, image: Path) -> str:
    """What the library reads, as the command should print it."""
    reading = load(model).read(image)
    return f"{image}\t{reading.text}\t{reading.confidence:.4f}\n"


def test_a_line_is_path_text_and_confidence(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image = draw_word(tmp_path / "a.png")
    assert crnn("read", "--model", model, image) == Run(0, line(model, image), "")


def test_json_is_one_object_a_line(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    images = [draw_word(tmp_path / "a.png", "1"), draw_word(tmp_path / "ü.png", "23")]
    run = crnn("read", "--json", "--model", model, *images)
    readings = [load(model).read(image) for image in images]
    assert [json.loads(text) for text in run.out.splitlines()] == [
        {"path": str(image), "text": reading.text, "confidence": round(reading.confidence, 4)}
        for image, reading in zip(images, readings, strict=True)
    ]
    assert "ü.png" in run.out


def test_a_folder_is_searched_to_the_bottom_in_order(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    names = ["b.JPG", "a/z.png", "a/b/c.gif", "c.tiff"]
    for name in names:
        draw_word(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("no image")
    run = crnn("read", "--model", model, tmp_path)
    assert (run.status, run.err) == (0, "")
    assert run.out == "".join(line(model, tmp_path / name) for name in sorted(names))


def test_bad_images_are_named_and_the_rest_are_read(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    good = [draw_word(tmp_path / f"{index:02}.png") for index in range(20)]
    (tmp_path / "05a.png").write_text("text in disguise")
    (tmp_path / "06a.jpg").touch()
    run = crnn("read", "--model", model, tmp_path, tmp_path / "missing.png")
    assert run.status == 1
    assert run.out == "".join(line(model, image) for image in good)
    torn, empty, missing, summary = run.err.splitlines()
    assert torn.startswith(f"ImageError: {tmp_path / '05a.png'}: is no image")
    assert empty == f"ImageError: {tmp_path / '06a.jpg'}: is empty (zero bytes)."
    assert missing.startswith(f"ImageError: {tmp_path / 'missing.png'}: cannot be read")
    assert summary == "3 of 23 images could not be read"


def test_the_batch_size_changes_no_reading(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    for index in range(9):
        draw_word(tmp_path / f"{index}.png", "word"[: 1 + index % 4])
    one, many = (crnn("read", "--model", model, "--batch-size", n, tmp_path) for n in (1, 32))
    assert one == many


def test_a_folder_without_an_image_is_an_error(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    run = crnn("read", "--model", model, tmp_path)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith(f"ImageError: {tmp_path}: no image in this folder; no file in it ends in .avif")


def test_an_unknown_model_is_an_error(crnn: Crnn, tmp_path: Path) -> None:
    run = crnn("read", "--model", tmp_path / "gone.onnx", draw_word(tmp_path / "a.png"))
    assert (run.status, run.out) == (2, "")
    assert run.err == f"ModelError: {tmp_path / 'gone.onnx'}: no such file.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no tab in a file's name")
def test_tabs_and_line_breaks_in_a_name_are_escaped(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image = draw_word(tmp_path / "a\tb\nc\\d.png")
    run = crnn("read", "--model", model, image)
    assert run.out.split("\t")[0] == f"{tmp_path}/a\\tb\\nc\\d.png"
    assert json.loads(crnn("read", "--json", "--model", model, image).out)["path"] == str(image)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in a file's name")
def test_a_name_that_is_no_text_goes_out_as_it_came_in(model: Path, tmp_path: Path) -> None:
    draw_word(tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"caf\xe9.png"))
    reading = command("read", "--model", model, tmp_path)
    run = subprocess.run(reading, capture_output=True, check=True, env=ENVIRONMENT)
    assert run.stdout.split(b"\t")[0] == os.fsencode(tmp_path) + b"/caf\xe9.png"


def test_a_dash_reads_standard_input(
    crnn: Crnn, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = draw_word(tmp_path / "a.png")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(image.read_bytes())))
    assert crnn("read", "--model", model, "-").out == line(model, image).replace(str(image), "-")


def test_a_bad_image_on_standard_input_is_named(
    crnn: Crnn, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"torn")))
    run = crnn("read", "--model", model, "-")
    assert run.status == 1
    assert run.err.startswith("ImageError: -: an image of 4 bytes: is no image")


def test_reading_imports_neither_torch_nor_another_command(model: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from crnn.cli import main
try:
    main(["read", "--model", {str(model)!r}, {str(draw_word(tmp_path / "a.png"))!r}])
except SystemExit:
    pass
heavy = {{"torch", "rich", "onnx", "lightning_fabric", "rapidfuzz"}} & set(sys.modules)
commands = {{name for name in sys.modules if name.startswith("crnn.cli.")}}
print(sorted(heavy), sorted(commands))
"""
    python = [sys.executable, "-c", code]
    run = subprocess.run(python, capture_output=True, check=True, text=True, env=ENVIRONMENT)
    assert run.stdout.splitlines()[-1] == "[] ['crnn.cli.output', 'crnn.cli.progress', 'crnn.cli.read']"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")
def test_a_reader_that_leaves_early_is_no_fault(model: Path, tmp_path: Path) -> None:
    for index in range(600):  # more than one chunk and one pipe buffer
        draw_word(tmp_path / f"{index:03}_{'x' * 150}.png", "1")
    reading = command("read", "--model", model, tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen(reading, stdout=pipe, stderr=pipe, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_images_come_in_the_order_of_the_arguments(tmp_path: Path) -> None:
    later, sooner = tmp_path / "z.png", str(draw_word(tmp_path / "folder" / "a.png"))
    assert list(find_images([str(later), str(tmp_path / "folder")])) == [str(later), sooner]
