"""A report as one HTML file: no network, no fonts, no script but its own.

Jinja escapes whatever stands in a label, a text or a path. Should something slip through, the
page's own policy lets no other script run than the one whose hash it states, and loads nothing.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

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
from crnn.reader import Reader

FREQUENT = 24
"""Edits listed one by one."""


def write_report(
    path: str | Path, evaluation: Evaluation, dataset: Dataset, reader: Reader, model: str
) -> None:
    """Write what `reader`, called `model`, makes of `dataset` as one HTML file.

    `evaluation` is that of the same data set. Raises DataError where the file cannot be written.
    """
    page = render(
        evaluation, collect(evaluation, dataset), show(evaluation, dataset, reader), model, reader.card
    )
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
    script = _resource("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=DictLoader({"page": _resource("page.html.jinja")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.tests["plain"] = lambda symbol: visible(symbol) == symbol
    return environment.get_template("page").render(
        evaluation=evaluation,
        protocol=protocol_named(evaluation.protocol),
        findings=findings,
        edits=findings.confusion.most_common(FREQUENT),
        length_chart=bar_chart(findings.by_length, "Accuracy by length", "symbols in the label"),
        width_chart=bar_chart(findings.by_width, "Accuracy by width", "width of the image, px"),
        trust=_trust(evaluation),
        shown=shown,
        model=model,
        card=json.dumps(dict(card), ensure_ascii=False, indent=2, default=str) if card else "",
        date=datetime.now(UTC).date().isoformat(),
        style=_resource("page.css"),
        script=script,
        script_hash=f"sha256-{digest}",
    )


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


def _resource(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text(encoding="utf-8")
