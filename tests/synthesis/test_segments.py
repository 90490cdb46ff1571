"""Display faces: every symbol is drawn with its segments, and no two symbols look alike."""

from itertools import combinations

import pytest
import torch

from crnn.synthesis.layout import Glyphs, draw_words, lay_out
from crnn.synthesis.segments import COUNT_SEVEN, DISPLAYS, DOTS, FOURTEEN, SEVEN, showable, with_displays

pytestmark = pytest.mark.slow

SYMBOLS = (*sorted({*SEVEN, *FOURTEEN, *DOTS}), " ", "a")


def displays() -> Glyphs:
    nothing = torch.zeros(1, len(SYMBOLS), dtype=torch.long)
    blank = dict.fromkeys(("offset", "width", "left", "advance", "top", "bottom"), nothing)
    glyphs = Glyphs(columns=torch.zeros(1, 48, dtype=torch.uint8), **blank)  # type: ignore[arg-type]
    return with_displays(glyphs, SYMBOLS, 24)


def drawn(text: str, face: int) -> torch.Tensor:
    glyphs = displays()
    codes = torch.tensor([[SYMBOLS.index(symbol) for symbol in text]])
    assert glyphs.displays is not None
    number = glyphs.displays[face, None]
    layout = lay_out(glyphs, codes, codes >= 0, number, number * 0, number * 0)
    return draw_words(glyphs, layout)[0].T.float() / 255  # (R, X)


@pytest.mark.parametrize("face", range(len(DISPLAYS)))
def test_no_two_symbols_of_a_display_look_alike(face: int) -> None:
    pictures = [drawn(f"8{symbol}8", face) for symbol in DISPLAYS[face].segments]
    width = max(picture.shape[1] for picture in pictures)
    padded = [torch.nn.functional.pad(picture, (0, width - picture.shape[1])) for picture in pictures]
    assert min(float((one - two).abs().sum()) for one, two in combinations(padded, 2)) > 8


def test_digits_stand_between_the_top_of_capitals_and_the_baseline() -> None:
    rows = drawn("0123456789", 0).amax(1).nonzero()[:, 0]
    assert rows.min() == 10
    assert rows.max() == 33


def test_a_point_takes_less_room_than_a_digit_and_shows() -> None:
    with_point, without = drawn("1.5", 0), drawn("15", 0)
    assert with_point.shape[1] - without.shape[1] < 16
    assert with_point[28:].sum() > without[28:].sum() + 3


def test_a_symbol_that_a_display_lacks_has_no_ink() -> None:
    assert not drawn("a", 0).any()
    assert not drawn("A", COUNT_SEVEN - 1).any()
    assert drawn("A", COUNT_SEVEN).any()


@pytest.mark.parametrize(
    ("label", "seven", "fourteen"),
    [("-20.7", True, True), ("12:45", True, True), ("1A", False, True), ("AB", False, True),
     ("7,5", False, False), ("-.", False, True), ("ab1", False, False), ("", False, False)],
)  # fmt: skip
def test_displays_show_numbers_and_capitals_alone(label: str, seven: bool, fourteen: bool) -> None:
    assert showable(label) == (seven, fourteen)
