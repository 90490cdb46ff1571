"""`crnn read`: one line of text for each image."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from crnn.cli.output import ModelOption, complain, tab_line
from crnn.cli.progress import progress
from crnn.errors import ImageError

IMAGE_SUFFIXES = frozenset(
    (
        *(".avif", ".bmp", ".gif", ".jfif", ".jp2", ".jpeg", ".jpg", ".pbm"),
        *(".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)
"""What is read of a folder; a file that is named itself is read whatever its suffix."""

STANDARD_INPUT = "-"

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Images, folders of images (searched to the bottom, in order of name), "
        "or - for one image on standard input.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line: path, text, confidence.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Most images of one width that are read at once.")]


def read(
    paths: Paths, model: ModelOption = "small", as_json: AsJson = False, batch_size: BatchSize = 32
) -> None:
    """Read the text in images: path TAB text TAB confidence.

    The confidence is the probability of the text given the image, 0 to 1. A tab or line break in
    a path or text is written as \\t, \\n or \\r; use --json where that matters.

    An image that cannot be read is named on stderr, the others are read, and the exit status is 1.

    \b
    Examples:
      crnn read sign.jpg photos/
      crnn read --json photos/ > readings.jsonl
      crnn read - < sign.jpg
    """
    from crnn.formats.models import load

    found = list(find_images(paths))
    reader = load(model)
    sources = (sys.stdin.buffer.read() if path == STANDARD_INPUT else path for path in found)
    failed = 0
    with progress("reading", len(found), beside_output=True) as advance:
        for path, outcome in zip(found, reader.iterate(sources, batch_size), strict=True):
            if isinstance(outcome, ImageError):
                failed += 1
                complain(outcome, path)
            else:
                print(_line(path, outcome.text, outcome.confidence, as_json), flush=True)
            advance(1)
    if failed:
        print(f"{failed} of {len(found)} images could not be read", file=sys.stderr)
        raise typer.Exit(1)


def find_images(paths: Sequence[str]) -> Iterator[str]:
    """Yield the images that `paths` name: files as they are, folders to the bottom, sorted.

    Hidden files are left out. Raises `ImageError` for a folder without a single image.
    """
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        found = sorted(_images_below(path))
        if not found:
            raise ImageError(
                f"{path}: no image in this folder; no file in it ends in {' '.join(sorted(IMAGE_SUFFIXES))}"
            )
        yield from found


def _images_below(folder: str) -> Iterator[str]:
    def stop(error: OSError) -> None:
        raise error  # os.walk would pass over a folder that it may not open

    for place, _, names in os.walk(folder, onerror=stop):
        for name in names:
            if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith("."):
                yield os.path.join(place, name)  # noqa: PTH118  # Path would drop a typed "./"


def _line(path: str, text: str, confidence: float, as_json: bool) -> str:
    if as_json:
        reading = {"path": path, "text": text, "confidence": round(confidence, 4)}
        return json.dumps(reading, ensure_ascii=False)
    return tab_line(path, text, f"{confidence:.4f}")
