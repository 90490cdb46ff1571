"""`crnn` and readers from PyPI as one kind of thing: a name, a version, and a function that reads.

A reader takes a decoded image in the form that it wants; making that form is not timed, all else is:
resizing, recognition, decoding of the text.
"""

import dataclasses
import importlib.metadata
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

Read = Callable[[], str]
"""Reads one word whose image already has the form that the reader wants."""

PEERS = ("rapidocr", "nano-ocr", "tesserocr")
"""Their names on PyPI; any other name is a model of `crnn`."""
BEST_PATH = ":best-path"
"""Behind a model's name: without the language that its file names."""
TITLED = ", best path"
"""Behind its title then."""


class Missing(Exception):
    """A peer is not installed, or lacks its data; the message names it and says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Something that reads words."""

    title: str
    """Name and version."""
    prepare: Callable[[Image.Image], Read]
    """Bring an RGB image into the form that it wants."""


def open_reader(name: str) -> Reader:
    """Open a peer, or a model of `crnn`; raises Missing where a peer is not installed."""
    openers = {"rapidocr": _rapidocr, "nano-ocr": _nano_ocr, "tesserocr": _tesserocr}
    if name not in openers:
        return _crnn(name)
    try:
        prepare = openers[name]()
    except ImportError as error:
        raise Missing(f"{name} is left out, it cannot be imported ({error}): pip install {name}") from error
    return Reader(title=f"{name} {importlib.metadata.version(name)}", prepare=prepare)


def _crnn(name: str) -> Reader:
    """Read arrays of RGB pixels."""
    import crnn

    model, best_path = name.removesuffix(BEST_PATH), name.endswith(BEST_PATH)
    reader = crnn.load(model)
    if best_path:
        reader = dataclasses.replace(reader, language=None)

    def prepare(image: Image.Image) -> Read:
        pixels = np.asarray(image)  # (H, W, 3)
        return lambda: reader.read(pixels).text

    return Reader(
        title=f"crnn {crnn.__version__} {Path(model).stem}{TITLED if best_path else ''}", prepare=prepare
    )


def _rapidocr() -> Callable[[Image.Image], Read]:
    """Read arrays of BGR pixels by the recognizer alone: no detection, no direction."""
    from rapidocr import RapidOCR

    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    settings = {threads.format("intra"): 1, threads.format("inter"): 1, "Global.log_level": "error"}
    engine = RapidOCR(params=settings)

    def prepare(image: Image.Image) -> Read:
        pixels = np.asarray(image)[:, :, ::-1].copy()  # (H, W, 3) BGR

        def read() -> str:
            texts = engine(pixels, use_det=False, use_cls=False, use_rec=True).txts
            return texts[0] if texts else ""

        return read

    return prepare


def _nano_ocr() -> Callable[[Image.Image], Read]:
    """Read Pillow images."""
    import torch

    _declare_missing_operators(torch)
    from nano_ocr import NanoOCR

    torch.set_num_threads(1)
    engine = NanoOCR(device="cpu")
    return lambda image: lambda: engine.read(image)


def _declare_missing_operators(torch: object) -> None:
    """Let torchvision come in where it was built for another torch, as PyPI's beside a CPU-only one.

    nano-ocr takes nothing from it but the resizing of images, which is Python; but its import
    fails for want of two compiled operators, which are declared here and never called.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")  # type: ignore[attr-defined]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declare_missing_operators.library = library  # type: ignore[attr-defined]  # must stay alive


def _tesserocr() -> Callable[[Image.Image], Read]:
    """Read RGB bytes as a single word (page segmentation mode 8), English; data in TESSDATA_PREFIX."""
    import tesserocr

    where = {"path": os.environ["TESSDATA_PREFIX"]} if "TESSDATA_PREFIX" in os.environ else {}
    try:
        engine = tesserocr.PyTessBaseAPI(lang="eng", psm=tesserocr.PSM.SINGLE_WORD, **where)
    except RuntimeError as error:
        raise Missing(
            "tesserocr is left out, it finds no eng.traineddata: set TESSDATA_PREFIX to its folder"
        ) from error
    engine.SetVariable("user_defined_dpi", "70")  # else it complains of every image

    def prepare(image: Image.Image) -> Read:
        pixels, width, height = image.tobytes(), image.width, image.height

        def read() -> str:
            engine.SetImageBytes(pixels, width, height, 3, 3 * width)
            return engine.GetUTF8Text().strip()

        return read

    return prepare
