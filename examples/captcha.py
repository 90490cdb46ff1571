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
Rng = np.random.Generator
Mask = npt.NDArray[np.float32]


def captcha(text: str, rng: Rng) -> Image.Image:
    """Draw one captcha."""
    ground = rng.integers(150, 256, 3)
    ink = np.clip(ground - rng.integers(90, 200, 3), 0, 255)
    mask = _bend(_letters(text, rng), rng)  # (H, W) in 0..1
    mask = np.maximum(mask, _lines(rng))
    pixels = ground + mask[..., None] * (ink - ground)  # (H, W, 3)
    pixels += rng.normal(0, rng.uniform(4, 18), pixels.shape)
    specks = rng.random(mask.shape) < rng.uniform(0, 0.06)
    pixels[specks] = rng.integers(0, 256, (int(specks.sum()), 3))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.9)))


def samples(count: int, seed: int) -> Iterator[Sample]:
    """Draw `count` captchas and their labels; another seed draws others."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        text = "".join(rng.choice(list(SYMBOLS), 4))
        file = io.BytesIO()
        captcha(text, rng).save(file, "JPEG", quality=int(rng.integers(55, 90)))
        yield Sample(f"captcha {number}", file.getvalue(), text)


def _letters(text: str, rng: Rng) -> Image.Image:
    """Set the letters one by one, each turned and sheared, a little over its neighbour."""
    sheet = Image.new("L", SIZE)
    face = str(rng.choice([str(path) for path in FACES]))
    left = rng.uniform(4, 14)
    for letter in text:
        font = ImageFont.truetype(face, int(rng.integers(31, 40)))
        box = font.getbbox(letter)
        glyph = Image.new("L", (64, 64))
        corner = 32 - (box[0] + box[2]) / 2, 32 - (box[1] + box[3]) / 2
        ImageDraw.Draw(glyph).text(corner, letter, fill=255, font=font)
        shear = rng.uniform(-0.3, 0.3)
        slanted = (1, shear, -32 * shear, 0, 1, 0)
        glyph = glyph.transform(glyph.size, Image.Transform.AFFINE, slanted, Image.Resampling.BILINEAR)
        glyph = glyph.rotate(rng.uniform(-24, 24), Image.Resampling.BILINEAR)
        width = box[2] - box[0]
        middle = left + width / 2, SIZE[1] / 2 + rng.uniform(-5, 5)
        sheet.paste(255, (round(middle[0] - 32), round(middle[1] - 32)), glyph)
        left += width + rng.uniform(0, 9)
    return sheet


def _bend(sheet: Image.Image, rng: Rng) -> Mask:
    """Move every pixel along two waves."""
    pixels = np.asarray(sheet, np.float32) / 255  # (H, W)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, 2)
    x = x + rng.uniform(0, 2.5) * np.sin(y / rng.uniform(7, 14) + phases[0])
    y = y + rng.uniform(0, 4.0) * np.sin(x / rng.uniform(12, 30) + phases[1])
    rows = np.clip(np.rint(y), 0, SIZE[1] - 1).astype(int)
    columns = np.clip(np.rint(x), 0, SIZE[0] - 1).astype(int)
    bent: Mask = pixels[rows, columns]
    return bent


def _lines(rng: Rng) -> Mask:
    """Draw lines and an arc from side to side."""
    sheet = Image.new("L", SIZE)
    pen = ImageDraw.Draw(sheet)
    for _ in range(rng.integers(1, 3)):
        ends = (0, rng.uniform(5, 45), SIZE[0], rng.uniform(5, 45))
        pen.line(ends, fill=int(rng.integers(150, 256)), width=int(rng.integers(1, 3)))
    box = (rng.uniform(-40, 20), rng.uniform(0, 20), rng.uniform(130, 190), rng.uniform(30, 90))
    pen.arc(box, 180, 360, fill=255, width=int(rng.integers(1, 3)))
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
