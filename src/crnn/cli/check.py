"""`crnn check`: what is wrong with a data set, before a training run finds out."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crnn.cli.output import SeparatorOption, progress
from crnn.errors import DataError

if TYPE_CHECKING:
    from crnn.checking.report import Report, Rules
    from crnn.data.dataset import Dataset
    from crnn.reader.reader import Reader

DEFAULT_MODEL = "small"
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
        help="A name (digits, lower36, cased62, print94, each also with -space; latin), the symbols, a "
        ".txt file with one a line, or auto for the symbols of the labels. Default: the model's.",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Take alphabet, sizes and frames from this model, let it read every image, and name the "
        f"labels that it reads otherwise. Without it: sizes and frames of {DEFAULT_MODEL}, nothing is read.",
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
        help="As data.unusable_labels of the recipe: labels that cannot be learnt are left out.",
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

    Reads every image and label and trains nothing. It finds images that are missing, cannot be
    opened, are blank, tiny, rotated, squeezed, or there twice; labels that the alphabet lacks symbols
    of, that are too long for their image, or hold characters that are not what they seem; too few
    images, and labels all alike; images that two sets share; and, with --model, labels that the model
    reads otherwise. Then it advises a training run. docs/check.md explains each finding.

    The exit status is 1 where `crnn train` would fail with these settings, or where an image of
    DATA is in the --against set too.

    \b
    Examples:
      crnn check mydata/
      crnn check train.tsv --against val.tsv --model small
      crnn check mydata/ --alphabet auto
      crnn check mydata/ --alphabet lower36 --fold-case lower
      crnn check music/ --alphabet pitches.txt --separator ' '
      crnn check mydata/ --clean clean/
    """
    from crnn.checking.check import check as check_datasets
    from crnn.cli.check_display import display
    from crnn.data import open_dataset
    from crnn.formats.load import load

    datasets = [open_dataset(path, incomplete=True) for path in data]
    others = [open_dataset(path, incomplete=True) for path in against or []]
    _refuse_full(clean)
    reader = load(model or DEFAULT_MODEL)
    reads = reader if model else None
    rules = replace(
        _rules_of(reader, model),
        fold_case=fold_case,
        fold_accents=fold_accents,
        drop_unreadable=drop_unreadable,
    )
    rules = _with_alphabet(rules, alphabet, separator, datasets)
    with progress("checking", sum(map(len, [*datasets, *others]))) as advance:
        report = check_datasets(datasets, rules, against=others, reader=reads, on_samples=advance)
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False), flush=True)
    else:
        display(report, model or DEFAULT_MODEL, _next_lines(report, data, clean), show)
    if clean is not None:
        _copy(report, clean)
    if not report.advice.trains or report.found("leak"):
        raise typer.Exit(1)


def _rules_of(reader: "Reader", model: str | None) -> "Rules":
    """Return what a run has that starts from a model, where it says nothing else."""
    from crnn.checking.check import frames_of
    from crnn.checking.report import Rules

    can_train = model is not None and not model.endswith(".onnx")
    return Rules(
        alphabet=reader.alphabet,
        frames=frames_of(reader),
        preprocess=reader.preprocess,
        alphabet_of="model",
        initial=model if model and can_train else DEFAULT_MODEL,
        known=reader.alphabet,
        continues=can_train,
    )


def _with_alphabet(
    rules: "Rules", given: str | None, separator: str, datasets: "Sequence[Dataset]"
) -> "Rules":
    """Take the alphabet that is asked for; 'auto' is the symbols of the labels, as in `crnn train`."""
    from crnn.alphabet import parse_alphabet
    from crnn.checking.labels import label_alphabet

    if given is None:
        if separator:
            message = "it goes with --alphabet, whose symbols it parts."
            raise typer.BadParameter(message, param_hint="--separator")
        return rules
    if given != "auto":
        return replace(rules, alphabet=parse_alphabet(given, separator), alphabet_of="user")
    alphabet = label_alphabet(datasets, rules.folding, separator)
    return replace(rules, alphabet=alphabet, alphabet_of="labels") if alphabet else rules


def train_line(report: "Report", data: Sequence[Path]) -> str:
    """Write the training run that is advised."""
    advice = report.advice
    words = ["crnn", "train", advice.recipe]
    if advice.initial is not None:
        words += ["--init", advice.initial]
    for path in data:
        words += ["--data", str(path)]
    for setting in advice.settings:
        name, _, value = setting.partition("=")
        is_name = name == "model.alphabet" and value.replace("-", "").isalnum()
        words += ["--alphabet", value] if is_name else ["--set", setting]
    if advice.needs_validation:
        named = [str(dataset.path) for dataset in report.against] or ["VAL.tsv"]
        words += ["--set", f"validation.data={json.dumps(named, ensure_ascii=False)}"]
    return shlex.join([*words, "--out", "runs/mine"])


def _next_lines(report: "Report", data: list[Path], clean: Path | None) -> list[str]:
    """Write what to run next; nothing where labels have to be written first."""
    if report.advice.by_hand:
        return []
    if not report.advice.needs_clean:
        return [train_line(report, data)]
    lines = [] if clean else [shlex.join(["crnn", "check", *map(str, data), "--clean", "clean"])]
    return [*lines, train_line(report, [clean or Path("clean")])]


def _refuse_full(path: Path | None) -> None:
    """Raise DataError where the copy could not be written: said before the work."""
    if path is not None and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise DataError(f"{path} is there already and not empty: name a new folder.")


def _copy(report: "Report", out: Path) -> None:
    """Copy the samples whose image can be opened."""
    from crnn.data import write_folder

    written = write_folder(out, report.opened_samples())
    typer.echo(f"{out}: {written} samples, {report.counts.samples - written} left out", err=True)
