"""Data sets that are a folder: `images/` and one table that names them."""

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from crnn.data.sample import Sample
from crnn.data.staging import staged_folder
from crnn.data.table import TableDataset
from crnn.errors import DataError

TABLE = "labels.tsv"


def open_folder(path: Path) -> TableDataset:
    """Open the folder's labels.tsv, or else the only .tsv file in it.

    DataError without a table, and with several of which none is labels.tsv.
    """
    tables = sorted(p for p in path.iterdir() if p.suffix.lower() == ".tsv" and p.is_file())
    named = path / TABLE
    if named in tables:
        return TableDataset(named)
    if not tables:
        raise DataError(
            f"{path} is no data set: it holds neither a .tsv table nor LMDB's data.mdb.\n"
            f"    Put the images under images/ and list them in {TABLE}: path, TAB, text."
        )
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise DataError(f"{path} holds several tables ({names}): give the path of one of them.")
    return TableDataset(tables[0])


def write_folder(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write images/ and labels.tsv, whole or not at all; return the number of samples.

    Images are copied byte for byte. DataError when `path` is a non-empty folder, the disk
    is full, there are no samples, an image is none, or a label holds a TAB or a line end.
    """
    count = 0
    with staged_folder(Path(path)) as stage:
        (stage / "images").mkdir()
        with (stage / TABLE).open("w", encoding="utf-8", newline="\n") as table:
            for count, sample in enumerate(samples, start=1):
                image = sample.read_bytes()
                name = f"images/{count:09d}.{_suffix(image, sample.key)}"
                (stage / name).write_bytes(image)
                table.write(f"{name}\t{_one_line(sample)}\n")
        if not count:
            raise DataError(f"{path} was not written: there are no samples.")
    return count


def _suffix(image: bytes, key: str) -> str:
    """Name the image's format by its header, such as 'jpeg' or 'png'."""
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return str(opened.format).lower()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{key}: these {len(image)} bytes are no image: {error}.") from error


def _one_line(sample: Sample) -> str:
    if any(character in sample.label for character in "\t\r\n"):
        raise DataError(
            f"{sample.key}: label {sample.label!r} holds a TAB or a line end, "
            "which a .tsv cannot: write an LMDB instead."
        )
    return sample.label
