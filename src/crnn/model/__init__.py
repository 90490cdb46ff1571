"""The network of the paper: convolutional layers, then recurrent layers (§2.1, §2.2)."""

from crnn.model.crnn import CRNN, PRESETS, ModelConfig, build, preset

__all__ = ["CRNN", "PRESETS", "ModelConfig", "build", "preset"]
