"""The figure holds what the explanation says, and all of it can be read."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from crnn.errors import DataError
from crnn.explaining import Explanation, Opened, draw, explain, write
from crnn.explaining.panels import spread
from crnn.explaining.style import sentence, written
from tests.explaining.conftest import Fake

SEAMED = 2
"""Rectangles a box: one in the colour, one in white around it."""


def boxes(figure_axes: object) -> int:
    found = [patch for patch in figure_axes.patches if isinstance(patch, Rectangle)]  # type: ignore[attr-defined]
    return len(found) // SEAMED


def test_every_symbol_has_a_box_in_the_picture_and_in_the_frames(sign: Explanation) -> None:
    picture, frames, *_ = draw(sign).axes
    assert boxes(picture) == boxes(frames) == len(sign.explained.text)
    labels = [text.get_text().split("\n")[0] for text in picture.texts]
    assert labels == list(sign.explained.text)


def test_rows_are_named_and_the_blank_is_the_last(sign: Explanation) -> None:
    names = [label.get_text() for label in draw(sign).axes[1].get_yticklabels()]
    assert len(names) == len(sign.rows)
    assert names[: len("Bakery")] == list("Bakery")
    assert names[-1] == "blank"


def test_all_panels_share_the_frames(sign: Explanation) -> None:
    figure = draw(sign)
    assert len(figure.axes) == 3 + 1 + 2 * 5 + 1
    assert {axes.get_xlim() for axes in figure.axes} == {(0, len(sign.frames.log_probs))}


@pytest.mark.slow
def test_a_png_is_1200_px_wide_and_small(sign: Explanation, tmp_path: Path) -> None:
    write(sign, tmp_path / "sign.PNG")
    content = (tmp_path / "sign.PNG").read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.width) == ("PNG", 1200)
        assert np.asarray(image).std() > 20
    assert len(content) < 250_000


@pytest.mark.parametrize("text", [None, "", "a", "$x^{2}$"])
def test_any_text_is_drawn_within_the_figure(fake: Fake, text: str | None) -> None:
    path = [1, 0, 2, 0, 3, 0, 4, 5, 6, 0, 0, 0]
    figure = draw(fake(path, ["$", "x", "^", "{", "2", "}", "a"], text))
    figure.draw_without_rendering()
    for drawn in [*figure.texts, *(one for axes in figure.axes for one in axes.texts)]:
        extent = drawn.get_window_extent()
        assert extent.x0 >= 0
        assert extent.x1 <= 1200


@pytest.mark.slow
def test_40_symbols_stand_apart(fake: Fake) -> None:
    symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
    path = [one for place in range(1, 41) for one in (place, 0)]
    long = fake(path, symbols, name="a/very/long/name/" * 8)
    assert long.explained.text == symbols
    figure = draw(long)
    figure.draw_without_rendering()
    labels = [Text.get_window_extent(text) for text in figure.axes[0].texts]  # without their lines
    assert len(labels) == 40
    assert all(left.x1 <= right.x0 + 1 for left, right in pairwise(labels))
    assert all(text.get_window_extent().x1 <= 1200 for text in figure.texts)


def test_a_missing_part_says_why(fake: Fake) -> None:
    figure = draw(fake([1, 0, 1, 0], "a"))
    said = " ".join(text.get_text() for text in figure.texts)
    assert "Left out, the gates of the last LSTM. An .onnx file" in said
    assert "Left out, what a frame sees" in said


def test_symbols_that_the_font_lacks_are_written_as_code_points(fake: Fake, tmp_path: Path) -> None:
    strange = fake([1, 0, 2, 0, 3, 0], ["字", "\u200b", "clef-soprano"])
    write(strange, tmp_path / "strange.png")  # a missing glyph would be a warning, and so an error
    names = [label.get_text() for label in draw(strange).axes[1].get_yticklabels()]
    assert names == ["U+5B57", "U+200B", "clef-so…", "blank"]
    assert sentence("a字") == "a\\u{5b57}"
    assert written(" ") == "␣"


def test_a_picture_of_one_pixel_is_drawn(tiny: Opened, tmp_path: Path) -> None:
    dot = np.zeros((1, 1), np.uint8)
    write(explain(tiny.reader.read(dot), tiny, image=dot), tmp_path / "dot.png")
    with Image.open(tmp_path / "dot.png") as image:
        assert image.width == 1200


@pytest.mark.parametrize("name", ["out.txt", "out", "out.jpg"])
def test_another_suffix_is_refused(sign: Explanation, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"\.png or an \.html"):
        write(sign, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(sign: Explanation, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot write"):
        write(sign, tmp_path / "none" / "out.html")


def test_labels_keep_their_distance_and_their_order() -> None:
    rng = np.random.default_rng(3)
    for count in (1, 2, 7, 20):
        middles = np.sort(rng.uniform(0, 100, count)).tolist()
        moved = spread(middles, 5.0, 100.0)
        assert all(right - left >= 5.0 - 1e-9 for left, right in pairwise(moved))
        assert moved[0] >= 2.5 - 1e-9
        assert moved[-1] <= 97.5 + 1e-9
    assert spread([10.0, 40.0], 5.0, 100.0) == [10.0, 40.0]
    assert spread([], 5.0, 100.0) == []
