"""The options that say how a text is found, alike for every command that reads."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.errors import DataError
from crnn.images.load import is_image
from crnn.transcription.decode import left_out, open_lexicon
from crnn.transcription.options import DecodeOptions

if TYPE_CHECKING:
    from crnn.evaluation.evaluate import DecodeSample
    from crnn.reader.reader import Reader
    from crnn.transcription.lexicon import Lexicon

DecoderOption = Annotated[
    Literal["greedy", "beam", "lexicon", "pattern"] | None,
    typer.Option(
        "--decoder",
        help="greedy: the best path. beam: the likeliest texts. lexicon, pattern: what --lexicon or "
        "--pattern allow. Chosen by the other options where it is left out.",
        show_default=False,
    ),
]

PatternOption = Annotated[
    str | None,
    typer.Option(metavar="REGEX", help="Read only texts that match, such as '[A-Z]{3}-?[0-9]{4}'."),
]

LexiconOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Read only words of this list, one a line, exactly the likeliest."),
]

CaseOption = Annotated[
    Literal["any", "exact"],
    typer.Option(
        "--case",
        help="Whether a word of the lexicon stands for itself in lower, UPPER and Title case too (any), "
        "or for itself alone (exact).",
    ),
]

OutOfAlphabetOption = Annotated[
    Literal["stop", "skip"],
    typer.Option(
        "--out-of-alphabet",
        help="What becomes of a word of the lexicon that the alphabet cannot spell: an error, or left out.",
    ),
]

MaxEditsOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Look only at words within N edits of the best path, as the paper does; "
        "that may miss the likeliest.",
    ),
]

OovFactorOption = Annotated[
    float | None,
    typer.Option(
        metavar="FACTOR",
        min=1.0,
        help="Read free text, too, where it is FACTOR times as likely as any word of the lexicon.",
    ),
]

LanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.lm",
        help="Weigh texts by a language model (crnn language train), an ARPA file, or 'english', which "
        "comes with crnn; 'none' for what the image alone says. Left out: as the model's file says, "
        "english for the packaged ones.",
    ),
]

BeamWidthOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Prefixes that a beam search keeps; 10 if left out.")
]

TopOption = Annotated[
    int, typer.Option(metavar="N", min=1, help="Candidates wanted for each image; --json shows them all.")
]


def _as_parameters(
    *,
    pattern: PatternOption = None,
    lexicon: LexiconOption = None,
    case: CaseOption = "any",
    out_of_alphabet: OutOfAlphabetOption = "stop",
    oov_factor: OovFactorOption = None,
    max_edits: MaxEditsOption = None,
    language: LanguageOption = None,
    decoder: DecoderOption = None,
    beam_width: BeamWidthOption = None,
    top: TopOption = 1,
) -> None:
    """Every field of DecodeOptions that is an option of the commands that read."""


def _as_former_parameters(
    *,
    outside: Annotated[float | None, typer.Option("--outside", hidden=True, min=1.0)] = None,
    bktree: Annotated[int | None, typer.Option("--bktree", hidden=True, min=0)] = None,
    width: Annotated[int | None, typer.Option("--width", hidden=True, min=1)] = None,
    drop_unreadable: Annotated[bool, typer.Option("--drop-unreadable", hidden=True)] = False,
) -> None:
    """Names that options had until version 0.1; they work for one version more."""


FORMER = {
    "outside": "oov_factor",
    "bktree": "max_edits",
    "width": "beam_width",
    "drop_unreadable": "out_of_alphabet",
}


def with_decode_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of its parameter `options`, an option for each field of DecodeOptions."""
    own = inspect.signature(command).parameters
    ours = inspect.signature(_as_parameters).parameters
    former = inspect.signature(_as_former_parameters).parameters

    @functools.wraps(command)
    def expanded(**given: object) -> None:
        named = {name: given.pop(name) for name in ours}
        for name, value in {name: given.pop(name) for name in former}.items():
            if value:
                _tell_new_name(name)
                named[FORMER[name]] = "skip" if name == "drop_unreadable" else value
        if named["language"] is None:
            named["language"] = "model"
        command(**given, options=DecodeOptions(**named))  # type: ignore[arg-type]  # Typer has checked them

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, outer in own.items()
        for parameter in ([*ours.values(), *former.values()] if name == "options" else [outer])
    ]
    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return expanded


def _tell_new_name(name: str) -> None:
    value = " skip" if name == "drop_unreadable" else ""
    old, new = name.replace("_", "-"), FORMER[name].replace("_", "-")
    print(f"--{old} is called --{new}{value} now; the old name goes with the next version", file=sys.stderr)


def with_open_lexicon(options: DecodeOptions, reader: "Reader") -> DecodeOptions:
    """Open the file of words that some options name, and say on stderr which words are left out."""
    if options.lexicon is None:
        return options
    lexicon = open_lexicon(options, reader.alphabet)
    if lexicon.dropped:
        print(f"{options.lexicon}: {left_out(lexicon)}", file=sys.stderr)
    return replace(options, lexicon=lexicon)


def sample_decoder(options: DecodeOptions, reader: "Reader") -> "DecodeSample":
    """Prepare a decoder that knows the samples, since the lexicon may be a list for each of them."""
    path = options.lexicon
    if not isinstance(path, Path) or not holds_lists(path):
        decode = reader.decoder(with_open_lexicon(options, reader))
        return lambda log_probs, _: decode(log_probs)
    if options.max_edits is not None:
        raise typer.BadParameter(
            f"{path} has a list for each image, and all of its words are scored; leave it out.",
            param_hint="--max-edits",
        )
    from crnn.transcription.lexicon import read_lists
    from crnn.transcription.lexicon_decoder import ListsDecoder

    lists = read_lists(
        path,
        reader.alphabet,
        fold_case=options.case == "any",
        drop_unreadable=options.out_of_alphabet == "skip",
    )
    decode_lists = ListsDecoder(reader.alphabet, top=options.top, oov_factor=options.oov_factor)
    return lambda log_probs, samples: decode_lists(
        log_probs, [_list_of(sample.key, lists, path) for sample in samples]
    )


def _list_of(key: str, lists: "Mapping[str, Lexicon]", path: Path) -> "Lexicon":
    """Find an image's list by its path as the file has it, or by the end of that path."""
    parts = Path(key).parts
    for start in range(len(parts)):
        if found := lists.get("/".join(parts[start:])):
            return found
    raise DataError(f"{path}: has no list for the image {key}.\n    Add a line: its path, TAB, words.")


def holds_lists(path: Path) -> bool:
    """Tell whether a lexicon file has a list for each image: path, TAB, words joined by commas."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            image, tab, _ = next((line for line in file if line.strip()), "").partition("\t")
    except (OSError, UnicodeDecodeError):
        return False
    return bool(tab) and is_image(image)
