"""The figure: panels below each other over one axis of frames, 1200 px wide.

A panel is a line of text, and below it axes of a height in px that is known beforehand: so the
height of the figure is their sum, and nothing has to be fitted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crnn.explaining import panels
from crnn.explaining.explanation import Explanation
from crnn.explaining.style import FONT, exactly, sentence

WIDTH_PX = 1200
LEFT_PX, RIGHT_PX = 118, 26
"""Margins of the axes; the names of rows stand in the left one."""
TITLE_PX, BOTTOM_PX = 26, 14
MIN_PICTURE_PX, MAX_PICTURE_PX = 90, 330
"""Height of the picture: as its shape asks, between the two."""
MAX_IMAGE_PX = 150
"""Largest height at which the network's image is shown."""
MAX_NAME_CHARS = 50
DPI = 100
FAINT = "0.35"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """A line of text, and axes below it."""

    title: str = ""
    draw: Callable[[Axes], None] | None = None
    height_px: float = 0.0
    above_px: float = 0.0
    """Room between title and axes."""
    gap_px: float = 0.0
    """Room below."""
    size: float = 11
    color: str = "0.15"

    @property
    def title_px(self) -> int:
        return TITLE_PX if self.title else 0

    @property
    def whole_px(self) -> float:
        return self.title_px + self.above_px + self.height_px + self.gap_px


def draw(explanation: Explanation) -> Figure:
    """Draw an explanation; `write` saves it, and a notebook shows it.

    Args:
        explanation: What `explain` returned.

    Returns:
        A figure 1200 px wide, as high as its panels need.
    """
    frames = len(explanation.frames.log_probs)
    every = [*_reading(explanation), *_evidence(explanation), *_activity(explanation), *_field(explanation)]
    height_px = sum(panel.whole_px for panel in every) + BOTTOM_PX
    with rc_context({"font.family": FONT, "axes.titlesize": 11}):
        figure = Figure(figsize=(WIDTH_PX / DPI, height_px / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        down_px = 0.0
        for panel in every:
            _add_panel(figure, panel, down_px, frames)
            down_px += panel.whole_px
    return figure


def _add_panel(figure: Figure, panel: _Panel, down_px: float, frames: int) -> None:
    """Draw a panel so many px below the top."""
    height_px = figure.get_figheight() * DPI
    baseline = 1 - (down_px + panel.title_px - 7) / height_px
    figure.text(12 / WIDTH_PX, baseline, panel.title, size=panel.size, color=panel.color, parse_math=False)
    if panel.draw is None:
        return
    bottom = 1 - (down_px + panel.title_px + panel.above_px + panel.height_px) / height_px
    width = (WIDTH_PX - LEFT_PX - RIGHT_PX) / WIDTH_PX
    axes = figure.add_axes((LEFT_PX / WIDTH_PX, bottom, width, panel.height_px / height_px))
    axes.set_xlim(0, frames)
    axes.set_xticks([])
    panel.draw(axes)


def _reading(explanation: Explanation) -> Iterator[_Panel]:
    """Say what is read, and show the picture, the frames and the runner-up."""
    explained, rows = explanation.explained, len(explanation.rows)
    title = f"{_shortened(sentence(explanation.name))}  →  “{sentence(explained.text)}”"
    yield _Panel(title=title, size=14 if len(title) <= 90 else 9, color="black")
    yield _Panel(title=_facts(explanation), size=9.5, color=FAINT)
    size = _letter_size(len(explained.spans))
    yield _Panel(
        draw=partial(panels.picture_panel, explanation=explanation, size=size),
        above_px=62 if explained.spans else 8,  # for the symbols over their boxes
        height_px=_picture_px(explanation),
        gap_px=16,
    )
    yield _Panel(
        title="What each frame says: p(class | frame), brighter is likelier (square-root scale). "
        "Circles: the best class of each frame. Boxes: the frames of each symbol",
        draw=partial(panels.frames_panel, explanation=explanation),
        height_px=rows * (24 if rows <= 16 else 17),
        gap_px=38,
    )
    yield _Panel(
        title="The text and the runner-up at their frames; what differs is filled",
        draw=partial(panels.texts_panel, explanation=explanation, size=max(size, 8)),
        height_px=60,
        gap_px=16,
    )


def _shortened(name: str) -> str:
    """Leave out the middle of a long name: the ends tell files apart."""
    return name if len(name) <= MAX_NAME_CHARS else f"{name[:20]}…{name[21 - MAX_NAME_CHARS :]}"


def _facts(explanation: Explanation) -> str:
    """Say in a line with what probability, by which model, and how it was read."""
    explained = explanation.explained
    asked = "" if explained.text == explanation.read else f"; it reads “{sentence(explanation.read)}”"
    turned = {1: "; the picture was turned a quarter to the left", 3: "; turned a quarter to the right"}
    return (
        f"p(text | image) = {exactly(explained.probability)}; model {sentence(explanation.model)}{asked}"
        f"{turned.get(explanation.quarter_turns, '')}"
        + (". Over each box: the symbol, and how sure it is in its place" if explained.spans else "")
    )


def _picture_px(explanation: Explanation) -> float:
    """Choose the height of the picture from its shape."""
    height, width = explanation.picture.shape
    in_proportion = float((WIDTH_PX - LEFT_PX - RIGHT_PX) * height / width)
    return min(max(in_proportion, MIN_PICTURE_PX), MAX_PICTURE_PX)


def _seen_px(explanation: Explanation) -> float:
    """Choose the height at which the network's image is shown."""
    return min(0.6 * max(_picture_px(explanation), MIN_PICTURE_PX / 0.6), MAX_IMAGE_PX)


def _letter_size(symbols: int) -> float:
    """Choose how large symbols are written over their boxes, pt."""
    return 13 if symbols <= 12 else 10 if symbols <= 20 else 8 if symbols <= 30 else 6.5


def _evidence(explanation: Explanation) -> Iterator[_Panel]:
    """Show which pixels the symbols rest on, where there are symbols."""
    if not explanation.explained.spans:
        return
    yield _Panel(
        title="Which pixels each symbol rests on: tinted in its colour where hiding them costs it most",
        draw=partial(panels.evidence_panel, explanation=explanation),
        height_px=_seen_px(explanation),
        gap_px=16,
    )


def _activity(explanation: Explanation) -> Iterator[_Panel]:
    """Show gates and memory of the last LSTM, or say why they are missing."""
    if not explanation.activity:
        yield _Panel(title="Left out, the gates of the last LSTM. " + explanation.no_activity, color=FAINT)
    for activity in explanation.activity:
        direction = "right to left" if activity.backward else "left to right"
        yield _Panel(
            title=f"The last LSTM, {direction}: the {len(activity.memory)} of {activity.units} units whose "
            "memory changes most (gates: bright is open; candidate, memory: orange -, violet +)"
        )
        for part in activity.parts():
            yield _Panel(
                draw=partial(panels.activity_panel, activity=activity, part=part),
                height_px=62 if part == "memory" else 40,
                gap_px=8 if part == "memory" else 2,
            )


def _field(explanation: Explanation) -> Iterator[_Panel]:
    """Show what one frame sees, or say why that is missing."""
    if not explanation.fields:
        yield _Panel(title="Left out, what a frame sees: this model's layers are not known.", color=FAINT)
        return
    left, _, right, _ = explanation.fields[explanation.frame]
    why = "where the least sure symbol stands" if explanation.explained.spans else "the middle one"
    yield _Panel(
        title=f"What the convolution sees in frame {explanation.frame}, {why}: {right - left:.0f} of "
        f"{explanation.frames.image.shape[1]} px; the LSTM adds what other frames saw",
        draw=partial(panels.field_panel, explanation=explanation),
        height_px=_seen_px(explanation),
    )
