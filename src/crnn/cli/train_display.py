"""What a training run shows on stderr: a bar on a terminal, a line every ten seconds elsewhere."""

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from crnn.training.validation import Comparison

PLAIN_EVERY_S = 10.0


class Display:
    """Shows lines of metrics, and what the library logs."""

    def __init__(self, steps: int) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._steps = steps
        self._shown_at = 0.0
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("step"), MofNCompleteColumn(), BarColumn(),
                TextColumn("{task.description}"), console=self._console,
            )  # fmt: skip
            self._task = self._bar.add_task("starting", total=steps)
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

    def line(self, line: Mapping[str, Any]) -> None:
        """Show one line of metrics."""
        if "validation" in line:
            self._console.print(describe_validation(line), markup=False)
        elif self._bar:
            text = describe_step(line)
            self._bar.update(self._task, completed=line["step"], description=text)
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY_S or line["step"] == self._steps:
            self._shown_at = time.monotonic()
            text = f"step {line['step']}/{self._steps}  {describe_step(line)}"
            self._console.print(text, markup=False)


def describe_step(line: Mapping[str, Any]) -> str:
    """Say how training goes.

    >>> describe_step(
    ...     {
    ...         "loss": 1.5,
    ...         "images_per_s": 512.3,
    ...         "rate": 0.0025,
    ...         "gradient": 3.14159,
    ...         "left_s": 3700,
    ...         "blank_only": 1.0,
    ...     }
    ... )
    'loss 1.500  512 images/s  1:01:40 left  rate 0.0025  gradient 3.14  blanks only'
    """
    minutes, seconds = divmod(round(line["left_s"]), 60)
    hours, minutes = divmod(minutes, 60)
    text = (
        f"loss {line['loss']:.3f}  {line['images_per_s']:.0f} images/s  "
        f"{hours}:{minutes:02d}:{seconds:02d} left  "
        f"rate {line['rate']:.2g}  gradient {line['gradient']:.2f}"
    )
    return text + ("  blanks only" if line["blank_only"] > 0.99 else "")


def describe_validation(line: Mapping[str, Any]) -> str:
    """Say what a validation gave.

    >>> describe_validation({"step": 9, "accuracy": 61.04, "validation": {"ic15/val": {"accuracy": 61.04}}})
    'step 9: word accuracy 61.0 %  (ic15/val 61.0)'
    """
    sets = "  ".join(f"{name} {row['accuracy']:.1f}" for name, row in line["validation"].items())
    return f"step {line['step']}: word accuracy {line['accuracy']:.1f} %  ({sets})"


def comparison_table(rows: "Sequence[Comparison]") -> str:
    """Lay out what the old and the new model read, in percent of the words.

    >>> from crnn.training.validation import Comparison
    >>> row = Comparison(dataset="mine/labels", protocol="exact", n=100, before=7, after=96.04)
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
