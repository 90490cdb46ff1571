"""Wide images in overlapping windows: what is read is what the whole image holds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

import crnn
from crnn.alphabet import Alphabet
from crnn.errors import ImageError
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, in_proportion, preprocess
from crnn.reader.windows import WindowsConfig, recognize_wide
from crnn.transcription.greedy import greedy_batch
from tests.rounding import assert_rounded_alike

DIGITS = Alphabet.named("digits")
SYMBOL_PX = 20
"""A symbol of the fakes: a block of brightness between two white margins, 5 frames in all."""
BLANKS = 255


def picture(text: str) -> npt.NDArray[np.uint8]:
    """Write digits as grey blocks."""
    image = np.full((32, SYMBOL_PX * len(text)), BLANKS, np.uint8)
    for place, digit in enumerate(text):
        image[:, SYMBOL_PX * place + 4 : SYMBOL_PX * place + 16] = 20 * int(digit)
    return image


def network(edge_frames: int, shift: int = 0) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """Fake a network of 4 px a frame that reads nonsense within `edge_frames` of an image's edges.

    It says a symbol in the middle frame of its block alone; `shift` moves that by a frame where the
    image starts at an odd symbol, as windows of one text differ.
    """

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        frames = images[:, 0, 16].reshape(len(images), -1, 4).mean(2)  # (N, T)
        classes = np.where(frames < 200, np.rint(frames / 20) + 1, 0).astype(int)
        before = np.pad(classes, ((0, 0), (2, 2)))
        moved = shift if classes[0, 2:3].any() else 0
        peaks = (before[:, 1:-3] == classes) & (before[:, 3:-1] == classes) & (classes > 0)
        classes = np.roll(np.where(peaks, classes, 0), moved, 1)
        classes[:, :edge_frames] = 9
        classes[:, len(classes[0]) - edge_frames :] = 9
        log_probs = np.full((classes.shape[1], len(classes), 11), np.log(0.001), np.float32)
        for image, row in enumerate(classes):
            log_probs[range(len(row)), image, row] = np.log(0.99)
        return log_probs  # (T, N, C)

    return recognize


def text(log_probs: npt.NDArray[np.float32]) -> str:
    return greedy_batch(log_probs[:, None], DIGITS)[0].text


@settings(max_examples=60, deadline=None)
@given(st.text("0123456789", min_size=5, max_size=80), st.integers(0, 1))
def test_windows_read_what_the_whole_image_holds(label: str, shift: int) -> None:
    image = picture(label)
    config = WindowsConfig(width_px=160, overlap_px=80)
    log_probs = recognize_wide(network(0, shift), image, config)
    assert log_probs.shape == (image.shape[1] // 4, 11)
    assert text(log_probs) == text(network(0)(image[None, None])[:, 0]) == label


def test_what_a_window_reads_near_its_edges_is_not_used() -> None:
    label = "0123456789" * 5
    config = WindowsConfig(width_px=160, overlap_px=80)
    log_probs = recognize_wide(network(edge_frames=4), picture(label), config)
    read = text(log_probs)
    assert read.strip("8") == label[1:-1].strip("8")  # only the image's own two edges are spoilt


def test_an_image_no_wider_than_a_window_is_read_at_once() -> None:
    image = picture("31415")
    whole = network(0)(image[None, None])[:, 0]
    assert np.array_equal(
        recognize_wide(network(0), image, WindowsConfig(width_px=100, overlap_px=40)), whole
    )


def test_a_width_that_frames_do_not_divide_is_refused() -> None:
    image = np.full((32, 323), BLANKS, np.uint8)
    with pytest.raises(ImageError, match="323 px wide cannot be cut into windows of 160 px"):
        recognize_wide(network(0), image, WindowsConfig(width_px=160, overlap_px=80))


@pytest.mark.parametrize("overlap_px", [0, 320, 400])
def test_an_overlap_that_leaves_no_way_on_is_refused(overlap_px: int) -> None:
    with pytest.raises(ValueError, match="overlap_px"):
        WindowsConfig(overlap_px=overlap_px)


@pytest.mark.parametrize("overlap_px", [64, 96, 128])
def test_a_packaged_model_reads_a_line_in_windows_as_it_reads_it_whole(root: Path, overlap_px: int) -> None:
    words = ["window", "reading", "joins", "frames", "before", "anything", "decodes", "them"]
    font = ImageFont.truetype(root / "src/crnn/synthesis/starter/faces/roboto-400-normal.woff", 34)
    gap = 24
    line = Image.new("L", (round(font.getlength("".join(words))) + gap * len(words), 48), 255)
    left = gap // 2
    for word in words:
        ImageDraw.Draw(line).text((left, 24), word, fill=0, font=font, anchor="lm")
        left += round(font.getlength(word)) + gap
    reader = crnn.load("small")
    image = preprocess(load_image(line), in_proportion(reader.preprocess))
    assert image.shape[1] >= 2 * 320
    log_probs = recognize_wide(reader.recognize, image, WindowsConfig(overlap_px=overlap_px))
    assert_rounded_alike(np.logaddexp.reduce(log_probs, axis=1), np.zeros(len(log_probs)), log_probs.shape[1])
    whole = reader.recognize(image[None, None])  # (T, 1, C)
    texts = [greedy_batch(each, reader.alphabet)[0].text for each in (log_probs[:, None], whole)]
    assert texts[0] == texts[1] == "".join(words)


def test_in_proportion_lifts_the_largest_width_alone() -> None:
    config = PreprocessConfig(min_width=64, max_width=128, width_step=16)
    free = in_proportion(config)
    assert free.width_px(10, 100) == 64
    assert free.width_px(3200, 32) == 3200
