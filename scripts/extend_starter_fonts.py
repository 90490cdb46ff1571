"""Give a part of the starter faces the letters and signs of the alphabet `latin`.

    python scripts/make_starter_fonts.py fonts/node_modules/@fontsource
    python scripts/extend_starter_fonts.py fonts/node_modules/@fontsource

A face of `faces.tsv` that has all of them in its package is cut down anew: its file now holds what
the package's basic Latin file has, and a second one, named in the column "more", what the file of
extended Latin letters adds. The first face of a family comes before its others, and the families
that signs and papers are often set in before the others.
"""

import logging
import sys
from collections import Counter
from pathlib import Path

from make_starter_fonts import FAVOURITES, cut_down

from crnn.symbols import NAMES
from crnn.synthesis.fonts import STARTER, Face, find_faces
from crnn.synthesis.glyphs import draw_face

LATIN = NAMES["latin"]
QUOTAS = {"sans-serif": 90, "serif": 50, "display": 26, "monospace": 22, "handwriting": 12}
LARGEST_BYTES = 40_000  # of both files together


def main() -> None:
    """Choose the faces, cut them down, and write the table."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    packaged = {face.path.name.replace("-latin-", "-"): face for face in find_faces([sys.argv[1]])}
    lines = (STARTER / "faces.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t")[:5] for line in lines[1:]]
    for path in (STARTER / "faces").glob("*-extended-*"):
        path.unlink()
    left, more = dict(QUOTAS), dict[str, str]()
    for row in by_family(rows):
        face = packaged[Path(row[0]).name]
        if left[row[2]] > 0 and has_all(face) and (name := extend(row[0], face)):
            more[row[0]] = name
            left[row[2]] -= 1
    table = [["file", "family", "category", "licence", "copyright", "more"]]
    table += [[*row, more.get(row[0], "")] for row in rows]
    text = "".join("\t".join(row) + "\n" for row in table)
    (STARTER / "faces.tsv").write_text(text, encoding="utf-8")
    sizes = sum(path.stat().st_size for path in STARTER.rglob("*") if path.is_file())
    print(len(more), "of", len(rows), "faces draw latin;", sizes, "bytes; left of the quotas:", left)


def by_family(rows: list[list[str]]) -> list[list[str]]:
    """Put the plainest face of each family before its others, favourites before other families."""
    favourites = set(FAVOURITES.split())
    seen: Counter[str] = Counter()
    order = []
    for row in sorted(rows, key=plainness):
        slug, _, _ = Path(row[0]).stem.rsplit("-", 2)
        order.append((min(seen[slug], 1), slug not in favourites, seen[slug], row))
        seen[slug] += 1
    return [row for *_, row in sorted(order)]


def plainness(row: list[str]) -> tuple[bool, int, str]:
    """Order the upright before the italic, and the regular before the bold and the light."""
    _, weight, style = Path(row[0]).stem.rsplit("-", 2)
    return style == "italic", abs(int(weight) - 400), row[0]


def has_all(face: Face) -> bool:
    """Tell whether a package draws the whole alphabet, the seldom capital of \u00df perhaps not."""
    drawn = draw_face(face.files, LATIN, 24)
    if isinstance(drawn, str):
        return False
    return {symbol for symbol, held in zip(LATIN, drawn.drawn, strict=True) if not held} <= {"\u1e9e"}


def extend(file: str, face: Face) -> str:
    """Write both files of a face; return the second one's name, '' where they are too large."""
    first = STARTER / file
    second = first.with_name(extended_name(first.name))
    trial = STARTER / "trial.woff"
    cut_down(face.path, trial, LATIN)
    cut_down(face.more[0], second, LATIN)
    if trial.stat().st_size + second.stat().st_size > LARGEST_BYTES:
        trial.unlink()
        second.unlink()
        return ""
    trial.replace(first)
    return f"faces/{second.name}"


def extended_name(name: str) -> str:
    """Name the second file of a face: a-400-normal.woff, a-extended-400-normal.woff."""
    family, weight, style = name.rsplit("-", 2)
    return f"{family}-extended-{weight}-{style}"


if __name__ == "__main__":
    main()
