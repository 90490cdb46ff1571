"""Sizes read from headers are the sizes of the decoded, upright image."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.errors import ImageError
from crnn.images.load import load_image
from crnn.images.sizes import header_size

DrawWord = Callable[..., bytes]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_header_gives_the_size_of_the_upright_image(draw_word: DrawWord, orientation: int) -> None:
    image = draw_word("turn", (70, 30), "JPEG", orientation)
    height, width = load_image(image).shape
    assert header_size(image) == (width, height)
    assert (width > height) == (orientation < 5)


def test_a_file_is_measured_as_its_bytes_are(tmp_path: Path, draw_word: DrawWord) -> None:
    (tmp_path / "word.png").write_bytes(draw_word("word", (70, 30)))
    assert header_size(tmp_path / "word.png") == (70, 30)


def test_a_broken_header_or_a_missing_file_is_an_image_error(tmp_path: Path, draw_word: DrawWord) -> None:
    with pytest.raises(ImageError, match="an image of 5 bytes: the image header cannot be read"):
        header_size(b"hello")
    with pytest.raises(ImageError, match="the image header cannot be read"):
        header_size(draw_word("word")[:20])
    with pytest.raises(ImageError, match=r"none\.png: the image header cannot be read"):
        header_size(tmp_path / "none.png")


def test_more_pixels_than_are_read_is_an_image_error(
    draw_word: DrawWord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crnn.images.sizes.PIXEL_LIMIT", 2099)
    with pytest.raises(ImageError, match="is 70x30 px; 1 to 2,099 pixels are read"):
        header_size(draw_word("word", (70, 30)))
