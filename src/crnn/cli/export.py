"""`crnn export`: a trained model as one .onnx file, which reads without PyTorch."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    model: Annotated[str, typer.Argument(help="Packaged model, .safetensors file or run folder.")],
    out: Annotated[Path, typer.Argument(help="The .onnx file to write.")],
    half: Annotated[
        bool,
        typer.Option("--half/--full", help="Store weights as float16: half the size."),
    ] = False,
) -> None:
    """Write a model as .onnx, which reads without PyTorch.

    Says how far the readings of the two files differ.
    """
    from crnn.errors import ModelError
    from crnn.formats.export import export_onnx
    from crnn.formats.models import load_weights

    if out.suffix != ".onnx":
        raise ModelError(f"{out}: the file to write must end in .onnx.")
    file = load_weights(model)
    parity = export_onnx(file, out, half=half)
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, "
        f"{'float16' if half else 'float32'} weights, alphabet {file.alphabet.name or 'unnamed'}\n"
        f"compared on {parity.images} images: same text on {parity.equal_texts}, "
        f"log_probs differ by at most {parity.max_difference:.1e}"
    )
