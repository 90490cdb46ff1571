"""Words of plain blocks, whose boxes are known, and frames that spell them."""

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet

Box = tuple[int, int, int, int]
Grey = npt.NDArray[np.uint8]


def picture(boxes: list[Box], size: tuple[int, int] = (32, 128), ink: int = 20, paper: int = 220) -> Grey:
    """An image (H, W) with a filled block for every box (left, top, right, bottom)."""
    image = np.full(size, paper, np.uint8)
    for left, top, right, bottom in boxes:
        image[top:bottom, left:right] = ink
    return image


def spelling(text: str, frames: dict[int, str], count: int, alphabet: Alphabet) -> npt.NDArray[np.float32]:
    """log_probs (T, C) that are sure of a symbol in each of the given frames, of the blank in all others."""
    assert "".join(frames[frame] for frame in sorted(frames)) == text
    path = np.zeros(count, int)
    for frame, symbol in frames.items():
        path[frame] = alphabet.encode(symbol)[0]
    rest = 0.01 / len(alphabet)
    log_probs = np.full((count, len(alphabet) + 1), np.log(rest), np.float32)
    log_probs[range(count), path] = np.log(0.99)
    return log_probs
