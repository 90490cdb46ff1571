"""Everything that `crnn` raises on purpose, as one tree.

    CrnnError
    ├── AlphabetError     symbols repeated, empty, or a name that no alphabet has
    ├── LabelError        a label that the alphabet or the frames cannot hold
    ├── ImageError        an image that is missing, damaged, too large, or no image at all
    ├── DataError         a data set that cannot be read, or holds nothing
    ├── ModelError        a model file that is damaged, not of crnn, or lacks what reading needs
    ├── RecipeError       a recipe with an unknown key or an impossible value
    ├── OptionError       an option that there is not, cannot have its value, or contradicts another
    ├── PatternError      a pattern that is misspelt, too large, or asks for what the alphabet lacks
    ├── FontError         fonts that cannot draw the alphabet
    ├── TrainingError     a run that cannot start, resume, or go on
    └── MissingExtra      a dependency that this installation left out

A message names the fact, the value, the place and the way out.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest_name(name: str, known: "Iterable[str]", cutoff: float = 0.6) -> str | None:
    """Return the known name that a misspelt one most likely means.

    Args:
        name: What was given.
        known: The names that there are.
        cutoff: Least likeness of the two, 0..1.

    Returns:
        The nearest; None where none is near.

    >>> nearest_name("smal", ["tiny", "small"]), nearest_name("x", ["tiny", "small"])
    ('small', None)
    """
    import difflib  # not needed where nothing fails

    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), None)


class CrnnError(Exception):
    """Base of all errors raised on purpose: what a program around `crnn` catches.

    try:
        reading = crnn.load("small").read("sign.jpg")
    except crnn.CrnnError as error:
        print(error)
    """


class AlphabetError(CrnnError, ValueError):
    """An alphabet with a repeated or empty symbol, or an unknown alphabet name."""


class LabelError(CrnnError, ValueError):
    """A label that cannot be learnt: a symbol outside the alphabet, or too few frames."""


class ImageError(CrnnError, ValueError):
    """An image that cannot be read."""


class DataError(CrnnError, ValueError):
    """A data set that cannot be read or written."""


class ModelError(CrnnError, ValueError):
    """A model file that cannot be used, or a model name that does not exist."""


class RecipeError(CrnnError, ValueError):
    """A training recipe with an unknown key or an impossible value."""


class OptionError(CrnnError, ValueError):
    """An option or argument that there is not, that cannot have its value, or that contradicts another."""


class PatternError(CrnnError, ValueError):
    """A pattern that cannot be understood, or that no text of the alphabet can match."""


class FontError(CrnnError, ValueError):
    """A font, or a folder of fonts, that cannot draw the alphabet."""


class TrainingError(CrnnError, RuntimeError):
    """A training run that cannot start, resume or go on."""


class MissingExtra(CrnnError, ImportError):
    """A dependency of an optional part of the package is not installed."""
