"""Backgrounds: computed ones, and photographs where a folder of them is given."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from crnn.errors import DataError
from crnn.synthesis import backgrounds
from crnn.synthesis.backgrounds import BANK, MAX_PHOTOS, Backgrounds
from crnn.synthesis.rng import Rng

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def computed() -> Backgrounds:
    return Backgrounds((), 7, CPU)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make the banks small: how many textures they hold."""
    monkeypatch.setattr(backgrounds, "BANK", (32, *BANK[1:]))
    return 32


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with two photographs of fine noise in 200..255, one of them in a folder below."""
    for name in ("a.png", "below/b.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(7).integers(200, 256, (300, 400, 3)).astype(np.uint8)
        Image.fromarray(noise).save(path, quality=95)
    (tmp_path / "photos" / "notes.txt").write_text("no photograph")
    return tmp_path / "photos"


@pytest.mark.slow
def test_computed_textures_differ_from_each_other_and_are_seldom_flat(computed: Backgrounds) -> None:
    count, height, width = BANK
    assert computed.bank.shape == (count, 1, height, width)
    assert computed.bank.dtype == torch.uint8
    assert len(torch.unique(computed.bank.flatten(1), dim=0)) == count
    assert (computed.bank.float().std((1, 2, 3)) > 3).float().mean() > 0.95
    assert 90 < computed.bank.float().mean() < 165


@pytest.mark.usefixtures("few")
def test_the_same_seed_gives_the_same_bank(photos: Path) -> None:
    assert torch.equal(Backgrounds((), 7, CPU).bank, Backgrounds((), 7, CPU).bank)
    assert not torch.equal(Backgrounds((), 7, CPU).bank, Backgrounds((), 8, CPU).bank)
    once, again = (Backgrounds([str(photos)], 7, CPU) for _ in range(2))
    assert torch.equal(once.bank, again.bank)


@pytest.mark.parametrize(("count", "height", "width"), [(1, 32, 96), (7, 32, 320), (40, 64, 384), (3, 8, 16)])
def test_a_sample_has_the_size_asked_for_and_lies_in_0_to_1(
    computed: Backgrounds, count: int, height: int, width: int
) -> None:
    sample = computed.sample(count, height, width, Rng(7, CPU))
    assert sample.shape == (count, 1, height, width)
    assert sample.dtype == torch.float32
    assert sample.min() >= 0
    assert sample.max() <= 1
    assert sample.max() > 2 / 255  # not divided twice


def test_a_sample_is_a_window_of_the_bank_mirrored_or_not(computed: Backgrounds) -> None:
    sample = computed.sample(9, 32, 320, Rng(7, CPU)).mul(255).round().to(torch.uint8)
    windows = computed.bank.unfold(2, 32, 1).unfold(3, 320, 1)[:, 0]  # (K, tops, lefts, 32, 320)
    for cut in sample[:, 0]:
        found = [(windows[..., 0, :4] == side[0, :4]).all(3) for side in (cut, cut.flip(1))]
        assert any(match.any() for match in found)


@pytest.mark.parametrize(("height", "width"), [(96, 288), (32, 640), (128, 640)])
def test_images_larger_than_the_bank_get_stretched_textures(
    computed: Backgrounds, height: int, width: int
) -> None:
    sample = computed.sample(3, height, width, Rng(7, CPU))
    assert sample.shape == (3, 1, height, width)
    assert 0 <= sample.min() < sample.max() <= 1


def test_photographs_of_a_folder_and_below_fill_most_of_the_bank(photos: Path, few: int) -> None:
    bank = Backgrounds([str(photos)], 7, CPU).bank
    bright = (bank.float().flatten(1).quantile(0.05, dim=1) > 190).float().mean()
    assert bright > 0.8
    assert len(bank) == 4 * few + few // 4


def test_a_folder_without_photographs_is_a_data_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no photograph")
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError, match=r"leave synthesis\.backgrounds empty") as error:
            Backgrounds([str(folder)], 7, CPU)
        assert str(folder) in str(error.value)


@pytest.mark.usefixtures("few")
def test_a_torn_photograph_is_left_out_with_a_warning(photos: Path, caplog: pytest.LogCaptureFixture) -> None:
    (photos / "torn.jpg").write_bytes((photos / "below" / "b.jpg").read_bytes()[:99])
    with caplog.at_level(logging.WARNING):
        Backgrounds([str(photos)], 7, CPU)
    assert "torn.jpg" in caplog.text
    assert "a.png" not in caplog.text


def test_a_folder_of_torn_photographs_is_a_data_error(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png"):
        (tmp_path / name).write_bytes(b"torn")
    with pytest.raises(DataError, match="none of the 2 photographs"):
        Backgrounds([str(tmp_path)], 7, CPU)


@pytest.mark.parametrize("size", [(1, 1), (50, 3), (3, 50), (2000, 10)])
def test_photographs_of_any_shape_will_do(tmp_path: Path, few: int, size: tuple[int, int]) -> None:
    Image.new("L", size, 99).save(tmp_path / "flat.png")
    bank = Backgrounds([str(tmp_path)], 7, CPU).bank
    assert (bank[: 4 * few] == 99).all()


@pytest.mark.usefixtures("few")
def test_a_large_folder_is_thinned_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def load(path: Path) -> np.ndarray:
        opened.append(path.name)
        return np.zeros((64, 384), np.uint8)

    monkeypatch.setattr(backgrounds, "load_image", load)
    for number in range(2 * MAX_PHOTOS + 2):
        (tmp_path / f"{number:04}.png").touch()
    Backgrounds([str(tmp_path)], 7, CPU)
    assert len(opened) <= MAX_PHOTOS
    assert opened[:3] == ["0000.png", "0003.png", "0006.png"]
