"""Compare ways to find the pixels that a symbol rests on: hiding them, or following gradients.

    python benchmarks/evidence.py DATA/ic15/val.tsv DATA/svt/val.tsv

For each symbol of the words that `small` reads right (in print, case and all), every way gives a map
of the network's image. Two questions, the same for all ways:

    own box    share of the map that lies in the symbol's own box (by chance: the box's share of the image)
    deletion   nats of log-odds that the symbol loses when the strongest 5 % of the pixels become the
               image's median grey (by chance: random patches of the same area)

Prints a line a way, with the milliseconds it takes beside one recognition.
"""

import argparse
import sys
import time
from collections.abc import Iterator

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import torch  # noqa: E402
from PIL import Image, ImageFilter  # noqa: E402

from crnn.data import open_dataset  # noqa: E402
from crnn.explaining import Opened, open_model  # noqa: E402
from crnn.explaining.occlusion import MIN_PROBABILITY, PATCH_DEVIATION, evidence, frames_around, log_odds  # noqa: E402
from crnn.reader.frames import Frames  # noqa: E402

Maps = npt.NDArray[np.float32]
STRONGEST = 0.05
RNG = np.random.default_rng(5)


def hiding(model: Opened, frames: Frames, text: str) -> Maps:
    """Hide pixels, as `crnn explain` does: (L, h, w)."""
    where = [span.frames for span in frames.spans(text)]
    return evidence(model.reader.log_probs, frames.image, frames.alphabet.encode(text), where)


def gradients(model: Opened, frames: Frames, text: str) -> Maps:
    """Take |d log-odds / d pixel| of each symbol at its best frame: (L, h, w)."""
    assert model.network is not None
    image = torch.tensor(frames.image, dtype=torch.float32)[None, None].requires_grad_()
    probs = model.network(image)[:, 0].exp().clamp(MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    maps = []
    for one, window in zip(frames.alphabet.encode(text), windows_of(frames, text), strict=True):
        best = probs[window, one].max()
        (gradient,) = torch.autograd.grad((best / (1 - best)).log(), image, retain_graph=True)
        maps.append(gradient[0, 0].abs().numpy())
    return np.stack(maps)


def smoothed(model: Opened, frames: Frames, text: str) -> Maps:
    """Blur the gradients as wide as the patches are."""
    return np.stack([_blurred(one) for one in gradients(model, frames, text)])


def by_chance(_: Opened, frames: Frames, text: str) -> Maps:
    """Draw maps, and blur them."""
    return np.stack([_blurred(RNG.random(frames.image.shape, np.float32)) for _ in frames.spans(text)])


WAYS = {"hiding": hiding, "gradients": gradients, "gradients, smoothed": smoothed, "by chance": by_chance}


def windows_of(frames: Frames, text: str) -> list[slice]:
    """Say at which frames each symbol is looked for."""
    return frames_around([span.frames for span in frames.spans(text)], len(frames.log_probs))


def _blurred(values: Maps) -> Maps:
    blur = ImageFilter.GaussianBlur(PATCH_DEVIATION * len(values))
    scaled = np.rint(values * (255 / max(float(values.max()), 1e-30))).astype(np.uint8)
    return np.asarray(Image.fromarray(scaled).filter(blur), np.float32)


def deletion(model: Opened, frames: Frames, text: str, maps: Maps) -> list[float]:
    """Hide each symbol's strongest pixels: nats that it loses, L of them."""
    classes, windows = frames.alphabet.encode(text), windows_of(frames, text)
    count = max(1, round(STRONGEST * frames.image.size))
    hidden = np.repeat(frames.image[None], len(classes), 0)
    for image, strength in zip(hidden, maps, strict=True):
        image.reshape(-1)[np.argsort(-strength, axis=None)[:count]] = int(np.median(frames.image))
    recognize = model.reader.log_probs
    before = log_odds(recognize(frames.image[None, None]), classes, windows)[:, 0]
    losses: list[float] = (
        before - log_odds(recognize(hidden[:, None]), classes, windows).diagonal()
    ).tolist()
    return losses


def in_own_box(maps: Maps, frames: Frames, text: str) -> list[float]:
    """Take the share of each map that lies in its symbol's box."""
    height, width = frames.image.shape
    across, down = width / frames.width_px, height / frames.height_px
    shares = []
    for one, span in zip(maps, frames.spans(text), strict=True):
        left, top, right, bottom = (
            round(edge * scale) for edge, scale in zip(span.box, (across, down) * 2, strict=True)
        )
        shares.append(float(one[top : bottom + 1, left : right + 1].sum() / max(one.sum(), 1e-30)))
    return shares


def words(model: Opened, path: str, count: int) -> Iterator[tuple[Frames, str]]:
    """Yield the first words that are read right in print; end the program where there are fewer."""
    found = 0
    for sample in open_dataset(path):
        reading = model.reader.read(sample.image)
        if reading.text == sample.label and reading.frames is not None:
            yield reading.frames.as_turned(), reading.text
            found += 1
            if found == count:
                return
    sys.exit(f"{path}: only {found} words are read right, not {count}: another set?")


def main() -> None:
    """Read, map and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--words", type=int, default=50, help="words read right of each data set")
    arguments = parser.parse_args()
    model = open_model("small")
    read = [word for path in arguments.data for word in words(model, path, arguments.words)]
    started = time.process_time()
    for frames, _ in read:
        model.reader.log_probs(frames.image[None, None])
    recognized = time.process_time() - started
    print(f"{len(read)} words of {', '.join(arguments.data)}; {describe()}")
    for name, way in WAYS.items():
        started = time.process_time()
        every = [way(model, frames, text) for frames, text in read]
        spent = time.process_time() - started
        pairs = list(zip(read, every, strict=True))
        own = [share for (frames, text), maps in pairs for share in in_own_box(maps, frames, text)]
        lost = [nats for (frames, text), maps in pairs for nats in deletion(model, frames, text, maps)]
        print(
            f"{name:20} {len(own)} symbols: own box {100 * np.mean(own):.1f} %, deletion {np.mean(lost):.2f} "
            f"nats, {1000 * spent / len(read):.0f} ms a word, {spent / recognized:.0f} recognitions"
        )


if __name__ == "__main__":
    main()
