"""The peak memory of a `crnn read` of a thousand images (Linux and macOS).

    python benchmarks/memory.py [--model small]

The images are drawn into a temporary folder. Reading one of them is measured too: the ratio of
the two says whether memory grows with the number of images.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import describe
from words import drawn_words

COUNT = 1000
LIMIT_MB = 400
START = "from crnn.cli import main; main()"


def peak_mb(model: str, path: Path) -> float:
    """Read `path` in a process of its own and return its largest resident set, in MB."""
    command = [sys.executable, "-c", START, "read", "--model", model, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  # this Python
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"crnn read ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return usage.ru_maxrss * unit / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for index, (image, _) in enumerate(drawn_words(COUNT)):
            image.save(Path(folder) / f"{index:04}.jpg")
        single = peak_mb(options.model, Path(folder) / "0000.jpg")
        together = peak_mb(options.model, Path(folder))
    print(f"{describe()}")
    print(f"1 image      {single:6.0f} MB")
    print(f"{COUNT} images  {together:6.0f} MB   {together / single:.2f} x as much")
    print(f"wanted: under {LIMIT_MB} MB: {together < LIMIT_MB} ({together / LIMIT_MB:.2f} of it)")


if __name__ == "__main__":
    main()
