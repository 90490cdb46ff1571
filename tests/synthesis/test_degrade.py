"""Lens, sensor and JPEG: each against its definition."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from crnn.synthesis.degrade import BLUR_GROUPS, QUANTISATION, SCANNED, Degradation, _expose, _scan, resample
from crnn.synthesis.rng import Rng

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def degradation() -> Degradation:
    return Degradation(7, CPU)


def pictures(count: int = 6, height: int = 32, width: int = 96) -> torch.Tensor:
    """Smooth pictures with sharp strokes on them, 0..1."""
    random = torch.Generator().manual_seed(7)
    coarse = torch.rand(count, 1, 4, 8, generator=random)
    images = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    images[:, :, height // 4 : -height // 4, 8:-8:6] *= 0.3
    return images


def quality(value: float, count: int = 6) -> torch.Tensor:
    return torch.full((count, 1, 1, 1), value)


def test_resampling_keeps_a_flat_line_flat() -> None:
    for length in (8, 32, 97, 320):
        for sigma in (0.0, 0.3, 1.7):
            for kept in (0.2, 0.4, 0.77, 0.97, 0.99, 1.0):
                assert resample(length, sigma, kept).shape == (length, length)
                rows = resample(length, sigma, kept).sum(1)
                torch.testing.assert_close(rows, torch.ones(length), msg=f"{length} {sigma} {kept}")


def test_no_blur_and_no_shrinkage_leave_a_line_as_it_is() -> None:
    torch.testing.assert_close(resample(32, 0.0, 1.0), torch.eye(32))


def test_a_point_is_blurred_to_a_bell_of_the_given_deviation() -> None:
    spread = resample(65, 2.0, 1.0)[:, 32]
    distance = torch.arange(65) - 32.0
    assert float((spread * distance).sum()) == pytest.approx(0, abs=1e-4)
    assert math.sqrt(float((spread * distance**2).sum())) == pytest.approx(2.0, rel=1e-3)
    expected = torch.tensor([math.exp(-(float(d) ** 2) / 8) for d in distance])
    torch.testing.assert_close(spread, expected / expected.sum(), atol=1e-5, rtol=1e-4)


def test_a_shrunk_line_knows_no_more_than_its_few_pixels() -> None:
    assert torch.linalg.matrix_rank(resample(32, 0.0, 0.5)) == 16
    assert torch.linalg.matrix_rank(resample(32, 0.0, 0.01)) == 6  # never fewer


def slow_jpeg(image: np.ndarray, quality: float) -> np.ndarray:
    """Compress one picture (H, W) in 0..1: block by block, coefficient by coefficient."""
    factor = 50 / quality if quality < 50 else 2 - quality / 50
    height, width = image.shape
    padded = np.pad(image, ((0, -height % 8), (0, -width % 8)), mode="edge") * 255 - 128
    out = np.zeros_like(padded)
    wave = [[math.cos((2 * x + 1) * u * math.pi / 16) for x in range(8)] for u in range(8)]
    scale = [math.sqrt(1 / 8), *[math.sqrt(2 / 8)] * 7]
    for top in range(0, padded.shape[0], 8):
        for left in range(0, padded.shape[1], 8):
            block = padded[top : top + 8, left : left + 8]
            for v in range(8):
                for u in range(8):
                    shape = scale[v] * scale[u] * np.outer(wave[v], wave[u])
                    step = max(1.0, QUANTISATION[v][u] * factor)
                    out[top : top + 8, left : left + 8] += round((block * shape).sum() / step) * step * shape
    return np.clip((out[:height, :width] + 128) / 255, 0, 1)


@pytest.mark.parametrize("value", [15, 50, 95])
def test_compression_is_that_of_a_loop_over_blocks_and_frequencies(
    degradation: Degradation, value: int
) -> None:
    images = pictures(2, 19, 42)  # no multiples of 8
    fast = degradation._compress(images, quality(value, 2)).numpy()
    for image, compressed in zip(images[:, 0].double().numpy(), fast[:, 0], strict=True):
        np.testing.assert_allclose(compressed, slow_jpeg(image, value), atol=2e-5)


@pytest.mark.parametrize("value", [15, 40, 75, 95])
def test_compression_loses_as_much_as_a_real_jpeg(degradation: Degradation, value: int) -> None:
    images = pictures().mul(255).round() / 255
    ours = (degradation._compress(images, quality(value)) - images).abs().mean()
    theirs = torch.stack([torch.from_numpy(real_jpeg(image[0], value)) for image in images]) - images[:, 0]
    assert float(ours) == pytest.approx(float(theirs.abs().mean()), rel=0.15, abs=0.001)


def real_jpeg(image: torch.Tensor, value: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image.mul(255).byte().numpy()).save(buffer, "JPEG", quality=value)
    return np.asarray(Image.open(buffer), np.float32) / 255


def test_compression_changes_little_at_quality_95_and_more_at_15(degradation: Degradation) -> None:
    images = pictures()
    change = [
        float((degradation._compress(images, quality(value)) - images).abs().mean()) for value in (95, 50, 15)
    ]
    assert change[0] < 0.01
    assert 2 * change[0] < change[1] < change[2]


def test_every_image_is_compressed_at_its_own_quality(degradation: Degradation) -> None:
    images = pictures(2)
    mixed = degradation._compress(images, torch.tensor([15.0, 95]).view(2, 1, 1, 1))
    for row, value in enumerate((15, 95)):
        alone = degradation._compress(images[row : row + 1], quality(value, 1))
        torch.testing.assert_close(mixed[row], alone[0])


@pytest.mark.parametrize("count", [1, 5, BLUR_GROUPS - 1, BLUR_GROUPS, BLUR_GROUPS + 1, 100])
def test_batches_of_any_size_keep_their_shape_and_stay_in_range(degradation: Degradation, count: int) -> None:
    images = pictures(count)
    out = degradation(images.clone(), Rng(count, CPU))
    assert out.shape == images.shape
    assert out.isfinite().all()
    assert out.min() >= 0
    assert out.max() <= 1
    assert ((out - images).abs().amax((1, 2, 3)) > 0).all()


def test_a_degraded_picture_is_still_the_same_picture(degradation: Degradation) -> None:
    images = pictures(200)
    out = degradation(images.clone(), Rng(7, CPU))
    flat, seen = (each.flatten(1) - each.flatten(1).mean(1, keepdim=True) for each in (images, out))
    alike = (flat * seen).sum(1) / (flat.norm(dim=1) * seen.norm(dim=1))
    assert alike.median() > 0.9
    assert alike.min() > 0.4


def test_the_same_dice_degrade_alike(degradation: Degradation) -> None:
    once, again = (degradation(pictures(), Rng(3, CPU)) for _ in range(2))
    other = degradation(pictures(), Rng(4, CPU))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    assert torch.equal(Degradation(7, CPU)(pictures(), Rng(3, CPU)), once)


def test_exposure_leaves_the_faint_as_clear_as_it_is() -> None:
    faint = 0.5 + 0.05 * (pictures(200) - 0.5)
    before, after = (each.std((1, 2, 3)) for each in (faint, _expose(faint, Rng(7, CPU))))
    assert (after > 0.7 * before).all()
    assert (after * 255 > 5).all()


def test_noise_is_faint_in_most_images_and_plain_in_few(degradation: Degradation) -> None:
    grey = torch.full((400, 1, 32, 96), 0.5)
    deviation = (degradation._add_noise(grey, Rng(7, CPU)) - grey).std((1, 2, 3))
    assert deviation.median() < 0.005
    assert 0.04 < deviation.max() < 0.055


def test_a_scanner_drives_clear_pages_to_black_and_white_and_leaves_faint_ones() -> None:
    clear = torch.linspace(0, 1, 96).expand(200, 1, 32, 96).clone()
    faint = 0.5 + (clear - 0.5) * 0.4
    scanned = _scan(clear.clone(), Rng(7, CPU))
    changed = (scanned != clear).flatten(1).any(1)
    assert abs(int(changed.sum()) - 200 * SCANNED) <= 1
    assert (scanned[changed].std((1, 2, 3)) > clear[0].std()).all()  # more black, more white
    assert torch.equal(_scan(faint.clone(), Rng(7, CPU)), faint)
