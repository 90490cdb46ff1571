"""`crnn calibrate`: a model whose confidence is as often right as it says."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.evaluate import WIDTH_IN_A_FILE, names
from crnn.cli.output import progress

if TYPE_CHECKING:
    from crnn.data.dataset import Dataset
    from crnn.evaluation.calibrate import CalibratedSet, Calibration
    from crnn.training.run_folder import RunFolder

Data = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[DATA]...",
        help="Data sets: folder, zip, tar, LMDB, Parquet or label file (.tsv, ...); docs/data.md lists them. "
        "Default: what the run folder MODEL held back from training.",
        show_default=False,
    ),
]


def calibrate(
    model: Annotated[str, typer.Argument(help="Packaged model, .safetensors file or run folder.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .safetensors or .onnx file to write.")],
    data: Data = None,
) -> None:
    """Make the confidence of a model as often right as it says.

    Finds the temperature whose confidences best foretell whether a word is read exactly right
    (smallest Brier score), and divides the weights of the last layer by it. What is read does not
    change, nor how long it takes. DATA should be words like those that will be read, and none
    that the model was trained on: those that MODEL, a run folder, lists in trained_on.txt are
    counted with a warning. Without DATA the words of its held_back.tsv are taken. 50 are needed.

    The table compares before with after. Each half of the words is measured at the temperature
    of the other half, so "after" is not flattered by the fit. ECE is the expected calibration
    error (0 is best, "by chance" what perfect confidences would show on so few words), Brier the
    mean squared error of the confidence, and "right lost" the share of right words rejected
    along with the least confident half of the wrong ones.

    \b
    Examples:
      crnn calibrate runs/mine --out mine.onnx
      crnn calibrate runs/mine val.tsv --out mine.onnx
      crnn calibrate small forms/val.tsv receipts/val.tsv --out forms.safetensors
    """
    from crnn.data import open_dataset
    from crnn.errors import ModelError
    from crnn.evaluation.calibrate import calibrate as fit
    from crnn.formats.checkpoint import save_checkpoint, scale_temperature
    from crnn.formats.export import export_onnx
    from crnn.formats.load import load_weights
    from crnn.training.run_folder import RunFolder

    if out.suffix not in (".safetensors", ".onnx"):
        raise ModelError(f"{out}: the file to write must end in .safetensors or .onnx.")
    file = load_weights(model)
    folder = RunFolder(model if Path(model).is_dir() else Path(model).parent)
    datasets = [open_dataset(path) for path in data or [_held_back(model, folder, out)]]
    named = list(zip(names(datasets), datasets, strict=True))
    trained_on = _warn_of_known(named, folder)
    with progress("calibrating", sum(map(len, datasets))) as advance:
        result = fit(file.reader(), named, advance)
    for line in result.left_out:
        print(f"left out: {line}", file=sys.stderr)
    calibrated = scale_temperature(file, result.temperature, result.record() | trained_on)
    if out.suffix == ".onnx":
        export_onnx(calibrated, out)
    else:
        save_checkpoint(out, calibrated)
    _print_table(result)
    low, high = sorted(result.halves)
    print(f"{out}: temperature {result.temperature:.3f} ({low:.3f} and {high:.3f} on the halves)")
    if result.left_out:
        raise typer.Exit(1)


def _held_back(model: str, folder: "RunFolder", out: Path) -> Path:
    """Return the label file of what the run held back; DataError where there is none."""
    from crnn.errors import DataError
    from crnn.training.recipe import read_recipe

    if folder.held_back.is_file():
        return folder.held_back
    validation = read_recipe(folder.recipe).validation if folder.recipe.is_file() else None
    if validation and validation.held_back and not validation.data:
        raise DataError(
            f"{folder.path} does not list what it held back (no {folder.held_back.name}): runs of earlier "
            "versions do not.\n    Let it write the list, while its data are where they were: "
            + shlex.join(["crnn", "train", "--resume", "--out", str(folder.path)])
        )
    sets = (validation and validation.data) or ("val.tsv",)
    lacking = "held no words back" if validation else "is no run folder, which lists what it held back"
    raise DataError(
        f"{model} {lacking}."
        "\n    Name words like those that will be read, none of them trained on: "
        + shlex.join(["crnn", "calibrate", model, *sets, "--out", str(out)])
    )


def _warn_of_known(named: "Sequence[tuple[str, Dataset]]", folder: "RunFolder") -> dict[str, int]:
    """Say how many words of each set the run has learnt from; return their sum for the card, if any."""
    from crnn.training.real import count_known, read_trained_on

    hashes = read_trained_on(folder.trained_on)
    counts = [(name, len(dataset), count_known(dataset, hashes)) for name, dataset in named]
    for name, words, known in counts:
        if known:
            print(
                f"warning: {known} of {words} words of {name} were trained on ({folder.trained_on}): the "
                "model reads them better, and is surer of them, than of words that it has not seen.",
                file=sys.stderr,
            )
    total = sum(known for _, _, known in counts)
    return {"trained_on": total} if total else {}


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
    if result.right == result.pooled.before.n:
        print(
            f"note: all {result.right} words are read right, so how sure the model is of wrong ones is not "
            "known: calibrate on harder words where you have some.",
            file=sys.stderr,
        )


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
