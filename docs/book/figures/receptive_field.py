"""What a frame of the paper's network sees of the image, and why its later pools are 1 x 2 (chapter 7)."""

import numpy as np
import torch
from drawing import BLUE, GREY, ORANGE, RED, begin, canvas, finish
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from crnn.alphabet import frames_needed
from crnn.model.convolution import PAPER, Convolution

WIDTH = 128
WORD = "flavouring"
SQUARE = tuple(layer.replace("pool k2x1 s2x1", "pool k2 s2") for layer in PAPER)
"""The paper's trunk with 2 x 2 pools throughout. Its last kernel then finds a strip a quarter as wide."""


def field(trunk: tuple[str, ...]) -> tuple[int, int, int]:
    """Walk through the layers: px that a frame sees, px from frame to frame, left edge of the first one.

    A layer whose kernel is k and whose stride is s widens the view by k - 1 steps and makes steps s times
    as long.
    """
    sees, step, left = 1, 1, 0
    for layer in Convolution(trunk, 32).layers:
        left -= layer.padding[1] * step
        sees += (layer.kernel[1] - 1) * step
        step *= layer.stride[1]
    return sees, step, left


def seen_by(frame: int) -> tuple[int, int]:
    """Find by gradient which columns frame `frame` depends on, first and last; pools average here.

    A maximum passes the gradient to one pixel only, and a ReLU to none where it is shut.
    """
    trunk = nn.Sequential(*(_open(module) for module in Convolution(PAPER, 32))).eval()
    image = torch.zeros(1, 1, 32, WIDTH, requires_grad=True)
    trunk(image)[0, :, 0, frame].sum().backward()
    assert image.grad is not None
    columns = image.grad.abs().sum((0, 1, 2)).nonzero().flatten()
    return int(columns[0]), int(columns[-1])


def _open(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.MaxPool2d):
        return nn.AvgPool2d(module.kernel_size, module.stride, module.padding)
    if isinstance(module, nn.ReLU):
        return nn.Identity()
    if isinstance(module, nn.Conv2d):
        nn.init.constant_(module.weight, 0.01)
    return module


def picture() -> np.ndarray:
    """Draw the word, dark on light: (32, WIDTH)."""
    from matplotlib import font_manager

    image = Image.new("L", (WIDTH, 32), 235)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 22)
    ImageDraw.Draw(image).text((WIDTH / 2, 16), WORD, fill=30, font=font, anchor="mm")
    return np.asarray(image)


def main(arguments: list[str] | None = None) -> None:
    """Measure, assert and draw."""
    order = begin(__file__, arguments)
    sees, step, left = field(PAPER)
    for frame in (10, 15, 20):
        first = left + frame * step
        assert seen_by(frame) == (first, first + sees - 1)
    frames, square = Convolution(PAPER, 32).frames(WIDTH), _square_frames()
    needed = frames_needed([ord(symbol) for symbol in WORD])
    print(
        f"a frame sees {sees} px, every {step} px; {WIDTH} px: {frames} frames, "
        f"2 x 2 pools {square}; needed {needed}"
    )
    assert (sees, step, frames, square, needed) == (46, 4, 31, 7, 10)
    figure, (axes,) = canvas(height_in=1.9)
    axes.imshow(picture(), cmap="Greys_r", vmin=0, vmax=255)
    for frame, color, top in ((3, BLUE, 0), (13, ORANGE, 1), (23, RED, 2)):
        first = left + frame * step
        box = (first - 0.5, -0.5 - 2 * top), sees, 32 + 4 * top
        axes.add_patch(_rectangle(box, color))
        axes.plot(first + sees / 2 - 0.5, 39, "^", color=color, ms=8)
    centres = [left + frame * step + sees / 2 - 0.5 for frame in range(frames)]
    axes.plot(centres, [39] * frames, "|", color=GREY, ms=6, zorder=0)
    axes.text(-1, 46, f"{frames} frames, one every {step} px", fontsize=9, va="center")
    axes.set(xlim=(-8, WIDTH + 4), ylim=(50, -6))
    axes.axis("off")
    finish(figure, order)


def _rectangle(box: tuple[tuple[float, float], float, float], color: str) -> object:
    from matplotlib.patches import Rectangle

    return Rectangle(*box, fill=False, ec=color, lw=2)


def _square_frames() -> int:
    """Count the frames where every pool is 2 x 2."""
    return Convolution(SQUARE, 32).frames(WIDTH)


if __name__ == "__main__":
    main()
