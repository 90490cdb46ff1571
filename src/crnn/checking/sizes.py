"""Whether images give their labels frames enough, and which sizes would.

natural width    px that an image has at the network's height in its own proportions
squeezed images  those whose natural width is MIN_SQUEEZE times the largest width, or more
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crnn.checking.report import Rules
from crnn.images.preprocess import PreprocessConfig, in_proportion

MIN_SQUEEZE = 1.5
"""Natural width over largest width from which letters look clearly other than elsewhere."""
MIN_FRAMES_A_SYMBOL = 3.0
"""Frames a symbol below which that does harm: letters in their own proportions have four or more."""
GOOD_FRAMES_A_SYMBOL = 2.5
"""Frames that a symbol should have; with one, CTC can give a label but a network hardly learns it."""
MIN_SYMBOL_PX = 2.0
"""Natural width over symbols below which no letter can be told: the label is of another image."""
LINES_WIDTH_PX = 1024
"""Largest width of the recipe `lines`."""
MAX_ADVISED_WIDTH_PX = 8192
_LINES_STEP_PX = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class TooLong:
    """A label that needs more frames than its image gives."""

    symbols: int
    needed: int
    """Frames."""
    natural_px: int


@dataclass(slots=True)
class Sizes:
    """Labels and images that the sizes of the rules do not suit."""

    too_long: list[TooLong] = field(default_factory=list)
    squeezed: list[float] = field(default_factory=list)
    """Natural width over largest width of each image that is squeezed at all."""
    longest_squeezed: int = 0
    """Most symbols on an image that is squeezed."""


def natural_px(width: int, height: int, config: PreprocessConfig) -> int:
    """Return the width that an image would have if there were no largest one.

    >>> natural_px(1500, 32, PreprocessConfig()), natural_px(10, 32, PreprocessConfig())
    (1504, 96)
    """
    return in_proportion(config).width_px(width, height)


def for_lines(rules: Rules, sizes: Sizes) -> PreprocessConfig:
    """Return the sizes of the recipe `lines`, wider where the longest label needs it."""
    longest = max([sizes.longest_squeezed, *(label.symbols for label in sizes.too_long)])
    wanted = _width_px(rules, GOOD_FRAMES_A_SYMBOL * longest)
    most = min(max(LINES_WIDTH_PX, -(-wanted // _LINES_STEP_PX) * _LINES_STEP_PX), MAX_ADVISED_WIDTH_PX)
    return dataclasses.replace(rules.preprocess, max_width=most, width_step=_LINES_STEP_PX, windows=True)


def widened(rules: Rules, too_long: Sequence[TooLong]) -> PreprocessConfig | None:
    """Return sizes that give each of some labels frames enough to learn it.

    None where there are no such labels, or none that its image can show, or the images would be wider
    than MAX_ADVISED_WIDTH_PX.
    """
    legible = [label for label in too_long if label.natural_px >= MIN_SYMBOL_PX * label.symbols]
    if not legible:
        return None
    step = rules.preprocess.width_step
    needed = max(max(label.needed, GOOD_FRAMES_A_SYMBOL * label.symbols) for label in legible)
    width_px = -(-_width_px(rules, needed) // step) * step
    if width_px > MAX_ADVISED_WIDTH_PX:
        return None
    most = max(width_px, rules.preprocess.max_width)
    return dataclasses.replace(rules.preprocess, min_width=width_px, max_width=most)


def still_too_long(rules: Rules, sizes: Sizes, config: PreprocessConfig) -> int:
    """Count the labels that are too long for other sizes as well."""
    per_px = _frames_per_px(rules)
    return sum(
        label.needed > int(per_px * min(max(label.natural_px, config.min_width), config.max_width))
        for label in sizes.too_long
    )


def settings(config: PreprocessConfig, usual: PreprocessConfig) -> Iterator[str]:
    """Write the sizes that differ from those of a recipe as its settings."""
    for name in ("height", "min_width", "max_width", "width_step"):
        if (value := getattr(config, name)) != getattr(usual, name):
            yield f"preprocess.{name}={value}"


def _width_px(rules: Rules, frames: float) -> int:
    return int(-(-frames // _frames_per_px(rules)))


def _frames_per_px(rules: Rules) -> float:
    """A network's frames lie at equal distances, so their number grows with the width."""
    return rules.frames(rules.preprocess.max_width) / rules.preprocess.max_width
