"""Compare ways to find the pixels that a symbol rests on: hiding them, or following gradients.

    python benchmarks/evidence.py DATA/ic15/val.tsv DATA/svt/val.tsv --words 60

For each symbol of the words that `small` reads right (in print, case and all), every way gives a map
of the network's image. Two questions, the same for all ways:

    own box    share of the map that lies in the symbol's own box (by chance: the box's share of the image)
    deletion   nats of log-odds that the symbol loses when the strongest 5 % of the pixels become the
               image's median grey (by chance: random patches of the same area)

Prints a line a way, with the milliseconds it takes beside one recognition.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from machine import describe
from PIL import Image, ImageFilter

from crnn.data import open_dataset
from crnn.explain import Opened, open_model
from crnn.explain.occlusion import LEAST, REACH, _scores, _windows, evidence
from crnn.location import Sight
from crnn.view import Locate

Maps = npt.NDArray[np.float32]
STRONGEST = 0.05


def gradients(model: Opened, sight: Sight, classes: list[int], windows: list[slice], *, smooth: bool) -> Maps:
    """Take |d log-odds / d pixel| of each symbol at its best frame: (L, h, w)."""
    assert model.network is not None
    image = torch.tensor(sight.image, dtype=torch.float32)[None, None].requires_grad_()
    probs = model.network(image)[:, 0].exp().clamp(LEAST, 1 - LEAST)
    maps = []
    for one, window in zip(classes, windows, strict=True):
        best = probs[window, one].max()
        (gradient,) = torch.autograd.grad((best / (1 - best)).log(), image, retain_graph=True)
        maps.append(gradient[0, 0].abs().numpy())
    if smooth:
        blur = ImageFilter.GaussianBlur(REACH * sight.image.shape[0])
        maps = [_blurred(one, blur) for one in maps]
    return np.stack(maps)


def _blurred(values: Maps, blur: ImageFilter.GaussianBlur) -> Maps:
    scaled = np.rint(values * (255 / max(float(values.max()), 1e-30))).astype(np.uint8)
    return np.asarray(Image.fromarray(scaled).filter(blur), np.float32)


def deletion(model: Opened, sight: Sight, classes: list[int], windows: list[slice], maps: Maps) -> Maps:
    """Hide each symbol's strongest pixels: nats that it loses, (L,)."""
    count = max(1, round(STRONGEST * sight.image.size))
    hidden = np.repeat(sight.image[None], len(classes), 0)
    for image, strength in zip(hidden, maps, strict=True):
        image.reshape(-1)[np.argsort(-strength, axis=None)[:count]] = int(np.median(sight.image))
    recognize = model.reader.recognize
    before = _scores(recognize(sight.image[None, None]), classes, windows)[:, 0]
    return before - np.diagonal(_scores(recognize(hidden[:, None]), classes, windows))


def in_own_box(maps: Maps, sight: Sight, text: str) -> list[float]:
    """Take the share of each map that lies in its symbol's box."""
    height, width = sight.image.shape
    across, down = width / sight.width_px, height / sight.height_px
    shares = []
    for one, span in zip(maps, sight.spans(text), strict=True):
        left, top, right, bottom = (
            round(edge * scale) for edge, scale in zip(span.box, (across, down) * 2, strict=True)
        )
        shares.append(float(one[top : bottom + 1, left : right + 1].sum() / max(one.sum(), 1e-30)))
    return shares


def main() -> None:
    """Read, map and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("data", nargs="+")
    parser.add_argument("--words", type=int, default=60, help="words read right of each data set")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, dice = open_model("small"), np.random.default_rng(5)
    blur = ImageFilter.GaussianBlur(REACH * 32)
    ways: dict[str, Callable[[Sight, list[int], list[slice]], Maps]] = {
        "hiding": lambda sight, classes, _: evidence(
            model.reader.recognize, sight.image, classes, [s.frames for s in sight.spans(text)]
        ),
        "gradients": lambda sight, classes, windows: gradients(model, sight, classes, windows, smooth=False),
        "gradients, smoothed": lambda sight, classes, windows: gradients(
            model, sight, classes, windows, smooth=True
        ),
        "by chance": lambda sight, classes, _: np.stack(
            [_blurred(dice.random(sight.image.shape, np.float32), blur) for _ in classes]
        ),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    seconds, words, recognized = dict.fromkeys(ways, 0.0), 0, 0.0
    for path in arguments.data:
        right = 0
        for sample in open_dataset(path):
            reading = model.reader.read(sample.image)
            text = reading.text
            locate = reading.candidates[0].locate
            if text != sample.label or not isinstance(locate, Locate) or right == arguments.words:
                continue
            right += 1
            sight, classes = locate.sight, model.reader.alphabet.encode(text)
            windows = _windows([span.frames for span in sight.spans(text)], len(sight.log_probs))
            started = time.process_time()
            model.reader.recognize(sight.image[None, None])
            recognized += time.process_time() - started
            for name, way in ways.items():
                started = time.process_time()
                maps = way(sight, classes, windows)
                seconds[name] += time.process_time() - started
                losses = deletion(model, sight, classes, windows, maps).tolist()
                found[name] += zip(in_own_box(maps, sight, text), losses, strict=True)
        words += right
    print(f"{words} words of {', '.join(arguments.data)}; {describe()}")
    for name, values in found.items():
        own, lost = np.mean(values, axis=0)
        cost = 1000 * seconds[name] / words
        print(
            f"{name:20} {len(values)} symbols: own box {100 * own:.1f} %, deletion {lost:.2f} nats, "
            f"{cost:.0f} ms a word, {cost * words / 1000 / recognized:.0f} recognitions"
        )


if __name__ == "__main__":
    main()
