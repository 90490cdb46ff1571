"""The networks of other CRNN projects, built from their published architectures in plain torch.

They share nothing with the package: the oracle of what `crnn import` makes of their weights. A network
is a dict of layers under the project's own names, and a function that runs them.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Pictures = Tensor
"""float32 (N, 1, H, W) in 0..255."""


class Oracle(nn.Module):
    """Layers by name; run() says how an image passes them: (N, channels, H, W) -> scores (T, N, C)."""

    def __init__(self, layers: dict[str, nn.Module], run: Callable[["Oracle", Tensor], Tensor]) -> None:
        super().__init__()
        for name, layer in layers.items():
            parent: nn.Module = self
            *path, last = name.split(".")
            for part in path:
                if part not in parent._modules:
                    parent.add_module(part, nn.Module())
                parent = parent.get_submodule(part)
            parent.add_module(last, layer)
        self.run = run

    def log_probs(self, pictures: Pictures) -> Tensor:
        """(N, 1, H, W) in 0..255 -> (T, N, C); colour networks see the grey three times."""
        images = (pictures / 255 - 0.5) / 0.5
        first = next(p for p in self.parameters() if p.ndim == 4)
        with torch.no_grad():
            return self.eval().run(self, images.repeat(1, first.shape[1], 1, 1)).log_softmax(2)

    def layer(self, name: str) -> nn.Module:
        return self.get_submodule(name)


def _sequence(maps: Tensor) -> Tensor:
    """(N, D, 1, T) -> (T, N, D)."""
    return maps[:, :, 0].permute(2, 0, 1)


def _trunk(oracle: Oracle, images: Tensor, steps: str) -> Tensor:
    """Run e.g. 'cnn.conv0 R P22 cnn.conv1 R ...': layers by name, R for ReLU, P for a pool."""
    pools = {
        "P22": nn.MaxPool2d(2, 2),
        "P21": nn.MaxPool2d((2, 1), (2, 1)),
        "Pwide": nn.MaxPool2d((2, 2), (2, 1), (0, 1)),
    }
    for step in steps.split():
        if step == "R":
            images = images.relu()
        else:
            images = pools[step](images) if step in pools else oracle.layer(step)(images)
    return images


def _lstm(inputs: int, hidden: int) -> nn.LSTM:
    return nn.LSTM(inputs, hidden, bidirectional=True)


def crnn_pytorch(classes: int, hidden: int = 256, colours: int = 1) -> Oracle:
    """meijieru/crnn.pytorch: batch norm after convolutions 2, 4, 6; wide pools; a linear layer in between."""
    maps = [colours, 64, 128, 256, 256, 512, 512, 512]
    layers: dict[str, nn.Module] = {
        f"cnn.conv{i}": nn.Conv2d(maps[i], maps[i + 1], 2 if i == 6 else 3, 1, 0 if i == 6 else 1)
        for i in range(7)
    }
    layers |= {f"cnn.batchnorm{i}": nn.BatchNorm2d(maps[i + 1]) for i in (2, 4, 6)}
    layers |= {"rnn.0.rnn": _lstm(512, hidden), "rnn.0.embedding": nn.Linear(2 * hidden, hidden)}
    layers |= {"rnn.1.rnn": _lstm(hidden, hidden), "rnn.1.embedding": nn.Linear(2 * hidden, classes)}
    steps = (
        "cnn.conv0 R P22 cnn.conv1 R P22 cnn.conv2 cnn.batchnorm2 R cnn.conv3 R Pwide "
        "cnn.conv4 cnn.batchnorm4 R cnn.conv5 R Pwide cnn.conv6 cnn.batchnorm6 R"
    )

    def run(oracle: Oracle, images: Tensor) -> Tensor:
        frames = _sequence(_trunk(oracle, images, steps))
        for index in range(2):
            frames = oracle.layer(f"rnn.{index}.rnn")(frames)[0]
            frames = oracle.layer(f"rnn.{index}.embedding")(frames)
        return frames

    return Oracle(layers, run)


def deep_text(classes: int, maps: int = 512, hidden: int = 256, colours: int = 1) -> Oracle:
    """clovaai None-VGG-BiLSTM-CTC: a linear layer after each LSTM, then the prediction."""
    sizes = [colours, maps // 8, maps // 4, maps // 2, maps // 2, maps, maps, maps]
    at = [0, 3, 6, 8, 11, 14, 18]  # places in the project's nn.Sequential
    root = "FeatureExtraction.ConvNet."
    layers: dict[str, nn.Module] = {
        f"{root}{place}": nn.Conv2d(
            sizes[i], sizes[i + 1], 2 if i == 6 else 3, 1, 0 if i == 6 else 1, bias=i not in {4, 5}
        )
        for i, place in enumerate(at)
    }
    layers |= {f"{root}{place}": nn.BatchNorm2d(maps) for place in (12, 15)}
    for index in range(2):
        layers[f"SequenceModeling.{index}.rnn"] = _lstm(hidden if index else maps, hidden)
        layers[f"SequenceModeling.{index}.linear"] = nn.Linear(2 * hidden, hidden)
    layers["Prediction"] = nn.Linear(hidden, classes)
    steps = "0 R P22 3 R P22 6 R 8 R P21 11 12 R 14 15 R P21 18 R"
    steps = " ".join(root + step if step.isdigit() else step for step in steps.split())

    def run(oracle: Oracle, images: Tensor) -> Tensor:
        frames = _sequence(_trunk(oracle, images, steps))
        for index in range(2):
            frames = oracle.layer(f"SequenceModeling.{index}.rnn")(frames)[0]
            frames = oracle.layer(f"SequenceModeling.{index}.linear")(frames)
        return oracle.layer("Prediction")(frames)

    return Oracle(layers, run)


def gitycc(classes: int, hidden: int = 256, colours: int = 1, height: int = 32) -> Oracle:
    """GitYCC/crnn-pytorch: batch norm after convolutions 4 and 5; 64 features before the LSTMs."""
    maps = [colours, 64, 128, 256, 256, 512, 512, 512]
    layers: dict[str, nn.Module] = {
        f"cnn.conv{i}": nn.Conv2d(maps[i], maps[i + 1], 2 if i == 6 else 3, 1, 0 if i == 6 else 1)
        for i in range(7)
    }
    layers |= {f"cnn.batchnorm{i}": nn.BatchNorm2d(512) for i in (4, 5)}
    layers |= {"map_to_seq": nn.Linear(512 * (height // 16 - 1), 64)}
    layers |= {"rnn1": _lstm(64, hidden), "rnn2": _lstm(2 * hidden, hidden)}
    layers |= {"dense": nn.Linear(2 * hidden, classes)}
    steps = (
        "cnn.conv0 R P22 cnn.conv1 R P22 cnn.conv2 R cnn.conv3 R P21 "
        "cnn.conv4 cnn.batchnorm4 R cnn.conv5 cnn.batchnorm5 R P21 cnn.conv6 R"
    )

    def run(oracle: Oracle, images: Tensor) -> Tensor:
        frames = oracle.layer("map_to_seq")(_sequence(_trunk(oracle, images, steps)))
        for name in ("rnn1", "rnn2"):
            frames = oracle.layer(name)(frames)[0]
        return oracle.layer("dense")(frames)

    return Oracle(layers, run)


def nano_ocr(classes: int, hidden: int = 256, colours: int = 1) -> Oracle:
    """nano-ocr: six convolutions, one LSTM, one linear layer."""
    maps = [colours, 64, 128, 256, 256, 512, 512]
    at = [0, 3, 6, 9, 12, 16]
    layers: dict[str, nn.Module] = {
        f"cnn.{place}": nn.Conv2d(maps[i], maps[i + 1], 2 if i == 5 else 3, 1, 0 if i == 5 else 1)
        for i, place in enumerate(at)
    }
    layers |= {f"cnn.{place}": nn.BatchNorm2d(size) for place, size in ((7, 256), (13, 512), (17, 512))}
    layers |= {"rnn": _lstm(512, hidden), "fc": nn.Linear(2 * hidden, classes)}
    steps = "cnn.0 R P22 cnn.3 R P22 cnn.6 cnn.7 R cnn.9 R Pwide cnn.12 cnn.13 R Pwide cnn.16 cnn.17 R"

    def run(oracle: Oracle, images: Tensor) -> Tensor:
        frames = _sequence(_trunk(oracle, images, steps))
        return oracle.layer("fc")(oracle.layer("rnn")(frames)[0])

    return Oracle(layers, run)


def randomise(oracle: Oracle, seed: int = 0) -> Oracle:
    """Draw every parameter and statistic so that frames differ and no part is idle."""
    random = torch.Generator().manual_seed(seed)

    def draw(like: Tensor, scale: float) -> Tensor:
        return torch.randn(like.shape, generator=random) * scale

    with torch.no_grad():
        for module in oracle.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(1 + draw(module.weight, 0.3))
                module.bias.copy_(draw(module.bias, 0.3))
                module.running_mean.copy_(draw(module.running_mean, 0.3))  # type: ignore[union-attr, operator]
                module.running_var.copy_(0.5 + draw(module.running_var, 0.3).abs())  # type: ignore[union-attr, operator]
                continue
            for parameter in module.parameters(recurse=False):
                gain = {1: 0.2, 2: 2.5 / parameter[0].numel(), 4: 2 / parameter[0].numel()}[parameter.ndim]
                parameter.copy_(draw(parameter, gain if parameter.ndim == 1 else gain**0.5))
    return oracle
