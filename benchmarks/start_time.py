"""How long `crnn read` takes for one image, the start of the process included.

    python benchmarks/start_time.py [--model small]

Printed are the median and the slowest of 15 runs, beside an empty Python process measured in
turn with them. That torch is not imported is checked with `python -X importtime`.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from machine import describe
from words import drawn_words

LIMIT_S = 0.7
RUNS = 15
START = "from crnn.cli import main; main()"


def seconds(command: list[str]) -> float:
    """Run `command` once and return how long it took; its failure is ours."""
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # this Python
    return perf_counter() - started


def imported(command: list[str]) -> set[str]:
    """Run `command` once more and return the modules that it imported."""
    traced = [command[0], "-X", "importtime", *command[1:]]
    run = subprocess.run(traced, check=True, capture_output=True, text=True)  # noqa: S603  # this Python
    return {line.rsplit("|", 1)[1].strip() for line in run.stderr.splitlines() if "|" in line}


def main() -> None:
    """Measure and print; exit with 1 where torch was imported."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.png"
        next(drawn_words(1))[0].save(path)
        read = [sys.executable, "-c", START, "read", "--model", options.model, str(path)]
        empty = [sys.executable, "-c", "pass"]
        seconds(read)  # fills the disk cache and writes the .pyc files
        pairs = [(seconds(read), seconds(empty)) for _ in range(RUNS)]
        modules = imported(read)
    ours = median(pair[0] for pair in pairs)
    bare = median(pair[1] for pair in pairs)
    print(f"{describe()}; one image, {RUNS} runs")
    print(f"crnn read     {ours:.3f} s   slowest {max(pair[0] for pair in pairs):.3f} s")
    print(f"empty Python  {bare:.3f} s   crnn read takes {ours / bare:.1f} x as long")
    print(f"wanted: under {LIMIT_S} s: {ours < LIMIT_S} ({ours / LIMIT_S:.2f} of it)")
    if "torch" in modules:
        sys.exit("torch was imported")
    print(f"torch not imported; {len(modules)} modules were")


if __name__ == "__main__":
    main()
