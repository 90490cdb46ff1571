"""The text of label files: UTF-8, line by line, with errors that name the line."""

from collections.abc import Iterator
from pathlib import Path

from crnn.data.trees import Tree
from crnn.errors import DataError

PATH_NAMES = ("file_name", "path", "image", "file", "filename", "image_path")
"""What columns and keys that hold an image's name are called."""
TEXT_NAMES = ("text", "label", "word", "words", "transcription")
"""What columns and keys that hold a label are called."""


def decoded_lines(tree: Tree, name: str) -> Iterator[str]:
    """Yield the lines with their ends; only a line feed ends one. DataError where it is not UTF-8."""
    with tree.open(name) as file:
        for line, raw in enumerate(file, start=1):
            yield decode(raw, f"{tree.path / name}:{line}", first=line == 1)


def decode(raw: bytes, place: str, *, first: bool = True) -> str:
    """Decode UTF-8, without a byte order mark at the start; DataError names the byte at `place`."""
    try:
        return raw.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place}: byte 0x{error.object[error.start]:02X} is not UTF-8 text.\n"
            "    Save the file as UTF-8: iconv -f LATIN1 -t UTF-8 OLD > NEW (or whatever it is written in)."
        ) from error


def stripped_lines(tree: Tree, name: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is not empty, without its end."""
    for number, line in enumerate(decoded_lines(tree, name), start=1):
        row = line.removesuffix("\n").removesuffix("\r")
        if row:
            yield number, row


def pick(known: tuple[str, ...], given: list[str]) -> int | None:
    """Return which of `given` has the first name that is known, in capitals or not; None without one."""
    folded = [name.strip().lower() for name in given]
    return next((folded.index(name) for name in known if name in folded), None)


def place_of(tree: Tree, name: str, line: int) -> str:
    """Name a line of a label file in an error."""
    return f"{Path(tree.path) / name}:{line}"
