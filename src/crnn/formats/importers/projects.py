"""The CRNN projects whose weights are known, each as data: what its parameters are called and mean.

All of them are the paper's network with a 7-layer VGG trunk, images 32 px high, the blank as class 0.
They differ in pools, norms, the linear layers around the LSTMs, resizing and alphabet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crnn.images.preprocess import PreprocessConfig
from crnn.model.convolution import AUTHORS, PAPER, Trunk

LSTM_PARTS = tuple(
    f"{part}_l0{direction}"
    for direction in ("", "_reverse")
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
)
"""What torch calls the parameters of a bidirectional LSTM of one layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """One project: the names in its state dict, in the order in which an image passes them."""

    name: str
    trunk: Trunk
    """The same layers in our notation; the numbers of maps are read from the file."""
    convolutions: tuple[str, ...]
    norms: tuple[str, ...]
    """One for each convolution of the trunk with `norm`."""
    recurrent: tuple[str, ...]
    """Bidirectional LSTMs of one layer."""
    score: tuple[str, ...]
    """Linear layers from the last LSTM to the classes; nothing stands between two of them."""
    before: str = ""
    """A linear layer between the convolution and the first LSTM."""
    join: str = ""
    """A linear layer between the two LSTMs."""
    preprocess: PreprocessConfig
    alphabet: str = ""
    """Name or symbols, where the project's code fixes them; '' where whoever trains chooses them."""

    def names(self) -> Iterator[str]:
        """Name every tensor that the network cannot do without."""
        lines = [line for line in self.trunk if line.startswith("conv")]
        for name, line in zip(self.convolutions, lines, strict=True):
            yield f"{name}.weight"
            if not line.endswith(" norm"):
                yield f"{name}.bias"
        for norm in self.norms:
            yield from (f"{norm}.{part}" for part in ("weight", "bias", "running_mean", "running_var"))
        yield from (f"{name}.{part}" for name in self.recurrent for part in LSTM_PARTS)
        for linear in filter(None, (self.before, self.join, *self.score)):
            yield f"{linear}.weight"
            yield f"{linear}.bias"

    def optional_names(self) -> Iterator[str]:
        """Name the tensors that may be there: biases before a norm, and counters of training steps."""
        yield from (f"{name}.bias" for name in self.convolutions)
        yield from (f"{name}.num_batches_tracked" for name in self.norms)


def _fixed(width_px: int, **settings: str) -> PreprocessConfig:
    return PreprocessConfig(min_width=width_px, max_width=width_px, **settings)  # type: ignore[arg-type]


CRNN_PYTORCH = Project(
    name="meijieru/crnn.pytorch",
    trunk=AUTHORS,
    convolutions=tuple(f"cnn.conv{index}" for index in range(7)),
    norms=("cnn.batchnorm2", "cnn.batchnorm4", "cnn.batchnorm6"),
    recurrent=("rnn.0.rnn", "rnn.1.rnn"),
    join="rnn.0.embedding",
    score=("rnn.1.embedding",),
    preprocess=_fixed(100),
)

DEEP_TEXT = Project(
    name="clovaai/deep-text-recognition-benchmark None-VGG-BiLSTM-CTC",
    trunk=PAPER,
    convolutions=tuple(f"FeatureExtraction.ConvNet.{index}" for index in (0, 3, 6, 8, 11, 14, 18)),
    norms=("FeatureExtraction.ConvNet.12", "FeatureExtraction.ConvNet.15"),
    recurrent=("SequenceModeling.0.rnn", "SequenceModeling.1.rnn"),
    join="SequenceModeling.0.linear",
    score=("SequenceModeling.1.linear", "Prediction"),
    preprocess=_fixed(100, resample="bicubic"),
)

GITYCC = Project(
    name="GitYCC/crnn-pytorch",
    trunk=PAPER,
    convolutions=tuple(f"cnn.conv{index}" for index in range(7)),
    norms=("cnn.batchnorm4", "cnn.batchnorm5"),
    before="map_to_seq",
    recurrent=("rnn1", "rnn2"),
    score=("dense",),
    preprocess=_fixed(100),
    alphabet="lower36",
)

NANO_OCR = Project(
    name="nano-ocr",
    trunk=(
        "conv 64 k3 s1 p1",
        "pool k2 s2",
        "conv 128 k3 s1 p1",
        "pool k2 s2",
        "conv 256 k3 s1 p1 norm",
        "conv 256 k3 s1 p1",
        "pool k2 s2x1 p0x1",
        "conv 512 k3 s1 p1 norm",
        "pool k2 s2x1 p0x1",
        "conv 512 k2 s1 p0 norm",
    ),
    convolutions=("cnn.0", "cnn.3", "cnn.6", "cnn.9", "cnn.12", "cnn.16"),
    norms=("cnn.7", "cnn.13", "cnn.17"),
    recurrent=("rnn",),
    score=("fc",),
    preprocess=_fixed(128),
    alphabet="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.- ",
)

PROJECTS = (CRNN_PYTORCH, DEEP_TEXT, GITYCC, NANO_OCR)
"""What `crnn import` knows."""
