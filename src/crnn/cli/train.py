"""`crnn train`: from a recipe to a model that reads."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crnn.training.recipe import Recipe, Tables

RecipeName = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE",
        help="Name of a packaged recipe, or a .toml file; --resume alone takes the run folder's own.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Run folder; made where it is missing.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Change a setting of the recipe; may be repeated. The value is TOML, or plain text.",
    ),
]
Initial = Annotated[
    str | None,
    typer.Option(
        "--init",
        metavar="MODEL",
        help="Start from the weights of a packaged model, a .safetensors file or a run folder. "
        "Symbols that it does not know start as their lookalikes, or fresh.",
    ),
]
Symbols = Annotated[
    str | None,
    typer.Option(
        "--alphabet",
        metavar="SYMBOLS",
        help="What the model is to read: a name (print94, digits, ...), the symbols, or auto for those "
        "of the labels.",
    ),
]
Replay = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        min=0,
        max=1,
        help="Share of the steps that read synthetic words, so that what is known stays known.",
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help="Real words to mix in, besides the recipe's: a folder, zip, tar, LMDB, Parquet or "
        "label file (.tsv, ...), as docs/data.md lists them; may be repeated.",
    ),
]


def train(
    out: Out,
    recipe: RecipeName = None,
    resume: Resume = False,
    changes: Changes = None,
    init: Initial = None,
    data: Data = None,
    alphabet: Symbols = None,
    replay: Replay = None,
) -> None:
    """Train a model by a recipe, into the run folder DIR.

    DIR then holds best.safetensors (the averaged weights that validated best; what --model DIR
    reads with), last.safetensors, metrics.jsonl, plot.png, the complete recipe.toml,
    provenance.json, and state.safetensors, from which --resume goes on exactly as if the run had
    never stopped. A run with --init ends with a table: what the old model and the new one read.

    \b
    Recipes that come with the package:
      finetune   your own words, from 50 images on, for a model that reads already (--init)
      lines      whole lines, as on receipts: words with spaces, up to 1,024 px (--init)
      smoke      a minute: learns numbers of one or two digits, to see that all works
      tiny       the packaged tiny, from fonts alone
      small      the packaged small, from fonts alone: hours
      base       the largest network, for a GPU
      paper      the paper as written: 36 symbols, 100 x 32 px, ADADELTA

    Ctrl-C saves and stops (exit status 130). A changed setting on resuming takes effect from
    there on: a smaller optimizer.learning_rate, more training.steps, more training.workers.

    Several GPUs: torchrun --nproc-per-node 4 --no-python crnn train RECIPE --out DIR

    \b
    Examples:
      crnn train smoke --out runs/smoke
      crnn train small --out runs/small --data ../data/ic15/train.tsv
      crnn train --resume --out runs/small
      crnn train tiny --out runs/plates --set model.alphabet=0123456789ABCXYZ-
      crnn train finetune --init small --data mydata/ --alphabet auto --out runs/mine
    """
    from crnn.cli.train_display import Display, comparison_table
    from crnn.processes import main_script_left_out
    from crnn.training.loop import train as learn

    settings = _changes(changes, alphabet, replay)
    if resume and (out / "recipe.toml").exists():
        ready = _resumed(recipe, out, settings, list(data or []))
    elif recipe is None:
        raise typer.BadParameter(
            f"there is no run to resume in {out}: name a recipe." if resume
            else "name a recipe, such as small or mine.toml, or --resume a run.",
            param_hint="RECIPE",
        )  # fmt: skip
    else:
        ready = _new(recipe, out, settings, list(data or []), init)
    with main_script_left_out(), Display(ready.training.steps) as display:
        outcome = learn(ready, out, resume=resume, initial=init, listen=display.line)
    if not outcome.finished:
        print(
            f"stopped and saved at step {outcome.step} of {ready.training.steps}. "
            f"Go on: crnn train --resume --out {out}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    if os.environ.get("RANK", "0") == "0":  # torchrun numbers its processes; one speaks for all
        if outcome.comparison:
            print(comparison_table(outcome.comparison), file=sys.stderr)
        print(f"{out / 'best.safetensors'}\t{outcome.best:.2f}")


def _changes(changes: list[str] | None, alphabet: str | None, replay: float | None) -> list[str]:
    """Spell the options that stand for a setting as changes, after those of --set."""
    settings = list(changes or [])
    if alphabet is not None:
        settings.append(f"model.alphabet={json.dumps(alphabet)}")  # a JSON string is one of TOML
    if replay is not None:
        settings.append(f"data.real_share={1 - replay}")
    return settings


def _new(recipe: str, out: Path, changes: list[str], data: list[str], init: str | None) -> "Recipe":
    """Read the recipe of a new run, and settle what it leaves open."""
    from crnn.training.finetune import settle
    from crnn.training.recipe import read_tables
    from crnn.training.run_folder import RunFolder

    folder = RunFolder(out)
    tables = read_tables(recipe, changes)
    _add(tables, data)
    settled = settle(tables, init, folder.words)
    for note in settled.notes:
        print(note, file=sys.stderr)
    if settled.words:
        folder.check_new()
        folder.write_words(settled.words)
    return settled.recipe


def _resumed(recipe: str | None, out: Path, changes: list[str], data: list[str]) -> "Recipe":
    """Read the recipe that the call names, or else the run's own, with all changes; name them.

    A recipe that leaves things open was settled when the run began: its own says how.
    """
    from crnn.training.finetune import is_open
    from crnn.training.recipe import compare, make_recipe, read_recipe, read_tables

    own = out / "recipe.toml"
    tables = read_tables(recipe or own, changes)
    if is_open(tables):
        tables = read_tables(own, changes)
    _add(tables, data)
    settings = make_recipe(tables)
    for difference in compare(read_recipe(own), settings):
        print(f"changed on resuming: {difference}", file=sys.stderr)
    return settings


def _add(tables: "Tables", data: list[str]) -> None:
    """Add real words to those that the recipe names."""
    real = tables.setdefault("data", {}).setdefault("real", [])
    known = {str(row.get("path")) for row in real if isinstance(row, dict)}
    real += [{"path": path} for path in data if path not in known]
