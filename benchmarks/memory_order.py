"""How much faster `small` trains on one core with its weights in channels_last memory order.

    python benchmarks/memory_order.py

Both orders take turns in one run; printed are the medians and their ratio.
"""

from statistics import median
from time import perf_counter

from machine import describe, keep_to_one_core

keep_to_one_core()

import torch  # noqa: E402

from crnn.model import CRNN, build  # noqa: E402
from crnn.training.loss import ctc_loss  # noqa: E402

IMAGES, WIDTH_PX, ROUNDS = 128, 112, 7
ORDERS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def step(model: CRNN, images: torch.Tensor) -> float:
    """Take one forward and backward pass in bf16; return images a second."""
    started = perf_counter()
    with torch.autocast("cpu", torch.bfloat16):
        log_probs = model(images)  # (T, N, C)
    ctc_loss(log_probs, [[1, 2, 3, 4, 5]] * len(images)).backward()  # type: ignore[no-untyped-call]
    return len(images) / (perf_counter() - started)


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    images = torch.randint(0, 256, (IMAGES, 1, 32, WIDTH_PX), dtype=torch.uint8)
    models = {name: build("small", 95).to(memory_format=order) for name, order in ORDERS.items()}  # type: ignore[call-overload]
    rates: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS + 1):
        for name, model in models.items():
            rates[name].append(step(model, images))
    medians = {name: median(values[1:]) for name, values in rates.items()}  # the first warms up
    print(f"{describe()}; one core, {IMAGES} images of 32x{WIDTH_PX}, {ROUNDS} rounds")
    for name, rate in medians.items():
        print(f"{name:14} {rate:6.0f} images/s   {rate / medians['contiguous']:.2f} x")


if __name__ == "__main__":
    main()
