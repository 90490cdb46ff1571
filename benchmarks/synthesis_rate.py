"""How many training images of 32x128 px one core makes in a second.

    python benchmarks/synthesis_rate.py [--device cuda] [--alphabet latin] [--fonts FOLDER]

Printed are the median over the batches, and its ratio to the wanted rate.
"""

import argparse
from statistics import median
from time import perf_counter

from machine import describe, keep_to_one_core

keep_to_one_core()

import torch  # noqa: E402

from crnn.alphabet import Alphabet  # noqa: E402
from crnn.images.preprocess import PreprocessConfig  # noqa: E402
from crnn.synthesis import Engine, SynthesisConfig  # noqa: E402

BATCH = 256
BATCHES = 24
WANTED = 2000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--alphabet", default="print94")
    parser.add_argument("--fonts", default="starter")
    given = parser.parse_args()
    device, config = given.device, SynthesisConfig(fonts=(given.fonts,))
    torch.set_num_threads(1)
    size = PreprocessConfig(min_width=128, max_width=128)
    started = perf_counter()
    engine = Engine(config, Alphabet.named(given.alphabet), size, BATCH, device)
    start_s = perf_counter() - started
    for index in range(3):
        engine.batch(index)
    rates = []
    for index in range(3, 3 + BATCHES):
        started = perf_counter()
        images = engine.batch(index).images
        images[0, 0, 0, 0].item()  # waits for a GPU
        rates.append(len(images) / (perf_counter() - started))
    rate = median(rates)
    print(f"{describe()}; {device}, {BATCHES} batches of {BATCH}, start {start_s:.1f} s; {given.alphabet}")
    print(f"{rate:.0f} images a second (batches: {min(rates):.0f} to {max(rates):.0f})")
    print(f"wanted: {WANTED} on one core: {rate >= WANTED} ({rate / WANTED:.2f} of it)")


if __name__ == "__main__":
    main()
