"""`crnn explain`: one picture of how an image became its text."""

from pathlib import Path
from typing import Annotated

import typer

from crnn.cli.output import ModelOption


def explain(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The image of one word.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .png or .html file to write.")],
    model: ModelOption = "small",
    text: Annotated[
        str | None, typer.Option(help="Explain this text in place of the one that is read.")
    ] = None,
) -> None:
    """Show how an image became its text, in one picture.

    From top to bottom: each symbol in its place with how sure it is, what each frame says, the
    text and the runner-up, which pixels each symbol rests on, gates and memory of the last LSTM,
    and what one frame sees of the image. An .html file shows the same, to point at frames and
    symbols; it is complete in itself and loads nothing.

    An .onnx file does not show its gates; that part is then left out, and the picture says so.

    \b
    Examples:
      crnn explain sign.jpg --out why.png
      crnn explain sign.jpg --out why.html --model runs/mine
      crnn explain sign.jpg --out why-not.png --text Bakery
    """
    from crnn.errors import DataError
    from crnn.explaining import check_out, open_model, write
    from crnn.explaining import explain as explain_reading
    from crnn.explaining.style import exactly

    check_out(out)
    if out.exists() and image.exists() and out.samefile(image):
        raise DataError(f"{out}: is the image itself; give --out another name.")
    opened = open_model(model)
    explanation = explain_reading(opened.reader.read(image), opened, text=text)
    write(explanation, out)
    explained, runner_up = explanation.explained, explanation.runner_up
    beside = f", runner-up {runner_up.text!r} {exactly(runner_up.probability)}" if runner_up else ""
    typer.echo(f"{out}: {explained.text!r} {exactly(explained.probability)}{beside}")
