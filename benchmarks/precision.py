"""How many images a second of processor time fine-tuning learns from, in each precision, on this processor.

    python benchmarks/precision.py DATA [--recipe finetune] [--steps 12]
    ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 python benchmarks/precision.py DATA

The second line does without the processor's AVX-512 and AMX, as one that lacks them. One thread; the same
batches for both precisions, drawn before; the two take turns, so that a busy machine slows both. Printed
are the median step's rate and the recipe's own choice.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from machine import describe

from crnn.formats.load import load_weights
from crnn.training.finetune import resolve_auto
from crnn.training.loop import TrainingRun
from crnn.training.real import OpenSets
from crnn.training.recipe import Recipe, make_recipe, parse_tables, read_tables
from crnn.training.run_folder import RunFolder
from crnn.training.start import choose_precision, open_initial

PRECISIONS = ("32-true", "bf16-mixed")
ALONE = ("training.workers=0", "training.threads=1", "training.log_every=1", "validation.synthetic=8")


def begin(recipe: Recipe, precision: str, folder: Path) -> TrainingRun:
    """Begin the recipe's run in this precision, from `small`."""
    tables = parse_tables(recipe.to_toml(), (f"training.precision={precision}",))
    run = TrainingRun(
        make_recipe(tables), RunFolder(folder / precision), resume=False, initial=open_initial("small")
    )
    run.model.train()
    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", help="a data set, as --data of crnn train")
    parser.add_argument("--recipe", default="finetune")
    parser.add_argument("--steps", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(1)
    changes = (*ALONE, f'data.real=[{{path="{options.data}"}}]', "model.alphabet=auto")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = read_tables(options.recipe, changes)
        resolved = resolve_auto(tables, load_weights("small"), folder / "words.txt", OpenSets())
        (folder / "words.txt").write_text("\n".join(resolved.words), encoding="utf-8")
        recipe = resolved.recipe
        runs = {precision: begin(recipe, precision, folder) for precision in PRECISIONS}
        seconds: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
        for step in range(options.steps + 2):  # two to warm up, one of each source
            batch = runs["32-true"].stream[step]
            for precision, run in runs.items():
                began = time.process_time()
                run._step(step, batch)  # noqa: SLF001 - a step without its bookkeeping
                if step > 1:
                    seconds[precision].append(time.process_time() - began)
    size = recipe.training.batch_size
    print(f"{describe()}; {options.recipe}, {options.steps} steps of {size} images")
    print(choose_precision(recipe.training))
    for precision, taken in seconds.items():
        print(f"{precision:>10}: {size / median(taken):6.1f} images a second of processor time")


if __name__ == "__main__":
    main()
