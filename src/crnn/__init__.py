"""Read the text in word images: convolution, recurrence, CTC (Shi, Bai and Yao, 2015).

import crnn

print(crnn.load("small").read("sign.jpg"))
"""

from pathlib import Path

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
from crnn.preprocess import PreprocessConfig
from crnn.reader import Reader
from crnn.reading import Candidate, Reading, Span

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
    "load",
]


def load(name_or_path: str | Path) -> Reader:
    """Open a packaged model by name, or a .safetensors file, an .onnx file or a run folder.

    Raises ModelError where there is none, or it is torn or foreign.
    """
    # Imported here because it brings ONNX Runtime, a tenth of a second that `import crnn` need not cost.
    from crnn.formats.models import load as load_model

    return load_model(name_or_path)
