"""How commands write: results as tab-separated lines on stdout, complaints on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from crnn.errors import DataError
from crnn.picture import shortened

ModelOption = Annotated[
    str,
    typer.Option("--model", help="Name of a packaged model, a .safetensors or .onnx file, or a run folder."),
]
"""Which model reads, said in the same words by every command that reads."""

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


@contextmanager
def result_file(path: Path | None, *columns: str) -> Iterator[TextIO | None]:
    """Open a .tsv with these columns before the work starts, so that a bad path costs no time."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        file.write("\t".join(columns) + "\n")
        yield file
