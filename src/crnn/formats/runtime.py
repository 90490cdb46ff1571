"""ONNX Runtime, as everything here imports it: without its telemetry.

    from crnn.formats.runtime import onnxruntime

Left to itself, ONNX Runtime gives the machine an identifier, keeps a database of its uses in the user's
cache folder, and warns where it may not write there. It decides so when it is imported, by an environment
variable; whoever has set that keeps what they chose.
"""

import os
from importlib import import_module
from types import ModuleType

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# The variable comes first. "as" says that others import it from here.
import onnxruntime as onnxruntime  # noqa: PLC0414


def quantization() -> ModuleType:
    """Return the tools that make integers of weights, which need the package `onnx`."""
    return import_module("onnxruntime.quantization")
