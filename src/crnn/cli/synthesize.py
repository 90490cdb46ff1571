"""`crnn synthesize`: word images made of fonts, as a data set on disk or a contact sheet."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.cli.output import AlphabetOption, progress

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from crnn.data.dataset import Sample
    from crnn.synthesis import Engine

    Font = FreeTypeFont | ImageFont

BATCH = 32
"""Images of one batch: the seed fixes the images, whatever the machine; a larger count only adds some."""
MAX_SHEET_IMAGES = 240
"""Images on a contact sheet at most."""
CAPTION_PX = 11
"""Size of the letters of a caption that are not ASCII."""

Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make; it must not hold anything yet.")]
Count = Annotated[int, typer.Option("--count", min=1, help="Images to make.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same images.")]
Format = Annotated[
    Literal["folder", "lmdb"],
    typer.Option("--format", help="folder: images/ and labels.tsv; lmdb: the community's layout."),
]
Sheet = Annotated[
    Path | None,
    typer.Option("--sheet", metavar="FILE.png", help="Draw a labelled contact sheet there."),
]
Fonts = Annotated[
    list[str] | None,
    typer.Option("--fonts", help="A folder of fonts; may be repeated. Default: the starter set."),
]
Words = Annotated[
    list[str] | None,
    typer.Option("--words", help="A text file, one word a line, mixed in; may be repeated."),
]
Photos = Annotated[
    list[str] | None,
    typer.Option("--backgrounds", help="A folder of photographs to print on; may be repeated."),
]


def synthesize(
    out: Out,
    count: Count = 1000,
    seed: Seed = 0,
    alphabet: AlphabetOption = "print94",
    form: Format = "folder",
    sheet: Sheet = None,
    fonts: Fonts = None,
    words: Words = None,
    backgrounds: Photos = None,
) -> None:
    """Make labelled word images from fonts alone.

    Training needs no such folder: it makes its images as it goes. This command shows what a
    model will learn from, and makes data sets for other programs.

    \b
    Examples:
      crnn synthesize out/ --count 1000 --seed 7 --sheet sheet.png
      crnn synthesize plates/ --alphabet ABCDEFGHKLMNPRSTUVWXYZ0123456789 --words plates.txt
      crnn synthesize out.lmdb --format lmdb --fonts ~/fonts --backgrounds ~/photos
    """
    from crnn.alphabet import parse_alphabet
    from crnn.data import write_folder, write_lmdb
    from crnn.images.preprocess import PreprocessConfig
    from crnn.synthesis import Engine, SynthesisConfig

    if sheet is not None and sheet.suffix.lower() != ".png":
        raise typer.BadParameter(f"{sheet} does not end in .png.", param_hint="--sheet")
    config = SynthesisConfig(
        seed=seed,
        fonts=tuple(fonts or ["starter"]),
        words=tuple(words or []),
        backgrounds=tuple(backgrounds or []),
    )

    @cache
    def engine() -> Engine:  # takes seconds to start: not before OUT is known to be free
        return Engine(config, parse_alphabet(alphabet), PreprocessConfig(), BATCH)

    with progress("synthesizing", count) as advance:
        write = write_lmdb if form == "lmdb" else write_folder
        written = write(out, _samples(engine, count, advance))
    print(f"{out}: {written} images")
    if sheet is not None:
        draw_sheet(engine(), min(count, MAX_SHEET_IMAGES), sheet)
        print(f"{sheet}: {min(count, MAX_SHEET_IMAGES)} of them")


def _samples(
    engine: Callable[[], "Engine"], count: int, advance: Callable[[int], None]
) -> Iterator["Sample"]:
    """Make `count` samples, PNG inside."""
    from crnn.data.dataset import Sample

    for number, (image, label) in enumerate(_images(engine(), count), start=1):
        encoded = io.BytesIO()
        image.save(encoded, "PNG")
        yield Sample(f"image {number}", encoded.getvalue(), label)
        advance(1)


def _images(engine: "Engine", count: int) -> Iterator[tuple["Image.Image", str]]:
    """Make `count` images and labels, of all widths in turn: each batch of a plan has one width."""
    from PIL import Image

    from crnn.synthesis.plan import BATCHES_PER_PLAN

    for first in range(0, -(-count // BATCH), BATCHES_PER_PLAN):
        batches = [engine.batch(first + group) for group in range(BATCHES_PER_PLAN)]
        for i in range(min(BATCH * BATCHES_PER_PLAN, count - first * BATCH)):
            row, group = divmod(i, BATCHES_PER_PLAN)
            batch = batches[group]
            yield Image.fromarray(batch.images[row, 0].cpu().numpy()), batch.labels[row]


def draw_sheet(engine: "Engine", count: int, path: Path) -> None:
    """Draw the first images in rows, each under its label."""
    from PIL import Image, ImageDraw

    across, gap, line = 1400, 6, engine.preprocess.height + 16
    positions: list[tuple[int, int, Image.Image, str]] = []
    x, y = gap, gap
    for image, label in _images(engine, count):
        wide = max(image.width, sum(width for _, _, width in _caption(label)) + 1)
        if x + wide + gap > across:
            x, y = gap, y + line + gap
        positions.append((x, y, image, label))
        x += wide + gap
    picture = Image.new("L", (across, y + line + gap), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, image, label in positions:
        picture.paste(image, (x, y + 14))
        pen = x
        for symbols, font, wide in _caption(label):
            draw.text((pen, y), symbols, fill=0, font=font)
            pen += wide
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _caption(label: str) -> list[tuple[str, "Font", int]]:
    """Cut a label into pieces of one font each: the symbols, the font, the width in px."""
    plain, latin, extended = _caption_fonts()
    fonts = [plain if symbol.isascii() else extended if _is_extended(symbol) else latin for symbol in label]
    pieces = [
        ("".join(symbol for symbol, _ in piece), font)
        for font, piece in groupby(zip(label, fonts, strict=True), key=itemgetter(1))
    ]
    return [(symbols, font, round(font.getlength(symbols))) for symbols, font in pieces]


def _is_extended(symbol: str) -> bool:
    """Tell whether a symbol is in the second file of a starter face, not in the first."""
    return 0x100 <= ord(symbol) < 0x2000 and symbol not in "\u0131\u0152\u0153"


@cache
def _caption_fonts() -> tuple["Font", "Font", "Font"]:
    from PIL import ImageFont

    from crnn.synthesis.fonts import STARTER

    files = (STARTER / "faces" / f"open-sans-{name}700-normal.woff" for name in ("", "extended-"))
    latin, extended = (ImageFont.truetype(str(file), CAPTION_PX) for file in files)
    return ImageFont.load_default(), latin, extended
