"""Learn to read notes: make the data sets, train the paper's network for music, print the paper's table.

    python examples/music/train.py [--fragments 8000] [--out runs/music]

Needs the extra `music`. What is there is not made again, and a run that was stopped goes on.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from sets import write_sets
from table import print_table

RECIPE = Path(__file__).with_name("music.toml")


def main() -> None:
    """Make, train, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fragments", type=int, default=8000, help="to learn from, each seen in four ways")
    parser.add_argument("--out", type=Path, default=Path("runs/music"))
    parser.add_argument("--set", dest="settings", action="append", default=[], help="as in crnn train")
    options = parser.parse_args()
    out, run = options.out, options.out / "model"
    write_sets(out, options.fragments)
    if (run / "state.safetensors").exists():
        crnn("train", "--resume", "--out", run)
    else:
        settings = [f'validation.data=["{out / "held"}"]', *options.settings]
        changes = [f"--set={setting}" for setting in settings]
        crnn("train", RECIPE, "--out", run, "--data", out / "train", *changes)
    print_table(run, out)


def crnn(*arguments: object) -> None:
    """Run the command line, as a shell would."""
    command = [sys.executable, "-m", "crnn", *map(str, arguments)]
    subprocess.run(command, check=True)  # noqa: S603 - our own words


if __name__ == "__main__":
    main()
