"""Augmented words: the same shape, another picture, still the same word."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from crnn.training import augment as module
from crnn.training.augment import augment
from tests.rounding import rounding


def words(count: int = 64, width: int = 128) -> torch.Tensor:
    image = Image.new("L", (width, 32), 200)
    ImageDraw.Draw(image).text((width // 4, 4), "word", fill=40, font_size=22)
    return torch.from_numpy(np.array(image)).expand(count, 1, 32, width).contiguous()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn everything off."""
    for name in (
        "ROTATION",
        "SHEAR",
        "PERSPECTIVE",
        "BLUR",
        "SHARPEN",
        "BRIGHTNESS",
        "GAMMA",
        "NOISE",
        "INVERSION",
    ):
        monkeypatch.setattr(module, name, 0.0)
    for name in ("SCALE", "CONTRAST"):
        monkeypatch.setattr(module, name, (1.0, 1.0))
    for name in ("SHIFT", "BENDING"):
        monkeypatch.setattr(module, name, (0.0, 0.0))
    monkeypatch.setattr(module, "COARSE", 1.0)


@pytest.mark.parametrize("width", [96, 128, 320])
def test_shape_and_type_stay_and_the_input_is_untouched(width: int) -> None:
    images = words(8, width)
    before = images.clone()
    augmented = augment(images, generator())
    assert augmented.shape == images.shape
    assert augmented.dtype == torch.uint8
    assert torch.equal(images, before)


def test_the_same_generator_state_gives_the_same_images() -> None:
    images = words(8)
    assert torch.equal(augment(images, generator(5)), augment(images, generator(5)))
    assert not torch.equal(augment(images, generator(5)), augment(images, generator(6)))


def test_each_image_of_a_batch_is_changed_in_its_own_way() -> None:
    augmented = augment(words(16), generator())
    assert len({image.numpy().tobytes() for image in augmented}) == 16


def test_with_all_amounts_at_nothing_the_images_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)
    images = words(4)
    assert (augment(images, generator()).int() - images.int()).abs().max() <= 1


def test_three_in_ten_are_negatives(monkeypatch: pytest.MonkeyPatch) -> None:
    inversion = module.INVERSION
    still(monkeypatch)
    monkeypatch.setattr(module, "INVERSION", inversion)
    images = words(1000)
    augmented = augment(images, generator())
    negative = (augmented[:, 0, 0, 0] < 100).float()
    assert 0.25 < negative.mean() < 0.35
    chosen = augmented[negative.bool()].int()
    assert (chosen - (255 - images[: len(chosen)].int())).abs().max() <= 1


def test_a_rotation_turns_without_shearing(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)
    monkeypatch.setattr(module._Draw, "centred", lambda _, largest: torch.full((1, 1, 1, 1), largest))
    monkeypatch.setattr(module, "ROTATION", 0.1)
    grid = module._grid(module._Draw(1, generator(), torch.device("cpu")), 32, 64)[0]
    pixels = grid * torch.tensor([32.0, 16.0])  # (H, W, 2) in px from the centre
    along_x, along_y = pixels[0, 1] - pixels[0, 0], pixels[1, 0] - pixels[0, 0]
    off = rounding(pixels, terms=2 * 2)  # differences of two pixels, each of two products
    assert [float(along_x.norm()), float(along_y.norm())] == pytest.approx([1, 1], abs=off)
    assert abs(float(along_x @ along_y)) < off
    assert float(torch.atan2(along_x[1], along_x[0])) == pytest.approx(-0.1, abs=off)


def test_a_long_word_turns_less_so_that_its_ends_stay_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)
    monkeypatch.setattr(module, "ROTATION", 0.14)
    monkeypatch.setattr(module._Draw, "centred", lambda _, largest: torch.full((1, 1, 1, 1), largest))
    grid = module._grid(module._Draw(1, generator(), torch.device("cpu")), 32, 320)[0]
    end = grid[16, -1, 1] * 16  # px
    assert abs(float(end)) <= 0.26 * 32


def test_waves_bend_the_inside_and_leave_the_border_where_it_is() -> None:
    waves = module._bend(module._Draw(50, generator(), torch.device("cpu")), 32, 128)
    for edge in (waves[:, 0], waves[:, -1], waves[:, :, 0], waves[:, :, -1]):
        assert edge.abs().max() < rounding(edge, terms=4)  # sines of multiples of pi
    pixels = waves.abs() * torch.tensor([64.0, 16.0])
    assert 1 < pixels[..., 0].max() < 6
    assert 1 < pixels[..., 1].max() < 5


def test_a_third_of_the_images_lose_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = module.COARSE
    still(monkeypatch)
    monkeypatch.setattr(module, "COARSE", coarse)
    images = words(600)
    changed = (augment(images, generator()).int() - images.int()).abs().flatten(1).amax(1) > 8
    assert 0.25 < changed.float().mean() < 0.42


def test_what_a_movement_uncovers_continues_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)
    monkeypatch.setattr(module, "SHIFT", (0.2, 0.3))
    augmented = augment(words(64), generator())
    edges = torch.cat([augmented[..., 0].flatten(), augmented[..., -1].flatten()])
    assert edges.min() >= 199


def test_the_ink_stays_in_the_image() -> None:
    images = words(256)
    ink = (images[:1].float() - 200).abs().sum()
    augmented = augment(images, generator()).float()
    background = augmented.flatten(1).median(dim=1).values.view(-1, 1, 1, 1)
    strength = (augmented - background).abs().flatten(1).sum(dim=1) / ink
    assert (strength > 0.15).all()


def test_noise_is_in_proportion_to_the_contrast() -> None:
    flat = torch.full((64, 1, 32, 128), 128, dtype=torch.uint8)
    deviations = augment(flat, generator()).float().flatten(1).std(dim=1)
    assert deviations.max() < 1
