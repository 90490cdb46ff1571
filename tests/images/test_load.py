"""What load_image makes of every source, format, mode and depth."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crnn.errors import ImageError
from crnn.images.load import DRAFT_PX, load_image, load_picture
from tests.pictures import encoded

Grey = npt.NDArray[np.uint8]


# --- where an image may come from


def test_a_path_a_string_bytes_a_pil_image_and_an_array_load_alike(tmp_path: Path, ramp: Grey) -> None:
    path = tmp_path / "ramp.png"
    Image.fromarray(ramp).save(path)
    for source in (path, str(path), path.read_bytes(), Image.open(path), ramp):
        np.testing.assert_array_equal(load_image(source), ramp)


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "JPEG2000"])
def test_every_lossless_format_loads_the_same_pixels(form: str, ramp: Grey) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    np.testing.assert_array_equal(load_image(encoded(Image.fromarray(ramp), form, **options)), ramp)


@pytest.mark.parametrize("form", ["JPEG", "AVIF"])
def test_lossy_formats_load_nearly_the_same_pixels(form: str, ramp: Grey) -> None:
    loaded = load_image(encoded(Image.fromarray(ramp), form, quality=95)).astype(int)
    assert np.abs(loaded - ramp).mean() < 3


def test_a_name_that_lies_about_the_format_does_not_matter(tmp_path: Path, ramp: Grey) -> None:
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(Image.fromarray(ramp), "PNG"))
    np.testing.assert_array_equal(load_image(path), ramp)


# --- modes and depths


@pytest.mark.parametrize("mode", ["L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "HSV"])
def test_every_8_bit_mode_gives_the_grey_of_the_picture(mode: str, ramp: Grey) -> None:
    image = Image.fromarray(ramp)
    for step in {"La": ("LA", "La"), "RGBa": ("RGBA", "RGBa"), "P": ("P",), "PA": ("P", "PA")}.get(
        mode, ("RGB", mode)
    ):
        image = image.convert(step)
    assert image.mode == mode
    np.testing.assert_allclose(load_image(image), ramp, atol=1)


def test_ycbcr_gives_its_luma(ramp: Grey) -> None:
    np.testing.assert_allclose(
        load_image(Image.fromarray(ramp).convert("RGB").convert("YCbCr")), ramp, atol=1
    )


def test_cmyk_jpegs_are_not_inverted(ramp: Grey) -> None:
    content = encoded(Image.fromarray(ramp).convert("CMYK"), "JPEG", quality=95)
    assert Image.open(io.BytesIO(content)).mode == "CMYK"
    assert np.abs(load_image(content).astype(int) - ramp).mean() < 3


def test_bilevel_images_are_black_and_white(ramp: Grey) -> None:
    bilevel = Image.fromarray(ramp > 100)
    assert bilevel.mode == "1"
    np.testing.assert_array_equal(load_image(encoded(bilevel, "PNG")), np.where(ramp > 100, 255, 0))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_are_scaled_and_not_clipped(form: str, ramp: Grey) -> None:
    deep = Image.fromarray(ramp.astype(np.uint16) * 257)
    content = encoded(deep, form)
    assert Image.open(io.BytesIO(content)).mode == "I;16"
    np.testing.assert_array_equal(load_image(content), ramp)


def test_big_endian_16_bits_load_like_little_endian(ramp: Grey) -> None:
    deep = ramp.astype(np.uint16) * 257
    np.testing.assert_array_equal(load_image(deep.astype(">u2")), ramp)
    image = Image.frombytes("I;16B", (40, 20), deep.astype(">u2").tobytes())
    np.testing.assert_array_equal(load_image(image), ramp)


def test_the_modes_i_and_f_are_scaled_by_their_largest_value(ramp: Grey) -> None:
    np.testing.assert_array_equal(load_image(Image.fromarray(ramp.astype(np.int32))), ramp)
    np.testing.assert_array_equal(load_image(Image.fromarray(ramp.astype(np.int32) * 257)), ramp)
    np.testing.assert_array_equal(load_image(Image.fromarray(ramp.astype(np.float32))), ramp)
    np.testing.assert_array_equal(load_image(Image.fromarray(ramp / np.float32(255))), ramp)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_run_from_0_to_1_or_from_0_to_255(dtype: type, ramp: Grey) -> None:
    np.testing.assert_array_equal(load_image(ramp.astype(dtype)), ramp)
    np.testing.assert_allclose(load_image((ramp / 255).astype(dtype)), ramp, atol=1)
    assert load_image(np.zeros((2, 2), dtype)).max() == 0


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint32])
def test_other_integers_run_from_0_to_255_or_to_65535(dtype: type, ramp: Grey) -> None:
    np.testing.assert_array_equal(load_image(ramp.astype(dtype)), ramp)
    assert load_image(np.array([[0, 1]], dtype)).max() == 1
    if dtype is not np.int16:
        np.testing.assert_array_equal(load_image(ramp.astype(dtype) * 257), ramp)


def test_bool_arrays_are_black_and_white() -> None:
    assert load_image(np.array([[True, False]])).tolist() == [[255, 0]]
    assert load_image(np.array([[False, False]])).tolist() == [[0, 0]]


def test_arrays_may_have_1_3_or_4_channels(ramp: Grey) -> None:
    opaque = np.full_like(ramp, 255)
    for channels in ([ramp], [ramp] * 3, [ramp, ramp, ramp, opaque]):
        np.testing.assert_array_equal(load_image(np.stack(channels, axis=-1)), ramp)


def test_a_view_that_is_not_contiguous_loads(ramp: Grey) -> None:
    np.testing.assert_array_equal(load_image(ramp[::2, ::-3]), ramp[::2, ::-3])
    colour = np.stack([ramp] * 3, axis=-1)
    np.testing.assert_array_equal(load_image(colour[::2, ::-3]), ramp[::2, ::-3])


@pytest.mark.parametrize("shape", [(5,), (0, 5), (5, 0, 3), (3, 20, 40), (20, 40, 2), (1, 1, 20, 40)])
def test_an_array_that_is_no_image_is_refused_with_its_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match=r"an array of shape .* channels last"):
        load_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("white", [1, 255])
def test_floats_that_resizing_took_a_little_past_white_or_black_are_cut_off(white: int) -> None:
    image = np.array([[-0.004, 0.5, 1.004]]) * white
    assert load_image(image).tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(("value", "white"), [(1.3, 1), (300.0, 255)])
def test_floats_of_which_nobody_can_say_what_is_white_are_refused(value: float, white: int) -> None:
    with pytest.raises(ImageError, match=rf"too far for 0\.\.{white}, .* np\.clip\(image, 0, {white}\)"):
        load_image(np.array([[0.5, value]]))


def test_nan_is_refused_by_name() -> None:
    for image in (np.array([[0.5, np.nan]]), Image.fromarray(np.array([[0.5, np.nan]], np.float32))):
        with pytest.raises(ImageError, match="pixels are NaN"):
            load_image(image)


def test_whatever_numpy_takes_for_an_array_is_one(ramp: Grey) -> None:
    class Tensor:
        def __array__(self, dtype: object = None, copy: object = None) -> Grey:
            return ramp

    class OnAnotherDevice:
        def __array__(self, dtype: object = None, copy: object = None) -> Grey:
            raise TypeError("use .cpu() first")

    np.testing.assert_array_equal(load_image(Tensor()), ramp)
    with pytest.raises(ImageError, match=r"OnAnotherDevice: no array .* use \.cpu\(\) first"):
        load_image(OnAnotherDevice())


def test_a_torch_tensor_in_0_to_1_is_read_as_its_array(ramp: Grey) -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    np.testing.assert_allclose(load_image(torch.from_numpy(ramp) / 255), ramp, atol=1)
    with pytest.raises(ImageError, match=r"permute\(1, 2, 0\)"):
        load_image(torch.zeros(3, 20, 40))


@pytest.mark.parametrize("value", [-1.0, np.inf, 70_000.0])
def test_values_that_are_no_grey_are_refused(value: float) -> None:
    with pytest.raises(ImageError, match=r"scale them to 0\.\.1, 0\.\.255 or 0\.\.65535"):
        load_image(np.array([[0.5, value]]))


def test_what_is_no_picture_at_all_is_refused() -> None:
    with pytest.raises(ImageError, match="complex128"):
        load_image(np.zeros((2, 2), complex))
    with pytest.raises(ImageError, match="int is no path, bytes, PIL image or array"):
        load_image(7)  # type: ignore[arg-type]


# --- transparency, rotation, animation


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (90, 255), (255, 0), (200, 0)])
def test_transparency_becomes_the_paper_on_which_the_ink_shows(ink: int, paper: int) -> None:
    image = np.zeros((10, 10, 4), np.uint8)
    image[3:6, 3:6] = (ink, ink, ink, 255)
    loaded = load_image(image)
    assert loaded[4, 4] == ink
    assert loaded[0, 0] == paper


def test_half_transparent_ink_is_mixed_with_the_paper() -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., 3] = 128
    assert load_image(image)[0, 0] == 127


def test_what_is_wholly_transparent_is_white_paper() -> None:
    assert load_image(np.zeros((4, 4, 4), np.uint8)).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_a_transparent_colour_of_a_png_is_paper(mode: str) -> None:
    picture = np.full((6, 6), 255, np.uint8)
    picture[2:4, 2:4] = 0
    image = Image.fromarray(picture).convert(mode)
    white = {"1": 255, "L": 255, "RGB": (255, 255, 255), "P": 255}[mode]
    inverted = Image.fromarray(255 - picture).convert(mode)
    black = {"1": 0, "L": 0, "RGB": (0, 0, 0), "P": 0}[mode]
    assert load_image(encoded(image, "PNG", transparency=white)).tolist() == picture.tolist()
    assert load_image(encoded(inverted, "PNG", transparency=black)).tolist() == (255 - picture).tolist()


def test_a_palette_with_an_alpha_for_each_colour_loads_without_a_warning() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([9, 9, 9, 40, 40, 40])
    image.putpixel((0, 0), 0)
    loaded = load_image(encoded(image, "PNG", transparency=bytes([0, 255])))
    assert loaded[0, 0] == 255
    assert loaded[1, 1] == 40


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(form: str, orientation: int, ramp: Grey) -> None:
    undone = {
        1: ramp,
        2: ramp[:, ::-1],
        3: ramp[::-1, ::-1],
        4: ramp[::-1],
        5: ramp.T,
        6: ramp.T[:, ::-1],
        7: ramp.T[::-1, ::-1],
        8: ramp.T[::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load_image(encoded(Image.fromarray(ramp), form, exif=exif, quality=95))
    assert loaded.shape == undone.shape
    assert np.abs(loaded.astype(int) - undone).mean() < 8


def test_damaged_exif_data_do_not_cost_the_picture(ramp: Grey, caplog: pytest.LogCaptureFixture) -> None:
    content = encoded(Image.fromarray(ramp), "PNG", exif=b"Exif\x00\x00MM nonsense")
    np.testing.assert_array_equal(load_image(content), ramp)
    assert "EXIF data are damaged" in caplog.text


def test_the_first_frame_of_an_animation_is_read(ramp: Grey) -> None:
    frames = [Image.fromarray(ramp), Image.fromarray(255 - ramp), Image.new("L", (40, 20))]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 3
    np.testing.assert_array_equal(load_image(content), ramp)


# --- large photographs


def test_a_large_jpeg_is_decoded_smaller_and_the_same_each_time() -> None:
    wide = np.tile(np.linspace(0, 255, 4096, dtype=np.uint8), (1024, 1))
    content = encoded(Image.fromarray(wide).convert("RGB"), "JPEG")
    loaded = load_image(content)
    assert loaded.shape == (DRAFT_PX, DRAFT_PX * 4)
    np.testing.assert_array_equal(loaded, load_image(content))
    exact = np.asarray(Image.fromarray(wide).reduce(4), int)
    assert np.abs(loaded - exact).max() <= 3


def test_a_jpeg_of_ordinary_size_loads_exactly_as_pillow_reads_it() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (511, 600, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), "JPEG")
    np.testing.assert_array_equal(
        load_image(content), np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    )


# --- the size in full


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_size_of_a_picture_is_that_of_its_upright_form(form: str, orientation: int, ramp: Grey) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = load_picture(encoded(Image.fromarray(ramp), form, exif=exif))
    assert (picture.width_px, picture.height_px) == ((20, 40) if orientation in {6, 8} else (40, 20))
    assert picture.grey.shape == (picture.height_px, picture.width_px)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_large_jpeg_keeps_its_size_in_full_beside_the_smaller_pixels(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.new("L", (4001, 1030)), "JPEG", exif=exif)
    picture = load_picture(content)
    full = (1030, 4001) if orientation in {6, 8} else (4001, 1030)
    assert (picture.width_px, picture.height_px) == full
    assert max(picture.grey.shape) < 1100
    np.testing.assert_array_equal(picture.grey, load_image(content))


def test_arrays_and_pil_images_have_the_size_of_their_pixels(ramp: Grey) -> None:
    for source in (ramp, np.stack([ramp] * 3, axis=-1), Image.fromarray(ramp)):
        picture = load_picture(source)
        assert (picture.width_px, picture.height_px) == (40, 20)
