from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ImageError
from crnn.preprocess import PreprocessConfig
from crnn.reader import CHUNK, Reader
from crnn.reading import Candidate, Reading

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


def upright_reader(
    texts: dict[tuple[int, int], list[Candidate]],
) -> tuple[Reader, Callable[..., list[list[Candidate]]]]:
    """A reader that turns upright images, and a decoder that knows each view by its corner pixels."""

    def recognize(images: Image) -> npt.NDArray[np.float32]:
        corners = images[:, 0, [0, 0], [0, -1]]  # (N, 2)
        return corners[None].astype(np.float32)  # (T=1, N, C=2): what the decoder looks at

    def decode(log_probs: npt.NDArray[np.floating]) -> list[list[Candidate]]:
        return [texts[int(left), int(right)] for left, right in log_probs[0]]

    config = PreprocessConfig(turn=True)
    return Reader(recognize, alphabet=Alphabet("ab"), preprocess=config), decode


UPRIGHT = np.repeat(np.array([10, 200], np.uint8), 60)[:, None].repeat(40, axis=1)
"""120 high, 40 wide, dark above and light below."""
AS_IT_IS, TURNED_LEFT, TURNED_RIGHT = (10, 10), (10, 200), (200, 10)
"""Grey at the top left and the top right of the three views."""


def test_an_upright_image_is_read_turned_both_ways_and_the_likeliest_text_is_kept() -> None:
    reader, decode = upright_reader(
        {
            AS_IT_IS: [Candidate(text="a", confidence=0.4)],
            TURNED_LEFT: [Candidate(text="ab", confidence=0.9), Candidate(text="b", confidence=0.05)],
            TURNED_RIGHT: [Candidate(text="ba", confidence=0.3)],
        }
    )
    reading = reader.read(UPRIGHT, decode)
    assert (reading.text, reading.confidence, len(reading.candidates)) == ("ab", 0.9, 2)


def test_one_symbol_alone_stands_upright_however_likely_it_looks_turned() -> None:
    reader, decode = upright_reader(
        {
            AS_IT_IS: [Candidate(text="a", confidence=0.4)],
            TURNED_LEFT: [Candidate(text="b", confidence=0.9)],
            TURNED_RIGHT: [],
        }
    )
    assert reader.read(UPRIGHT, decode).text == "a"


def test_an_image_of_which_nothing_is_possible_reads_as_an_empty_text(brightness_reader: Reader) -> None:
    reading = brightness_reader.read(picture(3), lambda log_probs: [[] for _ in range(log_probs.shape[1])])
    assert reading == Reading(text="", confidence=0.0)
