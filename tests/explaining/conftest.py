"""Explanations of the example sign, and of a reader that is no network."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from crnn.alphabet import Alphabet
from crnn.explaining import Explanation, Opened, explain, open_model
from crnn.images.preprocess import PreprocessConfig
from crnn.reader.reader import Reader

Fake = Callable[..., Explanation]


@pytest.fixture(scope="session")
def tiny() -> Opened:
    """The packaged model, with its network."""
    return open_model("tiny")


@pytest.fixture(scope="session")
def sign(tiny: Opened) -> Explanation:
    """How `tiny` reads the example."""
    return explain(tiny.reader.read(Path(__file__).parents[2] / "examples" / "sign.png"), tiny)


@pytest.fixture
def fake() -> Fake:
    """Explain an image to which a given path belongs, whatever it shows.

    path   classes, one a frame; each has the probability 0.8, the others share the rest
    """

    def make(
        path: list[int], symbols: list[str] | str, text: str | None = None, name: str = "x"
    ) -> Explanation:
        others = 0.2 / len(symbols)
        probs = np.full((len(path), len(symbols) + 1), others, np.float32)
        probs[np.arange(len(path)), path] = 0.8

        def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            return np.repeat(np.log(probs)[:, None], len(images), axis=1)

        reader = Reader(recognize, alphabet=Alphabet(symbols), preprocess=PreprocessConfig())
        image = np.random.default_rng(1).integers(0, 255, (32, 120)).astype(np.uint8)
        reading = replace(reader.read(image), image=Path(name))
        return explain(reading, Opened(reader=reader, name="fake"), text=text, image=image)

    return make


@pytest.fixture
def turning(tiny: Opened) -> Opened:
    """`tiny`, reading upright images turned as well."""
    reader = tiny.reader
    turned = Reader(
        reader.recognize, alphabet=reader.alphabet, preprocess=replace(reader.preprocess, turn=True)
    )
    return replace(tiny, reader=turned)
