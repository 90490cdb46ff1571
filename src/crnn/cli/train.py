"""`crnn train`: from a recipe to a model that reads."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crnn.training.recipe import Recipe

RecipePath = Annotated[
    Path | None,
    typer.Argument(
        metavar="RECIPE",
        help="A recipe such as recipes/small.toml; --resume alone takes the run folder's own.",
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
        "Symbols that it does not know start fresh.",
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help="Real words to mix in, besides the recipe's: a .tsv or .csv, a folder with images/ "
        "and a .tsv, an LMDB folder; may be repeated.",
    ),
]


def train(
    out: Out,
    recipe: RecipePath = None,
    resume: Resume = False,
    changes: Changes = None,
    init: Initial = None,
    data: Data = None,
) -> None:
    """Train a model by a recipe, into the run folder DIR.

    DIR then holds best.safetensors (the averaged weights that validated best; what --model DIR
    reads with), last.safetensors, metrics.jsonl, plot.png, the complete recipe.toml,
    provenance.json, and state.safetensors, from which --resume goes on exactly as if the run had
    never stopped.

    Ctrl-C saves and stops (exit status 130). A changed setting on resuming takes effect from
    there on: a smaller optimizer.learning_rate, more training.steps, more training.workers.

    Several GPUs: torchrun --nproc-per-node 4 --no-python crnn train RECIPE --out DIR

    \b
    Examples:
      crnn train recipes/smoke.toml --out runs/smoke
      crnn train recipes/small.toml --out runs/small --data ../data/ic15/train.tsv
      crnn train --resume --out runs/small
      crnn train recipes/tiny.toml --out runs/plates --set model.alphabet=0123456789ABCXYZ-
      crnn train recipes/small.toml --out runs/shop --init small --set training.steps=2000
    """
    from crnn.cli.train_display import Display
    from crnn.training.loop import train as learn

    settings = _settings(recipe, out, resume, list(changes or []), list(data or []))
    with Display(settings.training.steps) as display:
        outcome = learn(settings, out, resume=resume, initial=init, listen=display.line)
    if not outcome.finished:
        print(
            f"stopped and saved at step {outcome.step} of {settings.training.steps}. "
            f"Go on: crnn train --resume --out {out}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    if os.environ.get("RANK", "0") == "0":  # torchrun numbers its processes; one speaks for all
        print(f"{out / 'best.safetensors'}\t{outcome.best:.2f}")


def _settings(recipe: Path | None, out: Path, resume: bool, changes: list[str], data: list[str]) -> "Recipe":
    """Read the recipe that the call names, or on resuming the run's own, with all changes."""
    from dataclasses import replace

    from crnn.training.recipe import compare, read_recipe
    from crnn.training.sections import RealData

    own = out / "recipe.toml"
    if recipe is None and not (resume and own.exists()):
        raise typer.BadParameter(
            f"there is no run to resume in {out}: name a recipe." if resume
            else "name a recipe, such as recipes/small.toml, or --resume a run.",
            param_hint="RECIPE",
        )  # fmt: skip
    settings = read_recipe(recipe or own, changes)
    known = {real.path for real in settings.data.real}
    added = tuple(RealData(path=path) for path in data if path not in known)
    settings = replace(settings, data=replace(settings.data, real=settings.data.real + added))
    if resume and own.exists():
        for difference in compare(read_recipe(own), settings):
            print(f"changed on resuming: {difference}", file=sys.stderr)
    return settings
