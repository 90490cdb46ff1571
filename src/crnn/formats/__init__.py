"""The files that a model lives in: `.safetensors` to train on, `.onnx` to read with.

Both carry the same header (header.py): alphabet, preprocessing, architecture and card. A file
without it does not load, because a model that guesses its alphabet reads nonsense.
"""
