"""How a text is to be found: the one set of options, for Python and the command line alike.

    DecodeOptions(pattern="[A-Z]{3}", top=3)   every field is an option; of `crnn read` too
    options_of(options, {"top": 3})            what a Reader makes of its arguments

Everything is checked when the options are made; what needs an alphabet, when they are used.
"""

import dataclasses
import difflib
import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from crnn.errors import OptionError
from crnn.language.model import Language
from crnn.transcription.lexicon import Lexicon

Decoder = Literal["greedy", "beam", "lexicon", "pattern"]

FORMER_NAMES = {"delta": "max_edits", "outside_factor": "oov_factor", "width": "beam_width"}
"""Names that options had in Python until version 0.1; they work for one version more."""

_USES = {
    "greedy": (),
    "beam": ("language", "beam_width"),
    "lexicon": ("lexicon", "max_edits", "oov_factor"),
    "pattern": ("pattern", "accept"),
}
"""What a decoder makes use of, beside `top` and `reject`."""

_CHOICES = {
    "decoder": (None, *_USES),
    "case": ("any", "exact"),
    "out_of_alphabet": ("stop", "skip"),
}

_NEEDS = {"accept": "pattern", "max_edits": "lexicon", "oov_factor": "lexicon"}


@dataclass(frozen=True, kw_only=True)
class DecodeOptions:
    """How a text is found in an image, and what it has to be.

    >>> DecodeOptions(pattern="[A-Z]{3}", top=3).top
    3

    Raises:
        OptionError: An option that there is not, a value that it cannot have, or two that contradict
            each other.
    """

    decoder: Decoder | None = None
    """greedy: the best path. beam: the likeliest texts. lexicon, pattern: the likeliest text that those
    allow. None: by the other options."""
    language: Language | str | Path | None = "model"
    """A language model that weighs texts: one that was opened, a file, or the name of one that comes with
    crnn, such as "english". "model": as the model's file says. None or "none": the image alone. A lexicon
    or a pattern is searched without."""
    lexicon: Lexicon | Iterable[str] | Path | str | None = None
    """The words that the text may be: a list of words, or a file of them, one a line. A str is a file."""
    case: Literal["any", "exact"] = "any"
    """Whether a word of the lexicon stands for itself in lower, UPPER and Title case too, or as it is.
    A Lexicon has been made by one rule or the other."""
    out_of_alphabet: Literal["stop", "skip"] = "stop"
    """What becomes of a word of the lexicon with a symbol that the alphabet lacks: an error, or left out."""
    max_edits: int | None = None
    """Only words within so many edits of the best path, as in the paper (§2.3.3); None: all, exactly."""
    oov_factor: float | None = None
    """Read free text, too, where it is so many times as likely as any word of the lexicon."""
    pattern: str | re.Pattern[str] | None = None
    """A regular expression that the whole text matches, as text or compiled by `re`."""
    accept: Callable[[str], bool] | None = None
    """A further condition on a text that matches the pattern, such as a checksum. Python only."""
    beam_width: int | None = None
    """Prefixes that a beam search keeps; None: ten, or `top` where that is more."""
    top: int = 1
    """Candidates wanted for each image."""
    reject: float | None = None
    """Leave the text empty where a wrong one is likelier than this, 0..1, such as 0.02
    (`Reading.reject`)."""

    def __new__(cls, *unnamed: object, **named: object) -> Self:
        """Name the nearest option where there is none of a name, in place of Python's TypeError."""
        if unnamed:
            raise OptionError(f"DecodeOptions was given {unnamed[0]!r:.80} without a name; say top=3, say.")
        check_names(named)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Check every value alone, then all of them together."""
        if self.language == "none":
            object.__setattr__(self, "language", None)
        object.__setattr__(self, "lexicon", _words(self.lexicon))
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                known = ", ".join(map(repr, choices))
                raise OptionError(f"{name} is {getattr(self, name)!r:.80}; it may be {known}.")
        _check_number("top", self.top, least=1, whole=True)
        for name, least in (("max_edits", 0), ("beam_width", 1)):
            if getattr(self, name) is not None:
                _check_number(name, getattr(self, name), least=least, whole=True)
        for name, most in (("oov_factor", float("inf")), ("reject", 1)):
            if getattr(self, name) is not None:
                _check_number(name, getattr(self, name), least=0, most=most)
        self._check_kinds()
        self._check_together()

    def __repr__(self) -> str:
        """Show what differs from the defaults, shortened."""
        changed = [
            f"{field.name}={getattr(self, field.name)!r:.60}"
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"DecodeOptions({', '.join(changed)})"

    def _check_kinds(self) -> None:
        if not isinstance(self.language, Language | str | Path | None):
            raise OptionError(
                f"language is {self.language!r:.80}; give a name such as 'english', the path of a file, "
                "an opened Language, or None."
            )
        if not isinstance(self.pattern, str | re.Pattern | None):
            raise OptionError(
                f"pattern is {self.pattern!r:.80}; give one regular expression as text, such as "
                "'[A-Z]{3}'. Several: 'one|two'; a list of words: lexicon=[...]."
            )
        if self.accept is not None and not callable(self.accept):
            raise OptionError(f"accept is {self.accept!r:.80}; give a function from a text to True or False.")

    def _check_together(self) -> None:
        """Refuse options that no decoder grants together."""
        language = None if self.language == "model" else self.language
        given = {**{name: getattr(self, name) for name in _NEEDS}, "language": language}
        given |= {name: getattr(self, name) for name in ("pattern", "lexicon", "beam_width")}
        asked = [name for name in ("pattern", "lexicon", "language") if given[name] is not None]
        if len(asked) > 1:
            raise OptionError(f"{' and '.join(asked)} cannot be asked for together; choose one.")
        for name, needed in _NEEDS.items():
            if given[name] is not None and given[needed] is None:
                raise OptionError(f"{name} is {given[name]!r:.80}, but there is no {needed} that it is for.")
        if self.max_edits is not None and self.oov_factor is not None:
            raise OptionError("max_edits and oov_factor cannot be asked for together; choose one.")
        if self.beam_width is not None and (self.pattern is not None or self.lexicon is not None):
            raise OptionError("beam_width is for beam search; a pattern or a lexicon is searched exactly.")
        if self.decoder in ("lexicon", "pattern") and given[self.decoder] is None:
            raise OptionError(f"decoder is {self.decoder!r}, which needs a {self.decoder}.")
        for name, value in given.items():
            if self.decoder is not None and value is not None and name not in _USES[self.decoder]:
                raise OptionError(f"decoder {self.decoder!r} does not use {name}; leave one of them out.")
        if self.decoder == "greedy" and self.top > 1:
            raise OptionError(f"decoder 'greedy' finds one text; top={self.top} needs 'beam'.")


_of_fields = inspect.signature(DecodeOptions.__init__)
DecodeOptions.__signature__ = _of_fields.replace(  # type: ignore[attr-defined]  # not that of __new__
    parameters=list(_of_fields.parameters.values())[1:]
)


def options_of(options: DecodeOptions | None, named: Mapping[str, object]) -> DecodeOptions:
    """Join options with some that are given by name, which count before the others.

    Raises:
        OptionError: As `DecodeOptions` does, and for `options` of another type.
    """
    if options is not None and not isinstance(options, DecodeOptions):
        raise OptionError(
            f"where options are meant there is {options!r:.80}; give DecodeOptions, or options by name: "
            "top=3, batch_size=32."
        )
    current = {}
    for name, value in named.items():
        if name in FORMER_NAMES:
            warnings.warn(
                f"the option {name!r} is called {FORMER_NAMES[name]!r} now", DeprecationWarning, stacklevel=3
            )
        current[FORMER_NAMES.get(name, name)] = value
    check_names(current)
    if options is None:
        return DecodeOptions(**current)  # type: ignore[arg-type]  # __post_init__ checks the values
    return dataclasses.replace(options, **current)  # type: ignore[arg-type]


def check_names(named: Iterable[str]) -> None:
    """Raise OptionError, with the nearest right one, for a name that no option has."""
    known = [field.name for field in dataclasses.fields(DecodeOptions)]
    for name in named:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise OptionError(f"there is no option {name!r}; did you mean {nearest!r}?")


def _check_number(
    name: str, value: object, *, least: float, most: float = float("inf"), whole: bool = False
) -> None:
    kind = "an integer" if whole else "a number"
    right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not (right and least <= value <= most):  # type: ignore[operator]
        limits = f"of {least} or more" if most == float("inf") else f"from {least} to {most}"
        raise OptionError(f"{name} is {value!r:.80}; it must be {kind} {limits}.")


def _words(lexicon: object) -> Lexicon | tuple[str, ...] | Path | str | None:
    """Take the words of a list at once, so that options can be compared, kept and sent elsewhere."""
    if isinstance(lexicon, Lexicon | str | Path | None):
        return lexicon
    if isinstance(lexicon, Iterable) and not isinstance(lexicon, bytes):
        words = tuple(lexicon)
        if all(isinstance(word, str) for word in words):
            return words
    raise OptionError(
        f"lexicon is {lexicon!r:.80}; give a list of words, ['Bakery', 'Café'], or the path of a file."
    )
