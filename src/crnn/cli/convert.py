"""`crnn convert`: a data set in another format."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.cli.output import complain, progress
from crnn.errors import DataError

if TYPE_CHECKING:
    from crnn.data.dataset import Dataset, Sample

BY_SUFFIX = {"": "folder", ".lmdb": "lmdb", ".tar": "webdataset", ".parquet": "parquet"}
"""The format that the name of OUT asks for."""

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A data set: a folder, zip, tar, LMDB, Parquet or label file of any known layout.",
    ),
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="What to make; there must be nothing there yet.")]
Format = Annotated[
    Literal["folder", "jsonl", "lmdb", "webdataset", "parquet"] | None,
    typer.Option(
        "--format",
        help="folder: images/ and labels.tsv; jsonl: images/ and metadata.jsonl; lmdb: the community's "
        "layout; webdataset: a .tar; parquet: as Hugging Face has it. Default: by the name of OUT.",
        show_default=False,
    ),
]


def convert(data: Data, out: Out, form: Format = None) -> None:
    """Copy a data set into another format.

    Images are copied byte for byte. What DATA is, is found by looking inside (docs/data.md lists the
    layouts). OUT is written whole or not at all. A sample that cannot be read, or whose image is
    none, is left out, counted and named on stderr, and makes the exit status 1. Nothing is decoded:
    an image that is damaged behind its header is copied too.

    \b
    Examples:
      crnn convert mydata.zip out.lmdb
      crnn convert labels/ out.tar
      crnn convert names:captchas/ out.parquet       the names of the images are the labels
      crnn convert mjsynth/annotation_train.txt train.lmdb
      crnn convert words.lmdb out --format jsonl
    """
    from crnn import data as formats

    chosen = form or BY_SUFFIX.get(out.suffix.lower())
    if chosen is None:
        raise typer.BadParameter(
            f"{out} ends in {out.suffix}, which is not written: name it .lmdb, .tar or .parquet, "
            "give a folder without a suffix, or say --format.",
            param_hint="OUT",
        )
    writers = {
        "folder": formats.write_folder,
        "jsonl": formats.write_jsonl,
        "lmdb": formats.write_lmdb,
        "webdataset": formats.write_webdataset,
        "parquet": formats.write_parquet,
    }
    dataset = formats.open_dataset(data)
    with progress("converting", len(dataset)) as advance:
        written = writers[chosen](out, _valid(dataset, advance))
    left_out = len(dataset) - written
    print(f"{out}: {written} images" + (f", {left_out} left out" if left_out else ""))
    if left_out:
        raise typer.Exit(1)


def _valid(dataset: "Dataset", advance: Callable[[int], None]) -> Iterator["Sample"]:
    """Yield the samples that can be read and begin as images do; name the others on stderr."""
    from crnn.images.sizes import image_suffix

    for index in range(len(dataset)):
        try:
            sample = dataset[index]
            image_suffix(sample.read_bytes(), sample.key)
        except DataError as error:
            complain(error, dataset.location(index))
        else:
            yield sample
        advance(1)
