"""How many labelled images fine-tuning needs: the captchas of examples/captcha.py, 50 to 1,000.

    python benchmarks/finetuning.py [--points 50 100 250 700 1000] [--out runs/curve] [--set KEY=VALUE]

Each point is a run of the recipe `finetune` from `small` on the first so many captchas; all are
counted on the same 500 others, which no run sees. A point that is there already is not run again,
so an interrupted curve goes on. Printed for each: images, words read right with their 95 % interval,
minutes, and minutes of a processor's work (what a free core would need).
"""

import argparse
import json
import resource
import sys
import time
from importlib import import_module
from itertools import islice
from pathlib import Path

from machine import describe

import crnn
from crnn.data import open_dataset, write_folder
from crnn.evaluation.evaluate import evaluate

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
captcha, teaching = import_module("captcha"), import_module("teaching")

OTHERS = 500


def point(count: int, out: Path, settings: list[str]) -> dict[str, float]:
    """Train on `count` captchas and count what the model reads of the others."""
    folder = out / str(count)
    write_folder(folder / "mydata", islice(captcha.samples(1000, seed=1), count))
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    changes = [word for setting in settings for word in ("--set", setting)]
    start = ("--data", folder / "mydata", "--init", "small", "--alphabet", "auto", "--out", folder / "run")
    teaching.crnn("train", teaching.RECIPE, *start, *changes)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result = evaluate(crnn.load(folder / "run"), open_dataset(out / "others"), "exact")
    assert result.n == OTHERS
    return {
        "images": count,
        "accuracy": result.accuracy,
        "low": result.interval[0],
        "high": result.interval[1],
        "minutes": (time.perf_counter() - started) / 60,
        "processor_minutes": worked_s / 60,
    }


def main() -> None:
    """Run the points that are missing, and print all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, nargs="+", default=[50, 100, 250, 700, 1000])
    parser.add_argument("--out", type=Path, default=Path("runs/curve"))
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    options = parser.parse_args()
    out: Path = options.out
    if not (out / "others").exists():
        write_folder(out / "others", captcha.samples(OTHERS, seed=2))
    print(f"{describe()}; captchas, {OTHERS} others, exact")
    for count in options.points:
        result = out / f"{count}.json"
        if not result.exists():
            result.write_text(json.dumps(point(count, out, options.set)), encoding="utf-8")
        row = json.loads(result.read_text(encoding="utf-8"))
        print(
            f"{row['images']:5} images  {row['accuracy']:.1f} % ({row['low']:.1f}-{row['high']:.1f})  "
            f"{row['minutes']:.1f} minutes, {row['processor_minutes']:.1f} of a processor's work",
            flush=True,
        )


if __name__ == "__main__":
    main()
