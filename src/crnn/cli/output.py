"""How commands write: results as tab-separated lines on stdout, complaints on stderr.

A progress bar on stderr, for people: none where stderr is a file or a pipe.

The images that a command line names.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Annotated, TextIO

import typer

from crnn.errors import DataError, ImageError
from crnn.files import atomic_path
from crnn.images.load import IMAGE_SUFFIXES, is_image, shortened

ModelOption = Annotated[
    str,
    typer.Option("--model", help="Name of a packaged model, a .safetensors or .onnx file, or a run folder."),
]
"""Which model reads, said in the same words by every command that reads."""

ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file to write if there is one.")]
"""Whether a file that is there may be replaced."""

AlphabetOption = Annotated[
    str,
    typer.Option(
        "--alphabet",
        help="A name (digits, lower36, cased62, print94, each also with -space; latin) or the symbols.",
    ),
]
"""The symbols to draw or to spell with."""

SeparatorOption = Annotated[
    str,
    typer.Option(
        "--separator",
        help="What stands between the symbols of --alphabet and of a label (model.separator): ' ' in C4 D#4.",
    ),
]
"""How symbols of several characters are told apart."""

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


def tab_line(*fields: str) -> str:
    r"""Join fields by tabs; a tab or line break inside one is written as \t, \n or \r.

    A backslash stays as it is, so that a text is what was read; where that is not clear
    enough there is --json.
    """
    return "\t".join(field.translate(_ESCAPES) for field in fields)


def complain(error: Exception, place: str) -> None:
    """Name on stderr the input that failed, as every error of `crnn` is named.

    `place` stands first where the message does not hold it, as one about bytes does not.
    """
    message, place = str(error), shortened(place)
    named = message if place in message else f"{place}: {message}"
    print(f"{type(error).__name__}: {named}", file=sys.stderr)


def refuse_taken(path: Path, *, force: bool) -> None:
    """Raise DataError where there is a file that may not be replaced: said before the work."""
    if not force and (path.is_file() or path.is_dir()):
        raise DataError(f"{path} exists: give a new name, or replace it with --force.")


@contextmanager
def result_file(path: Path | None, *columns: str) -> Iterator[TextIO | None]:
    """Open a .tsv with these columns before the work starts, so that a bad path costs no time."""
    if path is None:
        yield None
        return
    with ExitStack() as opened:
        try:
            part = opened.enter_context(atomic_path(path))
            file = opened.enter_context(part.open("w", encoding="utf-8", newline="\n"))
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror}") from error
        file.write("\t".join(columns) + "\n")
        yield file


FEW = 8
"""Up to so many steps a bar is more noise than news."""


@contextmanager
def progress(title: str, total: int, *, beside_output: bool = False) -> Iterator[Callable[[int], None]]:
    """Show how much of `total` is done and the time left; yield what to call with each advance.

    `beside_output` says that results are printed meanwhile: on a terminal they are the progress,
    and a bar would only cut through them.
    """
    crowded = beside_output and sys.stdout.isatty()
    if total <= FEW or crowded or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
    )
    with bar:
        task = bar.add_task(title, total=total)
        yield lambda steps: bar.advance(task, steps)


SHOWN_SUFFIXES = 5
"""Suffixes of files passed over that are named; the commonest."""


@dataclass(kw_only=True, slots=True)
class FolderImages:
    """What a folder holds, to the bottom."""

    images: list[str] = field(default_factory=list)
    hidden: int = 0
    """Files whose name begins with a dot."""
    other: Counter[str] = field(default_factory=Counter)
    """Suffix -> files whose name ends as no image's does."""
    linked: int = 0
    """Folders behind symbolic links, which are not entered."""

    def passed_over(self) -> str:
        """Say how many files were passed over, and why; "" where none was."""
        reasons = []
        if self.other:
            suffixes = sorted(self.other, key=lambda suffix: (-self.other[suffix], suffix))
            names = [suffix or "none" for suffix in suffixes[:SHOWN_SUFFIXES]]
            more = ", ..." if len(self.other) > SHOWN_SUFFIXES else ""
            reasons.append(f"{self.other.total()} without an image's suffix ({', '.join(names)}{more})")
        if self.hidden:
            reasons.append(f"{self.hidden} hidden")
        count = self.other.total() + self.hidden
        parts = [f"{count} file{'s' * (count > 1)} passed over: {', '.join(reasons)}"] if count else []
        if self.linked:
            parts.append(f"{self.linked} linked folder{'s' * (self.linked > 1)} not entered")
        return "; ".join(parts)


def find_images(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Find the images that `paths` name: files as they are, folders to the bottom, sorted.

    Returns:
        The images, and a line for each folder in which files were passed over.

    Raises:
        ImageError: A folder holds not a single image.
    """
    images: list[str] = []
    notes = []
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where a name is too long
            images.append(path)
            continue
        found = _images_below(path)
        passed_over = found.passed_over()
        if not found.images:
            raise ImageError(
                f"{path}: no image in this folder; no file in it ends in {' '.join(IMAGE_SUFFIXES)}"
                + (f" ({passed_over})" if passed_over else "")
            )
        if passed_over:
            notes.append(f"{path}: {passed_over}")
        images += sorted(found.images)
    return images, notes


def _images_below(folder: str) -> FolderImages:
    def stop(error: OSError) -> None:
        raise error  # os.walk would pass over a folder that it may not open

    found = FolderImages()
    for place, folders, names in os.walk(folder, onerror=stop):
        found.linked += sum(os.path.islink(os.path.join(place, name)) for name in folders)  # noqa: PTH114, PTH118
        for name in names:
            if name.startswith("."):
                found.hidden += 1
            elif is_image(name):
                found.images.append(os.path.join(place, name))  # noqa: PTH118  # Path would drop a typed "./"
            else:
                found.other[PurePath(name).suffix.lower()] += 1
    return found
