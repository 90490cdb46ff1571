"""Draw examples/sign.png: a painted shop sign, seen a little from the side.

    python examples/make_sign.py examples/sign.png

A face of the starter set, Pillow and NumPy, and nobody's photograph: the picture is the project's own.
"""  # a script, not a package

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

FACE = Path(__file__).parents[1] / "src/crnn/synthesis/starter/faces/anton-400-normal.woff"
WORD = "Bakery"
BOARD = 560, 220
"""Width and height of the board, px."""
SEEN = 440, 150
"""Width and height of the picture, px."""
CORNERS = (62, 46, 74, 186, 510, 204, 520, 6)
"""Where the picture's corners lie on the board, px: x, y from the upper left, counterclockwise."""


def board(rng: np.random.Generator) -> Image.Image:
    """Paint planks, with grain along the wood and light from the left."""
    width, height = BOARD
    grain = Image.fromarray(rng.integers(0, 256, (height, 12), dtype=np.uint8)).resize(BOARD)
    light = np.linspace(1.15, 0.7, width) * (0.9 + np.asarray(grain) / 1275)  # (H, W)
    color = np.array([36, 78, 96])
    pixels = np.clip(light[..., None] * color, 0, 255).astype(np.uint8)  # (H, W, 3)
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    for y in range(25, height, 56):
        draw.line((0, y, width, y), fill=(20, 46, 58), width=2)
    return image


def sign() -> Image.Image:
    """Letter the board, then take its picture."""
    ink = Image.new("L", BOARD)
    font = ImageFont.truetype(str(FACE), 118)
    ImageDraw.Draw(ink).text((BOARD[0] / 2, BOARD[1] / 2), WORD, fill=255, font=font, anchor="mm")
    image = board(np.random.default_rng(7))
    image.paste((14, 30, 40), mask=ImageChops.offset(ink, 5, 5))
    image.paste((244, 222, 170), mask=ink)
    seen = image.transform(SEEN, Image.Transform.QUAD, CORNERS, Image.Resampling.BICUBIC)
    return seen.filter(ImageFilter.GaussianBlur(1))


def main(arguments: list[str] | None = None) -> None:
    """Draw it, into the file that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the picture, such as sign.png")
    options = parser.parse_args(arguments)
    sign().save(options.out, optimize=True)


if __name__ == "__main__":
    main()
