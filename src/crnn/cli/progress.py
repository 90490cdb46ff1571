"""A progress bar on stderr, for people: none where stderr is a file or a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FEW = 8
"""Up to so many steps a bar is more noise than news."""


@contextmanager
def progress(title: str, total: int, *, beside_output: bool = False) -> Iterator[Callable[[int], None]]:
    """Show how much of `total` is done and the time left; yield what to call with each advance.

    `beside_output` says that results are printed meanwhile: on a terminal they are the progress,
    and a bar would only cut through them.
    """
    crowded = beside_output and sys.stdout.isatty()
    if total <= FEW or crowded or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
    )
    with bar:
        task = bar.add_task(title, total=total)
        yield lambda steps: bar.advance(task, steps)
