"""Everything that `crnn` raises on purpose, as one tree.

    CrnnError
    ├── AlphabetError     symbols repeated, empty, or a name that no alphabet has
    ├── LabelError        a label that the alphabet or the frames cannot hold
    ├── ImageError        an image that is missing, torn, too large, or no image at all
    ├── DataError         a data set that cannot be read, or holds nothing
    ├── ModelError        a model file that is torn, foreign, or lacks what reading needs
    ├── RecipeError       a recipe with an unknown key or an impossible value
    ├── OptionError       an option that there is not, cannot have its value, or contradicts another
    ├── PatternError      a pattern that is misspelt, too large, or asks for what the alphabet lacks
    ├── FontError         fonts that cannot draw the alphabet
    ├── TrainingError     a run that cannot start, resume, or go on
    └── MissingExtra      a dependency that this installation left out

A message names the fact, the value, the place and the way out.
"""


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
