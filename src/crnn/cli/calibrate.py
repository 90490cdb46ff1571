"""`crnn calibrate`: a model whose confidence is as often right as it says."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.evaluate import WIDTH_IN_A_FILE, Data, names
from crnn.cli.progress import progress

if TYPE_CHECKING:
    from crnn.evaluation.calibrate import CalibratedSet, Calibration


def calibrate(
    model: Annotated[str, typer.Argument(help="Packaged model, .safetensors file or run folder.")],
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .safetensors or .onnx file to write.")],
) -> None:
    """Make the confidence of a model as often right as it says.

    Finds the temperature whose confidences best foretell whether a word is read exactly right
    (smallest Brier score), and divides the weights of the last layer by it. What is read does not
    change, nor how long it takes. DATA should be words like those that will be read, and none
    that the model was trained on.

    The table compares before with after. Each half of the words is measured at the temperature
    of the other half, so "after" is not flattered by the fit. ECE is the expected calibration
    error (0 is best, "by chance" what perfect confidences would show on so few words), Brier the
    mean squared error of the confidence, and "right lost" the share of right words rejected
    along with the least confident half of the wrong ones.

    \b
    Examples:
      crnn calibrate runs/mine val.tsv --out mine.onnx
      crnn calibrate small forms/val.tsv receipts/val.tsv --out forms.safetensors
    """
    from crnn.data import open_dataset
    from crnn.errors import ModelError
    from crnn.evaluation.calibrate import calibrate as fit
    from crnn.formats.checkpoint import save_checkpoint
    from crnn.formats.export import export_onnx
    from crnn.formats.models import load_weights
    from crnn.formats.temper import temper

    if out.suffix not in (".safetensors", ".onnx"):
        raise ModelError(f"{out}: the file to write must end in .safetensors or .onnx.")
    datasets = [open_dataset(path) for path in data]
    file = load_weights(model)
    named = list(zip(names(datasets), datasets, strict=True))
    with progress("calibrating", sum(map(len, datasets))) as advance:
        result = fit(file.reader(), named, advance)
    for line in result.left_out:
        print(f"left out: {line}", file=sys.stderr)
    calibrated = temper(file, result.temperature, result.record())
    if out.suffix == ".onnx":
        export_onnx(calibrated, out)
    else:
        save_checkpoint(out, calibrated)
    _print_table(result)
    low, high = sorted(result.halves)
    print(f"{out}: temperature {result.temperature:.3f} ({low:.3f} and {high:.3f} on the halves)")
    if result.left_out:
        raise typer.Exit(1)


def _print_table(result: "Calibration") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("dataset", "protocol"):
        table.add_column(heading, overflow="fold")
    for heading in ("n", "ECE before", "after", "by chance", "Brier before", "after", "right lost"):
        table.add_column(heading, justify="right")
    pooled = [result.pooled] if len(result.sets) > 1 else []
    alnum = [result.pooled_alnum] if result.pooled_alnum else []
    for row in (*result.sets, *pooled, *alnum):
        table.add_row(escape(row.name), row.protocol, *_figures(row))
    width = None if sys.stdout.isatty() else WIDTH_IN_A_FILE
    Console(file=sys.stdout, highlight=False, width=width).print(table)


def _figures(row: "CalibratedSet") -> list[str]:
    lost = row.after.right_lost
    return [
        str(row.after.n),
        f"{row.before.ece:.4f}",
        f"{row.after.ece:.4f}",
        f"{row.after.ece_by_chance:.4f}",
        f"{row.before.brier:.4f}",
        f"{row.after.brier:.4f}",
        "-" if lost is None else f"{100 * lost:.1f} %",
    ]
