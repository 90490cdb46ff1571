"""`crnn fonts`: which faces can draw an alphabet, and why the others cannot."""

from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.output import AlphabetOption, tab_line

if TYPE_CHECKING:
    from PIL import Image

    from crnn.synthesis.atlas import GlyphAtlas
    from crnn.synthesis.glyphs import Flags

SPECIMEN = "HamburgRag27&$"
COLUMN_PX, GAP_PX, COLUMNS = 300, 16, 5
MAX_SHEET_FACES = 1500
MAX_SHOWN_SYMBOLS = 8  # symbols that a face lacks

Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FOLDER]...", help="Folders of fonts; 'starter' is the packaged set."),
]
Sheet = Annotated[
    Path | None, typer.Option("--sheet", metavar="FILE.png", help="Draw the usable faces there.")
]

Packages = Annotated[
    bool, typer.Option("--packages", help="Print the package.json of the full set, and do nothing else.")
]
PACKAGES = Path(__file__).parent.parent / "recipes" / "fonts" / "package.json"
"""The npm packages of the full set, each at the version that the packaged models were trained with."""


def fonts(
    sources: Sources = None,
    alphabet: AlphabetOption = "print94",
    sheet: Sheet = None,
    packages: Packages = False,
) -> None:
    """List the faces that can draw an alphabet, or a part of it.

    One line a face: path, family, "usable", the symbols that it lacks, or what is wrong with it. A
    face is used for the labels whose symbols it has; it must have the letters and digits of ASCII.

    The package holds a starter set of 425 faces, 199 of which draw `latin`. The full set, some 5,200
    usable faces of open licence, comes from a list of npm packages, which --packages prints (about
    1 GB, a few minutes):

    \b
        mkdir fonts && crnn fonts --packages > fonts/package.json
        npm install --prefix fonts --ignore-scripts --no-audit --no-fund
        crnn fonts fonts/node_modules/@fontsource

    \b
    To train with it, name the folder in the recipe:
        [synthesis]
        fonts = ["starter", "fonts/node_modules/@fontsource"]
    """
    if packages:
        typer.echo(PACKAGES.read_text(encoding="utf-8"), nl=False)
        return
    from crnn.alphabet import parse_alphabet
    from crnn.synthesis.atlas import build_atlas
    from crnn.synthesis.fonts import find_faces

    symbols = parse_alphabet(alphabet).symbols
    faces = find_faces(sources or ["starter"])
    atlas = build_atlas([face.files for face in faces], symbols)
    reasons = dict(atlas.refused)
    uses = dict(zip(atlas.faces, map(_use, repeat(symbols), atlas.drawn), strict=True)) | reasons
    for face in faces:
        typer.echo(tab_line(str(face.path), face.family, uses[str(face.path)]))
    families = {face.family for face in faces if str(face.path) not in reasons}
    typer.echo(
        f"{len(atlas.faces)} of {len(faces)} faces, in {len(families)} families, "
        f"are usable, {int(atlas.drawn.all(1).sum())} for all {len(symbols)} symbols of {alphabet!r:.60}",
        err=True,
    )
    if sheet:
        _contact_sheet(atlas, {str(face.path): face.path.stem for face in faces}).save(sheet)


def _use(symbols: Sequence[str], drawn: "Flags") -> str:
    """Say which symbols a face lacks.

    usable but for 2 symbols: Ț ẞ
    """
    lacks = [symbol for symbol, held in zip(symbols, drawn, strict=True) if not held]
    if not lacks:
        return "usable"
    more = " ..." if len(lacks) > MAX_SHOWN_SYMBOLS else ""
    return f"usable but for {len(lacks)} symbols: {' '.join(lacks[:MAX_SHOWN_SYMBOLS])}{more}"


def _contact_sheet(atlas: "GlyphAtlas", names: dict[str, str]) -> "Image.Image":
    """Draw a specimen of each face under its name, as synthesis draws it."""
    import numpy as np
    from PIL import Image, ImageDraw

    shown = min(len(atlas.faces), MAX_SHEET_FACES)
    row_px = 2 * atlas.cap_height + GAP_PX
    size = (min(shown, COLUMNS) * COLUMN_PX, -(-shown // COLUMNS) * row_px)
    ink = np.zeros(size, np.uint8)  # (W, H): the atlas holds columns
    text = [atlas.symbols.index(symbol) for symbol in SPECIMEN if symbol in atlas.symbols]
    for face in range(shown):
        left, top = face % COLUMNS * COLUMN_PX, face // COLUMNS * row_px + GAP_PX
        pen = left + 4
        for symbol in text or range(min(16, len(atlas.symbols))):
            start = max(pen + int(atlas.left[face, symbol]), left)
            offset = int(atlas.offset[face, symbol])
            width = min(int(atlas.width[face, symbol]), left + COLUMN_PX - start)
            if width > 0:
                here = ink[start : start + width, top : top + 2 * atlas.cap_height]
                np.maximum(here, atlas.columns[offset : offset + width], out=here)
            pen += int(atlas.advance[face, symbol])
    picture = Image.fromarray(255 - ink.T)
    draw = ImageDraw.Draw(picture)
    for face in range(shown):
        corner = (face % COLUMNS * COLUMN_PX + 2, face // COLUMNS * row_px + 2)
        draw.text(corner, names[atlas.faces[face]][:44], fill=110)
    return picture
