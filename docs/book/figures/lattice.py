"""CTC's sum over paths: every path, the lattice, and the gradient that comes of it (chapter 7)."""

from itertools import product

import numpy as np
import torch
from drawing import BLUE, GREY, Order, begin, canvas, finish
from matplotlib.axes import Axes

from crnn.training.loss import ctc_loss
from crnn.transcription.ctc import collapse, log_prob

FRAMES = 6
LABEL = [1, 2, 2]
NAMES = "-be"


def occupied(log_probs: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Walk every path of T frames: how probable each state and class is at each frame, given the label.

    Returns states (T, 2L + 1), classes (T, C), and the number of paths that spell the label.
    """
    states = np.zeros((FRAMES, 2 * len(LABEL) + 1))
    classes = np.zeros(log_probs.shape)
    count = 0
    for path in product(range(len(NAMES)), repeat=FRAMES):
        if collapse(path) != LABEL:
            continue
        count += 1
        p = np.exp(log_probs[range(FRAMES), path].sum())
        place, before = 0, 0
        for frame, symbol in enumerate(path):
            if frame == 0:
                place = min(symbol, 1)
            elif symbol != before:
                place += 2 if symbol and before else 1  # from symbol to symbol, past the blank between them
            states[frame, place] += p
            classes[frame, symbol] += p
            before = symbol
    total = np.exp(log_prob(log_probs, LABEL))
    return states / total, classes / total, count


def draw_lattice(axes: Axes, states: np.ndarray) -> None:
    """Draw the states as dots, as large as they are probable, and the steps that are allowed."""
    spelled = [NAMES[0] if place % 2 == 0 else NAMES[LABEL[place // 2]] for place in range(states.shape[1])]
    live = states > 0
    for frame, place in zip(*np.nonzero(live[:-1]), strict=True):
        for jump in (0, 1, 2):
            after = place + jump
            past_a_blank = jump < 2 or (after % 2 and spelled[after : after + 1] != [spelled[place]])
            if after < len(spelled) and past_a_blank and live[frame + 1, after]:
                axes.plot([frame, frame + 1], [place, after], color="#BBBBBB", lw=0.8, zorder=0)
    for frame, place in zip(*np.nonzero(live), strict=True):
        axes.scatter(frame, place, s=20 + 160 * states[frame, place], color=BLUE if place % 2 else GREY)
    axes.set_yticks(range(len(spelled)), spelled)
    axes.set(
        xticks=range(FRAMES), ylim=(len(spelled) - 0.5, -0.5), title="the lattice of “bee” over 6 frames"
    )
    axes.set_xticklabels(range(1, FRAMES + 1))


def measure() -> tuple[np.ndarray, np.ndarray]:
    """Compare sum, posterior and gradient with brute force; return states (T, S) and the gradient (T, C)."""
    scores = (1.5 * torch.randn(FRAMES, len(NAMES))).double().requires_grad_()
    log_probs = scores.log_softmax(1)  # (T, C)
    states, classes, count = occupied(log_probs.detach().numpy())
    loss = ctc_loss(log_probs[:, None], [LABEL])
    loss.backward()
    assert scores.grad is not None
    gradient = scores.grad.numpy()
    print(f"{len(NAMES) ** FRAMES} paths, {count} spell the label; loss {loss.item():.4f}")
    paths = [path for path in product(range(len(NAMES)), repeat=FRAMES) if collapse(path) == LABEL]
    table = log_probs.detach().numpy()
    summed = sum(np.exp(table[range(FRAMES), path].sum()) for path in paths)
    assert np.isclose(-np.log(summed), loss.item(), atol=1e-5)
    assert np.allclose(gradient, np.exp(table) - classes, atol=1e-5)
    assert np.allclose(states[:, ::2].sum(1), classes[:, 0])
    assert np.allclose(states[:, 3::2].sum(1), classes[:, 2])
    assert count == 28
    return states, gradient


def main(arguments: list[str] | None = None) -> None:
    """Measure, assert and draw."""
    order: Order = begin(__file__, arguments)
    states, gradient = measure()
    figure, (above, below) = canvas(2, height_in=4.6, height_ratios=[3, 2])
    draw_lattice(above, states)
    below.imshow(gradient.T, cmap="PuOr_r", vmin=-1, vmax=1, aspect="auto")
    for frame, row in enumerate(gradient):
        for symbol, value in enumerate(row):
            below.text(
                frame,
                symbol,
                f"{value:+.2f}",
                ha="center",
                va="center",
                fontsize=9,
                color="k" if abs(value) < 0.7 else "w",
            )
    below.set_yticks(range(len(NAMES)), NAMES)
    below.set_xticks(range(FRAMES), range(1, FRAMES + 1))
    below.set(xlabel="frame", title="gradient of the loss: probability minus posterior")
    finish(figure, order)


if __name__ == "__main__":
    main()
