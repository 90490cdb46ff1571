"""Evidence lies where a recognizer looks, and nowhere else."""

import numpy as np
import numpy.typing as npt
import pytest

from crnn.explaining.occlusion import _patches, evidence, frames_around

Images = npt.NDArray[np.uint8]


def looks_at_halves(images: Images) -> npt.NDArray[np.float32]:
    """Two frames: the first says 'a' by the ink in the left half, the second 'b' by that in the right."""
    ink = 1 - images[:, 0].astype(np.float64) / 255  # (N, h, w)
    width = ink.shape[2]
    probs = np.zeros((2, len(images), 3))
    for frame, half in enumerate((ink[..., : width // 2], ink[..., width // 2 :])):
        sure = np.clip(half.std((1, 2)) * 2, 0.01, 0.98)
        probs[frame, :, 1 + frame] = sure
        probs[frame, :, 0] = 1 - sure
    return np.log(np.maximum(probs, 1e-9)).astype(np.float32)


def test_each_symbol_rests_on_the_half_that_decides_it() -> None:
    image = np.full((32, 96), 255, np.uint8)
    image[8:24, 20:24] = 0
    image[8:24, 70:74] = 0
    found = evidence(looks_at_halves, image, [1, 2], [(0, 1), (1, 2)])
    shares = found[:, :, :48].sum((1, 2)) / found.sum((1, 2))
    assert found.shape == (2, 32, 96)
    assert shares[0] > 0.95
    assert shares[1] < 0.05
    row, column = np.unravel_index(found[0].argmax(), found[0].shape)
    assert 4 <= row < 28
    assert 14 <= column < 30


def test_nothing_rests_on_a_blank_image() -> None:
    found = evidence(looks_at_halves, np.full((32, 96), 255, np.uint8), [1, 2], [(0, 1), (1, 2)])
    assert not found.any()


def test_a_text_without_symbols_has_no_evidence() -> None:
    assert evidence(looks_at_halves, np.zeros((32, 96), np.uint8), [], []).shape == (0, 32, 96)


@pytest.mark.parametrize("width", [32, 96, 320, 960])
def test_patches_cover_every_pixel_and_stay_few(width: int) -> None:
    masks = _patches(32, width)
    assert len(masks) <= 300
    assert masks.max(0).min() > 0.3


def test_windows_reach_one_frame_further_but_not_into_a_neighbour() -> None:
    assert frames_around([(0, 1), (3, 5), (5, 6)], 9) == [slice(0, 2), slice(2, 5), slice(5, 7)]
