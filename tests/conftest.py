"""What several tests share."""

import errno
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from crnn.alphabet import Alphabet
from crnn.data.dataset import Sample
from crnn.images.preprocess import PreprocessConfig
from crnn.reader.reader import Reader

ROOT = Path(__file__).parents[1]

# The processes that tests start read the same source as the tests, installed or not.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def validation_data() -> Path:
    """The real word images beside the repository; skips where they are missing."""
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("needs the validation data, which are not part of the repository")
    return data


@pytest.fixture
def ramp() -> npt.NDArray[np.uint8]:
    """A picture 40 wide and 20 high: dark left, light right, one white corner at the top left."""
    picture = np.tile(np.arange(10, 210, 5, dtype=np.uint8), (20, 1))
    picture[:4, :4] = 255
    return picture


@pytest.fixture
def recognize_brightness() -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """A recognizer without a network: frame t says the digit that its brightness is nearest to.

    Eight frames an image; 0 is the blank, brightness 255 the digit 9.
    """

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        count, _, height, width = images.shape
        strips = images[..., : width // 8 * 8].reshape(count, height, 8, -1)  # (N, H, T, W/T)
        classes = np.rint(strips.mean(axis=(1, 3)) / 25.5).astype(int)  # (N, T)
        log_probs = np.full((8, count, 11), np.log(0.001), np.float32)  # (T, N, C)
        for image, path in enumerate(classes):
            log_probs[range(8), image, path] = np.log(0.99)
        return log_probs

    return recognize


@pytest.fixture
def brightness_reader(
    recognize_brightness: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]],
) -> Reader:
    """A Reader of digits written as brightness: for what does not depend on a network."""
    return Reader(recognize_brightness, alphabet=Alphabet.named("digits"), preprocess=PreprocessConfig())


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which nothing more fits on the disk."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "fsync", full)


DrawWord = Callable[..., bytes]


def _draw_word(text: str, size: tuple[int, int] = (80, 32), kind: str = "PNG", orientation: int = 1) -> bytes:
    image = Image.new("L", size, 230)
    ImageDraw.Draw(image).text((6, 6), text, fill=20, font_size=min(size) * 0.6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.fixture
def draw_word() -> DrawWord:
    """Encode a dark word on light grey."""
    return _draw_word


@pytest.fixture
def samples() -> list[Sample]:
    """Twelve words whose widths run from 64 to 240 px at a height of 32."""
    words = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    return [
        Sample(f"memory/{number}", _draw_word(word, (64 + 16 * number, 32)), word)
        for number, word in enumerate(words)
    ]


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write the bytes of a table beside a.png and b.png."""

    def write(content: bytes, name: str = "train.tsv") -> Path:
        for image in ("a.png", "b.png"):
            (tmp_path / image).write_bytes(_draw_word(image))
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.fixture(scope="module")
def untrained_networks_read() -> Iterator[None]:
    """Let a Reader give the texts of networks that know nothing: it would take them for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crnn.reader.reading.LEAST_SEEN", 0.0)
        yield
