"""Receptive fields: the pixels that a frame can see before the recurrent layers join the frames (paper §2.1).

layers     the trunk, first to last
returns    T boxes in px of the network's image, cut at its borders

A frame of the last layer stands on the inputs first * stride - padding to last * stride - padding +
kernel - 1 of the layer before it; followed down to the image, that is a rectangle.
"""

from collections.abc import Sequence

from crnn.model.convolution import Layer
from crnn.reading import Box


def fields(layers: Sequence[Layer], frames: int, height_px: int, width_px: int) -> tuple[Box, ...]:
    """Bound what each frame sees of an image; () where no layers are known.

    >>> fields([Layer.parse("conv 8 k3 s2 p1"), Layer.parse("conv 8 k2x3 s1 p0x1")], 4, 4, 8)[1:3]
    ((0.0, 0.0, 6.0, 4.0), (1.0, 0.0, 8.0, 4.0))
    """
    if not layers:
        return ()
    (top, bottom), spans = _down(layers, 0, 0), [_down(layers, 1, frame) for frame in range(frames)]
    return tuple(
        (
            float(max(left, 0)),
            float(max(top, 0)),
            float(min(right + 1, width_px)),
            float(min(bottom + 1, height_px)),
        )
        for left, right in spans
    )


def _down(layers: Sequence[Layer], axis: int, place: int) -> tuple[int, int]:
    """Follow one output down to the first and the last input; axis 0 is height, 1 is width."""
    first = last = place
    for layer in reversed(layers):
        first = first * layer.stride[axis] - layer.padding[axis]
        last = last * layer.stride[axis] - layer.padding[axis] + layer.kernel[axis] - 1
    return first, last
