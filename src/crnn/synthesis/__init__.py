"""Training images made of fonts, words and backgrounds, as arithmetic on whole batches.

words -> layout -> warp -> paint -> degradation -> (N, 1, H, W) uint8 and N labels
"""

from crnn.synthesis.engine import Engine, SynthesisBatch, SynthesisConfig

__all__ = ["Engine", "SynthesisBatch", "SynthesisConfig"]
