"""Small random networks that read texts, not blanks, as trained ones do; a disk that is full."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from crnn.alphabet import Alphabet
from crnn.formats.checkpoint import ModelFile
from crnn.images.preprocess import PreprocessConfig
from crnn.model.crnn import CRNN, ModelConfig, build

TRUNK = ("conv 8 k3 s2 p1 norm", "conv 16 k3 s2 p1 norm", "pool k2x1 s2x1", "conv 24 k4x3 s1 p0x1 norm")


def _liven(model: CRNN) -> CRNN:
    """Draw weights, take the norms' statistics on noise, and give every class its share."""
    random = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 256, (16, 1, model.config.height_px // 4, 32), generator=random)
    noise = blocks.repeat_interleave(4, 2).repeat_interleave(4, 3)  # strokes 4 px wide, as in words
    with torch.no_grad():
        for parameter in model.parameters():
            scale = 1 / max(1, parameter[0].numel()) ** 0.5  # sums of inputs keep their size
            parameter.copy_(torch.randn(parameter.shape, generator=random) * scale)
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.0  # one batch makes the statistics
        model.train()(noise)
        for norm in norms:
            norm.momentum = 0.1
        model.score.weight /= model.eval()(noise).std((0, 1)).mean()
        model.score.bias -= model(noise).mean((0, 1))
    return model


@pytest.fixture
def make_file() -> Callable[..., ModelFile]:
    """Return a function that makes a model file: of a preset or a tiny trunk, of any alphabet."""

    def make(alphabet: str = "0123456789", preset: str | None = None, **settings: object) -> ModelFile:
        symbols = Alphabet(alphabet)
        config = preset or ModelConfig(
            **{"convolution": TRUNK, "hidden": 12, "layers": 1, "pixels": "standardise", **settings}
        )
        return ModelFile(
            model=_liven(build(config, len(symbols) + 1)),
            alphabet=symbols,
            preprocess=PreprocessConfig(),
            card={"name": "random", "steps": 0},
        )

    return make
