"""Read the text in word images: convolution, recurrence, CTC (Shi, Bai and Yao, 2015).

import crnn

print(crnn.load("small").read("sign.jpg"))
"""

from pathlib import Path
from typing import TYPE_CHECKING

from crnn.alphabet import Alphabet
from crnn.errors import (
    AlphabetError,
    CrnnError,
    DataError,
    DecodeError,
    FontError,
    ImageError,
    LabelError,
    MissingExtra,
    ModelError,
    PatternError,
    RecipeError,
    TrainingError,
)
from crnn.images.preprocess import PreprocessConfig
from crnn.installation import install_command
from crnn.reader.reader import Reader
from crnn.reading import Candidate, Reading, Span

if TYPE_CHECKING:
    from crnn.explaining import Explanation
    from crnn.images.load import ImageSource
    from crnn.training.train import train

__version__ = "0.1.0"

__all__ = [
    "Alphabet",
    "AlphabetError",
    "Candidate",
    "CrnnError",
    "DataError",
    "DecodeError",
    "FontError",
    "ImageError",
    "LabelError",
    "MissingExtra",
    "ModelError",
    "PatternError",
    "PreprocessConfig",
    "Reader",
    "Reading",
    "RecipeError",
    "Span",
    "TrainingError",
    "explain",
    "load",
    "train",
]


def load(name_or_path: str | Path) -> Reader:
    """Open a packaged model by name, or a .safetensors file, an .onnx file or a run folder.

    Raises ModelError where there is none, or it is torn or foreign.
    """
    # Imported here because it brings ONNX Runtime, a tenth of a second that `import crnn` need not cost.
    from crnn.formats.load import load as load_model

    return load_model(name_or_path)


def __getattr__(name: str) -> object:
    """Import what brings torch when it is asked for."""
    if name != "train":
        raise AttributeError(f"module 'crnn' has no attribute {name!r}")
    try:
        from crnn.training.train import train
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("crnn"):
            raise
        raise MissingExtra(
            f"training needs {error.name}, which is not installed: {install_command('train')}"
        ) from error
    return train


def explain(
    reading: Reading, *, text: str | None = None, image: "ImageSource | None" = None
) -> "Explanation":
    """Gather how an image became its text, to be drawn or written as a picture or a page.

    explanation = crnn.explain(reader.read("sign.jpg"))
    crnn.explaining.write(explanation, "why.html")   # or .png
    crnn.explaining.draw(explanation)                # a Matplotlib Figure, which a notebook shows

    text    explains this text in place of the one that was read
    image   what was read, where it was no file: shows it sharper than the network saw it

    Raises MissingExtra without PyTorch and Matplotlib, DataError for a reading that no Reader of a model
    file made, ImageError where the image is gone, LabelError for a text that the frames cannot spell.
    """
    try:
        from crnn import explaining
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("crnn"):
            raise
        raise MissingExtra(
            f"explaining needs {error.name}, which is not installed: {install_command('train')}"
        ) from error
    if reading.model is None:
        raise DataError(
            f"the reading of {reading.text!r} does not say which model file it is of; "
            "explain what crnn.load(...).read(image) returns."
        )
    return explaining.explain(reading, explaining.open_model(reading.model), text=text, image=image)
