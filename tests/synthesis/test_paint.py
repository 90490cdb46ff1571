"""Painted words: on tones far enough apart, never swallowed by their ground, within 0..1."""

import pytest
import torch

from crnn.synthesis.paint import _bars, _hold_contrast, paint, smooth, tones
from tests.synthesis.glyphs import rng

COUNT = 256


def stems(count: int = COUNT) -> torch.Tensor:
    """Ink (N, 1, 32, 96): upright strokes of 4 px, 12 px apart, as an image of llllll has them."""
    ink = torch.zeros(count, 1, 32, 96)
    for x in range(8, 88, 12):
        ink[:, :, 6:26, x : x + 4] = 1
    return ink


def noise(count: int = COUNT, seed: int = 3) -> torch.Tensor:
    return torch.rand(count, 1, 32, 96, generator=torch.Generator().manual_seed(seed))


def test_ink_and_ground_stand_at_least_15_percent_apart() -> None:
    ground, ink = tones(20_000, rng())
    assert ground.shape == ink.shape == (20_000, 1, 1, 1)
    assert (ink - ground).abs().min() >= 0.149
    assert min(ground.min(), ink.min()) >= 0
    assert max(ground.max(), ink.max()) <= 1


def test_dark_print_is_the_usual_case_and_light_print_no_rarity() -> None:
    ground, ink = tones(20_000, rng())
    assert ((ground > 0.6) & (ink < 0.3)).float().mean() > 0.34
    assert 0.3 < (ink > ground).float().mean() < 0.5


def test_painted_images_stay_between_black_and_white() -> None:
    painted = paint(stems(), stems() * 0, noise(), rng())
    assert painted.shape == (COUNT, 1, 32, 96)
    assert 0 <= painted.min() < 0.05
    assert 0.95 < painted.max() <= 1


def test_painting_leaves_what_it_is_given_unchanged() -> None:
    ink, clutter, textures = stems(), stems().roll(20, 2), noise()
    kept = [each.clone() for each in (ink, clutter, textures)]
    paint(ink, clutter, textures, rng())
    assert all(torch.equal(*pair) for pair in zip(kept, (ink, clutter, textures), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 7])
def test_small_batches_are_painted_too(count: int) -> None:
    for seed in range(20):
        painted = paint(stems(count), stems(count) * 0, noise(count), rng(seed))
        assert painted.isfinite().all()


@pytest.mark.parametrize("height", [8, 32, 64])
def test_every_height_can_be_painted(height: int) -> None:
    ink = torch.zeros(COUNT, 1, height, 64)
    assert paint(ink, ink, ink, rng()).shape == ink.shape


def test_a_word_always_changes_the_ground_that_it_is_painted_on() -> None:
    # The same draws paint the same ground without a word: what differs is what can be read.
    ink, nothing = stems(), torch.zeros(COUNT, 1, 32, 96)
    with_word = paint(ink, nothing, noise(), rng())
    without = paint(nothing, nothing, noise(), rng())
    changed = ((with_word - without).abs() * ink).sum((1, 2, 3)) / ink.sum((1, 2, 3))
    assert changed.min() > 0.001  # under the brightest glare
    assert changed.quantile(0.01) > 0.04
    assert changed.quantile(0.05) > 0.1
    assert changed.median() > 0.3


def test_letters_are_pushed_away_from_a_ground_of_any_tone_that_swallowed_them() -> None:
    tone = torch.linspace(0, 1, COUNT).view(-1, 1, 1, 1)
    for strength in (0.0, 0.3):  # of the ground's own unrest
        for nearness in (-0.05, 0.0, 0.05):
            ground = (tone + (noise() - 0.5) * strength).clamp(0, 1)
            fill, cover = (tone + nearness).expand_as(ground), stems()
            image = torch.lerp(ground, fill, cover)
            held = _hold_contrast(image, ground, fill, cover, rng()).clamp(0, 1)
            apart = ((held - ground) * cover).sum((1, 2, 3)).abs() / cover.sum((1, 2, 3))
            assert apart.min() > 0.1, f"unrest {strength}, fill {nearness} from the ground"
            assert torch.equal(held[cover == 0], image.clamp(0, 1)[cover == 0])


def test_letters_that_stand_out_are_left_as_they_are() -> None:
    ground, fill = torch.full((COUNT, 1, 32, 96), 0.2), torch.full((COUNT, 1, 32, 96), 0.8)
    image = torch.lerp(ground, fill, stems())
    assert torch.equal(_hold_contrast(image, ground, fill, stems(), rng()), image)


def test_clutter_is_drawn_in_the_tone_of_the_ink() -> None:
    ink, clutter = stems(), torch.zeros(COUNT, 1, 32, 96)
    clutter[:, :, :4] = 1
    painted = paint(ink, clutter, noise() * 0, rng())
    bare = paint(ink, clutter * 0, noise() * 0, rng())
    changed = (painted - bare).abs()
    assert changed[:, :, :4].mean() > 0.15
    assert changed[:, :, 6:].mean() < 0.02  # the light alone knows no rows


def test_a_smooth_field_has_no_steps() -> None:
    field = smooth(8, 2, 3, noise(), rng())
    assert field.shape == (8, 1, 32, 96)
    assert field.diff(dim=3).abs().max() < 2 / 40
    assert -1 <= field.min() < field.max() <= 1


def test_bars_hide_a_fifth_of_a_word_at_most() -> None:
    image = torch.full((400, 1, 32, 96), 0.5)
    changed = (_bars(image.clone(), rng()) != image).flatten(1).float().mean(1)
    barred = changed[changed > 0]
    assert 10 <= len(barred) <= 30  # 5 % of 400
    assert barred.max() < 0.3  # a fifth, and the bars that the edge cuts
