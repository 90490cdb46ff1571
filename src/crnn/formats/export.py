"""Writing an .onnx file, and proving that it reads what the network reads.

The graph is traced from the same CRNN module that training uses. Batch norm stays its own layer
in the file, so that the stored weights are the checkpoint's to the bit (rounding them to float16
twice changes nothing); ONNX Runtime folds it into the convolutions when it opens the file.
"""

import io
import warnings
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw, ImageFont
from torch.jit._trace import TracerWarning

from crnn.errors import ModelError
from crnn.files import atomic_path
from crnn.formats.checkpoint import ModelFile, check_finite, to_half
from crnn.formats.header import KEY
from crnn.formats.onnx import INPUT, OUTPUT, load_onnx
from crnn.images.preprocess import PreprocessConfig, preprocess
from crnn.model.crnn import CRNN
from crnn.reader.reader import Recognize
from crnn.transcription.greedy import best_labels

OPSET = 17
MAX_DIFFERENCE = 1e-3  # of log_probs; ONNX Runtime sums in another order, no more


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """How far the exported file's readings lie from the network's."""

    max_difference: float
    """Largest |difference| of any log-probability."""
    images: int
    """Images compared."""
    equal_texts: int
    """Images of which both read the same text."""


def export_onnx(file: ModelFile, path: str | Path, half: bool = False) -> Parity:
    """Write a model as .onnx, and compare what the two read.

    Args:
        file: The model.
        path: The .onnx file; an older one is replaced.
        half: Whether weights are stored as float16: half the size. The arithmetic stays float32, and
            the differences returned are those of the rounding.

    Returns:
        How far the readings of the two differ.

    Raises:
        ModelError: A weight is NaN or infinite, the new file does not read what the model reads, or it
            cannot be written. No new file is left.
    """
    path = Path(path)
    check_finite(file.model.state_dict(), f"{path}: not written")
    exported = _rounded(file) if half else file
    graph = trace(exported)
    helper.set_model_props(graph, {KEY: file.header().to_text()})
    if half:
        _store_half(graph.graph)

    def prove(recognize: Recognize) -> Parity:
        parity = compare(exported, recognize)
        if not parity.max_difference <= MAX_DIFFERENCE:  # NaN is too large
            raise ModelError(
                f"{path}: not written: the exported network differs by "
                f"{parity.max_difference:.2g} in log_probs (at most {MAX_DIFFERENCE:g}).\n"
                "    The weights may be broken (NaN), or this torch exports them wrongly."
            )
        return compare(file, recognize) if half else parity

    return write_proved(path, graph.SerializeToString(), prove)


def write_proved(path: Path, content: bytes, prove: Callable[[Recognize], Parity]) -> Parity:
    """Write an .onnx file if `prove`, given what it reads, returns; what it raises leaves the old file."""
    # Checked under another name: an older file in this place stays until the new one is proved.
    try:
        with atomic_path(path) as trial:
            trial.write_bytes(content)
            return prove(load_onnx(trial).recognize)
    except OSError as error:
        raise ModelError(
            f"{path}: cannot write {len(content):,} bytes: {error.strerror or error}.\n"
            "    Nothing was changed; free space or choose another place, and export again."
        ) from error


def compare(
    file: ModelFile, recognize: Recognize, batches: Iterable[npt.NDArray[np.uint8]] | None = None
) -> Parity:
    """Read `batches` (N, 1, H, W) with the network and with `recognize`, and compare the two.

    Without batches they are drawn words and noise.
    """
    live = file.reader().recognize
    difference, images, equal = 0.0, 0, 0
    for batch in batches or _probes(file.preprocess, "".join(file.alphabet.symbols)):
        ours, theirs = live(batch), recognize(batch)  # (T, N, C)
        difference = float(np.maximum(difference, np.abs(ours - theirs).max()))  # NaN stays NaN
        images += len(batch)
        equal += sum(map(list.__eq__, best_labels(ours), best_labels(theirs)))
    return Parity(max_difference=difference, images=images, equal_texts=equal)


def _probes(config: PreprocessConfig, symbols: str) -> list[npt.NDArray[np.uint8]]:
    """Make uint8 (N, 1, H, W) batches: drawn words and noise, of 1 and 7, at several widths."""
    random = np.random.default_rng(0)
    middle = config.width_px(config.min_width + config.max_width, 2 * config.height)
    batches = []
    for width in sorted({config.min_width, middle, config.max_width}):
        for count in (1, 7):
            words = [
                "".join(random.choice(list(symbols), size=int(random.integers(1, 12)))) for _ in range(count)
            ]
            drawn = [preprocess(_draw(word, width, config.height), config) for word in words]
            batches.append(np.stack(drawn)[:, None])  # (N, 1, H, W)
            noise = random.integers(0, 256, (count, 1, config.height, width))
            batches.append(noise.astype(np.uint8))
    return batches


def _draw(word: str, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw black on grey: uint8 (height, width)."""
    image = Image.new("L", (width, height), 200)
    font = ImageFont.load_default(size=0.7 * height)
    ImageDraw.Draw(image).text((2, 0.1 * height), word, fill=20, font=font)
    return np.asarray(image)


def _rounded(file: ModelFile) -> ModelFile:
    """Return a copy with the weights that float16 can hold."""
    model = deepcopy(file.model)
    model.load_state_dict(to_half(model.state_dict()))
    return replace(file, model=model)


def trace(file: ModelFile) -> onnx.ModelProto:
    """Trace the network into an ONNX graph with free N and W."""
    model: CRNN = deepcopy(file.model).cpu().eval()
    config = file.preprocess
    images = torch.zeros(2, 1, config.height, config.max_width, dtype=torch.uint8)
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        # Two kinds: this exporter is called legacy, and the recurrent layers check their input's
        # shape in Python, which a trace cannot follow. `compare` tries other shapes.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", TracerWarning)
        warnings.filterwarnings("ignore", "Exporting a model to ONNX with a batch_size")
        warnings.filterwarnings("ignore", "It is recommended that constant folding be turned off")
        torch.onnx.export(
            model,
            (images,),
            buffer,  # type: ignore[arg-type]  # a path in the signature, but a buffer in the code
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "N", 3: "W"}, OUTPUT: {0: "T", 1: "N"}},
            opset_version=OPSET,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # eval, but keeps batch norm apart
        )
    graph = onnx.load_from_string(buffer.getvalue())
    _drop_initial_states(graph.graph)
    return graph


def _drop_initial_states(graph: onnx.GraphProto) -> None:
    """Leave out the zeros that the recurrent layers start from: ONNX assumes them."""
    for node in graph.node:
        if node.op_type in ("LSTM", "GRU", "RNN"):
            del node.input[4:]  # sequence lengths, initial h, initial c
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {output.name for output in graph.output}
        dead = [node for node in graph.node if not used & set(node.output)]
        if not dead:
            return
        for node in dead:
            graph.node.remove(node)


def _store_half(graph: onnx.GraphProto) -> None:
    """Store float32 weights as float16 with a cast, which ONNX Runtime folds away on opening."""
    casts = []
    for weights in graph.initializer:
        if weights.data_type == TensorProto.FLOAT:
            name, stored = weights.name, f"{weights.name}_half"
            values = numpy_helper.to_array(weights).astype(np.float16)
            weights.CopyFrom(numpy_helper.from_array(values, stored))
            casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
