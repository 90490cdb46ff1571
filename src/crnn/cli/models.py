"""`crnn models`: the models that come with the package."""

from typing import Annotated

import typer


def models(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with the whole card.")
    ] = False,
) -> None:
    """List the packaged models, and how fast and well they read.

    Milliseconds are of processor time: one core, one image a call, from the decoded image to the
    text. --json names the words and the hardware.
    """
    import json

    from crnn.formats.load import packaged

    found = packaged()
    if as_json:
        for model in found:
            typer.echo(json.dumps({**model.card, "name": model.name, "bytes": model.bytes}))
        return
    if not found:
        typer.echo("This installation has no packaged models.")
        return

    width = max(len(model.name) for model in found)
    for model in found:
        typer.echo(
            f"{model.name:{width}}  {model.alphabet}, {model.parameters / 1e6:.2f} M parameters, "
            f"{model.bytes / 1e6:.1f} MB, {model.ms_per_word:.2f} ms of processor time a word on one core"
        )
        for score in model.scores:
            exact = (
                "" if score.exact_accuracy is None else f", {score.exact_accuracy:.1f} % to the last symbol"
            )
            typer.echo(
                f"{'':{width}}  {score.dataset:14} {score.accuracy:5.1f} % of {score.n:,} words read right"
                f"{exact}"
            )
        for source in model.trained_on:
            typer.echo(f"{'':{width}}  learnt from {source}")
