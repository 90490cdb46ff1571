"""`crnn models`: the models that come with the package."""

from typing import Annotated

import typer


def models(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with the whole card.")
    ] = False,
) -> None:
    """List the packaged models, and how fast and well they read."""
    import json

    from crnn.formats.models import packaged

    found = packaged()
    if as_json:
        for model in found:
            typer.echo(json.dumps({**model.card, "name": model.name, "bytes": model.bytes}))
        return
    if not found:
        typer.echo("This installation has no packaged models.")
        return

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "alphabet"):
        table.add_column(heading, no_wrap=True)
    for heading in ("parameters", "size", "ms a word"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("words read right", "trained on"):
        table.add_column(heading)
    for model in found:
        table.add_row(
            model.name,
            model.alphabet,
            f"{model.parameters / 1e6:.2f} M",
            f"{model.bytes / 1e6:.1f} MB",
            f"{model.ms_per_word:.1f}",
            "\n".join(f"{s.dataset} {s.accuracy:.1f} % of {s.n:,}" for s in model.scores),
            "\n".join(model.trained_on),
        )
    Console().print(table, highlight=False, markup=False)
