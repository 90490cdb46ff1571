"""What the figures of the book share: their arguments, their look, and files that change only when they must.

python docs/book/figures/order.py            measures, asserts what the text says, writes ./order.svg
python docs/book/figures/order.py --quick    the same claim from less work, for the tests
python docs/book/figures/order.py --seed 2 --out build          other numbers, another folder
python docs/book/figures/order.py --out docs/book/figures       the page's picture, drawn anew
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#666666"
"""Okabe and Ito's palette: told apart by colour-blind eyes; lines also differ in dashes or markers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a script was asked for."""

    quick: bool
    """Less work, the same claim."""
    seed: int
    """Of torch's generator, which `begin` has seeded; for a script that seeds it anew."""
    file: Path
    """The picture, without its ending."""

    def steps(self, full: int, quick: int) -> int:
        """Choose how much to do."""
        return quick if self.quick else full


def begin(script: str, arguments: list[str] | None, seed: int = 1) -> Order:
    """Read the command line, seed the generators, fix the look; one thread: sums are the same everywhere.

    `seed` is the one of the committed picture.
    """
    path = Path(script)
    parser = argparse.ArgumentParser(description=f"Draw {path.stem}.svg of the book.")
    parser.add_argument("--quick", action="store_true", help="less work, the same claim")
    parser.add_argument("--seed", type=int, default=seed, help=f"of the generators; {seed} if left out")
    parser.add_argument(
        "--out", type=Path, default=Path(), help="folder of the picture; this one if left out"
    )
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    mpl.rcdefaults()
    mpl.rcParams.update({
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.prop_cycle": mpl.cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, GREY]),
        "legend.frameon": False,
        "legend.fontsize": 9,
        "lines.linewidth": 1.8,
        "path.simplify_threshold": 0.5,
        "svg.hashsalt": "crnn",
    })  # fmt: skip
    return Order(quick=given.quick, seed=given.seed, file=given.out / path.stem)


def canvas(rows: int = 1, height_in: float = 2.8, **subplots: object) -> tuple[Figure, list[Axes]]:
    """Make a figure that is as wide as a phone, its panels one below the other."""
    figure, axes = plt.subplots(
        rows, 1, figsize=(4.8, height_in), squeeze=False, layout="constrained", **subplots
    )
    return figure, list(np.ravel(axes))


def finish(figure: Figure, order: Order) -> None:
    """Write the picture; the same numbers give the same bytes."""
    file = order.file.with_suffix(".svg")
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    print(file)
