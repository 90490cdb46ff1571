"""Read the text in word images: convolution, recurrence, CTC (Shi, Bai and Yao, 2015).

import crnn

print(crnn.load("small").read("sign.jpg"))

What is raised on purpose is in `crnn.errors`; `CrnnError`, the base of all of it, is here too.
"""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from crnn import errors
from crnn.alphabet import Alphabet
from crnn.errors import CrnnError, DataError, MissingExtra
from crnn.images.preprocess import PreprocessConfig
from crnn.installation import install_command
from crnn.language.model import Language
from crnn.reader.frames import Frames, Span
from crnn.reader.reader import Reader
from crnn.reader.reading import Candidate, Reading
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.options import DecodeOptions

if TYPE_CHECKING:
    from crnn.data.dataset import Dataset
    from crnn.explaining import Explanation
    from crnn.formats.load import PackagedModel
    from crnn.images.load import ImageSource
    from crnn.training.train import train

__version__ = "0.1.0"

__all__ = [
    "Alphabet",
    "Candidate",
    "CrnnError",
    "DecodeOptions",
    "Frames",
    "Language",
    "Lexicon",
    "PreprocessConfig",
    "Reader",
    "Reading",
    "Span",
    "explain",
    "load",
    "models",
    "open_dataset",
    "train",
]


def load(model: str | Path = "small", *, threads: int = 1) -> Reader:
    """Open a model to read with.

    Args:
        model: The name of a packaged model, a .safetensors file, an .onnx file, or a run folder.
        threads: Cores that work on each image, where the model is an .onnx file.

    Raises:
        ModelError: There is none, it is damaged or no file of crnn, or `threads` is no integer of 1 or more.
        MissingExtra: A .safetensors file, where torch is not installed.
    """
    # Imported here because it brings ONNX Runtime, a tenth of a second that `import crnn` need not cost.
    from crnn.formats.load import load as load_model

    return load_model(model, threads=threads)


def models() -> "tuple[PackagedModel, ...]":
    """List the models that come with the package, smallest first."""
    from crnn.formats.load import packaged

    return tuple(packaged())


def open_dataset(path: str | Path) -> "Dataset":
    """Open labelled word images: a folder, zip, tar, LMDB, Parquet or label file (docs/data.md).

    Args:
        path: The file or folder.

    Raises:
        DataError: There is none, it is damaged, or it holds no labelled images.
        MissingExtra: A Parquet file, where PyArrow is not installed.
    """
    from crnn.data import open_dataset as open_data

    if not isinstance(path, str | os.PathLike):
        raise DataError(f"the data set is {path!r:.80}; give the path of a file or folder.")
    return open_data(path)


def __getattr__(name: str) -> object:
    """Import what brings torch when it is asked for; hand out former names of errors for one version more."""
    if name == "train":
        return _import_train()
    if name not in _FORMER_ERRORS:
        raise AttributeError(f"module 'crnn' has no attribute {name!r}")
    current = _FORMER_ERRORS[name]
    warnings.warn(
        f"crnn.{name} is crnn.errors.{current} now; this name goes with the next version",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(errors, current)


def _import_train() -> object:
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

    Args:
        reading: What a Reader of a model file made.
        text: Explains this text in place of the one that was read.
        image: What was read, where it was no file: shows it sharper than the network saw it.

    Raises:
        MissingExtra: PyTorch or Matplotlib is not installed.
        DataError: The reading is of no Reader of a model file.
        ImageError: The image is gone.
        LabelError: A text that the frames cannot spell.
    """
    try:
        from crnn import explaining
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("crnn"):
            raise
        raise MissingExtra(
            f"explaining needs {error.name}, which is not installed: {install_command('train')}"
        ) from error
    if not isinstance(reading, Reading):
        raise DataError(f"{reading!r:.80} is no Reading; give what crnn.load(...).read(image) returns.")
    if reading.model is None:
        raise DataError(
            f"the reading of {reading.text!r} does not say which model file it is of; "
            "explain what crnn.load(...).read(image) returns."
        )
    return explaining.explain(reading, explaining.open_model(reading.model), text=text, image=image)


_FORMER_ERRORS = {
    **{name: name for name, value in vars(errors).items() if isinstance(value, type) and name != "CrnnError"},
    "DecodeError": "OptionError",
}
