"""Small data sets with whatever problem is wanted, and rules to check them by."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from crnn.alphabet import Alphabet
from crnn.checking.report import Rules
from crnn.data import open_dataset
from crnn.data.dataset import Dataset
from tests.pictures import encoded

Word = Callable[..., bytes]


def draw(text: str, size: tuple[int, int] = (96, 32), kind: str = "PNG", ink: int = 20) -> bytes:
    """Encode a word on light grey."""
    image = Image.new("L", size, 230)
    ImageDraw.Draw(image).text((4, 2), text, fill=ink, font_size=24)
    return encoded(image, kind)


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., Dataset]:
    """Write (image bytes, label) pairs as a table; None draws the label."""

    def write(pairs: Sequence[tuple[bytes | None, str]], name: str = "train") -> Dataset:
        folder = tmp_path / name
        folder.mkdir()
        lines = []
        for number, (image, label) in enumerate(pairs, start=1):
            (folder / f"{number}.png").write_bytes(draw(label) if image is None else image)
            lines.append(f"{number}.png\t{label}\n")
        (folder / "words.tsv").write_text("".join(lines), encoding="utf-8")
        return open_dataset(folder / "words.tsv")

    return write


@pytest.fixture
def rules() -> Callable[..., Rules]:
    """Rules of an alphabet, by default print94, with a frame for every 4 px; a user named the alphabet."""

    def make(alphabet: str | Alphabet = "print94", **settings: object) -> Rules:
        known = Alphabet.named(alphabet) if isinstance(alphabet, str) else alphabet
        return Rules(alphabet=known, frames=lambda width_px: width_px // 4, **settings)  # type: ignore[arg-type]

    return make
