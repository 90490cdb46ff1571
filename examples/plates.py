"""Teach `small` to read number plates from 700 labelled ones, and count what it reads of others.

    python examples/plates.py [--plates 700] [--out runs/plates]
    python examples/plates.py --provinces [--font FILE] [--out runs/provinces]

The plates are drawn here, with Pillow: stamped letters on white or yellow, seen from the side, in
shadow or glare, with dirt, screws, blur, and down to the size at which traffic cameras see them.
`--provinces` begins each with one of 31 province signs, which no packaged model has ever seen and
no font of the package can draw: only the real plates teach them. The signs are Chinese characters
where `--font` names a font that holds them, such as Debian's (Apache licence):

    apt-get download fonts-droid-fallback && dpkg -x fonts-droid-fallback_*.deb fonts/
    --font fonts/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf

and otherwise as many invented signs of five to eight strokes. Training takes the same way as
anybody's, `crnn train finetune`; the 500 plates that are counted are drawn from another
seed, and no command before the last one sees them.
"""

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from teaching import teach

from crnn.data.dataset import Sample

FONTS = Path(mpl.get_data_path()) / "fonts/ttf"
FACES = [FONTS / f"DejaVuSans{style}.ttf" for style in ("-Bold", "Mono-Bold", "")]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which plates leave out for the sake of 1 and 0."""
DIGITS = "0123456789"
PROVINCES = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏"
SIZE = 440, 110
"""Width and height of a plate before its picture is taken, px."""
Rng = np.random.Generator
Pixels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Signs:
    """How province signs are drawn: by a font, or where there is none as strokes of our own."""

    font: Path | None

    def draw(self, pen: ImageDraw.ImageDraw, sign: str, box: tuple[int, int, int, int], ink: int) -> None:
        """Draw a sign into a box: left, top, right, bottom."""
        left, top, right, bottom = box
        if self.font:
            font = ImageFont.truetype(self.font, bottom - top)
            pen.text(((left + right) / 2, (top + bottom) / 2), sign, ink, font, anchor="mm", stroke_width=1)
            return
        strokes = np.random.default_rng(PROVINCES.index(sign))  # a sign always looks the same
        for _ in range(strokes.integers(5, 9)):
            ends = strokes.integers(0, 5, (2, 2)) / 4  # on a grid of five by five points
            corners = [(left + x * (right - left), top + y * (bottom - top)) for x, y in ends.tolist()]
            pen.line([corners[0], corners[1]], fill=ink, width=9)


def text(rng: Rng, provinces: bool) -> str:
    """Draw what a plate says: AB12 CDE, or a province, a letter and five letters or digits."""
    letter, digit = list(LETTERS), list(DIGITS)
    if provinces:
        tail = rng.choice([*letter, *digit * 3], 5)
        return "".join([rng.choice(list(PROVINCES)), rng.choice(letter), *tail])
    return "".join([*rng.choice(letter, 2), *rng.choice(digit, 2), *rng.choice(letter, 3)])


def plate(label: str, rng: Rng, signs: Signs) -> Image.Image:
    """Stamp a plate and take its picture."""
    stamped = _stamped(label, rng, signs)
    corners = np.array([0, 0, 0, SIZE[1], SIZE[0], SIZE[1], SIZE[0], 0], float)  # px: x, y
    corners += rng.normal(0, 1, 8) * np.tile([8, 7], 4)
    corners += np.repeat([0, 1], 4) * np.tile([0, rng.normal(0, 9)], 4)  # seen from the side
    seen = stamped.transform(SIZE, Image.Transform.QUAD, corners.tolist(), Image.Resampling.BICUBIC)
    pixels = _lit(np.asarray(seen, float), rng)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2.5)))
    height = int(rng.integers(22, 44))
    image = image.resize((height * SIZE[0] // SIZE[1], height), Image.Resampling.BILINEAR)
    noisy = np.asarray(image, float) + rng.normal(0, rng.uniform(1, 12), image.size[::-1])
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def samples(count: int, seed: int, signs: Signs | None) -> Iterator[Sample]:
    """Draw `count` plates and their labels, with province signs where `signs` says how."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        label = text(rng, signs is not None)
        file = io.BytesIO()
        plate(label, rng, signs or Signs(None)).save(file, "JPEG", quality=int(rng.integers(40, 85)))
        yield Sample(f"plate {number}", file.getvalue(), label)


def _stamped(label: str, rng: Rng, signs: Signs) -> Image.Image:
    """Write a plate, dark on light or the other way round: grey, (H, W)."""
    ground, ink = (235, 25) if rng.random() < 0.6 else (60, 230) if rng.random() < 0.5 else (175, 20)
    image = Image.new("L", SIZE, ground)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((4, 4, SIZE[0] - 5, SIZE[1] - 5), 12, outline=ink, width=4)
    font = ImageFont.truetype(FACES[rng.integers(len(FACES))], 74)
    step = (SIZE[0] - 40) / (len(label) + 0.5)
    left = 22.0
    for index, symbol in enumerate(label):
        if symbol in PROVINCES:
            signs.draw(pen, symbol, (round(left), 20, round(left + 0.92 * step), 90), ink)
        else:
            pen.text((left + step / 2, SIZE[1] / 2), symbol, fill=ink, font=font, anchor="mm")
        left += step * (1.5 if index == 1 else 1)
    for _ in range(rng.integers(0, 5)):  # screws
        x, y = rng.integers(10, SIZE[0] - 10), rng.choice([14, SIZE[1] - 14])
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=int(rng.integers(60, 200)))
    return image


def _lit(pixels: Pixels, rng: Rng) -> Pixels:
    """Lay shadow, glare and dirt on a plate (H, W)."""
    height, width = pixels.shape
    across = np.linspace(rng.uniform(0.5, 1), rng.uniform(0.5, 1), width)
    pixels = pixels * across
    if rng.random() < 0.4:  # the edge of a shadow
        edge = rng.uniform(0, width) + np.linspace(0, rng.normal(0, 80), height)[:, None]
        pixels = np.where(np.arange(width) < edge, pixels * rng.uniform(0.4, 0.8), pixels)
    spots = Image.fromarray(rng.integers(0, 256, (6, 22), dtype=np.uint8)).resize((width, height))
    dirt = np.clip((np.asarray(spots, float) - rng.uniform(170, 260)) / 60, 0, 0.7)
    return np.asarray(pixels * (1 - dirt) + 110 * dirt)


def main() -> None:
    """Draw, train, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plates", type=int, default=700, help="labelled plates to learn from")
    parser.add_argument("--provinces", action="store_true", help="begin with one of 31 province signs")
    parser.add_argument("--font", type=Path, help="a font that has the province signs")
    parser.add_argument("--out", type=Path, default=Path("runs/plates"))
    options = parser.parse_args()
    signs = Signs(options.font) if options.provinces else None
    teach(samples(options.plates, 1, signs), samples(500, 2, signs), options.out)


if __name__ == "__main__":
    main()
