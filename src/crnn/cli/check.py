"""`crnn check`: what is wrong with a data set, before a training run finds out."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.cli.output import SeparatorOption
from crnn.cli.progress import progress
from crnn.errors import DataError

if TYPE_CHECKING:
    from crnn.alphabet import Alphabet
    from crnn.checking import Report
    from crnn.reader import Reader

SIZES_OF = "small"
"""The model whose sizes and frames are assumed where none is named: those of the recipes."""

Data = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA",
        help="Data sets, checked together: .tsv or .csv (path, text), a folder with images/ and a "
        ".tsv, or an LMDB folder.",
    ),
]
Against = Annotated[
    list[Path] | None,
    typer.Option(
        "--against",
        metavar="DATA",
        help="A data set that should share no image with DATA, such as the validation set; may be repeated.",
    ),
]
AlphabetName = Annotated[
    str | None,
    typer.Option(
        "--alphabet",
        help="A name (digits, lower36, cased62, print94, each also with -space; latin), the symbols, or "
        "a .txt file with one a line. Default: the model's.",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Take alphabet, sizes and frames from this model, let it read every image, and name the "
        f"labels that it doubts. Without it: sizes and frames of {SIZES_OF}, and nothing is read.",
    ),
]
FoldCase = Annotated[
    Literal["keep", "lower", "upper"],
    typer.Option("--fold-case", help="As data.fold_case of the recipe."),
]
FoldAccents = Annotated[bool, typer.Option("--fold-accents", help="As data.fold_accents of the recipe.")]
Drop = Annotated[
    bool,
    typer.Option(
        "--drop-unreadable",
        help="As data.drop_unreadable of the recipe: labels that cannot be learnt are left out.",
    ),
]
Show = Annotated[int, typer.Option("--show", min=0, help="Samples named for each finding; --json has all.")]
Clean = Annotated[
    Path | None,
    typer.Option(
        "--clean",
        metavar="OUT",
        help="Copy every sample whose image can be opened into this new folder (images/ and labels.tsv).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Everything that was found, as one JSON object.")]


def check(
    data: Data,
    against: Against = None,
    alphabet: AlphabetName = None,
    separator: SeparatorOption = "",
    model: ModelName = None,
    fold_case: FoldCase = "keep",
    fold_accents: FoldAccents = False,
    drop_unreadable: Drop = False,
    show: Show = 5,
    clean: Clean = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a data set, and which settings help.

    Reads every image and label and trains nothing. It finds images that cannot be opened, are blank,
    tiny, rotated, or there twice; labels that the alphabet cannot spell, that are too long for
    their image, or hold characters that are not what they seem; images that two sets share; and,
    with --model, labels that are probably wrong. docs/check.md explains each finding.

    The exit status is 1 where `crnn train` would fail with these settings, or where an image of
    DATA is in the --against set too.

    \b
    Examples:
      crnn check mydata/
      crnn check train.tsv --against val.tsv --model small
      crnn check mydata/ --alphabet lower36 --fold-case lower
      crnn check music/ --alphabet pitches.txt --separator ' '
      crnn check mydata/ --clean clean/
    """
    from crnn.checking import Rules, frames_of
    from crnn.checking import check as survey
    from crnn.data import open_dataset
    from crnn.formats.models import load

    datasets = [open_dataset(path) for path in data]
    others = [open_dataset(path) for path in against or []]
    if clean is not None:
        _refuse_full(clean)
    reader = load(model or SIZES_OF)
    rules = Rules(
        alphabet=_alphabet(alphabet, separator, reader),
        frames=frames_of(reader),
        preprocess=reader.preprocess,
        fold_case=fold_case,
        fold_accents=fold_accents,
        drop_unreadable=drop_unreadable,
    )
    with progress("checking", sum(map(len, [*datasets, *others]))) as advance:
        report = survey(datasets, rules, against=others, judge=reader if model else None, on_samples=advance)
    _show(report, data, model, clean, show=show, as_json=as_json)
    if clean is not None:
        _copy(report, clean)
    if not report.verdict.trains or report.found("leak"):
        raise typer.Exit(1)


def _alphabet(given: str | None, separator: str, reader: "Reader") -> "Alphabet":
    from crnn.alphabet import parse_alphabet

    if given is not None:
        return parse_alphabet(given, separator)
    if separator:
        raise typer.BadParameter("it goes with --alphabet, whose symbols it parts.", param_hint="--separator")
    return reader.alphabet


def train_line(report: "Report", data: Sequence[Path], model: str | None) -> str:
    """Spell the training run that the verdict advises."""
    known = model is None or model in {"tiny", "small"}
    recipe = f"recipes/{model or SIZES_OF}.toml" if known else "RECIPE"
    words = ["crnn", "train", recipe, "--out", "runs/mine"]
    if model is not None and not (model.endswith(".onnx") or report.verdict.resized):  # they cannot be used
        words[2:3] = ["recipes/finetune.toml", "--init", model]
    for path in data:
        words += ["--data", str(path)]
    for setting in report.verdict.settings:
        words += ["--set", setting]
    if report.verdict.needs_validation:
        named = [str(dataset.path) for dataset in report.against] or ["VAL.tsv"]
        words += ["--set", f"validation.data={json.dumps(named, ensure_ascii=False)}"]
    return shlex.join(words)


def _show(
    report: "Report", data: list[Path], model: str | None, clean: Path | None, *, show: int, as_json: bool
) -> None:
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False), flush=True)
        return
    from crnn.cli.check_display import display

    lines = []
    source = data
    if report.verdict.needs_clean:
        source = [clean or Path("clean")]
        if clean is None:
            lines.append(shlex.join(["crnn", "check", *map(str, data), "--clean", "clean"]))
    display(report, model or SIZES_OF, [*lines, train_line(report, source, model)], show)


def _refuse_full(path: Path) -> None:
    """Raise DataError where the copy could not be written: said before the work."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise DataError(f"{path} is there already and not empty: name a new folder.")


def _copy(report: "Report", out: Path) -> None:
    """Copy the samples whose image can be opened."""
    from crnn.data import write_folder

    written = write_folder(out, report.opened_samples())
    typer.echo(f"{out}: {written} samples, {report.counts.samples - written} left out", err=True)
