"""`crnn evaluate`: how well a model reads labelled images."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.cli.options import sample_decoder, with_decode_options
from crnn.cli.output import ModelOption, complain, progress, result_file, tab_line
from crnn.errors import DataError, ImageError
from crnn.transcription.options import DecodeOptions

if TYPE_CHECKING:
    from crnn.data.dataset import Dataset
    from crnn.evaluation.evaluate import Evaluation
    from crnn.evaluation.metrics import Protocol
    from crnn.reader.reader import Reader

NAMED = 5
"""So many of the skipped samples are named on stderr unless --verbose names them all."""

WIDTH_IN_A_FILE = 120
"""Columns of the table where no terminal sets the limit."""

Data = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA",
        help="Data sets: folder, zip, tar, LMDB, Parquet or label file (.tsv, ...); docs/data.md lists them.",
    ),
]
ProtocolOption = Annotated[
    Literal["alnum", "exact"],
    typer.Option(
        "--protocol",
        help="alnum: case-insensitive on 0-9a-z, other symbols removed from label and text. "
        "exact: every symbol counts.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a data set and line.")]
ErrorsFile = Annotated[
    Path | None,
    typer.Option(
        "--errors",
        metavar="FILE.tsv",
        help="Write the wrong readings there: dataset, key, label, text, confidence.",
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Write a page to look through: scores, charts, confusions, samples. One data set only.",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Name every skipped sample, not only the first.")]


@with_decode_options
def evaluate(
    data: Data,
    model: ModelOption = "small",
    protocol: ProtocolOption = "alnum",
    options: DecodeOptions = DecodeOptions(),  # noqa: B008  # frozen
    as_json: AsJson = False,
    errors: ErrorsFile = None,
    report: ReportFile = None,
    verbose: Verbose = False,
) -> None:
    """Measure how well a model reads: accuracy, 1-NED and CER.

    All three are in percent: accuracy is the share of words read without a fault, with its 95 %
    interval; 1-NED how near the readings come (ICDAR 2019); CER the edits per 100 symbols of the
    labels. A sample of whose label the protocol leaves nothing is skipped and named on stderr.
    An image that cannot be opened counts as wrong, is named on stderr, and makes the exit
    status 1.

    ECE and AURC say what the confidence is worth, from 0 (best) to 1: the expected calibration
    error is how far it lies from the share of right words (Guo et al. 2017), the area under the
    risk-coverage curve how well it sets right words before wrong ones. --json has more of these.
    Where a label holds a space, WER counts edits of whole words.

    Texts are found as `crnn read` finds them. --lexicon may also name a list for each image, as the
    benchmarks give them: path, TAB, words joined by commas.

    ms/word is wall time in this run from image file to text: opening, decoding, resizing,
    recognition and transcription, in batches of up to 32 images of one width.

    \b
    Examples:
      crnn evaluate val.tsv
      crnn evaluate --model runs/small --protocol exact ic15/val.tsv svt/val.tsv
      crnn evaluate --json --errors wrong.tsv val.tsv
      crnn evaluate --model runs/mine test.tsv --report report.html
      crnn evaluate val.tsv --lexicon lexicon50.tsv
    """
    from crnn.data import open_dataset
    from crnn.evaluation.evaluate import evaluate as measure
    from crnn.evaluation.metrics import protocol_named
    from crnn.formats.load import load

    _check_report(report, data)
    datasets = [open_dataset(path) for path in data]
    reader = load(model)
    decode = sample_decoder(options, reader)
    evaluations = []
    with (
        result_file(errors, "dataset", "key", "label", "text", "confidence") as wrong,
        progress("evaluating", sum(map(len, datasets)), beside_output=as_json) as advance,
    ):
        for dataset, name in zip(datasets, names(datasets), strict=True):
            evaluation = measure(reader, dataset, protocol, decode=decode, on_samples=advance)
            evaluation = replace(evaluation, dataset=name)
            evaluations.append(evaluation)
            if as_json:
                print(json.dumps(_as_json(evaluation), ensure_ascii=False), flush=True)
            if wrong is not None:
                wrong.writelines(_wrong_lines(evaluation))
    for evaluation in evaluations:
        _name_left_out(evaluation, verbose)
    if report is not None:
        _write_report(report, evaluations[0], datasets[0], reader, model)
    if not as_json:
        _print_table(evaluations, model, protocol_named(protocol))
    if any(evaluation.failed for evaluation in evaluations):
        raise typer.Exit(1)


def names(datasets: Sequence["Dataset"]) -> list[str]:
    """Name each data set shortly, or by its path where two would have the same name."""
    from crnn.evaluation.evaluate import dataset_name

    short = [dataset_name(dataset.path) for dataset in datasets]
    return [
        name if short.count(name) == 1 else str(dataset.path)
        for name, dataset in zip(short, datasets, strict=True)
    ]


def _write_report(
    path: Path, evaluation: "Evaluation", dataset: "Dataset", reader: "Reader", model: str
) -> None:
    from crnn.evaluation.report import write_report

    write_report(path, evaluation, dataset, reader, model)


def _check_report(report: Path | None, data: Sequence[Path]) -> None:
    """Refuse a report that cannot be written before the work starts."""
    if report is None:
        return
    if len(data) > 1:
        raise typer.BadParameter(
            f"a report describes one data set; {len(data)} are given.", param_hint="--report"
        )
    if report.is_dir() or not report.parent.is_dir():
        raise DataError(f"{report}: cannot be written: it is a folder, or its folder does not exist.")


def _wrong_lines(evaluation: "Evaluation") -> Iterator[str]:
    for wrong in evaluation.mistakes:
        confidence = f"{wrong.confidence:.4f}"
        line = tab_line(evaluation.dataset, wrong.key, wrong.label, wrong.text, confidence)
        yield f"{line}\n"


def _as_json(evaluation: "Evaluation") -> dict[str, object]:
    trust = evaluation.confidence_figures()
    return {
        "dataset": evaluation.dataset,
        "n": evaluation.n,
        "accuracy": round(evaluation.accuracy, 2),
        "one_minus_ned": round(evaluation.one_minus_ned, 2),
        "cer": round(evaluation.cer, 2),
        "skipped": len(evaluation.skipped),
        "ms_per_word": round(evaluation.ms_per_word, 3),
        "interval": [round(bound, 2) for bound in evaluation.interval],
        "failed": len(evaluation.failed),
        "protocol": evaluation.protocol,
        "wer": evaluation.wer if evaluation.wer is None else round(evaluation.wer, 2),
        "confidence": _rounded(asdict(trust)) if trust else None,
    }


def _rounded(value: object) -> object:
    """Round a float to four decimals, and so those in an object."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _name_left_out(evaluation: "Evaluation", verbose: bool) -> None:
    """Name on stderr what could not be opened, and what the protocol skipped."""
    for wrong in evaluation.failed:
        complain(ImageError(wrong.error), wrong.key)
    if not evaluation.skipped:
        return
    named = evaluation.skipped if verbose else evaluation.skipped[:NAMED]
    more = len(evaluation.skipped) - len(named)
    print(
        f"{evaluation.dataset}: skipped {len(evaluation.skipped)}, whose labels hold nothing that "
        f"protocol {evaluation.protocol} compares: {', '.join(named)}"
        + (f" and {more} more (--verbose names all)" if more else ""),
        file=sys.stderr,
    )


def _print_table(evaluations: Sequence["Evaluation"], model: str, protocol: "Protocol") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("dataset", overflow="fold")
    several = any(row.wer is not None for row in evaluations)
    headings = ("n", "accuracy %", "95 %", "1-NED %", "CER %", *(["WER %"] if several else []))
    for heading in (*headings, "ECE", "AURC", "skipped", "ms/word"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in evaluations:
        low, high = row.interval
        trust = row.confidence_figures()
        table.add_row(
            escape(row.dataset),
            str(row.n),
            f"{row.accuracy:.1f}",
            f"{low:.1f}-{high:.1f}",
            f"{row.one_minus_ned:.1f}",
            f"{row.cer:.1f}",
            *([_or_dash(row.wer, 1)] if several else []),
            _or_dash(trust.ece if trust else None, 3),
            _or_dash(trust.aurc if trust else None, 3),
            str(len(row.skipped)),
            f"{row.ms_per_word:.2f}",
        )
    width = None if sys.stdout.isatty() else WIDTH_IN_A_FILE
    console = Console(file=sys.stdout, highlight=False, width=width)
    print(f"model {model}, protocol {protocol.name}: {protocol.statement}", flush=True)
    console.print(table)


def _or_dash(figure: float | None, decimals: int) -> str:
    return "-" if figure is None else f"{figure:.{decimals}f}"
