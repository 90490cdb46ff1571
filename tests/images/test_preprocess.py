from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.errors import ImageError, ModelError
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, preprocess

Grey = npt.NDArray[np.uint8]


def test_the_width_keeps_the_shape_of_the_word_within_the_limits() -> None:
    config = PreprocessConfig(height=32, min_width=96, max_width=320, width_step=16)
    assert config.width_px(100, 32) == 96
    assert config.width_px(104, 32) == 112  # a half goes up
    assert config.width_px(600, 100) == 192
    assert config.width_px(1, 1) == 96
    assert config.width_px(10_000, 1_000) == 320


def test_one_width_for_all_where_smallest_and_largest_are_equal() -> None:
    config = PreprocessConfig(min_width=100, max_width=100)
    assert {config.width_px(width, 30) for width in (1, 50, 100, 900)} == {100}


def test_the_nearest_multiple_is_what_fractions_say() -> None:
    config = PreprocessConfig(height=32, min_width=16, max_width=10_000, width_step=16)
    for width, height in np.random.default_rng(1).integers(1, 900, (300, 2)).tolist():
        exact = 32 * width / height
        chosen = config.width_px(width, height)
        assert chosen % 16 == 0
        assert abs(chosen - exact) <= 8 or chosen in {16, 10_000}


@pytest.mark.parametrize(
    ("field", "value"), [("height", 0), ("min_width", -1), ("width_step", 1.5), ("max_width", True)]
)
def test_an_impossible_size_is_refused(field: str, value: object) -> None:
    with pytest.raises(ModelError, match=f"preprocess {field} is "):
        PreprocessConfig.from_json({field: value})


def test_a_smallest_width_above_the_largest_is_refused() -> None:
    with pytest.raises(ModelError, match="min_width 200 is larger than max_width 100"):
        PreprocessConfig(min_width=200, max_width=100)


def test_json_brings_the_rule_back_and_an_unknown_key_names_the_nearest() -> None:
    config = PreprocessConfig(height=48, min_width=48, max_width=480, width_step=8)
    assert PreprocessConfig.from_json(config.to_json()) == config
    with pytest.raises(ModelError, match="no key 'hieght'; did you mean 'height'"):
        PreprocessConfig.from_json({"hieght": 32})


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (1000, 100), (37, 11), (2500, 900), (96, 32)])
def test_every_size_is_brought_to_the_rule(size: tuple[int, int]) -> None:
    width, height = size
    config = PreprocessConfig()
    resized = preprocess(np.full((height, width), 77, np.uint8), config)
    assert resized.shape == (32, config.width_px(width, height))
    assert resized.dtype == np.uint8
    assert np.unique(resized).tolist() == [77]


def test_an_image_of_the_right_size_stays_as_it_is(ramp: Grey) -> None:
    config = PreprocessConfig(height=20, min_width=40, max_width=40)
    np.testing.assert_array_equal(preprocess(ramp, config), ramp)


@pytest.mark.parametrize("factor", [3, 8, 20])
def test_shrinking_averages_and_does_not_skip_pixels(factor: int) -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (32 * factor, 48 * factor))
    resized = preprocess(stripes, PreprocessConfig())
    assert np.abs(resized.astype(int) - 127).max() <= 30
    assert abs(resized.mean() - 127.5) < 1


def test_the_filter_is_the_one_that_the_model_file_names(ramp: Grey) -> None:
    for name, filter_ in [("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)]:
        config = PreprocessConfig.from_json({"min_width": 100, "max_width": 100, "resample": name})
        expected = np.asarray(Image.fromarray(ramp).resize((100, 32), filter_))
        np.testing.assert_array_equal(preprocess(ramp, config), expected)
    assert PreprocessConfig().resample == "bilinear"  # what a file without the key means


@pytest.mark.parametrize("value", ["lanczos", 1, ["bilinear"], None])
def test_an_unknown_filter_is_refused(value: object) -> None:
    with pytest.raises(ModelError, match=r"preprocess resample is .*; it may be bilinear or bicubic"):
        PreprocessConfig.from_json({"resample": value})


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4)), np.zeros((4, 4, 1), np.uint8), np.zeros((0, 4), np.uint8)]
)
def test_only_what_load_image_returns_is_resized(image: npt.NDArray[np.generic]) -> None:
    with pytest.raises(ImageError, match="use load_image"):
        preprocess(image, PreprocessConfig())  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_real_word_images_load(validation_data: Path) -> None:
    paths = sorted(path for path in validation_data.rglob("*") if path.suffix in {".png", ".jpg"})[:200:4]
    if not paths:
        pytest.skip("needs word images, which are not part of the repository")
    for path in paths:
        assert preprocess(load_image(path), PreprocessConfig()).shape[0] == 32
