"""How many synthetic images a second a recipe learns from, as `crnn train` would.

    python benchmarks/training_rate.py [small] [--set training.workers=0]

Printed are the median over the lines of metrics, the first left out, and the share of the time in
which the loop waited for images: near 0 the network sets the pace, near 1 the synthesis does.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from machine import describe

from crnn.training.loop import Metrics
from crnn.training.monitor import StepMetrics
from crnn.training.recipe import read_recipe
from crnn.training.train import run_training as train

STEPS = 60
LOGGED = 10
CHANGES = (
    f"training.steps={STEPS}",
    f"training.log_every={LOGGED}",
    "training.validate_every=0",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="small")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    options = parser.parse_args()
    recipe = read_recipe(options.recipe, (*options.set, *CHANGES))
    lines: list[Metrics] = []
    with tempfile.TemporaryDirectory() as folder:
        train(recipe, Path(folder) / "run", on_metrics=lines.append)
    logged = [line for line in lines if isinstance(line, StepMetrics)][1:]
    rate = median(line.images_per_s for line in logged)
    waiting = median(line.waiting for line in logged)
    print(f"{describe()}; {options.recipe}, {STEPS} steps of {recipe.training.batch_size} images")
    print(f"{rate:.0f} images a second, {100 * waiting:.0f} % of the time waiting for images")


if __name__ == "__main__":
    main()
