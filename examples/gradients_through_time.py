"""How much of a gradient is left after so many frames: the simple cell, the LSTM and the GRU, measured.

    python examples/gradients_through_time.py [--out build]     prints a table, draws it as .svg

For each cell, a fresh one reads noise. Then the length of the gradient of one number, a random
projection of the last hidden state, is taken with respect to the state k frames earlier; 1 is its length
at the last frame. The matrix U of every gate is scaled to a spectral radius (the largest absolute
eigenvalue), which decides whether a linear cell would shrink or grow what it passes on.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import torch
from torch import Tensor, nn

from crnn.model.cells import Cell, cell_of, run

mpl.use("Agg")
from matplotlib import pyplot as plt

HIDDEN, FEATURES, IMAGES = 64, 8, 8
RADII = (0.8, 1.0, 2.0)


def kinds() -> dict[str, nn.RNNBase]:
    """Make one fresh layer of each kind; the last has its forget gate open (bias 4: f is about 0.98)."""
    layers: dict[str, nn.RNNBase] = {
        "tanh RNN": nn.RNN(FEATURES, HIDDEN),
        "ReLU RNN": nn.RNN(FEATURES, HIDDEN, nonlinearity="relu"),
        "LSTM": nn.LSTM(FEATURES, HIDDEN),
        "GRU": nn.GRU(FEATURES, HIDDEN),
        "LSTM, forget bias 4": nn.LSTM(FEATURES, HIDDEN),
    }
    layers["LSTM, forget bias 4"].bias_ih_l0.data[HIDDEN : 2 * HIDDEN] = 4.0
    return layers


def scale(layer: nn.RNNBase, radius: float) -> None:
    """Give the matrix U of every gate the spectral radius `radius`."""
    for matrix in layer.weight_hh_l0.data.view(-1, HIDDEN, HIDDEN):
        nn.init.normal_(matrix)
        matrix.mul_(radius / torch.linalg.eigvals(matrix).abs().max())


def norms(cell: Cell, features: Tensor) -> list[float]:
    """Return the gradient's length k = 0, 1, 2, ... frames before the last, relative to k = 0.

    `features` (T, N, D); a state of several parts, h and c, counts as one long vector. Mean over N.
    """
    states = run(cell, features)
    target = (states[-1][0] * torch.randn_like(states[-1][0])).sum()
    flat = [part for state in states for part in state]
    grads = torch.autograd.grad(target, flat, allow_unused=True)
    parts = len(states[0])
    lengths = []
    for frame in reversed(range(len(states))):
        pieces = [grad for grad in grads[frame * parts : (frame + 1) * parts] if grad is not None]
        lengths.append(torch.cat(pieces, dim=1).norm(dim=1).mean().item())
    return [length / lengths[0] for length in lengths]


def measure(frames: int) -> dict[str, dict[float, list[float]]]:
    """Measure every kind at every spectral radius, in double precision."""
    features = torch.randn(frames + 1, IMAGES, FEATURES).double()
    curves: dict[str, dict[float, list[float]]] = {}
    for name, layer in kinds().items():
        curves[name] = {}
        for radius in RADII:
            scale(layer, radius)
            curves[name][radius] = norms(cell_of(layer.double()), features)
    return curves


def _check(left: dict[tuple[str, float], float]) -> None:
    """Refuse to draw what the book does not say; `left` is the gradient 50 frames back."""
    claims = {
        "an open forget gate keeps the gradient": all(
            left["LSTM, forget bias 4", radius] > 0.05 for radius in RADII
        ),
        "the fresh LSTM and GRU lose it": max(left["LSTM", 1.0], left["GRU", 1.0]) < 1e-6,
        "the tanh cell loses it": left["tanh RNN", 1.0] < 5e-3 and left["tanh RNN", 0.8] < 1e-6,
        "at radius 2 it explodes": left["ReLU RNN", 2.0] > 1e5 and left["tanh RNN", 2.0] > 10,
    }
    wrong = [claim for claim, holds in claims.items() if not holds]
    if wrong:
        raise SystemExit(f"not as the book says: {'; '.join(wrong)}")


def draw(curves: dict[str, dict[float, list[float]]], file: Path) -> None:
    """Draw a panel for each spectral radius."""
    mpl.rcdefaults()
    mpl.rcParams.update(
        {"font.size": 10, "svg.hashsalt": "crnn", "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, panels = plt.subplots(
        len(RADII), 1, figsize=(4.8, 6.4), sharex=True, sharey=True, layout="constrained"
    )
    styles = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"), ("#000000", "-"))
    for radius, panel in zip(RADII, panels, strict=True):
        for (name, by_radius), (color, dash) in zip(curves.items(), styles, strict=True):
            panel.semilogy(by_radius[radius], dash, color=color, label=name, lw=1.8)
        panel.axhline(1, color="#999999", lw=0.8)
        panel.set_title(f"spectral radius {radius}", loc="left", fontsize=10)
        panel.set(ylim=(1e-12, 1e12), ylabel="gradient")
    panels[-1].set_xlabel("frames back in time")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and draw."""
    parser = argparse.ArgumentParser(description="Measure how gradients fade or grow in time.")
    parser.add_argument("--quick", action="store_true", help="60 frames instead of 100")
    parser.add_argument("--seed", type=int, default=1, help="of the weights and the noise; 1 if left out")
    parser.add_argument(
        "--out", type=Path, default=Path(), help="folder of the picture; this one if left out"
    )
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    curves = measure(60 if given.quick else 100)
    print("gradient left 50 frames back   " + "".join(f"radius {radius:<8}" for radius in RADII))
    for name, by_radius in curves.items():
        print(f"{name:<31}" + "".join(f"{by_radius[radius][50]:<15.1e}" for radius in RADII))
    _check(
        {
            (name, radius): curve[50]
            for name, by_radius in curves.items()
            for radius, curve in by_radius.items()
        }
    )
    draw(curves, given.out / "gradients_through_time.svg")
    print(given.out / "gradients_through_time.svg")


if __name__ == "__main__":
    main()
