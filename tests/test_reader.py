from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ImageError
from crnn.preprocess import PreprocessConfig
from crnn.reader import CHUNK, Reader
from crnn.reading import Reading

Image = npt.NDArray[np.uint8]
Recognize = Callable[[Image], npt.NDArray[np.float32]]


def picture(digit: int, width: int = 96) -> Image:
    """The brightness that `recognize_brightness` reads as a digit."""
    return np.full((32, width), round((digit + 1) * 25.5), np.uint8)


def test_read_returns_the_text_and_its_probability(brightness_reader: Reader) -> None:
    reading = brightness_reader.read(picture(7))
    assert reading.text == "7"
    assert 0.9 < reading.confidence <= 1


def test_black_reads_as_no_text(brightness_reader: Reader) -> None:
    assert brightness_reader.read(np.zeros((32, 96), np.uint8)).text == ""


def test_a_batch_of_many_widths_keeps_the_order_and_reads_like_single_images(
    brightness_reader: Reader,
) -> None:
    sources = [picture(i % 10, width) for i, width in enumerate([96, 320, 200, 50, 96, 1000, 144, 200] * 9)]
    single = [brightness_reader.read(source) for source in sources]
    for batch_size in (1, 5, 32):
        assert brightness_reader.read_batch(sources, batch_size) == single


def test_images_of_one_width_share_a_batch(recognize_brightness: Recognize) -> None:
    shapes: list[tuple[int, ...]] = []

    def recognize(images: Image) -> npt.NDArray[np.float32]:
        shapes.append(images.shape)
        assert images.dtype == np.uint8
        return recognize_brightness(images)

    reader = Reader(recognize, alphabet=Alphabet.named("digits"), preprocess=PreprocessConfig())
    reader.read_batch([picture(1, 96), picture(2, 160), picture(3, 96), picture(4, 96)], batch_size=2)
    assert shapes == [(2, 1, 32, 96), (1, 1, 32, 96), (1, 1, 32, 160)]


def test_an_empty_batch_gives_no_readings(brightness_reader: Reader) -> None:
    assert brightness_reader.read_batch([]) == []


def test_read_batch_raises_at_a_bad_image(brightness_reader: Reader) -> None:
    with pytest.raises(ImageError, match="zero bytes"):
        brightness_reader.read_batch([picture(1), b"", picture(2)])


def test_iterate_goes_on_past_bad_images_and_names_them_in_their_place(brightness_reader: Reader) -> None:
    results = list(brightness_reader.iterate([picture(1), b"", picture(2), "no/such.png"]))
    assert [r.text if isinstance(r, Reading) else type(r).__name__ for r in results] == [
        "1",
        "ImageError",
        "2",
        "ImageError",
    ]
    assert "no/such.png" in str(results[3])


def test_iterate_takes_no_more_than_a_chunk_ahead(brightness_reader: Reader) -> None:
    taken = 0

    def sources() -> Iterator[Image]:
        nonlocal taken
        while True:
            taken += 1
            yield picture(3)

    readings = brightness_reader.iterate(sources())
    assert [next(readings) for _ in range(3)] == [brightness_reader.read(picture(3))] * 3
    assert taken == CHUNK


def test_a_batch_of_no_images_at_all_is_refused(brightness_reader: Reader) -> None:
    with pytest.raises(ValueError, match="batch_size is 0"):
        brightness_reader.read_batch([picture(1)], batch_size=0)


def test_an_alphabet_of_another_size_than_the_model_is_refused(recognize_brightness: Recognize) -> None:
    reader = Reader(recognize_brightness, alphabet=Alphabet("abc"), preprocess=PreprocessConfig())
    with pytest.raises(AlphabetError, match="11 classes"):
        reader.read(picture(1))


def test_a_reader_carries_what_belongs_to_the_model(brightness_reader: Reader) -> None:
    assert brightness_reader.alphabet == Alphabet.named("digits")
    assert brightness_reader.preprocess == PreprocessConfig()
    assert brightness_reader.card == {}
