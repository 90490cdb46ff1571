"""Anything that holds a picture becomes grey values, upright (paper §2.1: images of one channel).

    load_image     file | bytes | PIL image | array  ->  uint8 (H, W), 0 black, 255 white
    load_picture   the same, with the size in full

The only loader of the project; `images/preprocess.py` is the only resizer.
"""

import io
import logging
import re
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from crnn.errors import ImageError
from crnn.images.color import grey_of_color
from crnn.images.pixels import to_uint8

GreyImage = npt.NDArray[np.uint8]
"""uint8 (H, W), 0 black, 255 white."""


class SupportsArray(Protocol):
    """Whatever NumPy can make an array of, such as a torch tensor on the CPU."""

    def __array__(self) -> npt.NDArray[np.generic]: ...


ImageSource = str | Path | bytes | Image.Image | npt.NDArray[np.generic] | SupportsArray
"""What `load_image` takes."""

PIXEL_LIMIT = 80_000_000
"""Larger images are refused unread: they are mistakes or attacks, and no picture of a word."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "JPEG2000", "AVIF")
"""Read by Pillow itself; its other formats start programs of their own or are not for pictures."""

IMAGE_SUFFIXES = (
    ".jpg", ".png", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jpe", ".jfif",
    ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif",
)  # fmt: skip
"""What names of images end in, of the formats above; the commonest first."""

DRAFT_PX = 256
"""A JPEG twice as large on both sides is decoded smaller, its shorter side at least this long."""

SHOWN_CHARACTERS = 300
"""A longer path is shortened in messages."""

ORIENTATION_TAG = 0x0112
"""Where EXIF data say how a picture is to be turned."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SIDEWAYS_TAGS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""

_SIDEWAYS = {_UPRIGHT[orientation] for orientation in SIDEWAYS_TAGS}

_CHANNEL_MODES = {3: "RGB", 4: "RGBA"}

_BASE64 = re.compile(r"(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR|SUkq|TU0A|Qk)?([A-Za-z0-9+/\s_-]*)={0,2}\s*")

_open_lock = threading.Lock()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """A picture in grey values, upright, and its size where a large one was decoded smaller."""

    grey: GreyImage
    """uint8 (H, W)."""
    width_px: int
    """Width in full, upright; W unless a large JPEG was decoded smaller (DRAFT_PX)."""
    height_px: int


def is_image(name: str) -> bool:
    """Tell whether a file's name ends as an image's does, in capitals or not."""
    return name.lower().endswith(IMAGE_SUFFIXES)


def load_image(source: ImageSource) -> GreyImage:
    """Return the picture as grey values, uint8 (H, W), upright, the first frame of an animation.

    Colours in arrays are RGB or RGBA, channels last: (H, W), (H, W, 1), (H, W, 3), (H, W, 4).
    bool is black and white, uint8 and uint16 use their whole range. In other integers white is 255,
    or 65535 where a value is larger. Floats are in 0..1, as scikit-image and torch have them, or else
    in 0..255 or 0..65535: the smallest range that holds all values, of which a hundredth may
    stick out. Transparency is laid on white, or on black where the ink is light. EXIF rotation is
    applied.

    Raises ImageError for whatever is missing, torn, larger than PIXEL_LIMIT, or no image; for floats
    that are NaN, or more than white and less than twice that, so that nobody can say which white it is.

    >>> load_image(np.array([[0.0, 0.5, 1.0]])).tolist()
    [[0, 128, 255]]
    """
    return load_picture(source).grey


def load_picture(source: ImageSource) -> Picture:
    """Return what `load_image` does, with the size of the picture in full.

    >>> picture = load_picture(np.zeros((32, 100)))
    >>> picture.grey.shape, picture.width_px, picture.height_px
    ((32, 100), 100, 32)
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return _from_pillow(source, "the PIL image")
    if isinstance(source, bytes):
        return _from_bytes(source, f"an image of {len(source)} bytes")
    if isinstance(source, str | Path):
        return _from_file(source)
    if not hasattr(source, "__array__"):
        raise ImageError(f"{type(source).__name__} is no path, bytes, PIL image or array.")
    try:
        array = np.asarray(source)
    except Exception as error:  # what a tensor raises that is on a GPU, or needs a gradient
        raise ImageError(f"{type(source).__name__}: no array can be made of it: {error}.") from error
    return _from_array(array)


def shortened(text: str) -> str:
    """Return a path as a message shows it: a very long one by its ends and its length.

    >>> shortened("a.png"), len(shortened("a" * 10_000))
    ('a.png', 143)
    """
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:80]}...{text[-40:]} ({len(text):,} characters)"


def _from_file(path: str | Path) -> Picture:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        text = _encoded(str(path))
        if text:
            raise ImageError(
                f"{shortened(str(path))}: is {text}, no path; decode it: base64.b64decode in Python, "
                "or base64 -d FILE | crnn read -"
            ) from error
        raise ImageError(f"{shortened(str(path))}: cannot be read: {reason}.") from error
    return _from_bytes(content, str(path))


def _encoded(text: str) -> str:
    """Say what kind of text holds an image where a path was expected; '' where it may be a path."""
    if text[:5].lower() == "data:":
        return "a data URI"
    found = _BASE64.fullmatch(text)
    if found and len(text) > (255 if found.start(1) == 0 else 40):  # 255: the longest name of a file
        return "base64 text"
    return ""


def _from_bytes(content: bytes, place: str) -> Picture:
    if not content:
        raise ImageError(f"{place}: is empty (zero bytes).")
    try:
        # Pillow warns from 89 million pixels on and only fails at twice that.
        with _open_lock, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ImageError(f"{place}: {_too_large()} ({error})") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{place}: is no image in a known format ({', '.join(FORMATS)}).") from error
    except Exception as error:  # a torn header makes Pillow raise nearly anything
        raise ImageError(f"{place}: the image header is broken: {error}.") from error
    with image:
        full_size = image.size
        if image.format in {"JPEG", "MPO"} and min(image.size) >= 2 * DRAFT_PX:
            image.draft(image.mode, (DRAFT_PX, DRAFT_PX))
        return _from_pillow(image, place, full_size)


def _from_pillow(image: Image.Image, place: str, full_size: tuple[int, int] | None = None) -> Picture:
    width, height = image.size
    if width * height > PIXEL_LIMIT:
        raise ImageError(f"{place}: {_too_large()}; this one is {width}x{height} px.")
    if width * height == 0:
        raise ImageError(f"{place}: is {width}x{height} px and holds no pixel.")
    try:
        image.load()
        grey = _grey(image)
    except ImageError as error:
        raise ImageError(f"{place}: {error}") from error
    except Exception as error:  # a torn file makes Pillow's decoders raise nearly anything
        raise ImageError(f"{place}: the image data are torn or damaged: {error}.") from error
    turn = _turn(image, place)
    wide, tall = full_size or image.size
    if turn is None:
        return Picture(grey=np.asarray(grey), width_px=wide, height_px=tall)
    wide, tall = (tall, wide) if turn in _SIDEWAYS else (wide, tall)
    return Picture(grey=np.asarray(grey.transpose(turn)), width_px=wide, height_px=tall)


def _grey(image: Image.Image) -> Image.Image:
    """Convert any mode to L."""
    if image.mode in {"I", "F"} or image.mode.startswith("I;"):
        return Image.fromarray(to_uint8(np.asarray(image)))
    if image.mode in {"La", "RGBa"}:
        image = image.convert(image.mode.upper())
    if image.has_transparency_data:
        return _composite(image.convert("RGBA"))
    if image.mode in {"1", "L", "YCbCr"}:
        return image.convert("L")
    return grey_of_color(image.convert("RGB"))


def _composite(image: Image.Image) -> Image.Image:
    """Lay an RGBA image on white, or on black where what it shows is light on average.

    A pixel counts by its alpha, so that faint light ink on nothing is laid on black too.
    """
    alpha = image.getchannel("A")
    grey = grey_of_color(image.convert("RGB"))
    shown = np.asarray(alpha, np.float64)
    brightness = (np.asarray(grey) * shown).sum() / max(shown.sum(), 1)
    paper = Image.new("L", image.size, 0 if brightness > 127 else 255)
    paper.paste(grey, mask=alpha)
    return paper


def _turn(image: Image.Image, place: str) -> Image.Transpose | None:
    """Read from the EXIF data how the picture is to be turned to stand upright."""
    try:
        orientation = image.getexif().get(ORIENTATION_TAG)
    except Exception as error:  # noqa: BLE001  # torn EXIF data beside a sound picture; viewers show it too
        _log.warning("%s: its EXIF data are damaged (%s); taken as upright.", place, error)
        return None
    return _UPRIGHT.get(orientation) if isinstance(orientation, int) else None


def _from_array(array: npt.NDArray[np.generic]) -> Picture:
    channels = array.shape[2] if array.ndim == 3 else 1  # (H, W, channels)
    if array.ndim not in {2, 3} or channels not in {1, 3, 4} or not array.size:
        raise ImageError(
            f"an array of shape {array.shape} is no image; give it as (H, W), (H, W, 1), (H, W, 3) "
            "or (H, W, 4), channels last and no side 0 (of a tensor (C, H, W): permute(1, 2, 0))."
        )
    if array.size // channels > PIXEL_LIMIT:
        raise ImageError(f"an array of shape {array.shape}: {_too_large()}.")
    pixels = to_uint8(array)
    if channels in _CHANNEL_MODES:
        return _from_pillow(Image.fromarray(pixels), "the array")
    height, width = pixels.shape[:2]
    return Picture(grey=pixels.reshape(height, width), width_px=width, height_px=height)


def _too_large() -> str:
    return f"images of more than {PIXEL_LIMIT:,} pixels are refused; crop it to the word or shrink it"
