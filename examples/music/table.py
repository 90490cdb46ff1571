"""Print the paper's Table 4 with our row: fragments read without a fault, and edits for a fragment.

    python examples/music/table.py runs/music/model runs/music

The test images are ours (`sets.py`), drawn like the paper's, which were not published: rows of one
column were measured on different images.
"""

import argparse
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from sets import TESTS

import crnn
from crnn.data import open_dataset
from crnn.evaluation.evaluate import evaluate

PAPER = {
    "Capella Scan": ((51.9, 1.75), (20.0, 2.31), (43.5, 3.05)),
    "PhotoScore": ((55.0, 2.34), (28.0, 1.85), (20.4, 3.00)),
    "CRNN": ((74.6, 0.37), (81.5, 0.30), (84.0, 0.30)),
}
"""Table 4: clean, synthesized, real-world; fragment accuracy in percent and average edit distance."""


def main() -> None:
    """Measure a model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="run folder or model file")
    parser.add_argument("sets", type=Path, help="folder with clean/, synthesized/ and camera/")
    options = parser.parse_args()
    print_table(options.model, options.sets)


def print_table(model: Path, sets: Path) -> None:
    """Print the table for a model and the test sets in the folder `sets`."""
    rows = {f"{name}, as the paper has it": figures for name, figures in PAPER.items()}
    reader = crnn.load(model)
    rows["ours"] = tuple(measure(reader, sets / name) for name in TESTS)
    print("fragments read, % / edits a fragment".ljust(40), *(name.rjust(14) for name in TESTS))
    for name, figures in rows.items():
        print(name.ljust(40), *(f"{read:.1f} / {edits:.2f}".rjust(14) for read, edits in figures))


def measure(reader: crnn.Reader, path: Path) -> tuple[float, float]:
    """Return the share of fragments read without a fault, in percent, and the mean edits in symbols."""
    evaluation = evaluate(reader, open_dataset(path), "exact")
    split = reader.alphabet.split
    edits = [
        Levenshtein.distance(split(outcome.label), split(outcome.text)) for outcome in evaluation.outcomes
    ]
    return evaluation.accuracy, sum(edits) / len(edits)


if __name__ == "__main__":
    main()
