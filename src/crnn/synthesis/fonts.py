"""Faces to draw with: the starter set, the Fontsource packages, or any folder of fonts.

A family weighs the same however many faces it has, and handwriting less than print, because
signs and documents hold less of it.

Which symbols fonts can draw at all, looked up in their character tables without drawing any.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from crnn.errors import FontError
from crnn.synthesis.glyphs import required

logger = logging.getLogger(__name__)

STARTER = Path(__file__).parent / "starter"
"""The faces inside the package, their licences, and `faces.tsv`: file, family, category, ..., more."""

FONT_SUFFIXES = (".ttf", ".otf", ".woff", ".woff2")  # in order of preference between equals

HANDWRITING_WEIGHT = 0.6

_BASIC_LATIN = re.compile(r"-latin-(?=\d{3}-(normal|italic)$)")  # not latin-ext, cyrillic, ...

OTHER_SUBSETS = ("latin-ext", "cyrillic", "greek")
"""Files of one Fontsource face whose letters go with those of the basic Latin one."""

# Fontsource families that people cannot read at the size of a word image, that draw both cases
# as they please, or something else than letters.
UNREADABLE = """
    akronim astloch badeen-display bigelow-rules bitcount* blaka* blokk* bonbon bungee-* butcherman
    codystar coral-pixels danfo diplomata* doto eater edu-*-arrows edu-*-dots edu-*-guides erica-one
    ewert exile fascinate-inline faster-one flavors fleur-de-leah flow-* foldit geostar* handjet honk
    jacquard* jersey-*-charted kablammo kalnia-glaze kranky kumar-one-outline libertinus-keyboard
    libre-barcode* linefont londrina-outline londrina-shadow londrina-sketch major-mono-display
    material-* megrim micro-5-charted modak monofett monoton moo-lah-lah nabla neonderthaw nosifer
    noto-*emoji* oi plaster playwrite-*-guides puppies-play qwitcher-grypen raleway-dots redacted*
    rubik-80s-fade rubik-beastly rubik-broken-fax rubik-burned rubik-doodle-* rubik-glitch* rubik-iso
    rubik-lines rubik-maps rubik-marker-hatch rubik-maze rubik-microbe rubik-moonrocks rubik-pixels
    rubik-puddles rubik-scribble rubik-storm rubik-vinyl sankofa-display snowburst-one tilt-prism
    tourney unifraktur* warnes wavefont yarndings* zen-loop zen-tokyo-zoo zilla-slab-highlight
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One font file."""

    path: Path
    """The file; of several, that of the basic Latin letters."""
    more: tuple[Path, ...] = ()
    """Files with further letters of the same face."""
    family: str
    """The family that it belongs to, such as 'Open Sans'."""
    weight: float
    """How often it is drawn, against the other faces."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files, that of the basic letters first."""
        return self.path, *self.more


FaceFiles = tuple[str, str, tuple[Path, ...]]
"""Family, category and further files of a face."""


def find_faces(sources: Sequence[str | Path]) -> list[Face]:
    """Find the faces of fonts.

    In the Fontsource layout a face is a file of basic Latin letters, and those of OTHER_SUBSETS
    beside it. What a face can draw shows when the atlas is built.

    Args:
        sources: "starter" (the packaged set), folders with all below, or files.

    Returns:
        The faces, each with how often it is drawn.

    Raises:
        FontError: A source has no fonts.
    """
    found: dict[Path, FaceFiles] = {}
    for source in sources:
        faces = _starter() if str(source) == "starter" else _folder(Path(source))
        if not faces:
            raise FontError(
                f"no font ({', '.join(FONT_SUFFIXES)}) in {str(source)!r}. "
                "Name a folder of fonts, or 'starter' for the packaged set."
            )
        found |= faces
    if not found:
        raise FontError("no source of fonts is given. Name a folder of fonts, or 'starter'.")
    sizes = Counter(family for family, _, _ in found.values())
    return [
        Face(
            path=path,
            more=more,
            family=family,
            weight=(HANDWRITING_WEIGHT if category == "handwriting" else 1.0) / sizes[family],
        )
        for path, (family, category, more) in found.items()
    ]


def is_unreadable(family: str) -> bool:
    """Tell whether a Fontsource family is left out by name.

    >>> is_unreadable("rubik-scribble"), is_unreadable("rubik")
    (True, False)
    """
    return any(fnmatchcase(family, pattern) for pattern in UNREADABLE.split())


def _starter() -> dict[Path, FaceFiles]:
    """Find the packaged faces."""
    table = STARTER / "faces.tsv"
    if not table.is_file():
        raise FontError(f"{table} is missing: this installation has no starter fonts.")
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return {STARTER / row[0]: (row[1], row[2], (STARTER / row[5],) if row[5] else ()) for row in rows}


def _folder(folder: Path) -> dict[Path, FaceFiles]:
    """Find every font in a folder and below, without duplicates."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    found: dict[Path, FaceFiles] = {}
    for path in _without_duplicates(files):
        package = path.parent.parent
        if path.parent.name != "files" or not (package / "metadata.json").is_file():
            found[path] = (re.split(r"[-_\[]", path.stem)[0], "", ())
        elif not _BASIC_LATIN.search(path.stem):
            continue
        elif is_unreadable(package.name):
            logger.debug("family left out as unreadable: %s", package.name)
        else:
            found[path] = (package.name, _category(package), _more(path))
    return found


def _more(path: Path) -> tuple[Path, ...]:
    """Find the other files of a Fontsource face: of a-latin-400-normal.woff, a-latin-ext-400-normal.woff."""
    split = _BASIC_LATIN.search(path.stem)
    if not split:
        return ()
    family, style = path.name[: split.start()], path.name[split.end() :]
    others = [path.with_name(f"{family}-{subset}-{style}") for subset in OTHER_SUBSETS]
    return tuple(other for other in others if other.is_file())


def _without_duplicates(files: Iterable[Path]) -> list[Path]:
    """Keep one file of those that differ in the suffix alone."""
    best: dict[Path, Path] = {}
    for path in files:
        if path.suffix.lower() in FONT_SUFFIXES:
            rival = best.get(path.with_suffix(""))
            if rival is None or _rank(path) < _rank(rival):
                best[path.with_suffix("")] = path
    return list(best.values())


def _rank(path: Path) -> int:
    return FONT_SUFFIXES.index(path.suffix.lower())


def _category(package: Path) -> str:
    """Read a Fontsource package's category: sans-serif, serif, display, handwriting, monospace."""
    try:
        metadata = json.loads((package / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(metadata.get("category", "")) if isinstance(metadata, dict) else ""


@lru_cache(maxsize=8)
def undrawable(symbols: tuple[str, ...], fonts: Sequence[str]) -> tuple[str, ...]:
    """Name the symbols that no face can draw.

    Only faces with the letters and digits of ASCII among the symbols are of use for synthesis.

    Args:
        symbols: What is to be drawn.
        fonts: Sources of faces, as `find_faces` takes them.

    Returns:
        Those that no face holds, in order; symbols of several characters are among them.

    Raises:
        FontError: A source has no fonts.

    >>> undrawable(("A", "京", "note-C4"), ("starter",))
    ('京', 'note-C4')
    """
    missing = set(symbols)
    needed = {ord(symbol) for symbol in required(symbols) if len(symbol) == 1}
    for face in find_faces(fonts):
        single = {symbol for symbol in missing if len(symbol) == 1}
        if not single:
            break
        held: set[int] = set()
        for path in face.files:
            held |= _characters(path)
            if held.issuperset(needed.union(map(ord, single))):
                break
        if held.issuperset(needed):
            missing -= {symbol for symbol in single if ord(symbol) in held}
    return tuple(symbol for symbol in symbols if symbol in missing)


@lru_cache(maxsize=2048)
def _characters(path: Path) -> frozenset[int]:
    """Code points that a font file maps; none where it cannot be opened, which the atlas reports."""
    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()
