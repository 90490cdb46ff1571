"""Teach `small` to read a web captcha from 1,000 labelled ones, and count what it reads of others.

    python examples/captcha.py [--captchas 1000] [--out runs/captcha]

The captchas are drawn here, with Pillow and the DejaVu faces that come with matplotlib: four
characters turned, sheared, bent and run together, with lines and arcs through them, specks, two
colours that come near each other, blur, and JPEG. Training takes the same way as anybody's:
`crnn train finetune`. The 500 captchas that are counted are drawn from another seed,
and no command before the last one sees them.
"""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from teaching import teach

from crnn.data.dataset import Sample

FONTS = Path(mpl.get_data_path()) / "fonts/ttf"
FACES = [path for path in sorted(FONTS.glob("DejaVuSans*.ttf")) if "Display" not in path.name]
SYMBOLS = "23456789abcdefghijkmnpqrstuvwxyz"
"""What captchas are made of: without 0, 1, l and o, which nobody could tell apart."""
SIZE = 150, 50
"""Width and height, px."""
Dice = np.random.Generator
Mask = npt.NDArray[np.float32]


def captcha(text: str, dice: Dice) -> Image.Image:
    """Draw one captcha."""
    ground = dice.integers(150, 256, 3)
    ink = np.clip(ground - dice.integers(90, 200, 3), 0, 255)
    mask = _bend(_letters(text, dice), dice)  # (H, W) in 0..1
    mask = np.maximum(mask, _lines(dice))
    pixels = ground + mask[..., None] * (ink - ground)  # (H, W, 3)
    pixels += dice.normal(0, dice.uniform(4, 18), pixels.shape)
    specks = dice.random(mask.shape) < dice.uniform(0, 0.06)
    pixels[specks] = dice.integers(0, 256, (int(specks.sum()), 3))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(dice.uniform(0, 0.9)))


def samples(count: int, seed: int) -> Iterator[Sample]:
    """Draw `count` captchas and their labels; another seed draws others."""
    dice = np.random.default_rng(seed)
    for number in range(count):
        text = "".join(dice.choice(list(SYMBOLS), 4))
        file = io.BytesIO()
        captcha(text, dice).save(file, "JPEG", quality=int(dice.integers(55, 90)))
        yield Sample(f"captcha {number}", file.getvalue(), text)


def _letters(text: str, dice: Dice) -> Image.Image:
    """Set the letters one by one, each turned and sheared, a little over its neighbour."""
    sheet = Image.new("L", SIZE)
    face = str(dice.choice([str(path) for path in FACES]))
    left = dice.uniform(4, 14)
    for letter in text:
        font = ImageFont.truetype(face, int(dice.integers(31, 40)))
        box = font.getbbox(letter)
        glyph = Image.new("L", (64, 64))
        corner = 32 - (box[0] + box[2]) / 2, 32 - (box[1] + box[3]) / 2
        ImageDraw.Draw(glyph).text(corner, letter, fill=255, font=font)
        shear = dice.uniform(-0.3, 0.3)
        slanted = (1, shear, -32 * shear, 0, 1, 0)
        glyph = glyph.transform(glyph.size, Image.Transform.AFFINE, slanted, Image.Resampling.BILINEAR)
        glyph = glyph.rotate(dice.uniform(-24, 24), Image.Resampling.BILINEAR)
        width = box[2] - box[0]
        middle = left + width / 2, SIZE[1] / 2 + dice.uniform(-5, 5)
        sheet.paste(255, (round(middle[0] - 32), round(middle[1] - 32)), glyph)
        left += width + dice.uniform(0, 9)
    return sheet


def _bend(sheet: Image.Image, dice: Dice) -> Mask:
    """Move every pixel along two waves."""
    pixels = np.asarray(sheet, np.float32) / 255  # (H, W)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    phases = dice.uniform(0, 2 * np.pi, 2)
    x = x + dice.uniform(0, 2.5) * np.sin(y / dice.uniform(7, 14) + phases[0])
    y = y + dice.uniform(0, 4.0) * np.sin(x / dice.uniform(12, 30) + phases[1])
    rows = np.clip(np.rint(y), 0, SIZE[1] - 1).astype(int)
    columns = np.clip(np.rint(x), 0, SIZE[0] - 1).astype(int)
    bent: Mask = pixels[rows, columns]
    return bent


def _lines(dice: Dice) -> Mask:
    """Draw lines and an arc from side to side."""
    sheet = Image.new("L", SIZE)
    pen = ImageDraw.Draw(sheet)
    for _ in range(dice.integers(1, 3)):
        ends = (0, dice.uniform(5, 45), SIZE[0], dice.uniform(5, 45))
        pen.line(ends, fill=int(dice.integers(150, 256)), width=int(dice.integers(1, 3)))
    box = (dice.uniform(-40, 20), dice.uniform(0, 20), dice.uniform(130, 190), dice.uniform(30, 90))
    pen.arc(box, 180, 360, fill=255, width=int(dice.integers(1, 3)))
    return np.asarray(sheet, np.float32) / 255


def main() -> None:
    """Draw, train, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--captchas", type=int, default=1000, help="labelled captchas to learn from")
    parser.add_argument("--out", type=Path, default=Path("runs/captcha"))
    options = parser.parse_args()
    teach(samples(options.captchas, seed=1), samples(500, seed=2), options.out)


if __name__ == "__main__":
    main()
