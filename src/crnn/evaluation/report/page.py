"""A report as one HTML file: no network, no fonts, no script but its own.

How that is kept: `crnn/html.py`.

Charts of a report as SVG: no script, no fonts of their own, colours from the page's style sheet.

They are built as XML trees, so that whatever stands in a name is escaped.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from crnn.data.dataset import Dataset
from crnn.errors import DataError
from crnn.evaluation.confidence import (
    ReliabilityBin,
    area_under_risk,
    bootstrap_interval,
    reliability,
    risk_coverage,
)
from crnn.evaluation.evaluate import Evaluation
from crnn.evaluation.metrics import protocol_named
from crnn.evaluation.report.figures import Group, ReportFigures, collect_figures
from crnn.evaluation.report.samples import ShownSample, show_samples
from crnn.files import write_atomic
from crnn.html import render_page
from crnn.reader.reader import Reader
from crnn.symbols import visible

MAX_EDITS = 24
"""Edits listed one by one."""


def write_report(
    path: str | Path, evaluation: Evaluation, dataset: Dataset, reader: Reader, model: str
) -> None:
    """Write what a reader makes of a data set as one HTML file.

    Args:
        path: The file.
        evaluation: That of the same reader and data set.
        dataset: The images, of which some are shown.
        reader: What read them.
        model: Its name on the page.

    Raises:
        DataError: The file cannot be written.
    """
    findings = collect_figures(evaluation, dataset, reader.alphabet)
    page = render_report(evaluation, findings, show_samples(evaluation, dataset, reader), model, reader.card)
    write_atomic(path, page.encode("utf-8", "backslashreplace"), DataError)


def render_report(
    evaluation: Evaluation,
    findings: ReportFigures,
    shown: Sequence[ShownSample],
    model: str,
    card: Mapping[str, object],
) -> str:
    """Fill the page's template; see `write_report`."""
    values: dict[str, object] = {
        "evaluation": evaluation,
        "protocol": protocol_named(evaluation.protocol),
        "findings": findings,
        "edits": findings.confusion.most_common(MAX_EDITS),
        "length_chart": bar_chart(findings.by_length, "Accuracy by length", "symbols in the label"),
        "width_chart": bar_chart(findings.by_width, "Accuracy by width", "width of the image, px"),
        "trust": _trust(evaluation),
        "shown": shown,
        "model": model,
        "card": json.dumps(dict(card), ensure_ascii=False, indent=2, default=str) if card else "",
        "date": datetime.now(UTC).date().isoformat(),
    }
    tests = {"plain": lambda symbol: visible(symbol) == symbol}
    return render_page(__package__ or "", values, {"visible": visible}, tests)


def _trust(evaluation: Evaluation) -> dict[str, object]:
    """Gather what the page says of the confidence; {} where no image could be opened."""
    figures = evaluation.confidence_figures()
    if figures is None:
        return {}
    read = [outcome for outcome in evaluation.outcomes if not outcome.error]
    confidences = [outcome.confidence for outcome in read]
    right = [outcome.right for outcome in read]
    coverage, risk = risk_coverage(confidences, right)
    accepted = [round(covered * len(read)) for covered in figures.coverage.values() if covered]
    return {
        "figures": figures,
        "aurc_interval": bootstrap_interval(area_under_risk, confidences, right),
        "reliability": reliability_diagram(reliability(confidences, right)),
        "risk": risk_curve(coverage.tolist(), risk.tolist(), accepted),
    }


WIDTH, HEIGHT = 480, 280

LEFT, RIGHT, TOP, BOTTOM = 40, 14, 12, 58
"""Margins around the field of a chart, in units of the view box."""

POINTS = 240
"""A curve needs no more: one every second pixel."""


def bar_chart(groups: Sequence[Group], title: str, below: str) -> str:
    """Draw the accuracy of each group with its interval, 0 to 100 %, and its size below."""
    chart, field = _chart(title, below)
    _scale_y(chart, [(part / 4, f"{25 * part}") for part in range(5)])
    step = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    for index, group in enumerate(groups):
        middle = LEFT + (index + 0.5) * step
        half_width = min(0.36 * step, 22)
        top = _y(group.accuracy / 100)
        bar = _add(
            field,
            "rect",
            {"class": "bar"},
            x=middle - half_width,
            y=top,
            width=2 * half_width,
            height=HEIGHT - BOTTOM - top,
        )
        low, high = group.interval
        SubElement(
            bar, "title"
        ).text = (
            f"{group.name}: {group.right} of {group.n} right, {group.accuracy:.1f} % ({low:.1f}-{high:.1f})"
        )
        _add(field, "line", {"class": "whisker"}, x1=middle, y1=_y(low / 100), x2=middle, y2=_y(high / 100))
        _label(chart, middle, HEIGHT - BOTTOM + 17, group.name)
        _label(chart, middle, HEIGHT - BOTTOM + 33, f"n={group.n}" if step > 44 else str(group.n), "small")
    return tostring(chart, encoding="unicode")


def reliability_diagram(bins: Sequence[ReliabilityBin]) -> str:
    """Draw accuracy against confidence; a point's area is its share of the words."""
    chart, field = _chart("Reliability diagram", "confidence")
    _scale_y(chart, [(part / 4, f"{25 * part}") for part in range(5)])
    _scale_x(chart, [(part / 4, f"{part / 4:g}") for part in range(5)])
    _add(field, "line", {"class": "ideal"}, x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1))
    total = sum(group.n for group in bins)
    points = " ".join(f"{_x(group.confidence):.1f},{_y(group.accuracy):.1f}" for group in bins)
    SubElement(field, "polyline", {"class": "curve", "points": points})
    for group in bins:
        radius = 2.5 + 11 * (group.n / total) ** 0.5
        point = _add(
            field, "circle", {"class": "point"}, cx=_x(group.confidence), cy=_y(group.accuracy), r=radius
        )
        SubElement(
            point, "title"
        ).text = f"{group.n} words: confidence {group.confidence:.3f}, {100 * group.accuracy:.1f} % right"
    return tostring(chart, encoding="unicode")


def risk_curve(coverage: Sequence[float], risk: Sequence[float], marks: Sequence[int]) -> str:
    """Draw the share of wrong among accepted words; `marks` are numbers of words to point out."""
    top = _round_up(max([*risk, 0.02]))
    chart, field = _chart("Risk-coverage curve", "words accepted, the most confident first, %")
    _scale_y(chart, [(part / 4, f"{100 * top * part / 4:g}") for part in range(5)])
    _scale_x(chart, [(part / 4, f"{25 * part}") for part in range(5)])
    step = max(1, len(risk) // POINTS)
    chosen = sorted({*range(0, len(risk), step), len(risk) - 1})
    points = " ".join(f"{_x(coverage[index]):.1f},{_y(risk[index] / top):.1f}" for index in chosen)
    SubElement(field, "polyline", {"class": "curve", "points": points})
    for accepted in marks:
        covered, error = coverage[accepted - 1], risk[accepted - 1]
        point = _add(field, "circle", {"class": "point"}, cx=_x(covered), cy=_y(error / top), r=4)
        SubElement(point, "title").text = f"{100 * covered:.1f} % of the words at {100 * error:.1f} % errors"
    return tostring(chart, encoding="unicode")


def _round_up(share: float) -> float:
    """Return the smallest end of an axis, 0..1, that holds `share`."""
    return next(end for end in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if share <= end)


def _chart(title: str, below: str) -> tuple[Element, Element]:
    """Start a drawing with its title for screen readers and the name of its x axis."""
    chart = Element("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": title})
    _label(chart, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below, "small")
    return chart, SubElement(chart, "g")


def _scale_y(chart: Element, ticks: Sequence[tuple[float, str]]) -> None:
    for share, text in ticks:
        line = _add(chart, "line", {"class": "grid"}, x1=LEFT, y1=_y(share), x2=WIDTH - RIGHT, y2=_y(share))
        chart.remove(line)
        chart.insert(0, line)  # below the bars
        _label(chart, LEFT - 6, _y(share) + 5, text, "tick")


def _scale_x(chart: Element, ticks: Sequence[tuple[float, str]]) -> None:
    for share, text in ticks:
        _label(chart, _x(share), HEIGHT - BOTTOM + 19, text)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _add(parent: Element, tag: str, names: dict[str, str], **numbers: float) -> Element:
    return SubElement(parent, tag, names | {key: f"{value:.1f}" for key, value in numbers.items()})


def _label(chart: Element, x: float, y: float, text: str, kind: str = "label") -> None:
    SubElement(chart, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"}).text = text
