"""The engine from end to end: repeatable, within its alphabet and sizes, and legible."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from crnn.alphabet import Alphabet, frames_needed
from crnn.errors import AlphabetError, DataError, FontError, RecipeError
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis import Engine, SynthesisBatch, SynthesisConfig, backgrounds
from crnn.synthesis.engine import _apart
from crnn.synthesis.fonts import STARTER
from crnn.synthesis.plan import BATCHES_PER_PLAN
from tests.synthesis.glyphs import engine_of, rng

pytestmark = pytest.mark.slow

LATIN, ASCII_ALONE = "roboto-400-normal.woff", "open-sans-800-italic.woff"


@pytest.fixture(scope="module", autouse=True)
def _few_textures() -> Iterator[None]:
    """Start engines faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backgrounds, "BANK", (64, *backgrounds.BANK[1:]))
        yield


@pytest.fixture(scope="module")
def digits() -> Engine:
    return engine_of()


@pytest.fixture(scope="module")
def starter() -> Engine:
    """The engine that `crnn synthesize` builds, all starter faces and printable ASCII."""
    return Engine(SynthesisConfig(), Alphabet.named("print94"), PreprocessConfig(), 64)


def same(one: SynthesisBatch, other: SynthesisBatch) -> bool:
    return one.labels == other.labels and torch.equal(one.images, other.images)


def test_the_same_seed_and_number_give_the_same_batch_in_any_order_and_engine(digits: Engine) -> None:
    numbers = [0, 1, BATCHES_PER_PLAN - 1, BATCHES_PER_PLAN, 1000]
    batches = {number: digits.batch(number) for number in numbers}
    again = engine_of()
    for number in reversed(numbers):
        assert same(batches[number], again.batch(number)), number
    assert same(digits.batch(3), digits.batch(3))


def test_threads_do_not_change_a_batch(digits: Engine) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = digits.batch(5)
        torch.set_num_threads(2)
        assert same(alone, digits.batch(5))
    finally:
        torch.set_num_threads(before)


def test_other_random_numbers_drawn_in_the_program_do_not_change_a_batch(digits: Engine) -> None:
    torch.manual_seed(1)
    once = digits.batch(2)
    torch.manual_seed(2)
    np.random.seed(2)  # noqa: NPY002  # the generator that must not matter
    assert same(once, digits.batch(2))


def test_another_seed_or_number_gives_another_batch(digits: Engine) -> None:
    assert not same(digits.batch(0), digits.batch(1))
    other = engine_of(seed=1)
    assert digits.batch(0).labels != other.batch(0).labels


class Batches(torch.utils.data.Dataset[SynthesisBatch]):
    """Batches by number, as training reads them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __len__(self) -> int:
        return 2 * BATCHES_PER_PLAN

    def __getitem__(self, number: int) -> SynthesisBatch:
        return self.engine.batch(number)


def test_no_worker_and_two_workers_give_the_same_batches(digits: Engine) -> None:
    alone, shared = (list(DataLoader(Batches(digits), None, num_workers=workers)) for workers in (0, 2))
    assert len(alone) == len(shared) == 2 * BATCHES_PER_PLAN
    assert all(same(*pair) for pair in zip(alone, shared, strict=True))


@pytest.mark.parametrize("alphabet", ["digits", "digits-space", "lower36", "print94-space"])
def test_labels_are_made_of_the_alphabet_and_fit_into_the_frames(alphabet: str) -> None:
    engine = engine_of(alphabet, batch_size=32)
    seen: set[str] = set()
    for number in range(2 * BATCHES_PER_PLAN):
        batch = engine.batch(number)
        width_px = batch.images.shape[3]
        for label in batch.labels:
            assert label
            assert frames_needed(engine.alphabet.encode(label)) <= width_px // 4
            seen |= set(label)
    assert len(seen) > 0.8 * len(engine.alphabet)
    assert alphabet != "print94-space" or " " in seen


def test_labels_are_drawn_in_faces_that_have_their_symbols() -> None:
    config = SynthesisConfig(fonts=tuple(str(STARTER / "faces" / name) for name in (LATIN, ASCII_ALONE)))
    engine = Engine(config, Alphabet("abcdeÃÉßñö"), PreprocessConfig(), 32)
    accented = 0
    for number in range(BATCHES_PER_PLAN):
        engine.batch(number)
        for plan, _ in engine._planned[1]:
            for label, drawn in zip(plan.labels, plan.layout.drawn & plan.layout.label, strict=True):
                assert int(drawn.sum()) == len(label), label
                accented += not label.isascii()
    assert accented > 100


def test_labels_whose_symbols_no_face_has_together_give_way_and_are_counted(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    one, other = (cut_down(tmp_path / f"{symbol}.ttf", "ab" + symbol) for symbol in "éö")
    engine = Engine(SynthesisConfig(fonts=(one, other)), Alphabet("abéö"), PreprocessConfig(), 16)
    labels = [label for number in range(BATCHES_PER_PLAN) for label in engine.batch(number).labels]
    assert any("é" in label for label in labels)
    assert any("ö" in label for label in labels)
    assert not any({"é", "ö"} <= set(label) for label in labels)
    assert "have symbols that no face has together; others take their place" in caplog.text


def cut_down(path: Path, symbols: str) -> str:
    """Write a font with some symbols of Roboto alone; its name."""
    from fontTools import subset

    options = subset.Options()
    font = subset.load_font(str(STARTER / "faces" / LATIN), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, symbols))
    cutter.subset(font)
    subset.save_font(font, str(path), options)
    font.close()
    return str(path)


def test_a_batch_is_grey_bytes_of_one_width_within_the_rule(digits: Engine) -> None:
    widths = set()
    for number in range(3 * BATCHES_PER_PLAN):
        batch = digits.batch(number)
        assert batch.images.dtype == torch.uint8
        assert batch.images.shape[:3] == (16, 1, 32)
        assert len(batch.labels) == 16
        widths.add(batch.images.shape[3])
    assert len(widths) >= 3
    assert all(width % 16 == 0 and 96 <= width <= 320 for width in widths)


@pytest.mark.parametrize("count", [1, 7])
def test_small_batches_are_batches_too(count: int) -> None:
    engine = engine_of(batch_size=count)
    for number in range(3 * BATCHES_PER_PLAN):
        batch = engine.batch(number)
        assert len(batch.images) == len(batch.labels) == count


def test_single_symbols_can_be_drawn() -> None:
    batch = engine_of(max_length=1, batch_size=4).batch(0)
    assert {len(label) for label in batch.labels} == {1}


def test_a_fixed_size_gives_that_size() -> None:
    engine = engine_of(preprocess=PreprocessConfig(min_width=128, max_width=128))
    assert {engine.batch(number).images.shape[2:] for number in range(BATCHES_PER_PLAN)} == {(32, 128)}


def test_other_heights_are_drawn_as_well() -> None:
    tall = PreprocessConfig(height=64, min_width=192, max_width=640, width_step=32)
    batch = engine_of(preprocess=tall, cap_height_px=44).batch(0)
    assert batch.images.shape[2] == 64
    assert 192 <= batch.images.shape[3] <= 640


def test_the_users_words_appear_as_often_as_asked(tmp_path: Path) -> None:
    words = tmp_path / "plates.txt"
    words.write_text("271828\n314159\n")
    engine = engine_of(words=(str(words),), words_share=0.8)
    labels = [label for number in range(BATCHES_PER_PLAN) for label in engine.batch(number).labels]
    own = sum(label in {"271828", "314159"} for label in labels)
    assert own / len(labels) == pytest.approx(0.8, abs=0.12)  # some are joined with a neighbour


def test_the_users_photographs_are_what_is_printed_on(tmp_path: Path) -> None:
    stripes = np.tile(np.array([0, 0, 255, 255], np.uint8), (200, 75))  # upright, 4 px apart
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    engine = engine_of(backgrounds=(str(tmp_path),))
    photo = engine._backgrounds.bank[:-16].float()
    across, down = (photo.diff(dim=axis).abs().mean() for axis in (3, 2))
    assert across > 10 * down
    assert engine.batch(0).images.shape[0] == 16


def test_a_folder_without_photographs_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no photograph"):
        engine_of(backgrounds=(str(tmp_path),))


def test_a_folder_without_fonts_is_a_font_error(tmp_path: Path) -> None:
    with pytest.raises(FontError, match="no font"):
        engine_of(fonts=(str(tmp_path),))


def test_symbols_that_no_font_draws_are_an_error() -> None:
    for symbols, error in [("\ue000\ue001", FontError), (["do", "re"], (FontError, AlphabetError))]:
        with pytest.raises(error):
            Engine(SynthesisConfig(), Alphabet(symbols), PreprocessConfig(), 4)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("words_share", 1.5), ("words_share", -0.1), ("seed", -1), ("cap_height_px", 0), ("max_length", 0)],
)
def test_a_setting_out_of_range_is_a_recipe_error_that_names_it(setting: str, value: float) -> None:
    with pytest.raises(RecipeError, match=rf"synthesis\.{setting} is {value}; it must"):
        SynthesisConfig(**{setting: value})  # type: ignore[arg-type]


def test_hardly_an_image_is_nearly_blank(starter: Engine) -> None:
    images = torch.cat(
        [starter.batch(number).images.flatten(1).float().std(1) for number in range(BATCHES_PER_PLAN)]
    )
    assert images.mean() > 32  # real word images have 28 to 53 in the median
    assert (images < 8).float().mean() <= 0.01


def test_nearly_every_word_stands_out_from_its_surroundings(
    starter: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inks = spied(monkeypatch)
    contrasts = []
    for number in range(BATCHES_PER_PLAN):
        images = starter.batch(number).images.float()
        ink = inks[-1]
        around = (torch.nn.functional.max_pool2d(ink, 9, 1, 4) - ink).clamp(min=0)
        on, off = (
            (images * part).sum((1, 2, 3)) / part.sum((1, 2, 3)).clamp(min=1) for part in (ink, around)
        )
        contrasts.append((on - off).abs())
    contrast = torch.cat(contrasts)
    assert contrast.median() > 50
    assert (contrast < 8).float().mean() < 0.04  # most of them outlined: hollow letters stand out as lines


def spied(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The ink of every batch made from now on."""
    inks: list[torch.Tensor] = []
    real: Callable[..., torch.Tensor] = Engine._show

    def show(engine: Engine, ink: torch.Tensor, *others: object) -> torch.Tensor:
        inks.append(ink.clone())
        return real(engine, ink, *others)

    monkeypatch.setattr(Engine, "_show", show)
    return inks


def test_the_line_above_or_below_never_runs_through_the_word() -> None:
    random = torch.Generator().manual_seed(7)
    top, other_top = (torch.rand(500, generator=random) * 20 for _ in range(2))
    bottom, other_bottom = (each + 1 + torch.rand(500, generator=random) * 30 for each in (top, other_top))
    sides = torch.zeros(500)
    box, other = (
        torch.stack([sides, sides, *each], 1) for each in ((top, bottom), (other_top, other_bottom))
    )
    down = _apart(box, other, rng())
    above = other_bottom - down < top  # where the other word's ink comes to stand
    below = other_top - down > bottom
    assert (above ^ below).all()
    assert 0.4 < above.float().mean() < 0.6
