"""`crnn read`, from its arguments to the whole of what it prints."""

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.cli.output import find_images
from crnn.formats.load import load
from tests.cli.conftest import ENVIRONMENT, Run, command, draw_word

Crnn = Callable[..., Run]


def line(model: Path, image: Path) -> str:
    """What the library reads, as the command should print it."""
    reading = load(model).read(image)
    return f"{image}\t{reading.text}\t{reading.confidence:.4f}\n"


def test_a_line_is_path_text_and_confidence(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image = draw_word(tmp_path / "a.png")
    assert crnn("read", "--model", model, image) == Run(0, line(model, image), "")


def test_json_is_one_object_a_line(crnn: Crnn, tmp_path: Path) -> None:
    images = [draw_word(tmp_path / "a.png", "1"), draw_word(tmp_path / "ü.png", "23")]
    run = crnn("read", "--json", "--model", "tiny", *images)
    readings = [load("tiny").read(image) for image in images]
    for image, reading, text in zip(images, readings, run.out.splitlines(), strict=True):
        found = json.loads(text)
        assert found["path"] == str(image)
        assert found["text"] == reading.text
        assert found["confidence"] == pytest.approx(reading.confidence, rel=1e-3, abs=0)  # 6e-16
        (candidate,) = found["candidates"]
        assert "".join(span["symbol"] for span in candidate["spans"]) == reading.text
        assert all(len(span["box"]) == 4 and 0 <= span["posterior"] <= 1 for span in candidate["spans"])
    assert "ü.png" in run.out


def test_a_pattern_and_a_lexicon_say_what_may_be_read(crnn: Crnn, tmp_path: Path) -> None:
    image, words = draw_word(tmp_path / "a.png", "1"), tmp_path / "words.txt"
    words.write_text("314\n27\n")
    run = crnn("read", "--model", "tiny", "--pattern", "[0-4]{2}", image)
    path, text, confidence, given = run.out.split()
    assert path == str(image)
    assert len(text) == 2
    assert set(text) <= set("01234")
    assert float(confidence) < float(given) <= 1
    run = crnn("read", "--model", "tiny", "--lexicon", words, image)
    assert run.out.split()[1] in {"314", "27"}
    near = crnn("read", "--model", "tiny", "--lexicon", words, "--max-edits", 99, image)
    assert near == run


@pytest.mark.parametrize(
    ("former", "current"),
    [
        (["--bktree", "3"], ["--max-edits", "3"]),
        (["--outside", "9"], ["--oov-factor", "9"]),
        (["--drop-unreadable"], ["--out-of-alphabet", "skip"]),
    ],
)
def test_former_names_of_options_work_and_say_the_new_one(
    crnn: Crnn, tmp_path: Path, former: list[str], current: list[str]
) -> None:
    image, words = draw_word(tmp_path / "a.png", "1"), tmp_path / "words.txt"
    words.write_text("1\n7\n")
    old, new = (crnn("read", "--model", "tiny", "--lexicon", words, *one, image) for one in (former, current))
    assert (old.status, old.out, new.err) == (0, new.out, "")
    names = former[0], current[0] if former[1:] else "--out-of-alphabet skip"
    assert old.err == f"{names[0]} is called {names[1]} now; the old name goes with the next version\n"


def test_words_that_nothing_in_the_image_supports_are_rejected(crnn: Crnn, tmp_path: Path) -> None:
    image, words = draw_word(tmp_path / "a.png", "Bakery"), tmp_path / "words.txt"
    words.write_text("OPEN\nCLOSED\n")
    sure = crnn("read", "--lexicon", words, image).out.rstrip("\n").split("\t")
    assert (sure[1], float(sure[3]) > 0.98) != ("", True)
    rejected = crnn("read", "--lexicon", words, "--reject", "0.02", image).out.rstrip("\n").split("\t")
    assert rejected == [sure[0], "", *sure[2:]]
    words.write_text("OPEN\nBakery\n")
    assert crnn("read", "--lexicon", words, "--reject", "0.02", image).out.split("\t")[1] == "Bakery"


def test_a_beam_finds_as_many_candidates_as_asked_for(crnn: Crnn, tmp_path: Path) -> None:
    found = json.loads(
        crnn("read", "--model", "tiny", "--top", 3, "--json", draw_word(tmp_path / "a.png")).out
    )
    texts = [candidate["text"] for candidate in found["candidates"]]
    assert len(set(texts)) == 3
    assert texts[0] == found["text"]


def test_what_is_not_sure_enough_is_left_empty(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image = draw_word(tmp_path / "a.png")
    sure = load(model).read(image).confidence
    assert crnn("read", "--model", model, "--reject", 0.0, image).out == f"{image}\t\t{sure:.4f}\n"
    assert crnn("read", "--model", model, "--reject", 1.0, image).out == line(model, image)


@pytest.mark.parametrize(
    "options",
    [
        ["--decoder", "lexicon"],
        ["--decoder", "greedy", "--top", "2"],
        ["--decoder", "greedy", "--pattern", "1"],
        ["--decoder", "beam", "--lexicon", "words.txt"],
        ["--pattern", "1", "--lexicon", "words.txt"],
        ["--max-edits", "2"],
        ["--pattern", "x"],
    ],
)
def test_options_that_do_not_go_together_end_in_2(
    crnn: Crnn, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text("12\n")
    run = crnn("read", "--model", model, *options, draw_word(tmp_path / "a.png"))
    assert (run.status, run.out) == (2, "")
    assert run.err


def test_a_folder_is_searched_to_the_bottom_in_order(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    names = ["b.JPG", "a/z.png", "a/b/c.gif", "c.tiff"]
    for name in names:
        draw_word(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("no image")
    run = crnn("read", "--model", model, tmp_path)
    assert run.status == 0
    assert run.err == f"{tmp_path}: 2 files passed over: 1 without an image's suffix (.txt), 1 hidden\n"
    assert run.out == "".join(line(model, tmp_path / name) for name in sorted(names))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows links to administrators alone")
def test_what_is_passed_over_in_a_folder_is_counted_with_its_reason(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "photos", tmp_path / "elsewhere"
    draw_word(folder / "a.png")
    for name in ("b.pdf", "c.PDF", "d.txt", "README"):
        (folder / name).touch()
    draw_word(elsewhere / "e.png")
    assert find_images([str(folder), str(elsewhere)]) == (
        [str(folder / "a.png"), str(elsewhere / "e.png")],
        [f"{folder}: 4 files passed over: 4 without an image's suffix (.pdf, none, .txt)"],
    )
    (folder / "link").symlink_to(elsewhere)
    (note,) = find_images([str(folder)])[1]
    assert note.endswith("; 1 linked folder not entered")


def test_json_has_a_line_for_an_image_that_cannot_be_read(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    image, torn = draw_word(tmp_path / "a.png"), tmp_path / "b.png"
    torn.write_bytes(image.read_bytes()[:50])
    run = crnn("read", "--json", "--model", model, tmp_path)
    first, second = map(json.loads, run.out.splitlines())
    assert (run.status, first["path"], second["path"]) == (1, str(image), str(torn))
    assert "error" not in first
    assert second.keys() == {"path", "error"}
    assert f"ImageError: {second['error']}" in run.err.splitlines()


def test_an_image_as_text_is_not_printed_whole(crnn: Crnn, model: Path, tmp_path: Path) -> None:
    text = base64.b64encode(draw_word(tmp_path / "a.png").read_bytes() * 20).decode()
    run = crnn("read", "--model", model, f"data:image/png;base64,{text}", text)
    assert (run.status, run.out) == (1, "")
    uri, base, _ = run.err.splitlines()
    assert len(text) > 4000
    assert max(len(uri), len(base)) < 350
    assert "is a data URI, no path" in uri
    assert "is base64 text, no path" in base


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
    assert run.err.startswith(f"ImageError: {tmp_path}: no image in this folder; no file in it ends in .jpg")


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


EXPECTED = [f"crnn.cli.{name}" for name in ("options", "output", "read")]


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
    assert run.stdout.splitlines()[-1] == f"[] {EXPECTED}"


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
    assert find_images([str(later), str(tmp_path / "folder")]) == ([str(later), sooner], [])
