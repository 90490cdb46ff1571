"""`crnn train`: from a recipe to a model that reads.

On stderr: a bar on a terminal, a line every ten seconds elsewhere.
"""

import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from crnn.training.loop import Metrics
    from crnn.training.monitor import StepMetrics
    from crnn.training.validation import BeforeAfter, ValidationMetrics

PLAIN_EVERY_S = 10.0


def _print_schema(asked: bool) -> None:
    if asked:
        from crnn.training.recipe import json_schema

        print(json_schema())
        raise typer.Exit


RecipeName = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE",
        help="Name of a packaged recipe, or a .toml file; --resume alone takes the run folder's own.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Run folder; made where it is missing.")]
Schema = Annotated[
    bool,
    typer.Option(
        "--schema",
        is_eager=True,
        callback=_print_schema,
        help="Print the JSON Schema of recipes, with which an editor completes and checks them.",
    ),
]
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
    schema: Schema = False,  # noqa: ARG001 - its callback prints it
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
    from crnn.processes import main_script_left_out
    from crnn.training.train import train as run

    settings = list(changes or [])
    if replay is not None:
        settings.append(f"data.real_share={1 - replay}")
    with main_script_left_out(), Display() as display:
        result = run(
            recipe, out=out, data=data or (), initial=init, alphabet=alphabet,
            settings=settings, resume=resume, on_metrics=display.show,
        )  # fmt: skip
    if not result.finished:
        print(
            f"stopped and saved at step {result.step} of {result.steps}. "
            f"Go on: crnn train --resume --out {out}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    if os.environ.get("RANK", "0") == "0":  # torchrun numbers its processes; one speaks for all
        if result.comparison:
            print(comparison_table(result.comparison), file=sys.stderr)
        print(f"{result.model}\t{result.best_accuracy:.2f}")


class Display:
    """Shows metrics, and what the library logs."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._shown_at = 0.0
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("step"), MofNCompleteColumn(), BarColumn(),
                TextColumn("{task.description}"), console=self._console,
            )  # fmt: skip
            self._task = self._bar.add_task("starting", total=None)
        self._handler = _ConsoleHandler(self._console)

    def __enter__(self) -> Self:
        logger = logging.getLogger("crnn")
        logger.addHandler(self._handler)
        logger.setLevel(logging.INFO)
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()
        logging.getLogger("crnn").removeHandler(self._handler)

    def show(self, metrics: "Metrics") -> None:
        """Show one line of metrics."""
        from crnn.training.validation import ValidationMetrics

        if isinstance(metrics, ValidationMetrics):
            self._console.print(describe_validation(metrics), markup=False)
        elif self._bar:
            text = describe_step(metrics)
            self._bar.update(self._task, completed=metrics.step, total=metrics.steps, description=text)
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY_S or metrics.step == metrics.steps:
            self._shown_at = time.monotonic()
            text = f"step {metrics.step}/{metrics.steps}  {describe_step(metrics)}"
            self._console.print(text, markup=False)


def describe_step(metrics: "StepMetrics") -> str:
    """Say how training goes."""
    minutes, seconds = divmod(round(metrics.left_s), 60)
    hours, minutes = divmod(minutes, 60)
    text = (
        f"loss {metrics.loss:.3f}  {metrics.images_per_s:.0f} images/s  "
        f"{hours}:{minutes:02d}:{seconds:02d} left  "
        f"rate {metrics.rate:.2g}  gradient {metrics.gradient:.2f}"
    )
    return text + ("  blanks only" if metrics.blank_only > 0.99 else "")


def describe_validation(metrics: "ValidationMetrics") -> str:
    """Say what a validation gave."""
    sets = "  ".join(f"{name} {scores.accuracy:.1f}" for name, scores in metrics.validation.items())
    return f"step {metrics.step}: word accuracy {metrics.accuracy:.1f} %  ({sets})"


def comparison_table(rows: "Sequence[BeforeAfter]") -> str:
    """Lay out what the old and the new model read, in percent of the words.

    >>> from crnn.training.validation import BeforeAfter
    >>> row = BeforeAfter(dataset="mine/labels", protocol="exact", n=100, before=7, after=96.04)
    >>> print(comparison_table([row]))
                 words before  after  protocol
    mine/labels    100    7.0   96.0  exact
    """
    width = max(len(row.dataset) for row in rows)
    head = f"{'':{width}}  words before  after  protocol"
    lines = [
        f"{row.dataset:{width}}  {row.n:5} {row.before:6.1f} {row.after:6.1f}  {row.protocol}" for row in rows
    ]
    return "\n".join([head, *lines])


class _ConsoleHandler(logging.Handler):
    """Logs through the console, so that lines and the bar do not cut through each other."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message."""
        self._console.print(record.getMessage(), markup=False)
