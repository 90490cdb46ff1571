"""Plaine & Easie code becomes a picture of one staff, and the label that says what it sounds like.

    engrave(code, look)  ->  Engraving: image uint8 (H, W), label such as 'D4 F#4 Bb4'

Verovio engraves, resvg rasterises. The label is read from Verovio's own encoding of the music that it
engraved, not from the code: a symbol for each note head from left to right, tied ones too; its name
is the pitch that sounds, in which the key and the accidentals of the bar are counted, and the octave,
of which C4 is the middle C.
"""

import io
import re
from dataclasses import dataclass, field
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import resvg_py
import verovio
from PIL import Image

FONTS = "Leipzig", "Bravura", "Gootville", "Leland", "Petaluma"
"""Music fonts that come with Verovio; the last is in the manner of a hand."""
SPACE_PX = 8
"""Distance of two staff lines in an image."""
MARGIN = 2.5
"""Staff spaces that the image shows above and below the five lines."""
UNITS = 180
"""A staff space in the units of Verovio's SVG."""
ALTERATIONS = {"s": "#", "f": "b", "n": "", None: ""}
"""MEI's accidentals and how symbols spell them."""
_MEI = "{http://www.music-encoding.org/ns/mei}"
_LINE = re.compile(r'<path d="M\d+ (\d+) L(\d+) \1"')  # level: of a staff, or a ledger line
_VIEW = re.compile(r'viewBox="[^"]*"')
_SIZE = re.compile(r'<svg width="[^"]*" height="[^"]*"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How an engraver sets the same music: Verovio's options."""

    font: str = "Leipzig"
    spacing: float = 0.25
    """Space that follows a note of any length."""
    growth: float = 0.6
    """How much more of it a longer note gets."""
    line: float = 0.15
    """Thickness of the staff lines, in half spaces, as are the next two."""
    stem: float = 0.2
    bar: float = 0.3

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Look":
        """Draw one of many."""
        return cls(
            font=str(rng.choice(FONTS)),
            spacing=rng.uniform(0.15, 0.35),
            growth=rng.uniform(0.5, 0.7),
            line=rng.uniform(0.1, 0.25),
            stem=rng.uniform(0.15, 0.3),
            bar=rng.uniform(0.2, 0.5),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Engraving:
    """A fragment of music as it is seen and as it sounds."""

    image: npt.NDArray[np.uint8] = field(repr=False)
    """(H, W), black on white; H is nine staff spaces."""
    label: str
    svg: str = field(repr=False)
    """The strip that the image shows."""


def engrave(code: str, look: Look | None = None) -> Engraving:
    r"""Engrave one staff of music in Plaine & Easie code.

    >>> engrave("@clef:G-2\n@keysig:xF\n@data:4'FGnFF/F/").label
    'F#4 G4 F4 F4 F#4'

    Raises ValueError for code that Verovio cannot read.
    """
    look = look or Look()
    toolkit = _toolkit()
    toolkit.setOptions(
        {
            "font": look.font,
            "spacingLinear": look.spacing,
            "spacingNonLinear": look.growth,
            "staffLineWidth": look.line,
            "stemWidth": look.stem,
            "barLineWidth": look.bar,
        }
    )
    if not toolkit.loadData(code):
        raise ValueError(f"Verovio cannot read {code!r}")
    svg = _strip(toolkit.renderToSVG(1))
    png = resvg_py.svg_to_bytes(svg_string=svg, background="white", skip_system_fonts=True)
    image = np.asarray(Image.open(io.BytesIO(png)).convert("L"))  # (H, W)
    return Engraving(image=image, label=_label(toolkit.getMEI()), svg=svg)


@cache
def _toolkit() -> verovio.toolkit:
    """Start Verovio once: one line of music, nothing around it."""
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "inputFrom": "pae",
            "breaks": "none",
            "header": "none",
            "footer": "none",
            "adjustPageWidth": True,
            "adjustPageHeight": True,
            "pageMarginLeft": 0,
            "pageMarginRight": 0,
            "xmlIdSeed": 1,
        }
    )
    return toolkit


def _strip(svg: str) -> str:
    """Show the staff and so much above and below it, whatever the music: the same scale for all."""
    lines = [(int(y), int(end)) for y, end in _LINE.findall(svg)]
    shift = re.search(r'"page-margin" transform="translate\(0, (\d+)\)', svg)
    if not lines or shift is None:
        raise ValueError("Verovio's SVG has no staff")
    # The first line of the first bar is the top one.
    top = int(shift[1]) + lines[0][0] - round(MARGIN * UNITS)
    width, height = max(end for _, end in lines) + UNITS, round((4 + 2 * MARGIN) * UNITS)
    size = f'<svg width="{round(width * SPACE_PX / UNITS)}px" height="{height * SPACE_PX // UNITS}px"'
    box = f'viewBox="{-UNITS // 2} {top} {width} {height}"'
    return _VIEW.sub(box, _SIZE.sub(size, svg, count=1), count=1)


def _label(mei: str) -> str:
    """Name the pitches of the notes in Verovio's encoding, in order."""
    names = []
    for note in ET.fromstring(mei).iter(f"{_MEI}note"):  # noqa: S314 - Verovio wrote it
        accidental = note.find(f"{_MEI}accid")
        sign = None if accidental is None else accidental.get("accid") or accidental.get("accid.ges")
        names.append(f"{note.attrib['pname'].upper()}{ALTERATIONS[sign]}{note.attrib['oct']}")
    return " ".join(names)
