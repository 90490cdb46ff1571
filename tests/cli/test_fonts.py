"""`crnn fonts` says which faces draw an alphabet, and why others cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("freetype", reason="needs freetype-py (the extra 'train')")

from PIL import Image

from crnn.synthesis.fonts import STARTER
from tests.cli.conftest import Run

SLAB = STARTER / "faces" / "roboto-slab-400-normal.woff"


def test_each_face_is_a_line_with_its_family_and_its_fault(crnn: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "Good-Regular.woff").write_bytes(SLAB.read_bytes())
    (tmp_path / "Torn.ttf").write_bytes(b"torn")
    run = crnn("fonts", tmp_path, "--alphabet", "digits")
    good, torn = run.out.splitlines()
    assert good == f"{tmp_path / 'Good-Regular.woff'}\tGood\tusable"
    assert torn.startswith(f"{tmp_path / 'Torn.ttf'}\tTorn\tcannot be opened")
    assert run.err == "1 of 2 faces, in 1 families, are usable, 1 for all 10 symbols of 'digits'\n"
    assert run.status == 0


def test_the_symbols_that_a_face_lacks_are_named(crnn: Callable[..., Run], tmp_path: Path) -> None:
    for name in ("open-sans-800-italic", "open-sans-700-normal"):
        (tmp_path / f"{name}.woff").write_bytes((STARTER / "faces" / f"{name}.woff").read_bytes())
    run = crnn("fonts", tmp_path, "--alphabet", "abc\u00e9\u00df")
    whole, part = run.out.splitlines()
    assert whole.endswith("\tusable")
    assert part.endswith("\tusable but for 2 symbols: \u00e9 \u00df")


def test_the_contact_sheet_shows_each_face(crnn: Callable[..., Run], tmp_path: Path) -> None:
    run = crnn("fonts", SLAB, "--sheet", tmp_path / "sheet.png")
    assert run.status == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (300, 64)
        assert sheet.convert("L").getextrema() == (0, 255)


def test_a_folder_without_fonts_ends_in_2(crnn: Callable[..., Run], tmp_path: Path) -> None:
    run = crnn("fonts", tmp_path)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("FontError: no font")


def test_the_list_of_the_full_set_comes_with_the_package(crnn: Callable[..., Run]) -> None:
    run = crnn("fonts", "--packages")
    assert (run.status, run.err) == (0, "")
    assert (
        len([name for name in json.loads(run.out)["dependencies"] if name.startswith("@fontsource/")]) > 1000
    )
    assert "crnn fonts --packages > fonts/package.json" in crnn("fonts", "--help").out
