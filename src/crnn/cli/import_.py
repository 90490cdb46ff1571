"""`crnn import`: weights that another CRNN project trained, as a model file of ours."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crnn.cli.output import ForceOption, refuse_taken


def import_(
    source: Annotated[Path, typer.Argument(metavar="SOURCE.pth", help="The other project's weights.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.safetensors", help="The model file to write.")],
    alphabet: Annotated[
        str | None,
        typer.Option(
            "--alphabet",
            help="Its symbols in class order, or a name (digits, lower36, cased62, print94, each also with "
            "-space): needed where the project leaves them to whoever trains.",
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option("--width", min=1, help="Width in px that it was trained at, if not its project's own."),
    ] = None,
    blank: Annotated[
        Literal["first", "last"], typer.Option("--blank", help="Which of its classes is the blank.")
    ] = "first",
    force: ForceOption = False,
) -> None:
    """Turn weights of another CRNN project into a model file.

    Known are the state dicts (.pth) of these projects, by the names of their parameters:

    \b
      meijieru/crnn.pytorch
      clovaai/deep-text-recognition-benchmark, None-VGG-BiLSTM-CTC
      GitYCC/crnn-pytorch
      nano-ocr, on PyPI

    No code from the file is run. The model file gives the same probabilities, resizes as the
    project does, and can be read with, evaluated, exported and trained on. The licence of the
    weights stays what it is.

    A .pth file does not say how wide its images were: 100 px (nano-ocr: 128) unless --width says
    otherwise. Nor does it say whether it was trained with leaky ReLUs, padding or images of
    another height than 32 px, which those projects offer; such weights read wrongly here.

    \b
    Examples:
      crnn import nano_ocr_ftr.pth nano.safetensors
      crnn import crnn.pth out.safetensors --alphabet lower36
    """
    from crnn.alphabet import parse_alphabet
    from crnn.errors import ModelError
    from crnn.formats.checkpoint import save_checkpoint
    from crnn.formats.importers.convert import import_weights

    if out.suffix != ".safetensors":
        raise ModelError(f"{out}: the file to write must end in .safetensors.")
    refuse_taken(out, force=force)
    symbols = None if alphabet is None else parse_alphabet(alphabet)
    imported = import_weights(source, alphabet=symbols, width_px=width, blank=blank)
    file = imported.file
    save_checkpoint(out, file)
    parameters = sum(weights.numel() for weights in file.model.parameters())
    typer.echo(
        f"{out}: from {imported.project}, {parameters:,} parameters, {len(file.alphabet)} symbols, "
        f"images {file.preprocess.max_width}x{file.preprocess.height} px"
    )
    for note in imported.notes:
        typer.echo(note)
