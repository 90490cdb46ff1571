"""Convolutional layers: an image becomes a sequence of feature vectors (paper §2.1, Table 1).

    images    (N, 1, H, W)
    returns   (N, D, 1, T)   one D-vector per frame; a frame sees a column of the image

A trunk is data, one line a layer in the notation of the paper's Table 1:

    conv 64 k3 s1 p1           64 maps, kernel 3x3, stride 1, padding 1, then ReLU
    conv 512 k3 s1 p1 norm     the same with batch norm before the ReLU
    pool k2 s2                 maximum over 2x2 windows, stride 2
    pool k2x1 s2x1             height x width: halves the height, keeps the width
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from crnn.errors import ModelError

Trunk = tuple[str, ...]
"""The layers of a network's first part, one line each, from the image on."""

PAPER: Trunk = (
    "conv 64 k3 s1 p1",
    "pool k2 s2",
    "conv 128 k3 s1 p1",
    "pool k2 s2",
    "conv 256 k3 s1 p1",
    "conv 256 k3 s1 p1",
    "pool k2x1 s2x1",
    "conv 512 k3 s1 p1 norm",
    "conv 512 k3 s1 p1 norm",
    "pool k2x1 s2x1",
    "conv 512 k2 s1 p0",
)
"""Table 1 as written, read from the bottom up."""
AUTHORS: Trunk = (
    "conv 64 k3 s1 p1",
    "pool k2 s2",
    "conv 128 k3 s1 p1",
    "pool k2 s2",
    "conv 256 k3 s1 p1 norm",
    "conv 256 k3 s1 p1",
    "pool k2 s2x1 p0x1",
    "conv 512 k3 s1 p1 norm",
    "conv 512 k3 s1 p1",
    "pool k2 s2x1 p0x1",
    "conv 512 k2 s1 p0 norm",
)
"""What the authors' published code builds: other norms, wider pools."""
TINY: Trunk = (
    "conv 16 k3 s2 p1 norm",
    "conv 32 k3 s2 p1 norm",
    "conv 64 k3 s1 p1 norm",
    "conv 96 k3 s2x1 p1 norm",
    "conv 128 k3 s1 p1 norm",
    "conv 152 k3 s2x1 p1 norm",
    "conv 192 k2x3 s1 p0x1 norm",
)
SMALL: Trunk = (
    "conv 32 k3 s2 p1 norm",
    "conv 64 k3 s2 p1 norm",
    "conv 128 k3 s1 p1 norm",
    "conv 128 k3 s2x1 p1 norm",
    "conv 256 k3 s1 p1 norm",
    "conv 256 k3 s2x1 p1 norm",
    "conv 256 k2x3 s1 p0x1 norm",
)
BASE: Trunk = (
    "conv 48 k3 s2x1 p1 norm",
    "conv 64 k3 s1x2 p1 norm",
    "conv 128 k3 s2 p1 norm",
    "conv 192 k3 s1 p1 norm",
    "conv 256 k3 s1 p1 norm",
    "conv 256 k3 s2x1 p1 norm",
    "conv 384 k3 s1 p1 norm",
    "conv 384 k3 s1 p1 norm",
    "conv 384 k3 s2x1 p1 norm",
    "conv 440 k2x3 s1 p0x1 norm",
)

_NUMBERS = r"(\d+)(?:x(\d+))?"
_LAYER = re.compile(rf"(?:conv (\d+)|pool) k{_NUMBERS} s{_NUMBERS}(?: p{_NUMBERS})?( norm)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One line of a trunk; pairs are (height, width)."""

    channels: int | None
    """Maps of a convolution; None for a pool."""
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    norm: bool

    @classmethod
    def parse(cls, line: str) -> "Layer":
        """Read one line in the notation of this module.

        Args:
            line: Such as "conv 64 k3 s1 p1 norm".

        Returns:
            The layer.

        Raises:
            ModelError: The line is not in the notation, or no such layer can be built.

        >>> Layer.parse("pool k2x1 s2x1").stride
        (2, 1)
        """
        match = _LAYER.fullmatch(line)
        if match is None:
            raise ModelError(
                f"layer {line!r} is not understood; write it like "
                "'conv 64 k3 s1 p1 norm' or 'pool k2x1 s2x1'."
            )
        channels, *numbers, norm = match.groups()
        kernel, stride, padding = (
            (int(tall or 0), int(wide or tall or 0))
            for tall, wide in zip(numbers[::2], numbers[1::2], strict=True)
        )
        if not all((*kernel, *stride, channels is None or int(channels))):
            raise ModelError(f"layer {line!r} has a zero; only a padding may be 0.")
        if channels is None and norm:
            raise ModelError(f"layer {line!r}: only a convolution has a batch norm; leave out 'norm'.")
        if channels is None and any(2 * pad > side for pad, side in zip(padding, kernel, strict=True)):
            raise ModelError(f"layer {line!r} pads by more than half of its window; use a smaller p.")
        return cls(
            channels=None if channels is None else int(channels),
            kernel=kernel,
            stride=stride,
            padding=padding,
            norm=norm is not None,
        )

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width in px that this layer makes of (height, width).

        (0, 0) where its window does not fit in: padding does not make something of nothing.
        """
        tall, wide = (
            (length + 2 * padding - kernel) // stride + 1
            for length, kernel, stride, padding in zip(
                (height, width), self.kernel, self.stride, self.padding, strict=True
            )
        )
        fits = min(height, width, tall, wide) > 0
        return (tall, wide) if fits else (0, 0)


class Convolution(nn.Sequential):
    """The trunk's layers in order.

    Args:
        trunk: The layers, one line each.
        height_px: H of the images.

    Raises:
        ModelError: An image `height_px` high does not end one row high.
    """

    def __init__(self, trunk: Sequence[str], height_px: int) -> None:
        layers = [Layer.parse(line) for line in trunk]
        modules: list[nn.Module] = []
        channels = 1
        for layer in layers:
            modules += _modules(layer, channels)
            channels = layer.channels or channels
        super().__init__(*modules)
        self.layers = tuple(layers)
        self.channels = channels
        """D, the length of a frame's feature vector."""
        self.height_px = height_px
        rows, _ = self._size(height_px, 64 * height_px)
        if rows != 1:
            raise ModelError(
                f"an image {height_px} px high leaves the convolution {rows} rows high, not 1; "
                "change preprocess.height or the strides of the layers."
            )

    def frames(self, width_px: int) -> int:
        """Count the frames that an image gives.

        Args:
            width_px: Width of the image.

        Returns:
            T; 0 where the image is too narrow.

        >>> Convolution(AUTHORS, 32).frames(100), Convolution(PAPER, 32).frames(100)
        (26, 24)
        """
        return self._size(self.height_px, width_px)[1]

    def _size(self, height: int, width: int) -> tuple[int, int]:
        for layer in self.layers:
            height, width = layer.size(height, width)
        return height, width

    def forward(self, images: Tensor) -> Tensor:
        """Compute the feature vectors of images.

        Args:
            images: (N, 1, H, W), float, in the range that the weights expect.

        Returns:
            (N, D, 1, T), a D-vector a frame.
        """
        for module in self:
            images = module(images)  # (N, 1, H, W) -> ... -> (N, D, 1, T)
        return images


def _modules(layer: Layer, channels: int) -> list[nn.Module]:
    if layer.channels is None:
        return [nn.MaxPool2d(layer.kernel, layer.stride, layer.padding)]
    convolution = nn.Conv2d(
        channels,
        layer.channels,
        layer.kernel,
        layer.stride,
        layer.padding,
        bias=not layer.norm,  # batch norm brings its own
    )
    norm = [nn.BatchNorm2d(layer.channels)] if layer.norm else []
    return [convolution, *norm, nn.ReLU(inplace=True)]
