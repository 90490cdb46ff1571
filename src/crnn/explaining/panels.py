"""The panels of the figure, one function each; all share one x axis, the frames 0 .. T.

A point x px in an image w px wide stands at frame x / w * T.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.patches import Rectangle

from crnn.alphabet import BLANK
from crnn.explaining.explanation import ExplainedText, Explanation
from crnn.explaining.network import Activity
from crnn.explaining.style import (
    AMOUNT,
    AMOUNT_GAMMA,
    SIGNED,
    SKY,
    VERMILION,
    color_of,
    percent,
    rgb,
    tinted,
    written,
)
from crnn.reader.frames import Box

LABELS_PX = 12
"""Symbols stand so far above the picture."""
FLOOR = 0.5
"""Nats of loss below which a symbol's strongest pixels are not drawn as strong."""


def picture_panel(axes: Axes, explanation: Explanation, size: float) -> None:
    """Draw the picture; each symbol's box, and above it the symbol and its posterior, in `size` pt."""
    frames = explanation.frames
    frame_count = len(frames.log_probs)
    axes.imshow(
        explanation.picture,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(0, frame_count, frames.height_px, 0),
        aspect="auto",
    )
    across = frame_count / frames.width_px
    spans = explanation.explained.spans
    middles = [(span.box[0] + span.box[2]) / 2 * across for span in spans]
    apart = min(frame_count / max(len(spans), 1), 0.0042 * size * frame_count)
    for index, (span, label, middle) in enumerate(
        zip(spans, spread(middles, apart, frame_count), middles, strict=True)
    ):
        left, top, right, bottom = span.box
        _outline(axes, (left * across, top, right * across, bottom), color_of(index), 2.0)
        axes.annotate(
            f"{written(span.symbol)}\n{percent(span.posterior)}",
            (middle, 1),
            (label, 1 + LABELS_PX / axes.bbox.height),
            xycoords=("data", "axes fraction"),
            textcoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            size=size,
            linespacing=1.15,
            parse_math=False,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color_of(index), "lw": 2, "shrinkA": 1, "shrinkB": 0},
        )
    _bare(axes)


def spread(middles: Sequence[float], apart: float, end: float) -> list[float]:
    """Move labels as little as it takes to stand `apart` in their order, within 0 .. end.

    Labels that would meet are set as a group around the mean of their positions.

    >>> spread([1.0, 5.0, 5.0], 2.0, 10.0)
    [1.0, 4.0, 6.0]
    """
    groups: list[list[float]] = []  # positions less what stands before them: equal within a group
    for index, middle in enumerate(middles):
        group = [middle - index * apart]
        while groups and sum(groups[-1]) / len(groups[-1]) > sum(group) / len(group):
            group = groups.pop() + group
        groups.append(group)
    moved = [sum(group) / len(group) for group in groups for _ in group]
    last = end - apart * (len(middles) - 0.5)
    return [min(max(shift, apart / 2), last) + index * apart for index, shift in enumerate(moved)]


def frames_panel(axes: Axes, explanation: Explanation) -> None:
    """Draw p(class | frame) of the chosen rows, the best path and the frames of the text."""
    probs, rows = explanation.probs, explanation.rows
    frames = len(probs)
    axes.imshow(
        probs[:, rows].T,
        cmap=AMOUNT,
        norm=PowerNorm(AMOUNT_GAMMA, 0, 1),
        extent=(0, frames, len(rows), 0),
        aspect="auto",
        interpolation="nearest",
    )
    symbols = explanation.frames.alphabet.symbols
    axes.set_yticks(
        np.arange(len(rows)) + 0.5,
        ["blank" if index == BLANK else written(symbols[index - 1]) for index in rows],
        parse_math=False,
        size=9 if len(rows) <= 24 else 7.5,
    )
    axes.hlines(range(1, len(rows)), 0, frames, color="white", lw=0.4, alpha=0.25)
    axes.axhline(len(rows) - 1, color="white", lw=1.2)
    best = probs.argmax(1)
    seen = [(frame + 0.5, rows.index(likeliest) + 0.5) for frame, likeliest in enumerate(best.tolist())]
    size = 4 if frames <= 100 else 2
    axes.plot(
        *zip(*seen, strict=True), ls="", marker="o", ms=size, mfc="white", mec="black", mew=size / 4, zorder=4
    )
    classes = explanation.frames.alphabet.encode(explanation.explained.text)
    for index, (symbol_class, span) in enumerate(zip(classes, explanation.explained.spans, strict=True)):
        first, end = span.frames
        row = rows.index(symbol_class)
        _outline(axes, (first, row, end, row + 1), color_of(index), 2.4)
    axes.tick_params(axis="y", length=0)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if frames <= 40 * step)
    axes.set_xticks(
        np.arange(0, frames, step) + 0.5, [str(frame) for frame in range(0, frames, step)], size=8
    )
    axes.set_xlabel("frame", size=9, labelpad=1)


def texts_panel(axes: Axes, explanation: Explanation, size: float) -> None:
    """Write the text and the runner-up below each other at their frames; differences are filled."""
    axes.set_ylim(2, 0)
    texts = [explanation.explained] + ([explanation.runner_up] if explanation.runner_up else [])
    for row, text in enumerate(texts):
        _write(axes, text, row, size)
    if explanation.runner_up is None:
        axes.text(0.3, 1.5, "The beam finds no other text.", va="center", size=9, color="0.35")
    names = [
        f"{name}  {percent(text.probability)}" for name, text in zip(("text", "next"), texts, strict=False)
    ]
    axes.set_yticks(np.arange(len(names)) + 0.5, names, size=9, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.axhline(1, color="0.85", lw=0.8)


def _write(axes: Axes, explained: ExplainedText, row: int, size: float) -> None:
    if not explained.spans:
        axes.text(0.3, row + 0.5, "no symbol at all", va="center", size=9, color="0.35")
    for span, differs in zip(explained.spans, explained.differs, strict=True):
        first, end = span.frames
        half = max(end - first, 0.9) / 2
        middle = (first + end) / 2
        if differs:
            box = (middle - half, row + 0.08), 2 * half, 0.84
            axes.add_patch(Rectangle(*box, facecolor=VERMILION, edgecolor="none", zorder=2))
        axes.text(
            middle,
            row + 0.5,
            written(span.symbol),
            ha="center",
            va="center",
            size=size,
            color="white" if differs else "black",
            weight="bold" if differs else "normal",
            parse_math=False,
            zorder=3,
        )


def evidence_panel(axes: Axes, explanation: Explanation) -> None:
    """Tint the network's image by the symbol that loses most where a pixel is hidden."""
    colors = np.array([rgb(color_of(index)) for index in range(len(explanation.evidence))])
    tint = tinted(explanation.frames.image, strengths(explanation), colors.reshape(-1, 3))
    _show(axes, explanation, tint)
    _bare(axes)


def strengths(explanation: Explanation) -> npt.NDArray[np.float32]:
    """Scale each symbol's evidence by its largest, or by FLOOR where all is smaller: (L, h, w), 0..1."""
    largest = explanation.evidence.max((1, 2), keepdims=True, initial=FLOOR)
    return np.asarray(explanation.evidence / largest, np.float32)


def activity_panel(axes: Axes, activity: Activity, part: str) -> None:
    """Draw one gate, or the memory, of the chosen units: a unit a row."""
    values = activity.parts()[part]
    limit = float(np.abs(values).max()) if part == "memory" else 1.0
    signed = part in {"memory", "candidate"}
    axes.imshow(
        values,
        cmap=SIGNED if signed else AMOUNT,
        vmin=-limit if signed else 0,
        vmax=limit,
        extent=(0, values.shape[1], len(values), 0),
        aspect="auto",
        interpolation="nearest",
    )
    _bare(axes)
    axes.set_ylabel(
        f"{part} ±{limit:.1f}" if part == "memory" else part, rotation=0, ha="right", va="center", size=9
    )


def field_panel(axes: Axes, explanation: Explanation) -> None:
    """Outline on the network's image what the chosen frame sees of it, and the frame itself."""
    _show(axes, explanation, np.repeat(explanation.frames.image[..., None], 3, axis=2))
    height, width = explanation.frames.image.shape
    frames = len(explanation.frames.log_probs)
    left, top, right, bottom = explanation.fields[explanation.frame]
    across = frames / width
    axes.axvspan(0, left * across, color="white", alpha=0.55, lw=0)
    axes.axvspan(right * across, frames, color="white", alpha=0.55, lw=0)
    _outline(axes, (left * across, top, right * across, bottom), VERMILION, 2.4)
    axes.axvspan(explanation.frame, explanation.frame + 1, facecolor=SKY, alpha=0.45, edgecolor="none")
    axes.set_ylim(height, 0)
    _bare(axes)


def _show(axes: Axes, explanation: Explanation, pixels: npt.NDArray[np.uint8]) -> None:
    """Show what has the size of the network's image, (h, w, 3)."""
    height, frames = len(pixels), len(explanation.frames.log_probs)
    axes.imshow(pixels, extent=(0, frames, height, 0), aspect="auto", interpolation="bilinear")


def _outline(axes: Axes, box: Box, color: str, width: float) -> None:
    """Draw a box with a white seam, so that it is seen on any ground."""
    left, top, right, bottom = box
    for line, edge in ((width + 1.6, "white"), (width, color)):
        axes.add_patch(
            Rectangle(
                (left, top),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=edge,
                lw=line,
                joinstyle="miter",
                zorder=3,
            )
        )


def _bare(axes: Axes) -> None:
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_edgecolor("0.6")
