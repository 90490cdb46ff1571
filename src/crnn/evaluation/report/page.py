"""A report as one HTML file: no network, no fonts, no script but its own.

How that is kept: `crnn/page.py`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from crnn.data import Dataset
from crnn.errors import DataError
from crnn.evaluation.confidence import (
    area_under_risk,
    bootstrap_interval,
    reliability,
    risk_coverage,
)
from crnn.evaluation.protocol import protocol_named
from crnn.evaluation.report.charts import bar_chart, reliability_diagram, risk_curve
from crnn.evaluation.report.collect import Findings, collect
from crnn.evaluation.report.edits import visible
from crnn.evaluation.report.samples import Shown, show
from crnn.evaluation.run import Evaluation
from crnn.page import render_page
from crnn.reader import Reader

FREQUENT = 24
"""Edits listed one by one."""


def write_report(
    path: str | Path, evaluation: Evaluation, dataset: Dataset, reader: Reader, model: str
) -> None:
    """Write what `reader`, called `model`, makes of `dataset` as one HTML file.

    `evaluation` is that of the same data set. Raises DataError where the file cannot be written.
    """
    findings = collect(evaluation, dataset, reader.alphabet)
    page = render(evaluation, findings, show(evaluation, dataset, reader), model, reader.card)
    try:
        Path(path).write_text(page, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def render(
    evaluation: Evaluation,
    findings: Findings,
    shown: Sequence[Shown],
    model: str,
    card: Mapping[str, object],
) -> str:
    """Fill the page's template; see `write_report`."""
    values: dict[str, object] = {
        "evaluation": evaluation,
        "protocol": protocol_named(evaluation.protocol),
        "findings": findings,
        "edits": findings.confusion.most_common(FREQUENT),
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
