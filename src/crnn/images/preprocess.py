"""From a grey picture to the rectangle that the network reads (paper §2.1, §3.2).

    preprocess     uint8 (H, W)  ->  uint8 (height, width)

The only resizer of the project; `images/load.py` is the only loader. Scaling of the pixel values happens
inside the network.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from PIL import Image

from crnn.errors import ImageError, ModelError, nearest_name
from crnn.images.load import GreyImage, Picture

UPRIGHT = 1.3
"""An image so many times as high as wide may hold a word that stands on its side."""

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True, kw_only=True, slots=True)
class PreprocessConfig:
    """The size rule; a model file carries it. min_width == max_width is a fixed size.

    An image is resized to exactly (height, width_px), never padded, so a batch of images of one
    width reads exactly what the images read one by one, and no mask is needed.
    """

    height: int = 32
    """Height in px of every image that the network sees."""
    min_width: int = 96
    """Smallest width in px; narrower images are stretched."""
    max_width: int = 320
    """Largest width in px; wider images are squeezed."""
    width_step: int = 16
    """Widths between the two are multiples of this many px."""
    resample: Literal["bilinear", "bicubic"] = "bilinear"
    """How pixels are weighed in resizing, antialiased either way."""
    turn: bool = False
    """Read an image that stands upright turned by a quarter each way too, and keep the likeliest."""
    windows: bool = False
    """Read an image wider than `max_width` in overlapping windows instead of squeezing it."""

    def __post_init__(self) -> None:
        """Raise ModelError where a size is no positive integer, the range empty, a choice unknown."""
        for name in ("height", "min_width", "max_width", "width_step"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ModelError(f"preprocess {name} is {value!r}; it must be an integer of 1 or more.")
        for name in ("turn", "windows"):
            if type(getattr(self, name)) is not bool:
                raise ModelError(f"preprocess {name} is {getattr(self, name)!r}; it must be true or false.")
        if self.resample not in tuple(_FILTERS):
            raise ModelError(f"preprocess resample is {self.resample!r}; it may be {' or '.join(_FILTERS)}.")
        if self.min_width > self.max_width:
            raise ModelError(
                f"preprocess min_width {self.min_width} is larger than max_width {self.max_width}."
            )

    def width_px(self, width: int, height: int) -> int:
        """Return the width in px to which an image of this size is resized.

        >>> config = PreprocessConfig()
        >>> config.width_px(300, 64), config.width_px(1, 1), config.width_px(9000, 30)
        (144, 96, 320)
        """
        unit = height * self.width_step
        steps = (2 * self.height * width + unit) // (2 * unit)
        return min(max(steps * self.width_step, self.min_width), self.max_width)

    def stands_upright(self, height: int, width: int) -> bool:
        """Tell whether an image of this size is to be read turned as well.

        >>> PreprocessConfig(turn=True).stands_upright(90, 30), PreprocessConfig().stands_upright(90, 30)
        (True, False)
        """
        return self.turn and height > UPRIGHT * width

    def to_json(self) -> dict[str, object]:
        """Return what a model file stores."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Self:
        """Undo `to_json`. Raises ModelError for an unknown key or an impossible value."""
        known = [field.name for field in dataclasses.fields(cls)]
        for key in stored:
            if key not in known:
                nearest = nearest_name(key, known, cutoff=0)
                raise ModelError(f"preprocess has no key {key!r}; did you mean {nearest!r}?")
        return cls(**stored)  # type: ignore[arg-type]  # __post_init__ checks the values


def preprocess(image: GreyImage, config: PreprocessConfig) -> GreyImage:
    """Resize a grey image (H, W) to (config.height, config.width_px(W, H)), antialiased.

    >>> preprocess(np.zeros((64, 300), np.uint8), PreprocessConfig()).shape
    (32, 144)
    """
    if image.dtype != np.uint8 or image.ndim != 2 or not image.size:  # (H, W)
        raise ImageError(f"an image of {image.dtype} {image.shape} is not uint8 (H, W); use load_image.")
    height, width = image.shape
    size = (config.width_px(width, height), config.height)
    if size == (width, height):
        return image
    # Pillow's filters widen with the shrinkage, so nothing is skipped; the gap of 2 first averages
    # whole blocks of a picture that is more than four times too large.
    resized = Image.fromarray(image).resize(size, _FILTERS[config.resample], reducing_gap=2.0)
    return np.asarray(resized)


def in_proportion(config: PreprocessConfig) -> PreprocessConfig:
    """Return the size rule without its largest width: a long line is no longer squeezed.

    >>> config = PreprocessConfig()
    >>> config.width_px(2000, 32), in_proportion(config).width_px(2000, 32)
    (320, 2000)
    """
    return replace(config, max_width=10_000_000 // config.width_step * config.width_step)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """One image to recognize, and how it came from its picture."""

    position: int
    """Of its picture among those that are read together."""
    image: GreyImage
    """(h, w), preprocessed."""
    quarter_turns: int
    """Quarter turns against the clock that made it."""
    width_px: int
    """Width of the picture as it was given, before the turn."""
    height_px: int


def views_of(picture: Picture, config: PreprocessConfig, position: int) -> list[View]:
    """Make the views of one picture that `config` asks for, the picture as it is first."""
    height, width = picture.grey.shape
    size_rule = in_proportion(config) if config.windows else config
    return [
        View(
            position=position,
            image=preprocess(np.ascontiguousarray(np.rot90(picture.grey, quarter_turns)), size_rule),
            quarter_turns=quarter_turns,
            width_px=picture.width_px,
            height_px=picture.height_px,
        )
        for quarter_turns in ((0, 1, 3) if config.stands_upright(height, width) else (0,))
    ]
