"""The files that a model lives in: `.safetensors` to train on, `.onnx` to read with.

Both carry the same header (header.py): alphabet, preprocessing, architecture and card. A file
without it does not load, because a model that guesses its alphabet reads nonsense.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent.parent / "weights"
"""What comes with the package. A model: <name>.onnx to read with, <name>.json, and to train on
<name>.safetensors, which those in 8-bit integers (<name>-int8) lack. A language: <name>.lm."""
