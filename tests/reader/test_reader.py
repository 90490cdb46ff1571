import dataclasses
import json
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ImageError, ModelError, OptionError
from crnn.images.preprocess import PreprocessConfig
from crnn.language.learn import train_language
from crnn.reader.reader import CHUNK, KEPT, Reader
from crnn.reader.reading import Reading
from crnn.transcription.hypothesis import Hypothesis
from crnn.transcription.options import DecodeOptions

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
        assert brightness_reader.read_batch(sources, batch_size=batch_size) == single


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


def read_upright(texts: dict[tuple[int, int], list[Hypothesis]]) -> Reading:
    """Read UPRIGHT by a decoder that knows each view by its upper corner pixels."""

    def recognize(images: Image) -> npt.NDArray[np.float32]:
        corners = images[:, 0, [0, 0], [0, -1]]  # (N, 2)
        return corners[None].astype(np.float32)  # (T=1, N, C=2): what the decoder looks at

    def decode(log_probs: npt.NDArray[np.floating]) -> list[list[Hypothesis]]:
        return [texts[int(left), int(right)] for left, right in log_probs[0]]

    reader = Reader(recognize, alphabet=Alphabet("ab"), preprocess=PreprocessConfig(turn=True))
    (reading,) = reader.iterate_each([UPRIGHT], lambda log_probs, _: decode(log_probs))
    assert isinstance(reading, Reading)
    return reading


UPRIGHT = np.repeat(np.array([10, 200], np.uint8), 60)[:, None].repeat(40, axis=1)
"""120 high, 40 wide, dark above and light below."""
AS_IT_IS, TURNED_LEFT, TURNED_RIGHT = (10, 10), (10, 200), (200, 10)
"""Grey at the top left and the top right of the three views."""


def test_an_upright_image_is_read_turned_both_ways_and_the_likeliest_text_is_kept() -> None:
    reading = read_upright(
        {
            AS_IT_IS: [Hypothesis(text="a", probability=0.4)],
            TURNED_LEFT: [Hypothesis(text="ab", probability=0.9), Hypothesis(text="b", probability=0.05)],
            TURNED_RIGHT: [Hypothesis(text="ba", probability=0.3)],
        }
    )
    assert (reading.text, reading.confidence, len(reading.candidates)) == ("ab", 0.9, 2)


def test_one_symbol_alone_stands_upright_however_likely_it_looks_turned() -> None:
    reading = read_upright(
        {
            AS_IT_IS: [Hypothesis(text="a", probability=0.4)],
            TURNED_LEFT: [Hypothesis(text="b", probability=0.9)],
            TURNED_RIGHT: [],
        }
    )
    assert reading.text == "a"


def test_an_image_of_which_nothing_is_possible_reads_as_an_empty_text(brightness_reader: Reader) -> None:
    decode = lambda log_probs, _: [[] for _ in range(log_probs.shape[1])]  # noqa: E731
    assert list(brightness_reader.iterate_each([picture(3)], decode)) == [Reading(text="", confidence=0.0)]


def test_what_is_asked_for_decides_what_is_read(brightness_reader: Reader) -> None:
    assert brightness_reader.read(picture(7), pattern="[0-5]").text in set("012345")
    assert brightness_reader.read(picture(7), lexicon=["12", "7", "77"]).text == "7"
    assert len(brightness_reader.read(picture(7), top=3).candidates) == 3


def torn_reader() -> Reader:
    """A reader of "a" or "b" that sees a little more of an "a", whose language is all "b"."""

    def recognize(images: Image) -> npt.NDArray[np.float32]:
        return np.log(np.tile(np.float32([0.1, 0.5, 0.4]), (1, len(images), 1)))

    alphabet = Alphabet("ab")
    language = train_language({"b": 9}, alphabet, order=2)
    return Reader(recognize, alphabet=alphabet, preprocess=PreprocessConfig(), language=language)


def test_a_model_with_a_language_reads_by_it_unless_told_not_to() -> None:
    reader = torn_reader()
    assert reader.read(picture(1)).text == "b"
    assert reader.read(picture(1), top=3).text == "b"
    by_the_image = reader.read(picture(1), language=None)
    assert (by_the_image.text, by_the_image.confidence) == ("a", pytest.approx(0.5))
    assert [one.text for one in reader.read(picture(1), top=3, language=None).candidates] == ["a", "b", ""]


def test_a_pattern_and_a_lexicon_are_searched_without_the_models_language() -> None:
    reader = torn_reader()
    assert reader.read(picture(1), pattern="[ab]").text == "a"
    assert reader.read(picture(1), lexicon=["a", "b"]).text == "a"
    assert reader.read(picture(1), pattern=None, lexicon=None).text == "b"


def test_a_decoder_is_prepared_once_for_equal_options(brightness_reader: Reader) -> None:
    assert brightness_reader.decoder(pattern="[0-9]") is brightness_reader.decoder(pattern="[0-9]")
    assert brightness_reader.decoder(pattern="[0-9]") is not brightness_reader.decoder(pattern="[0-8]")
    for number in range(40):
        brightness_reader.decoder(pattern=f"[0-9]{{{number}}}")
    assert len(brightness_reader._decoders) <= KEPT


def test_options_that_contradict_each_other_are_refused(brightness_reader: Reader) -> None:
    with pytest.raises(OptionError, match="pattern and lexicon"):
        brightness_reader.read(picture(7), pattern="[0-9]", lexicon=["7"])


def test_each_source_of_a_stream_can_have_a_decoder_of_its_own(brightness_reader: Reader) -> None:
    places: list[int] = []

    def decode_each(_: npt.NDArray[np.floating], sources: Sequence[int]) -> list[list[Hypothesis]]:
        places.extend(sources)
        return [[Hypothesis(text=str(place), probability=1.0)] for place in sources]

    sources = [picture(1, 96 if place % 2 else 160) for place in range(CHUNK + 5)]
    readings = list(brightness_reader.iterate_each(sources, decode_each))
    assert [getattr(reading, "text", "") for reading in readings] == list(map(str, range(CHUNK + 5)))
    assert sorted(places) == list(range(CHUNK + 5))


def test_a_wide_image_is_read_in_windows_where_the_model_asks_for_it() -> None:
    widths: list[int] = []

    def recognize(images: Image) -> npt.NDArray[np.float32]:
        widths.append(images.shape[3])
        log_probs = np.full((images.shape[3] // 4, len(images), 3), np.log(0.25), np.float32)
        log_probs[..., 0] = np.log(0.5)
        return log_probs

    wide = np.zeros((32, 1000), np.uint8)
    for windows, expected in ((False, {320}), (True, {320})):
        widths.clear()
        config = PreprocessConfig(windows=windows)
        reader = Reader(recognize, alphabet=Alphabet("ab"), preprocess=config)
        frames = reader.read(wide).frames
        assert frames is not None
        assert set(widths) == expected
        assert len(frames.log_probs) == (1008 // 4 if windows else 80)


def test_spans_lie_in_the_picture_as_it_was_given(brightness_reader: Reader) -> None:
    (span,) = brightness_reader.read(picture(7, 200)).candidates[0].spans
    left, top, right, bottom = span.box
    assert span.symbol == "7"
    assert 0 <= left < right <= 200
    assert 0 <= top < bottom <= 32


def test_a_compiled_pattern_may_be_read_by(brightness_reader: Reader) -> None:
    image = np.full((32, 100), 77, np.uint8)
    compiled = brightness_reader.read(image, pattern=re.compile("[3-5]"))
    assert compiled.text == brightness_reader.read(image, pattern="[3-5]").text == "3"


def test_options_may_come_as_one_object_or_by_name_or_both(brightness_reader: Reader) -> None:
    options = DecodeOptions(pattern="[3-5]", top=2)
    by_name = brightness_reader.read(picture(7), pattern="[3-5]", top=2)
    assert brightness_reader.read(picture(7), options) == by_name == brightness_reader(picture(7), options)
    assert len(brightness_reader.read(picture(7), options, top=3).candidates) == 3
    assert brightness_reader.read_batch([picture(7)], options) == [by_name]
    assert list(brightness_reader.iterate([picture(7)], options)) == [by_name]


def test_options_are_checked_before_the_first_image_is_asked_for(brightness_reader: Reader) -> None:
    with pytest.raises(OptionError, match="did you mean 'top'"):
        brightness_reader.iterate(iter([picture(1)]), topp=3)
    with pytest.raises(OptionError, match="where options are meant there is 8"):
        brightness_reader.read_batch([picture(1)], 8)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="give several in a list"):
        brightness_reader.read_batch("photo.png")


def test_what_is_rejected_is_left_empty_in_every_way_of_reading(brightness_reader: Reader) -> None:
    (reading,) = brightness_reader.iterate([picture(7)], reject=1e-6)
    assert isinstance(reading, Reading)
    assert (reading.text, reading.candidates[0].text) == ("", "7")


def test_a_list_of_words_that_changed_on_disk_is_read_again(
    brightness_reader: Reader, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("3\n")
    assert brightness_reader.read(picture(7), lexicon=words).text == "3"
    words.write_text("5\n")
    assert brightness_reader.read(picture(7), lexicon=str(words)).text == "5"
    assert brightness_reader.read(picture(7), lexicon=words).text == "5"


def test_a_reader_cannot_be_changed_but_another_be_made_of_it() -> None:
    reader = torn_reader()
    with pytest.raises(dataclasses.FrozenInstanceError):
        reader.language = None  # type: ignore[misc]
    alone = dataclasses.replace(reader, language=None)
    assert (reader.read(picture(1)).text, alone.read(picture(1)).text) == ("b", "a")


def test_a_pickled_reader_opens_its_file_again_and_reads_the_same() -> None:
    reader = crnn.load("tiny")
    changed = dataclasses.replace(
        reader, language=None, preprocess=dataclasses.replace(reader.preprocess, turn=False)
    )
    for one in (reader, changed):
        again = pickle.loads(pickle.dumps(one))  # noqa: S301  # our own
        assert again.read("examples/sign.png") == one.read("examples/sign.png")
        assert (again.preprocess, again.language is None) == (one.preprocess, one.language is None)
        assert pickle.loads(pickle.dumps(again)).path == reader.path  # noqa: S301


def test_a_reader_of_no_file_says_that_it_cannot_be_pickled(brightness_reader: Reader) -> None:
    with pytest.raises(ModelError, match="opened from no file"):
        pickle.dumps(brightness_reader)


def test_threads_that_share_a_reader_read_what_one_alone_reads() -> None:
    reader = crnn.load("tiny")
    asked = [{"top": n % 3 + 1, "pattern": f"[A-Za-z]{{{n % 20}}}"} for n in range(60)]
    alone = [reader.read("examples/sign.png", **one) for one in asked]  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: reader.read("examples/sign.png", **one), asked))
    assert together == alone


def test_the_frames_of_a_width_are_those_of_an_image_of_it(brightness_reader: Reader) -> None:
    assert brightness_reader.frame_count(200) == 8
    assert crnn.load("tiny").frame_count(96) == 24


def test_json_has_what_the_command_prints(brightness_reader: Reader, tmp_path: Path) -> None:
    PIL.Image.fromarray(picture(7)).save(tmp_path / "a.png")
    reading = brightness_reader.read(tmp_path / "a.png", pattern="[0-9]")
    content = json.loads(reading.to_json())
    assert content == json.loads(json.dumps(reading.to_dict()))
    assert list(content) == ["path", "text", "confidence", "candidates"]
    (candidate,) = content["candidates"]
    assert list(candidate) == ["text", "confidence", "given", "conditional_probability", "spans"]
    assert (content["path"], candidate["text"]) == (str(tmp_path / "a.png"), "7")
    assert candidate["given"] == candidate["conditional_probability"]
