"""Ink of either polarity, under uneven light, and without the rules around it."""

import numpy as np
import pytest

from crnn.reader.boxes import HALF, _threshold, ink_of

from .drawn import picture

BLOCKS = [(10, 8, 20, 24), (30, 8, 34, 24), (60, 12, 90, 24)]
WRITTEN = picture(BLOCKS) < 100


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (100, 130), (130, 100)])
def test_ink_is_found_dark_on_light_and_light_on_dark(ink: int, paper: int) -> None:
    np.testing.assert_array_equal(ink_of(picture(BLOCKS, ink=ink, paper=paper)) > HALF, WRITTEN)


def test_ink_is_found_under_light_that_falls_off_by_more_than_its_depth() -> None:
    light = np.linspace(60, 200, 128) + np.linspace(0, 30, 32)[:, None]
    image = np.rint(light - 50 * WRITTEN).astype(np.uint8)
    assert image[20, 125] > image[2, 2]  # ink on the right is lighter than paper on the left
    assert ((ink_of(image) > HALF) == WRITTEN).mean() > 0.99


def test_a_rule_below_the_word_and_a_frame_beside_it_are_no_ink() -> None:
    image = picture(BLOCKS)
    image[29:31] = 20
    image[:, 1] = 20
    np.testing.assert_array_equal(ink_of(image) > HALF, WRITTEN)


def test_a_bar_through_the_middle_is_ink() -> None:
    image = picture([])
    image[15:17] = 20
    assert (ink_of(image) > HALF)[15:17].all()


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_image_of_one_grey_has_no_ink(grey: int) -> None:
    assert not ink_of(np.full((32, 96), grey, np.uint8)).any()


def test_noise_gives_numbers_between_0_and_1() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (32, 100), dtype=np.uint8)
    ink = ink_of(noise)
    assert ink.dtype == np.float32
    assert ink.shape == noise.shape
    assert 0 <= ink.min() < ink.max() <= 1


def test_the_threshold_is_the_one_that_a_search_over_all_finds() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        values = np.clip(rng.normal(rng.choice([60, 170], 300), 25), 0, 255).astype(np.uint8)

        def between(level: int, values: np.ndarray = values) -> float:
            low, high = values[values <= level], values[values > level]
            return (
                len(low) * len(high) * float(high.mean() - low.mean()) ** 2 if len(low) and len(high) else 0.0
            )

        assert between(_threshold(values)) == pytest.approx(max(map(between, range(256))))


def test_the_ink_does_not_change_the_image() -> None:
    image = picture(BLOCKS)
    before = image.copy()
    ink_of(image)
    np.testing.assert_array_equal(image, before)
