"""What load_image says of images that are missing, torn, enormous, or none."""

import base64
import io
import struct
import threading
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.errors import ImageError
from crnn.images.load import PIXEL_LIMIT, load_image
from tests.pictures import encoded

Grey = npt.NDArray[np.uint8]


def bomb(side_px: int) -> bytes:
    """A PNG whose header claims side_px x side_px grey pixels, and no pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_zero_bytes_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(ImageError, match=r"empty\.jpg: is empty \(zero bytes\)"):
        load_image(path)
    with pytest.raises(ImageError, match="zero bytes"):
        load_image(b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_an_error_and_not_a_grey_rest(form: str, kept: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), form)
    path = tmp_path / f"torn.{form.lower()}"
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ImageError, match=r"torn\."):
        load_image(path)


def test_a_large_truncated_jpeg_is_an_error_too() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (600, 700), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), "JPEG")
    with pytest.raises(ImageError, match="torn or damaged: image file is truncated"):
        load_image(content[: len(content) // 2])


def test_a_text_file_named_png_lists_the_known_formats(tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("this is a shopping list, no picture\n")
    with pytest.raises(ImageError, match=r"notes\.png: is no image in a known format \(JPEG, PNG,"):
        load_image(path)


def test_formats_that_start_other_programs_are_not_read() -> None:
    with pytest.raises(ImageError, match="no image in a known format"):
        load_image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")


@pytest.mark.parametrize("side_px", [9_200, 12_000, 30_000])
def test_a_bomb_is_refused_at_once_and_without_a_warning(side_px: int) -> None:
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ImageError, match="80,000,000 pixels"):
            load_image(bomb(side_px))
    assert time.perf_counter() - started < 0.5
    assert not caught


def test_the_bomb_limit_of_pillow_stays_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(ImageError):
        load_image(bomb(30_000))
    assert before == Image.MAX_IMAGE_PIXELS


def test_our_limit_holds_where_the_one_of_pillow_was_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(ImageError, match="30000x30000"):
        load_image(bomb(30_000))


def test_an_array_above_the_limit_is_refused() -> None:
    with pytest.raises(ImageError, match="80,000,000"):
        load_image(np.broadcast_to(np.uint8(0), (PIXEL_LIMIT + 1, 1)))


def test_a_missing_file_a_directory_and_an_odd_name_say_so(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"none\.png: cannot be read: No such file or directory"):
        load_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="cannot be read: Is a directory"):
        load_image(tmp_path)
    with pytest.raises(ImageError, match="null byte"):
        load_image("a\0b.png")


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # chmod would not stop a test that runs as root
    with pytest.raises(ImageError, match=r"secret\.png: cannot be read: Permission denied"):
        load_image(tmp_path / "secret.png")


def test_a_closed_pil_image_is_an_image_error(tmp_path: Path, ramp: Grey) -> None:
    path = tmp_path / "ramp.png"
    Image.fromarray(ramp).save(path)
    image = Image.open(path)
    image.close()
    with pytest.raises(ImageError, match="the PIL image"):
        load_image(image)


def test_damaged_files_raise_image_errors_and_nothing_else(ramp: Grey) -> None:
    rng = np.random.default_rng(7)
    for form in ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP"):
        content = np.frombuffer(encoded(Image.fromarray(ramp), form), np.uint8)
        for _ in range(40):
            damaged = content.copy()
            damaged[rng.integers(0, len(content), 6)] = rng.integers(0, 256, 6)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's remarks on the damage
                try:
                    image = load_image(damaged.tobytes())
                except ImageError:
                    continue
            assert image.dtype == np.uint8
            assert image.ndim == 2


def test_threads_may_load_at_once_and_leave_the_warning_filters_alone(ramp: Grey) -> None:
    content, before = encoded(Image.fromarray(ramp), "PNG"), list(warnings.filters)
    threads = [threading.Thread(target=lambda: [load_image(content) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_image_as_base64_or_a_data_uri_is_named_and_not_printed_whole(form: str) -> None:
    stream = io.BytesIO()
    Image.effect_noise((90, 90), 50).save(stream, form)
    text = base64.b64encode(stream.getvalue()).decode()
    for source, kind in ((text, "base64 text"), (f"data:image/{form.lower()};base64,{text}", "a data URI")):
        with pytest.raises(ImageError, match=rf"is {kind}, no path; decode it: base64\.b64decode") as caught:
            load_image(source)
        assert len(str(caught.value)) < 350
        assert f"({len(source):,} characters)" in str(caught.value)


@pytest.mark.parametrize("path", ["photos/" + "a" * 240 + ".png", "9j/none.png", "Qk", "a" * 120])
def test_a_path_is_not_taken_for_base64(path: str) -> None:
    with pytest.raises(ImageError, match="cannot be read: No such file") as caught:
        load_image(path)
    assert path in str(caught.value)


def test_a_path_without_end_is_shortened() -> None:
    with pytest.raises(ImageError, match=r"\.\.\..* \(10,004 characters\): cannot be read: ") as caught:
        load_image("?" * 10_000 + ".png")
    assert len(str(caught.value)) < 250
