"""`crnn read`: one line of text for each image."""

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.options import with_decode_options, with_open_lexicon
from crnn.cli.output import ModelOption, complain, find_images, progress, tab_line
from crnn.errors import ImageError
from crnn.transcription.options import DecodeOptions

if TYPE_CHECKING:
    from crnn.reader.reading import Reading

STANDARD_INPUT = "-"

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Images, folders of images (searched to the bottom, in order of name), "
        "or - for one image on standard input.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help="One JSON object a line: path, text, confidence, candidates, and where each symbol stands; "
        "path and error of an image that cannot be read.",
    ),
]
BatchSize = Annotated[int, typer.Option(min=1, help="Most images of one width that are read at once.")]
Reject = Annotated[
    float | None,
    typer.Option(
        metavar="RISK",
        min=0.0,
        max=1.0,
        help="Leave the text empty where a wrong reading is likelier than this, such as 0.02.",
    ),
]


@with_decode_options
def read(
    paths: Paths,
    model: ModelOption = "small",
    options: DecodeOptions = DecodeOptions(),  # noqa: B008  # frozen
    reject: Reject = None,
    as_json: AsJson = False,
    batch_size: BatchSize = 32,
) -> None:
    """Read the text in images: path TAB text TAB confidence.

    The confidence is the probability of the text given the image, 0 to 1. With a lexicon or a
    pattern a fourth column is the probability given that the text is one of those, and --reject
    goes by that one, as long as the image does not speak against all of them. A tab or line break
    in a path or text is written as \\t, \\n or \\r; use --json where that matters.

    An image that cannot be read is named on stderr, the others are read, and the exit status is 1.
    In a folder, hidden files, files whose names end as no image's do and folders behind links are
    passed over, and counted on stderr.

    \b
    Examples:
      crnn read sign.jpg photos/
      crnn read plate.jpg --pattern '[A-Z]{3}-?[0-9]{4}'
      crnn read shop.jpg --lexicon words.txt
      crnn read word.jpg --language en.lm --top 5 --json
      crnn read photos/ --reject 0.02
      crnn read --json photos/ > readings.jsonl
      crnn read - < sign.jpg
    """
    from crnn.formats.load import load

    found, notes = find_images(paths)
    for note in notes:
        print(tab_line(note), file=sys.stderr)
    reader = load(model)
    options = replace(with_open_lexicon(options, reader), reject=reject)
    sources = (sys.stdin.buffer.read() if path == STANDARD_INPUT else path for path in found)
    failed = 0
    with progress("reading", len(found), beside_output=True) as advance:
        for path, outcome in zip(found, reader.iterate(sources, options, batch_size=batch_size), strict=True):
            if isinstance(outcome, ImageError):
                failed += 1
                complain(outcome, path)
                if as_json:
                    print(_error_as_json(path, outcome), flush=True)
            else:
                print(_as_json(path, outcome) if as_json else _line(path, outcome), flush=True)
            advance(1)
    if failed:
        print(f"{failed} of {len(found)} images could not be read", file=sys.stderr)
        raise typer.Exit(1)


def _line(path: str, reading: "Reading") -> str:
    conditional = reading.candidates[0].conditional_probability if reading.candidates else None
    probabilities = [reading.confidence] if conditional is None else [reading.confidence, conditional]
    return tab_line(path, reading.text, *(f"{probability:.4f}" for probability in probabilities))


def _error_as_json(path: str, error: ImageError) -> str:
    return json.dumps({"path": path, "error": str(error)}, ensure_ascii=False)


def _as_json(path: str, reading: "Reading") -> str:
    return json.dumps(reading.to_dict() | {"path": path}, ensure_ascii=False)
