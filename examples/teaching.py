"""What the examples of fine-tuning share: write the images, run the command line, count."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from crnn.data import write_folder
from crnn.data.dataset import Sample


def teach(learnt: Iterable[Sample], others: Iterable[Sample], out: Path, *settings: str) -> None:
    """Train `small` on `learnt` by the recipe, then evaluate it on `others`; all in the folder `out`.

    Prints what the commands print, the time they took, and how much of it a processor worked: what
    a free machine of one core would have needed.
    """
    count = write_folder(out / "mydata", learnt)
    write_folder(out / "others", others)
    started = time.perf_counter()
    crnn("train", "finetune", "--data", out / "mydata", "--init", "small", "--alphabet", "auto",
         "--out", out / "run", *settings)  # fmt: skip
    minutes = (time.perf_counter() - started) / 60
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{count} images: {minutes:.1f} minutes, {(used.ru_utime + used.ru_stime) / 60:.1f} of them a "
        "processor's work. Read of others:",
        flush=True,
    )
    crnn("evaluate", "--model", out / "run", "--protocol", "exact", out / "others")


def crnn(*arguments: object) -> None:
    """Run the command line, as a shell would."""
    command = [sys.executable, "-m", "crnn", *map(str, arguments)]
    subprocess.run(command, check=True)  # noqa: S603 - our own words
