"""Writing an .onnx file that computes in integers of 8 bits, and saying what it reads differently.

    values = scale * (integer - zero)    one scale a map for weights, one a layer for its images

Scales of weights follow from the weights. Those of what flows between the convolutions are learnt
from words: the extremes of each word, averaged over the words, so that one odd picture does not
make the steps coarse for all. The first convolution stays in float, since it is nearly free and sees
the finest differences; so does the last layer. LSTMs scale what they are given while they read, all
images of a batch alike; so the file takes one image at a time, and no reading hangs on its neighbours.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile, check_finite
from crnn.formats.export import Parity, compare, trace, write_proved
from crnn.formats.header import KEY
from crnn.formats.onnx import INPUT
from crnn.formats.runtime import onnxruntime, quantization
from crnn.images.load import GreyImage
from crnn.reader.reader import Recognize

CARD_KEY = "int8"
"""The part of a card that says on which words the scales were learnt."""
MIN_WORDS = 20
"""Words without which no scale is learnt."""

_TOOLS = quantization()
_PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}  # else ONNX Runtime advises to do what is done


class _Words:
    """Words as ONNX Runtime asks for them: one after the other, then None."""

    def __init__(self, words: Sequence[GreyImage]) -> None:
        self._left = iter(words)

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        word = next(self._left, None)
        return None if word is None else {INPUT: word[np.newaxis, np.newaxis]}  # (1, 1, H, W)


def quantize_onnx(
    file: ModelFile, path: str | Path, words: Sequence[GreyImage], sources: Sequence[str]
) -> Parity:
    """Write a model as an .onnx file of 8-bit integers, and compare what the two read.

    Args:
        file: The model.
        path: The .onnx file; an older one is replaced.
        words: At least 20, preprocessed (H, W). Of any two neighbours the first teaches the scales and
            the second is compared.
        sources: Names of the data sets that the words are from, for the card.

    Returns:
        How far the readings of the two differ.

    Raises:
        ModelError: There are fewer words, a weight is NaN or infinite, or the file cannot be written.
            The old file is left as it was.
    """
    path = Path(path)
    if len(words) < MIN_WORDS:
        raise ModelError(
            f"{path}: not written: {len(words)} words to calibrate on, of {', '.join(sources)}; "
            f"it takes at least {MIN_WORDS}, and some hundred are better."
        )
    check_finite(file.model.state_dict(), f"{path}: not written")
    teaching, compared = words[::2], words[1::2]
    graph = _quantized(trace(file), teaching)
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1  # (N, 1, H, W)
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1  # (T, N, C)
    del graph.graph.value_info[:]  # they know of an N
    record = {"data": list(sources), "n": len(teaching), "date": datetime.now(UTC).date().isoformat()}
    header = replace(file, card={**file.card, CARD_KEY: record}).header()
    del graph.metadata_props[:]
    helper.set_model_props(graph, {KEY: header.to_text()})

    def prove(recognize: Recognize) -> Parity:
        parity = compare(file, recognize, [word[np.newaxis, np.newaxis] for word in compared])
        if not isfinite(parity.max_difference):
            raise ModelError(
                f"{path}: not written: log_probs differ by {parity.max_difference} from the network's; "
                "its weights are broken."
            )
        return parity

    return write_proved(path, graph.SerializeToString(), prove)


def _quantized(graph: onnx.ModelProto, words: Sequence[GreyImage]) -> onnx.ModelProto:
    """Replace convolutions, pools and LSTMs by those that compute in integers.

    Weights keep to 7 bits: with 8, the products that a CPU without VNNI adds up in pairs would
    leave its 16 bits.
    """
    with TemporaryDirectory() as folder:
        whole, recurrent, both = (Path(folder) / f"{name}.onnx" for name in ("whole", "recurrent", "both"))
        _fold(graph, whole)
        folded = onnx.load(whole)
        helper.set_model_props(folded, _PREPARED)
        onnx.save(folded, whole)
        _TOOLS.quantize_dynamic(
            whole,
            recurrent,
            op_types_to_quantize=["LSTM"],
            per_channel=True,
            reduce_range=True,
            weight_type=_TOOLS.QuantType.QInt8,
        )
        _TOOLS.quantize_static(
            recurrent,
            both,
            _Words(words),
            quant_format=_TOOLS.QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "MaxPool"],
            nodes_to_exclude=[node.name for node in folded.graph.node if node.op_type == "Conv"][:1],
            per_channel=True,
            reduce_range=True,
            activation_type=_TOOLS.QuantType.QUInt8,
            weight_type=_TOOLS.QuantType.QInt8,
            extra_options={"CalibMovingAverage": True},
        )
        return onnx.load(both)


def _fold(graph: onnx.ModelProto, path: Path) -> None:
    """Save `graph` with batch norm folded into the convolutions, which then have one scale."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 4  # what goes wrong arrives as an exception
    onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
