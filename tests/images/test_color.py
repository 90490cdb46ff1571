"""Color images become grey so that ink stands out from its ground."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.images.color import grey_of_color
from crnn.images.load import DRAFT_PX, load_image

RED, GREEN = (200, 40, 40), (20, 129, 40)  # of one luma, 88


def bar(
    ink: tuple[int, int, int], ground: tuple[int, int, int], size: tuple[int, int] = (20, 60)
) -> Image.Image:
    """Draw a bar of ink on a fifth of the ground."""
    pixels = np.full((*size, 3), ground, np.uint8)
    pixels[:, : size[1] // 5] = ink
    return Image.fromarray(pixels)


def contrast(grey: npt.NDArray[np.uint8]) -> int:
    return abs(int(grey[0, 0]) - int(grey[0, -1]))


def test_ink_of_the_grounds_brightness_is_told_by_its_color() -> None:
    assert contrast(np.asarray(bar(RED, GREEN).convert("L"))) < 3
    grey = np.asarray(grey_of_color(bar(RED, GREEN)))
    assert (grey[0, 0], grey[0, -1]) == (0, 255)  # the commoner color is the light one
    grey = np.asarray(grey_of_color(bar(GREEN, RED)))
    assert (grey[0, 0], grey[0, -1]) == (0, 255)


@pytest.mark.parametrize("ink", [(0, 0, 0), (120, 40, 40), (200, 40, 90)])
def test_where_brightness_tells_enough_luma_stays(ink: tuple[int, int, int]) -> None:
    image = bar(ink, (230, 230, 200))
    assert grey_of_color(image).tobytes() == image.convert("L").tobytes()


def test_noise_of_one_color_is_not_blown_up() -> None:
    noise = np.random.default_rng(0).normal(128, 4, (32, 100, 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(noise)
    assert grey_of_color(image).tobytes() == image.convert("L").tobytes()


def test_a_large_jpeg_keeps_its_colors_until_they_are_looked_at() -> None:
    buffer = io.BytesIO()
    bar(RED, GREEN, (3 * DRAFT_PX, 3 * DRAFT_PX)).save(buffer, "JPEG", quality=95)
    grey = load_image(buffer.getvalue())
    assert grey.shape[0] < 3 * DRAFT_PX
    assert contrast(grey) > 200


@pytest.mark.parametrize("alpha", [255, 90, 30])
@pytest.mark.parametrize("ink", [(255, 255, 255), (250, 240, 200)])
def test_light_ink_on_nothing_is_laid_on_black_however_faint(ink: tuple[int, int, int], alpha: int) -> None:
    pixels = np.zeros((20, 60, 4), np.uint8)
    pixels[5:15, 5:20] = (*ink, alpha)
    grey = load_image(Image.fromarray(pixels))
    assert grey[0, 0] == 0
    assert grey[10, 10] > 20
