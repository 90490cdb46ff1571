"""`crnn export`: a trained model as one .onnx file, which reads without PyTorch."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.evaluate import names
from crnn.cli.output import ForceOption, progress, refuse_taken

if TYPE_CHECKING:
    from crnn.data.dataset import Dataset
    from crnn.formats.checkpoint import ModelFile
    from crnn.formats.export import Parity
    from crnn.images.load import GreyImage
    from crnn.images.preprocess import PreprocessConfig

MAX_WORDS = 600
"""Words that --int8 reads: half to learn from, half to compare on."""


def export(
    model: Annotated[str, typer.Argument(help="Packaged model, .safetensors file or run folder.")],
    out: Annotated[Path, typer.Argument(help="The .onnx file to write.")],
    half: Annotated[
        bool,
        typer.Option("--half/--full", help="Store weights as float16: half the size."),
    ] = False,
    int8: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA",
            help="Compute in 8-bit integers, scaled to words of this data set; again for more sets. "
            "A quarter of the size, and faster.",
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a model as .onnx, which reads without PyTorch.

    Says how far the readings of the two files differ.

    --int8 takes up to 600 words, spread evenly over the data sets. Half of them set the scales,
    the other half shows what is read differently. Words that the model was trained on are fine;
    they should be like those that will be read.

    \b
    Examples:
      crnn export runs/mine mine.onnx
      crnn export small fast.onnx --int8 ic15/train.tsv --int8 iiit5k/train.tsv
    """
    from crnn.errors import ModelError
    from crnn.formats.export import export_onnx
    from crnn.formats.load import load_weights

    if out.suffix != ".onnx":
        raise ModelError(f"{out}: the file to write must end in .onnx.")
    if half and int8:
        raise typer.BadParameter("--int8 stores 8 bits, --half 16; leave one out.", param_hint="--int8")
    refuse_taken(out, force=force)
    file = load_weights(model)
    parity = quantize(file, out, int8) if int8 else export_onnx(file, out, half=half)
    kind = "8-bit integer" if int8 else "float16" if half else "float32"
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, "
        f"{kind} weights, alphabet {file.alphabet.name or 'unnamed'}\n"
        f"compared on {parity.images} images: same text on {parity.equal_texts}, "
        f"log_probs differ by at most {parity.max_difference:.1e}"
    )


def quantize(file: "ModelFile", out: Path, data: Sequence[Path]) -> "Parity":
    """Write a model in 8-bit integers that are scaled to words of data sets."""
    from crnn.data import open_dataset
    from crnn.formats.quantize import quantize_onnx

    datasets = [open_dataset(path) for path in data]
    return quantize_onnx(file, out, _words(datasets, file.preprocess), names(datasets))


def _words(datasets: Sequence["Dataset"], config: "PreprocessConfig") -> "list[GreyImage]":
    """Preprocess at most MAX_WORDS words, spread evenly over the data sets: always the same ones."""
    from crnn.images.load import load_image
    from crnn.images.preprocess import preprocess

    found = [(dataset, index) for dataset in datasets for index in range(len(dataset))]
    count = min(MAX_WORDS, len(found))
    words = []
    with progress("reading words", count) as advance:
        for number in range(count):
            dataset, index = found[number * len(found) // count]
            words.append(preprocess(load_image(dataset[index].image), config))
            advance(1)
    return words
