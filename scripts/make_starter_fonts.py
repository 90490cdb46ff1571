"""Make the starter set of fonts: src/crnn/synthesis/starter, from the Fontsource packages.

    mkdir fonts && crnn fonts --packages > fonts/package.json && cd fonts && npm install --ignore-scripts
    python scripts/make_starter_fonts.py fonts/node_modules/@fontsource
    python scripts/extend_starter_fonts.py fonts/node_modules/@fontsource    # letters beyond ASCII

Each face is cut down to printable ASCII without hints and layout features. That makes a modified
version, which may not carry a Reserved Font Name: families that declare one are left out. So are
OFL families whose notice is not in the form "... Project Authors": some have lost the clause.
"""

import json
import logging
import random
import re
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fontTools import subset
from fontTools.ttLib import TTFont

from crnn.synthesis.atlas import build_atlas
from crnn.synthesis.fonts import STARTER, Face, find_faces
from crnn.synthesis.glyphs import draw_face
from crnn.synthesis.legibility import COMPARED_LETTERS, REFERENCE, inks, shape, similarity

SYMBOLS = [chr(code) for code in range(32, 127)]
LARGEST_FACE = 18_000  # bytes; worn and brushed outlines take more, and the package carries them
MIN_SIMILARITY = 0.42
LICENCES = {"OFL-1.1": "OFL.txt", "Apache-2.0": "Apache-2.0.txt"}
# Faces by category, as real signs, screens and papers use them.
QUOTAS = {"sans-serif": 196, "serif": 82, "display": 84, "monospace": 30, "handwriting": 33}
ITALICS_TAKEN = 0.5  # of the families that have them: 12 % of the faces

# What signs, receipts and screens are often set in: taken first, and in more weights.
FAVOURITES = """
    roboto open-sans montserrat poppins inter oswald noto-sans nunito rubik work-sans roboto-condensed
    mulish kanit barlow barlow-condensed barlow-semi-condensed heebo dosis fira-sans fira-sans-condensed
    hind karla libre-franklin archivo archivo-narrow archivo-black anton asap asap-condensed cabin exo-2
    manrope dm-sans plus-jakarta-sans public-sans overpass encode-sans encode-sans-condensed
    saira-condensed saira-extra-condensed sofia-sans-condensed teko rajdhani pathway-extreme fjalla-one
    francois-one league-gothic league-spartan big-shoulders antonio arimo albert-sans jost josefin-sans
    outfit urbanist lexend red-hat-display figtree signika varela-round quicksand comfortaa share-tech
    electrolize michroma russo-one squada-one merriweather playfair-display lora noto-serif roboto-slab
    roboto-serif eb-garamond crimson-text crimson-pro libre-baskerville bitter arvo zilla-slab rokkitt
    josefin-slab cormorant-garamond spectral source-serif-4 tinos gelasio domine vollkorn alegreya
    frank-ruhl-libre dm-serif-display bodoni-moda libre-bodoni newsreader literata crete-round
    bree-serif ultra aleo hepta-slab roboto-mono ibm-plex-mono inconsolata space-mono jetbrains-mono
    courier-prime cousine vt323 share-tech-mono dm-mono overpass-mono red-hat-mono cutive-mono
    azeret-mono special-elite anonymous-pro dotgothic16 press-start-2p pixelify-sans tiny5 jersey-10
    jersey-25 lobster righteous lilita-one titan-one alfa-slab-one passion-one black-ops-one
    saira-stencil-one stardos-stencil sirin-stencil big-shoulders-stencil concert-one fredoka baloo-2
    chewy bowlby-one racing-sans-one fugaz-one paytone-one carter-one changa-one limelight rye bevan
    audiowide oxanium pacifico dancing-script caveat satisfy kaushan-script courgette patrick-hand
    indie-flower shadows-into-light kalam handlee yellowtail lobster-two cookie grand-hotel leckerli-one
    merienda gochi-hand neucha itim sriracha architects-daughter comic-neue damion norican playball
    oleo-script
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A Fontsource package whose licence lets it be cut down and passed on."""

    slug: str
    name: str
    category: str
    licence: str
    copyright: str


def main() -> None:
    """Choose, cut down and write the faces."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    source = Path(sys.argv[1])
    rng = random.Random(1)
    candidates = defaultdict(list)
    for face in find_faces([source]):
        candidates[face.family].append(face)
    write_reference([face for faces in candidates.values() for face in faces])
    families = {slug: family for slug in candidates if (family := read_family(source / slug))}
    readable = set(build_atlas([(f.path,) for s in families for f in candidates[s]], SYMBOLS).faces)
    usable = {slug: [face for face in candidates[slug] if str(face.path) in readable] for slug in families}
    shutil.rmtree(STARTER / "faces", ignore_errors=True)
    (STARTER / "faces").mkdir(parents=True)
    rows = []
    for family, face in choose(families, usable, rng):
        target = STARTER / "faces" / face.path.name.replace("-latin-", "-")
        cut_down(face.path, target)
        licence = LICENCES[family.licence]
        rows.append((f"faces/{target.name}", family.name, family.category, licence, family.copyright))
    write_licences(source, families)
    table = [("file", "family", "category", "licence", "copyright"), *sorted(rows)]
    text = "".join("\t".join(row) + "\n" for row in table)
    (STARTER / "faces.tsv").write_text(text, encoding="utf-8")
    sizes = sum(path.stat().st_size for path in STARTER.rglob("*") if path.is_file())
    print(len(rows), "faces,", len({row[1] for row in rows}), "families,", sizes, "bytes")
    print(Counter(row[2] for row in rows))


def read_family(folder: Path) -> Family | None:
    """Read a package's licence; None where it is unclear or reserves the family's name."""
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    licence = metadata.get("license")
    if not isinstance(licence, dict) or licence["type"] not in LICENCES:
        return None
    text = (folder / "LICENSE").read_text(encoding="utf-8", errors="replace")
    notice = text.split("This Font Software is licensed", 1)[0]
    with TTFont(next(folder.glob("files/*-latin-*.woff"))) as font:
        names = " ".join(str(record) for record in font["name"].names if record.nameID in (0, 7, 13))
        if licence["type"] == "Apache-2.0":
            notice = font["name"].getDebugName(0) or licence["attribution"]
    if re.search(r"reserved\s+font\s*name", notice + names, re.IGNORECASE):
        return None
    if licence["type"] == "OFL-1.1" and "Project Authors" not in notice:
        return None
    return Family(
        slug=folder.name,
        name=metadata["family"],
        category=metadata["category"],
        licence=licence["type"],
        copyright=" ".join(notice.split()),
    )


def choose(
    families: dict[str, Family], usable: dict[str, list[Face]], rng: random.Random
) -> Iterator[tuple[Family, Face]]:
    """Take the favourites in up to three faces, then others in one, up to each quota."""
    favourites = FAVOURITES.split()
    others = sorted(set(families) - set(favourites))
    rng.shuffle(others)
    left = dict(QUOTAS)
    for slug in [*(name for name in favourites if name in families), *others]:
        family = families[slug]
        if left.get(family.category, 0) <= 0:
            continue
        known = slug in favourites
        faces = usable[slug] if known else [face for face in usable[slug] if plain(face)]
        picked = pick_faces(faces, 3 if known else 1, rng)
        for face in picked[: left[family.category]]:
            left[family.category] -= 1
            yield family, face


def pick_faces(faces: list[Face], count: int, rng: random.Random) -> list[Face]:
    """Pick faces of different weights: regular, bold or black, and now and then italic or light."""
    small = [face for face in faces if cut_size(face.path) <= LARGEST_FACE]
    by_style = {tuple(face.path.stem.rsplit("-", 2)[1:]): face for face in small}
    upright = sorted(weight for weight, style in by_style if style == "normal")
    if not upright:
        return small[:1]
    usual = rng.choice((400, 400, 400, 500, 700))
    regular = min(upright, key=lambda weight: abs(int(weight) - usual))
    wanted = [(regular, "normal")]
    if count > 1:
        heavy = [weight for weight in upright if int(weight) >= 600 and weight != regular]
        wanted += [(rng.choice(heavy), "normal")] if heavy else []
        if rng.random() < 0.35:
            wanted.append((rng.choice(upright), "normal"))
    italics = sorted(weight for weight, style in by_style if style == "italic" and int(weight) >= 300)
    if italics and rng.random() < ITALICS_TAKEN:
        wanted[-1] = (rng.choice(italics), "italic")
    return [by_style[style] for style in dict.fromkeys(wanted)]


def plain(face: Face) -> bool:
    """Tell whether its letters look as letters usually do; wilder scripts stay in the full set."""
    drawn = draw_face((face.path,), COMPARED_LETTERS, 24)
    if isinstance(drawn, str):
        return False
    return (
        similarity(dict(zip(COMPARED_LETTERS, inks(drawn.columns, drawn.metrics), strict=True)))
        >= MIN_SIMILARITY
    )


def cut_size(path: Path) -> int:
    """Bytes of a face once it is cut down."""
    trial = STARTER / "trial.woff"
    cut_down(path, trial)
    size = trial.stat().st_size
    trial.unlink()
    return size


def cut_down(path: Path, target: Path, symbols: Iterable[str] = SYMBOLS) -> None:
    """Write a face with some symbols alone: no hints, no features, no names but the notices."""
    options = subset.Options()
    options.flavor = "woff"
    options.hinting = options.glyph_names = options.notdef_outline = False
    options.layout_features = []
    options.name_IDs = [0, 13, 14]  # copyright, licence, licence's address
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "DSIG", "STAT", "meta", "kern"]
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(symbol) for symbol in symbols])
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    font.close()


def write_licences(source: Path, families: dict[str, Family]) -> None:
    """Write the text of each licence once; the copyright notices are in the table."""
    for kind, name in LICENCES.items():
        slug = next(slug for slug, family in families.items() if family.licence == kind)
        text = (source / slug / "LICENSE").read_text(encoding="utf-8")
        start = text.find("-" * 20) if kind == "OFL-1.1" else 0
        lines = [line.rstrip() for line in text[start:].strip().splitlines()]
        (STARTER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_reference(faces: list[Face]) -> None:
    """Write the mean shapes of letters that unreadable faces are told by."""
    usual = [face for face in faces if re.search("-(400|700)-normal", face.path.name)]
    drawn = [draw_face((face.path,), COMPARED_LETTERS, 24) for face in usual]
    means = np.mean(
        [
            [shape(ink) for ink in inks(face.columns, face.metrics)]
            for face in drawn
            if not isinstance(face, str)
        ],
        axis=0,
    )
    STARTER.mkdir(parents=True, exist_ok=True)
    np.save(REFERENCE, np.round(means).astype(np.uint8))


if __name__ == "__main__":
    main()
