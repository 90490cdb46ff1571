"""How fast `crnn` reads a word beside two readers from PyPI: one core, batch 1, image decoded.

    pip install rapidocr onnxruntime nano-ocr          # into the environment that runs this
    python benchmarks/read_speed.py [--model small] [--data val.tsv --expect 600]

All readers see the same images in the same run: in each round each of them reads them all, so
that a busy machine slows all alike. Printed are the median over the rounds of the mean time a
word, its ratio to ours, and the share of words read right (case-insensitive on 0-9a-z).
rapidocr runs its recognizer only, on the whole image; nothing is measured but one call a word.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from words import Word, drawn_words, words_of  # noqa: E402

import crnn  # noqa: E402
from crnn.evaluation.protocol import keep_alnum  # noqa: E402

Read = Callable[[], str]
"""Reads one word whose image already has the form that the reader wants."""

LIMIT_MS = 3.0
LIMIT_RATIO = 4.0


def ours(model: str) -> Callable[[Image.Image], Read]:
    """Read arrays of RGB pixels with `crnn`."""
    reader = crnn.load(model)

    def prepare(image: Image.Image) -> Read:
        pixels = np.asarray(image)  # (H, W, 3)
        return lambda: reader.read(pixels).text

    return prepare


def rapidocr() -> Callable[[Image.Image], Read]:
    """Read arrays of BGR pixels with rapidocr's recognizer, detection and direction left out."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        sys.exit(f"rapidocr cannot be imported ({error}): pip install rapidocr onnxruntime")
    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    settings = {threads.format("intra"): 1, threads.format("inter"): 1, "Global.log_level": "error"}
    engine = RapidOCR(params=settings)

    def prepare(image: Image.Image) -> Read:
        pixels = np.asarray(image)[:, :, ::-1].copy()  # (H, W, 3) BGR

        def read() -> str:
            texts = engine(pixels, use_det=False, use_cls=False, use_rec=True).txts
            return texts[0] if texts else ""

        return read

    return prepare


def nano_ocr() -> Callable[[Image.Image], Read]:
    """Read Pillow images with nano-ocr."""
    try:
        import torch

        _declare_missing_operators(torch)
        from nano_ocr import NanoOCR
    except ImportError as error:
        sys.exit(f"nano-ocr cannot be imported ({error}): pip install nano-ocr")
    torch.set_num_threads(1)
    engine = NanoOCR(device="cpu")
    return lambda image: lambda: engine.read(image)


def _declare_missing_operators(torch: object) -> None:
    """Let torchvision come in where it was built for another torch, as PyPI's beside a CPU-only one.

    nano-ocr takes nothing from it but the resizing of images, which is Python; but its import
    fails for want of two compiled operators, which are declared here and never called.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")  # type: ignore[attr-defined]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declare_missing_operators.library = library  # type: ignore[attr-defined]  # must stay alive


def measure(readers: dict[str, list[Read]], rounds: int) -> dict[str, float]:
    """Return the median over the rounds of the mean milliseconds a word, for each reader."""
    for reads in readers.values():
        for read in reads[:20]:
            read()
    times: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reads in readers.items():
            started = perf_counter()
            for read in reads:
                read()
            times[name].append(1000 * (perf_counter() - started) / len(reads))
    return {name: median(values) for name, values in times.items()}


def share_right(reads: Sequence[Read], words: Sequence[Word]) -> float:
    """Return the share of words read right, in percent, of those that the protocol counts."""
    pairs = [(keep_alnum(label), read) for read, (_, label) in zip(reads, words, strict=True)]
    right = [label == keep_alnum(read()) for label, read in pairs if label]
    return 100 * sum(right) / len(right)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--data", type=Path, help="a data set instead of 200 drawn words")
    parser.add_argument("--expect", type=int, help="samples that --data must have")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if (options.data is None) != (options.expect is None):
        parser.error("--data and --expect belong together")
    return options


def main() -> None:
    """Measure and print."""
    options = arguments()
    source = words_of(options.data, options.expect) if options.data else drawn_words(200)
    words = list(source)
    name = f"crnn {Path(options.model).stem}"
    kinds = {name: ours(options.model), "rapidocr": rapidocr(), "nano-ocr": nano_ocr()}
    readers = {kind: [prepare(image) for image, _ in words] for kind, prepare in kinds.items()}
    times = measure(readers, options.rounds)
    print(f"{describe()}; one core, {len(words)} words, {options.rounds} rounds")
    for kind, milliseconds in times.items():
        ratio = milliseconds / times[name]
        right = share_right(readers[kind], words)
        print(f"{kind:16} {milliseconds:6.2f} ms a word   {ratio:5.2f} x ours   {right:5.1f} % right")
    slowest = min(times[kind] for kind in ("rapidocr", "nano-ocr")) / times[name]
    met = times[name] <= LIMIT_MS and slowest >= LIMIT_RATIO
    print(f"wanted: at most {LIMIT_MS} ms and at least {LIMIT_RATIO} x as fast as both: {met}")


if __name__ == "__main__":
    main()
