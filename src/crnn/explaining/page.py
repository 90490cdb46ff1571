"""The page: the same panels as the figure in one HTML file, to point at.

How it stays alone and harmless: `crnn/html.py`.

All positions are shares of the width or height of a panel, so the page fits any screen.

An explanation as a file: .png to look at, .html to point at.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from crnn.alphabet import BLANK
from crnn.errors import DataError
from crnn.explaining.explanation import ExplainedText, Explanation
from crnn.explaining.figure import draw
from crnn.explaining.network import Activity
from crnn.explaining.panels import spread, strengths
from crnn.explaining.style import (
    AMOUNT,
    AMOUNT_GAMMA,
    SIGNED,
    color_of,
    exactly,
    painted,
    percent,
    rgb,
    tinted,
    written,
)
from crnn.files import write_atomic
from crnn.html import data_uri, render_page

TOP = 5
"""Classes listed of the frame that is pointed at."""

MAX_PICTURE_SIDE_PX = 1200
"""Width above which the picture is shrunk for the page."""

LABEL_SHARE = 0.034
"""Least distance of two symbols over their boxes, in widths of the picture."""


def render_explanation(explanation: Explanation) -> str:
    """Fill the page's template."""
    frame_count = len(explanation.frames.log_probs)
    values: dict[str, object] = {
        "explanation": explanation,
        "frames": frame_count,
        "picture": _picture(explanation),
        "symbols": _symbols(explanation, frame_count),
        "seen": _uri(explanation.frames.image),
        "tint": _tint(explanation),
        "heat": _uri(painted(explanation.probs[:, explanation.rows].T ** AMOUNT_GAMMA, AMOUNT)),
        "row_names": [_class_name(explanation, index) for index in explanation.rows],
        "dots": _dots(explanation),
        "texts": [
            _text(text, frame_count) for text in (explanation.explained, explanation.runner_up) if text
        ],
        "activity": [(direction, _strips(direction)) for direction in explanation.activity],
        "data": _data(explanation),
    }
    return render_page(__package__ or "", values, {"percent": percent, "exactly": exactly}, {})


def _picture(explanation: Explanation) -> str:
    image = Image.fromarray(explanation.picture)
    image.thumbnail((MAX_PICTURE_SIDE_PX, MAX_PICTURE_SIDE_PX))
    return _uri(np.asarray(image))


def _symbols(explanation: Explanation, frame_count: int) -> list[dict[str, object]]:
    """Describe each symbol of the text: colour, box and label over the picture, frames and row below."""
    frames, explained = explanation.frames, explanation.explained
    middles = [(span.box[0] + span.box[2]) / 2 / frames.width_px for span in explained.spans]
    labels = spread(middles, min(LABEL_SHARE, 1 / max(len(middles), 1)), 1.0)
    classes = frames.alphabet.encode(explained.text)
    return [
        {
            "name": written(span.symbol),
            "posterior": span.posterior,
            "color": color_of(index),
            "label": label,
            "left": span.box[0] / frames.width_px,
            "top": span.box[1] / frames.height_px,
            "width": (span.box[2] - span.box[0]) / frames.width_px,
            "height": (span.box[3] - span.box[1]) / frames.height_px,
            "first": span.frames[0] / frame_count,
            "length": (span.frames[1] - span.frames[0]) / frame_count,
            "row": explanation.rows.index(symbol_class) / len(explanation.rows),
        }
        for index, (span, label, symbol_class) in enumerate(
            zip(explained.spans, labels, classes, strict=True)
        )
    ]


def _dots(explanation: Explanation) -> list[tuple[float, float]]:
    """Place the best class of each frame in the heat map, as shares of its width and height."""
    best = explanation.frames.log_probs.argmax(1).tolist()
    rows = explanation.rows
    return [
        ((frame + 0.5) / len(best), (rows.index(likeliest) + 0.5) / len(rows))
        for frame, likeliest in enumerate(best)
    ]


def _text(explained: ExplainedText, frame_count: int) -> dict[str, object]:
    """Place the symbols of a text at the middle of their frames."""
    letters = [
        {"name": written(span.symbol), "middle": sum(span.frames) / 2 / frame_count, "differs": differs}
        for span, differs in zip(explained.spans, explained.differs, strict=True)
    ]
    return {"text": explained.text, "probability": explained.probability, "letters": letters}


def _strips(activity: Activity) -> list[tuple[str, str]]:
    """Paint gates and memory, each scaled as in the figure."""
    strips = []
    for part, values in activity.parts().items():
        limit = float(np.abs(values).max()) or 1.0 if part == "memory" else 1.0
        if part in {"memory", "candidate"}:
            strips.append((part, _uri(painted(0.5 + values / (2 * limit), SIGNED))))
        else:
            strips.append((part, _uri(painted(values, AMOUNT))))
    return strips


def _tint(explanation: Explanation, index: int | None = None) -> str:
    """Tint the network's image by all symbols, or by one alone."""
    indices = range(len(explanation.evidence)) if index is None else [index]
    colors = np.array([rgb(color_of(index)) for index in indices]).reshape(-1, 3)
    return _uri(tinted(explanation.frames.image, strengths(explanation)[list(indices)], colors))


def _data(explanation: Explanation) -> dict[str, object]:
    """Gather what the script needs: top classes and field of each frame, frames and tint of each symbol."""
    probs = explanation.probs
    best = np.argsort(-probs, axis=1)[:, :TOP].tolist()
    width = explanation.frames.image.shape[1]
    return {
        "frame": explanation.frame,
        "frames": [
            [[_class_name(explanation, index), percent(float(probs[frame, index]))] for index in classes]
            for frame, classes in enumerate(best)
        ],
        "fields": [[left / width, right / width] for left, _, right, _ in explanation.fields],
        "symbols": [
            {
                "name": written(span.symbol),
                "posterior": percent(span.posterior),
                "frames": span.frames,
                "tint": _tint(explanation, index),
            }
            for index, span in enumerate(explanation.explained.spans)
        ],
    }


def _class_name(explanation: Explanation, index: int) -> str:
    return "blank" if index == BLANK else written(explanation.frames.alphabet.symbols[index - 1])


def _uri(pixels: npt.NDArray[np.uint8]) -> str:
    """Pack pixels (h, w) or (h, w, 3) into a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return data_uri(buffer.getvalue(), "image/png")


EXPLANATION_SUFFIXES = (".png", ".html")

COLOR_STEP = 5
"""Colours of a .png are rounded to multiples of this, of 255: two thirds of the bytes, and no eye tells."""


def check_out(path: str | Path) -> Path:
    """Check the name of the file that an explanation is written to.

    Args:
        path: Its name, which ends in .png or .html.

    Returns:
        The same as a Path.

    Raises:
        DataError: The name ends in something else.
    """
    path = Path(path)
    if path.suffix.lower() not in EXPLANATION_SUFFIXES:
        raise DataError(f"{path}: an explanation is a .png or an .html file; end its name in one of them.")
    return path


def write(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation as a picture or a page.

    Args:
        explanation: What `explain` returned.
        path: A .png to look at, or an .html to point at frames and symbols.

    Raises:
        DataError: The name has another suffix, or the file cannot be written.
    """
    path = check_out(path)
    if path.suffix.lower() == ".png":
        content = _png(explanation)
    else:
        content = render_explanation(explanation).encode("utf-8", "backslashreplace")
    write_atomic(path, content, DataError)


def _png(explanation: Explanation) -> bytes:
    """Draw the figure, its colours rounded to COLOR_STEP."""
    drawn = io.BytesIO()
    draw(explanation).savefig(drawn, format="png")
    exact = np.asarray(Image.open(drawn).convert("RGB"))  # (H, W, 3)
    rough = (np.rint(exact / COLOR_STEP) * COLOR_STEP).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rough).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
