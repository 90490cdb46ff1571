"""A packaged model at work: the image as it sees it, and what each frame says (chapter 7)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from drawing import GREY, begin, canvas, finish

import crnn
from crnn.reader.reader import Reader

PICTURE = Path(__file__).parents[3] / "examples/sign.png"


def look() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], str, str]:
    """Read the picture; return the image (H, W), log_probs (T, C), the alphabet's symbols and the text."""
    packaged = crnn.load("small")
    seen = []

    def watch(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        log_probs = packaged.recognize(images)
        seen.append((images, log_probs))
        return log_probs

    reader = Reader(watch, alphabet=packaged.alphabet, preprocess=packaged.preprocess)
    text = reader.read(PICTURE).text
    images, log_probs = seen[0]
    symbols = "".join(packaged.alphabet.decode([index]) for index in range(1, log_probs.shape[2]))
    return images[0, 0], log_probs[:, 0], symbols, text


def main(arguments: list[str] | None = None) -> None:
    """Read, assert and draw."""
    order = begin(__file__, arguments)
    image, log_probs, symbols, text = look()
    probs = np.exp(log_probs)
    path = probs.argmax(1)
    blank = (path == 0).mean()
    print(f"{text!r}: {len(path)} frames, {blank:.2f} of them blank")
    assert (text, len(path)) == ("Bakery", 24)
    assert blank > 0.6
    figure, (above, below) = canvas(2, height_in=2.9, height_ratios=[2, 3])
    above.imshow(image, cmap="Greys_r", aspect="auto", extent=(0, len(path), 0, 1))
    above.set(yticks=[], xticks=[], title=f"“{text}”: {len(path)} frames")
    places = np.arange(len(path)) + 0.5
    below.plot(places, probs[:, 0], ":", color=GREY, lw=1.2)
    for symbol in dict.fromkeys(path[path > 0].tolist()):
        below.plot(places, probs[:, symbol], lw=1.5)
    before = 0
    for place, symbol in enumerate(path.tolist()):
        if symbol not in (0, before):
            below.text(place + 0.5, 1.04, symbols[symbol - 1], ha="center")
        before = symbol
    below.set(
        xlim=(0, len(path)),
        ylim=(0, 1.2),
        yticks=[0, 1],
        xlabel="frame (dotted: blank)",
        ylabel="probability",
    )
    finish(figure, order)


if __name__ == "__main__":
    main()
