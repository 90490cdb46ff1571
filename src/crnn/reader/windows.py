"""Images wider than the network was trained on, read in overlapping windows without a seam.

    image     uint8 (H, W)       of the network's height, as wide as its proportions ask
    returns   float32 (T, C)     log_probs, as if the whole image had been read at once

The windows' frames are joined before transcription, so every decoder works on them. Two windows are
cut at one frame of their overlap, the one around which both are surest that nothing is written:
a symbol is read whole by one of them, and the frames near a window's edge, which lack context on
one side, are not used. Where W is at most the window there is one window, and nothing is cut.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crnn.alphabet import BLANK
from crnn.errors import ImageError
from crnn.images.load import GreyImage
from crnn.images.preprocess import PreprocessConfig

Recognize = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""uint8 images (N, 1, H, W) of one width -> float32 log_probs (T, N, C); a live model or an ONNX session."""

LogProbs = npt.NDArray[np.float32]
"""(T, C), natural log, each frame sums to 1."""

_AROUND = 2  # frames to each side of a cut that should be blank too: a symbol may be read a frame apart

_AT_ONCE = 32

_NEARER = 0.01  # nats that a frame nearer to the middle may be less sure


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowsConfig:
    """How a wide image is cut into windows."""

    width_px: int = 320
    """Width of a window: the widest image that the network was trained on."""
    overlap_px: int = 128
    """Least overlap of two windows; half of it at each side only lends context."""

    def __post_init__(self) -> None:
        """Raise ValueError where the windows would not move on."""
        if not 0 < self.overlap_px < self.width_px:
            raise ValueError(f"overlap_px is {self.overlap_px}; it must lie in 1..{self.width_px - 1}.")


def recognize_any_width(
    recognize: Recognize, images: npt.NDArray[np.uint8], config: PreprocessConfig
) -> npt.NDArray[np.float32]:
    """Recognize images (N, 1, H, W) of any one width, wide ones in windows: log_probs (T, N, C)."""
    if images.shape[3] <= config.max_width:
        return recognize(images)
    overlap_px = min(4 * config.height, config.max_width // 2)
    windows = WindowsConfig(width_px=config.max_width, overlap_px=overlap_px)
    return np.stack([recognize_wide(recognize, image[0], windows) for image in images], axis=1)


def recognize_wide(recognize: Recognize, image: GreyImage, config: WindowsConfig) -> LogProbs:
    """Recognize one image (H, W) of any width: log_probs (T, C).

    Windows are recognized in batches of _AT_ONCE. Raises ImageError where W is larger than the window and
    no multiple of the network's frame (4 px for the packaged models; `preprocess` makes it so).
    """
    width = image.shape[1]
    if width <= config.width_px:
        return recognize(image[None, None])[:, 0]  # (T, C)
    first = recognize(image[None, None, :, : config.width_px])  # (T, 1, C)
    frame_px = round(config.width_px / len(first))
    if width % frame_px or config.width_px % frame_px:
        raise ImageError(
            f"an image {width} px wide cannot be cut into windows of {config.width_px} px: a frame of "
            f"this network is {frame_px} px wide; preprocess it with a width_step that {frame_px} divides."
        )
    starts = _starts(width, config, frame_px)
    parts = [first]
    for place in range(1, len(starts), _AT_ONCE):
        some = starts[place : place + _AT_ONCE]
        parts.append(recognize(np.stack([image[None, :, start : start + config.width_px] for start in some])))
    windows = np.concatenate(parts, axis=1)  # (T, N, C)
    return _join([windows[:, n] for n in range(len(starts))], [start // frame_px for start in starts])


def _starts(width: int, config: WindowsConfig, frame_px: int) -> list[int]:
    """Spread the windows' left edges evenly over the image, px; each a multiple of a frame."""
    step = config.width_px - config.overlap_px
    count = 1 + -(-(width - config.width_px) // step)
    last = (width - config.width_px) / frame_px
    return [round(last * n / (count - 1)) * frame_px for n in range(count)]


def _join(windows: list[LogProbs], starts: list[int]) -> LogProbs:
    """Join windows (T, C) that start at these frames of the whole."""
    parts: list[LogProbs] = []
    begin = 0  # the first frame of the whole that is still to come
    for n, window in enumerate(windows):
        end = starts[n] + len(window)
        if n + 1 < len(windows):
            overlap = end - starts[n + 1]
            left, right = window[-overlap:], windows[n + 1][:overlap]  # (overlap, C)
            end = starts[n + 1] + _cut(left, right)
        parts.append(window[begin - starts[n] : end - starts[n]])
        begin = end
    return np.concatenate(parts)


def _cut(left: LogProbs, right: LogProbs) -> int:
    """Choose the frame of the overlap (T, C) at which `right` takes over.

    It lies in the middle half, so that the frames beside it had context on both sides, and where both
    windows are surest of blanks around it; of frames that are nearly equal, next to the middle.
    """
    blank = left[:, BLANK].astype(np.float64) + right[:, BLANK]  # (T)
    frames = np.arange(len(blank) + 1)
    sure = np.array([blank[max(0, cut - _AROUND) : cut + _AROUND].sum() for cut in frames])
    middle = len(blank) / 2
    inner = np.abs(frames - middle) <= max(len(blank) / 4, 1)
    scores = np.where(inner, sure - _NEARER * np.abs(frames - middle), -np.inf)
    return int(scores.argmax())
