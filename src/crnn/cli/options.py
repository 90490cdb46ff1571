"""The options that say how a text is found, alike for every command that reads."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.errors import DataError
from crnn.images.load import is_image
from crnn.transcription.beam import BeamConfig

if TYPE_CHECKING:
    from crnn.alphabet import Alphabet
    from crnn.evaluation.evaluate import DecodeSample
    from crnn.reader.reader import Reader, Wishes
    from crnn.transcription.decode import Decode
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

DropOption = Annotated[
    bool,
    typer.Option("--drop-unreadable", help="Leave out words of the lexicon that the alphabet cannot spell."),
]

BKTreeOption = Annotated[
    int | None,
    typer.Option(
        metavar="DELTA",
        min=0,
        help="Look only at words within DELTA edits of the best path, as the paper does; "
        "that may miss the likeliest.",
    ),
]

OutsideOption = Annotated[
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

WidthOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Prefixes that a beam search keeps; 10 if left out.")
]

TopOption = Annotated[
    int, typer.Option(metavar="N", min=1, help="Candidates wanted for each image; --json shows them all.")
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoding:
    """How texts are found: every field is an option, of the same name, of the commands that read."""

    pattern: PatternOption = None
    lexicon: LexiconOption = None
    case: CaseOption = "any"
    drop_unreadable: DropOption = False
    outside: OutsideOption = None
    bktree: BKTreeOption = None
    language: LanguageOption = None
    decoder: DecoderOption = None
    width: WidthOption = None
    top: TopOption = 1

    def __post_init__(self) -> None:
        """Refuse a --decoder that does not go with the other options."""
        needed = {"lexicon": self.lexicon, "pattern": self.pattern}
        if self.decoder in needed and needed[self.decoder] is None:
            raise typer.BadParameter(f"{self.decoder} needs --{self.decoder}.", param_hint="--decoder")
        uses: dict[str, dict[str, object]] = {
            "beam": {"language": self.language, "width": self.width},
            "lexicon": {"lexicon": self.lexicon, "bktree": self.bktree, "outside": self.outside},
            "pattern": {"pattern": self.pattern},
        }
        for name, options in uses.items():
            for option, value in options.items():
                if value is not None and self.decoder not in {None, name}:
                    raise typer.BadParameter(
                        f"{self.decoder} does not use --{option}; leave one of them out.",
                        param_hint="--decoder",
                    )
        if self.decoder == "greedy" and self.top > 1:
            raise typer.BadParameter("greedy finds one text; --top needs beam.", param_hint="--decoder")

    def decode(self, reader: "Reader") -> "Decode":
        """Prepare the decoder; errors are those of `decoder_for` and of the files."""
        alphabet = reader.alphabet
        wishes: Wishes = {
            "top": self.top,
            "pattern": self.pattern,
            "lexicon": None if self.lexicon is None else self._lexicon(self.lexicon, alphabet),
            "delta": self.bktree,
            "outside_factor": self.outside,
            "width": BeamConfig().width if self.decoder == "beam" and not self.width else self.width,
        }
        wishes.update(self._language(alphabet))
        return reader.decoder(**wishes)

    def _language(self, alphabet: "Alphabet") -> "Wishes":
        """Return the language that was asked for, as a wish; no wish leaves it to the model."""
        from crnn.language.file import find_language

        if self.decoder == "greedy" or self.language == "none":
            return {"language": None}
        if self.language is None:
            return {}
        return {"language": find_language(self.language, alphabet)}

    def decode_samples(self, reader: "Reader") -> "DecodeSample":
        """Prepare a decoder that knows the samples, since the lexicon may be a list for each of them."""
        if self.lexicon is None or not holds_lists(self.lexicon):
            decode = self.decode(reader)
            return lambda log_probs, _: decode(log_probs)
        if self.bktree is not None:
            raise typer.BadParameter(
                f"{self.lexicon} has a list for each image, and all of its words are scored; leave it out.",
                param_hint="--bktree",
            )
        from crnn.transcription.lexicon import read_lists
        from crnn.transcription.lexicon_decoder import ListsDecoder

        lists = read_lists(
            self.lexicon,
            reader.alphabet,
            fold_case=self.case == "any",
            drop_unreadable=self.drop_unreadable,
        )
        decode_lists = ListsDecoder(reader.alphabet, top=self.top, outside_factor=self.outside)
        path = self.lexicon
        return lambda log_probs, samples: decode_lists(
            log_probs, [_list_of(sample.key, lists, path) for sample in samples]
        )

    def _lexicon(self, path: Path, alphabet: "Alphabet") -> "Lexicon":
        from crnn.transcription.lexicon import Lexicon

        lexicon = Lexicon.read(
            path,
            alphabet,
            fold_case=self.case == "any",
            drop_unreadable=self.drop_unreadable,
        )
        if lexicon.dropped:
            print(
                f"{path}: {len(lexicon.dropped)} words left out that the alphabet cannot spell, "
                f"the first: {lexicon.dropped[0]!r}",
                file=sys.stderr,
            )
        return lexicon


def with_decoding_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of its parameter `decoding`, an option for each field of Decoding."""
    own = inspect.signature(command).parameters
    ours = inspect.signature(Decoding).parameters

    @functools.wraps(command)
    def expanded(**given: object) -> None:
        options = {name: given.pop(name) for name in ours}
        command(**given, decoding=Decoding(**options))  # type: ignore[arg-type]  # Typer has checked them

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, outer in own.items()
        for parameter in (ours.values() if name == "decoding" else [outer])
    ]
    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return expanded


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
