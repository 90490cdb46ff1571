"""The page: the same panels as the figure in one HTML file, to point at.

How it stays alone and harmless: `crnn/html.py`.

All places are shares of the width or height of a panel, so the page fits any screen.

An explanation as a file: .png to look at, .html to point at.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from crnn.alphabet import BLANK
from crnn.errors import DataError
from crnn.explaining.explanation import Explanation, Told
from crnn.explaining.figure import draw
from crnn.explaining.network import Activity
from crnn.explaining.panels import spread, strengths
from crnn.explaining.style import (
    AMOUNT,
    GAMMA,
    SIGNED,
    colour_of,
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

LARGEST_PX = 1200
"""Width above which the picture is shrunk for the page."""

LABEL_SHARE = 0.034
"""Least distance of two symbols over their boxes, in widths of the picture."""


def render(explanation: Explanation) -> str:
    """Fill the page's template."""
    frames = len(explanation.frames.log_probs)
    values: dict[str, object] = {
        "explanation": explanation,
        "frames": frames,
        "picture": _picture(explanation),
        "symbols": _symbols(explanation, frames),
        "seen": _uri(explanation.frames.image),
        "tint": _tint(explanation),
        "heat": _uri(painted(explanation.probs[:, explanation.rows].T ** GAMMA, AMOUNT)),
        "row_names": [_class_name(explanation, one) for one in explanation.rows],
        "dots": _dots(explanation),
        "texts": [_text(one, frames) for one in (explanation.told, explanation.other) if one is not None],
        "activity": [(one, _strips(one)) for one in explanation.activity],
        "data": _data(explanation),
    }
    return render_page(__package__ or "", values, {"percent": percent, "exactly": exactly}, {})


def _picture(explanation: Explanation) -> str:
    image = Image.fromarray(explanation.picture)
    image.thumbnail((LARGEST_PX, LARGEST_PX))
    return _uri(np.asarray(image))


def _symbols(explanation: Explanation, count: int) -> list[dict[str, object]]:
    """Describe each symbol of the text: colour, box and label over the picture, frames and row below."""
    frames, told = explanation.frames, explanation.told
    middles = [(span.box[0] + span.box[2]) / 2 / frames.width_px for span in told.spans]
    labels = spread(middles, min(LABEL_SHARE, 1 / max(len(middles), 1)), 1.0)
    classes = frames.alphabet.encode(told.text)
    return [
        {
            "name": written(span.symbol),
            "posterior": span.posterior,
            "colour": colour_of(place),
            "label": label,
            "left": span.box[0] / frames.width_px,
            "top": span.box[1] / frames.height_px,
            "width": (span.box[2] - span.box[0]) / frames.width_px,
            "height": (span.box[3] - span.box[1]) / frames.height_px,
            "first": span.frames[0] / count,
            "length": (span.frames[1] - span.frames[0]) / count,
            "row": explanation.rows.index(one) / len(explanation.rows),
        }
        for place, (span, label, one) in enumerate(zip(told.spans, labels, classes, strict=True))
    ]


def _dots(explanation: Explanation) -> list[tuple[float, float]]:
    """Place the best class of each frame in the heat map, as shares of its width and height."""
    best = explanation.frames.log_probs.argmax(1).tolist()
    rows, frames = explanation.rows, len(best)
    return [((frame + 0.5) / frames, (rows.index(one) + 0.5) / len(rows)) for frame, one in enumerate(best)]


def _text(told: Told, frames: int) -> dict[str, object]:
    """Place the symbols of a text at the middle of their frames."""
    letters = [
        {"name": written(span.symbol), "middle": sum(span.frames) / 2 / frames, "differs": differs}
        for span, differs in zip(told.spans, told.differs, strict=True)
    ]
    return {"text": told.text, "probability": told.probability, "letters": letters}


def _strips(activity: Activity) -> list[tuple[str, str]]:
    """Paint gates and memory, each scaled as in the figure."""
    strips = []
    for part, values in activity.parts().items():
        reach = float(np.abs(values).max()) or 1.0 if part == "memory" else 1.0
        if part in {"memory", "candidate"}:
            strips.append((part, _uri(painted(0.5 + values / (2 * reach), SIGNED))))
        else:
            strips.append((part, _uri(painted(values, AMOUNT))))
    return strips


def _tint(explanation: Explanation, place: int | None = None) -> str:
    """Tint the network's image by all symbols, or by one alone."""
    places = range(len(explanation.evidence)) if place is None else [place]
    colours = np.array([rgb(colour_of(one)) for one in places]).reshape(-1, 3)
    return _uri(tinted(explanation.frames.image, strengths(explanation)[list(places)], colours))


def _data(explanation: Explanation) -> dict[str, object]:
    """Gather what the script needs: top classes and field of each frame, frames and tint of each symbol."""
    probs = explanation.probs
    best = np.argsort(-probs, axis=1)[:, :TOP].tolist()
    width = explanation.frames.image.shape[1]
    return {
        "frame": explanation.frame,
        "frames": [
            [[_class_name(explanation, one), percent(float(probs[frame, one]))] for one in classes]
            for frame, classes in enumerate(best)
        ],
        "fields": [[left / width, right / width] for left, _, right, _ in explanation.fields],
        "symbols": [
            {
                "name": written(span.symbol),
                "posterior": percent(span.posterior),
                "frames": span.frames,
                "tint": _tint(explanation, place),
            }
            for place, span in enumerate(explanation.told.spans)
        ],
    }


def _class_name(explanation: Explanation, one: int) -> str:
    return "blank" if one == BLANK else written(explanation.frames.alphabet.symbols[one - 1])


def _uri(pixels: npt.NDArray[np.uint8]) -> str:
    """Pack pixels (h, w) or (h, w, 3) into a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return data_uri(buffer.getvalue(), "image/png")


SUFFIXES = (".png", ".html")

ROUGH = 5
"""Colours of a .png are rounded to multiples of this, of 255: two thirds of the bytes, and no eye tells."""


def check_out(path: str | Path) -> Path:
    """Return where to write; DataError for a name that ends in none of SUFFIXES."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{path}: an explanation is a .png or an .html file; end its name in one of them.")
    return path


def write(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation in the format that the name asks for.

    Raises DataError for another suffix, and where the file cannot be written.
    """
    path = check_out(path)
    if path.suffix.lower() == ".png":
        content = _png(explanation)
    else:
        content = render(explanation).encode("utf-8", "backslashreplace")
    write_atomic(path, content, DataError)


def _png(explanation: Explanation) -> bytes:
    """Draw the figure, its colours rounded to ROUGH."""
    drawn = io.BytesIO()
    draw(explanation).savefig(drawn, format="png")
    exact = np.asarray(Image.open(drawn).convert("RGB"))  # (H, W, 3)
    rough = (np.rint(exact / ROUGH) * ROUGH).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rough).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
