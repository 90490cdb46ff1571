"""What fonts can draw, found without drawing."""

from pathlib import Path

import pytest

pytest.importorskip("fontTools", reason="synthesis needs the extra 'train'")

from crnn.errors import FontError
from crnn.symbols import NAMES
from crnn.synthesis.fonts import undrawable


def test_the_starter_fonts_draw_printable_ascii_and_no_chinese() -> None:
    symbols = (*NAMES["print94-space"], "京", "A2")
    assert undrawable(symbols, ("starter",)) == ("京", "A2")


def test_a_broken_font_draws_nothing(tmp_path: Path) -> None:
    (tmp_path / "torn.ttf").write_bytes(b"no font")
    assert undrawable(("A",), (str(tmp_path),)) == ("A",)


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FontError, match="no font"):
        undrawable(("A",), (str(tmp_path),))
