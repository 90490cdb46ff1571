"""Weights in a .safetensors file."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile, load_checkpoint, save_checkpoint
from crnn.formats.header import KEY
from crnn.images.preprocess import PreprocessConfig

MakeFile = Callable[..., ModelFile]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 1, 32, 128), dtype=np.uint8)


def test_a_loaded_checkpoint_reads_to_the_bit_what_the_saved_network_reads(
    tmp_path: Path, make_file: MakeFile
) -> None:
    file = make_file()
    save_checkpoint(tmp_path / "a.safetensors", file)
    loaded = load_checkpoint(tmp_path / "a.safetensors")
    assert loaded.model.config == file.model.config
    assert (loaded.alphabet, loaded.preprocess, loaded.card) == (
        file.alphabet,
        file.preprocess,
        file.card,
    )
    read, saved = loaded.reader().recognize(IMAGES), file.reader().recognize(IMAGES)
    assert read.dtype == np.float32
    assert np.array_equal(read, saved)
    assert np.unique(saved.argmax(2)).size > 3  # the network sees something


def test_a_half_checkpoint_is_half_the_size_and_loads_as_float32(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file(hidden=200)
    save_checkpoint(tmp_path / "full.safetensors", file)
    save_checkpoint(tmp_path / "half.safetensors", file, half=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "half")]
    assert sizes[1] < 0.52 * sizes[0]
    loaded = load_checkpoint(tmp_path / "half.safetensors").model
    for name, tensor in file.model.state_dict().items():
        wanted = tensor.half().float() if tensor.is_floating_point() else tensor
        assert loaded.state_dict()[name].dtype == tensor.dtype
        assert torch.equal(loaded.state_dict()[name], wanted), name


def test_a_loaded_network_trains(tmp_path: Path, make_file: MakeFile) -> None:
    save_checkpoint(tmp_path / "a.safetensors", make_file())
    model = load_checkpoint(tmp_path / "a.safetensors").model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    model(torch.tensor(IMAGES))[..., 0].sum().backward()
    optimizer.step()
    assert all(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


def test_reading_with_a_network_in_training_leaves_it_in_training(make_file: MakeFile) -> None:
    file = make_file()
    in_eval = file.reader().recognize(IMAGES)
    file.model.train()
    statistics = file.model.convolution[1].running_mean.clone()
    assert np.array_equal(file.reader().recognize(IMAGES), in_eval)
    assert all(module.training for module in file.model.modules())
    assert torch.equal(file.model.convolution[1].running_mean, statistics)


def test_a_full_disk_while_saving_leaves_the_old_checkpoint(
    tmp_path: Path, make_file: MakeFile, full_disk: Callable[[], None]
) -> None:
    path = tmp_path / "last.safetensors"
    save_checkpoint(path, make_file("abc"))
    full_disk()
    with pytest.raises(ModelError, match=r"last\.safetensors: cannot write .* No space left"):
        save_checkpoint(path, make_file("xyz"))
    assert load_checkpoint(path).alphabet == Alphabet("abc")
    assert list(tmp_path.iterdir()) == [path]


def test_a_weight_too_large_for_float16_is_refused_by_name(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file()
    with torch.no_grad():
        file.model.score.bias[0] = 1e6
    with pytest.raises(ModelError, match=r"score\.bias reaches 1e\+06"):
        save_checkpoint(tmp_path / "a.safetensors", file, half=True)
    assert not list(tmp_path.iterdir())


def test_parts_that_do_not_fit_each_other_are_refused(make_file: MakeFile) -> None:
    file = make_file()
    with pytest.raises(ModelError, match="11 classes, but the alphabet's 3 symbols"):
        ModelFile(model=file.model, alphabet=Alphabet("abc"), preprocess=file.preprocess)
    with pytest.raises(ModelError, match="32 px high, but preprocessing makes them 48 px"):
        ModelFile(model=file.model, alphabet=file.alphabet, preprocess=PreprocessConfig(height=48))


def test_a_checkpoint_cut_short_anywhere_is_a_model_error(tmp_path: Path, make_file: MakeFile) -> None:
    save_checkpoint(tmp_path / "a.safetensors", make_file())
    content = (tmp_path / "a.safetensors").read_bytes()
    header_end = 8 + int.from_bytes(content[:8], "little")
    for size in [0, 1, 7, 8, 9, 100, header_end - 1, header_end, header_end + 5, len(content) - 1]:
        (tmp_path / "damaged.safetensors").write_bytes(content[:size])
        with pytest.raises(ModelError, match=r"damaged\.safetensors: "):
            load_checkpoint(tmp_path / "damaged.safetensors")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"these are no weights at all", "not a .safetensors file"),
        ((2**63).to_bytes(8, "little") + b"{}", "header has 9,223,372,036,854,775,808 bytes"),
        ((40 * 2**20).to_bytes(8, "little") + b"{" * 2**20, "header has 41,943,040 bytes"),
        ((2).to_bytes(8, "little") + b"{}", "not one of crnn"),
        ((20).to_bytes(8, "little") + b'{"__metadata__": []}', "not one of crnn"),
        ((4).to_bytes(8, "little") + b"{\xff\xff}", "header is damaged"),
        ((1).to_bytes(8, "little") + b"{", "header is damaged"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_a_model_error(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=said):
        load_checkpoint(tmp_path / "a.safetensors")


class Bomb:
    """What a hostile pickle holds: code to run on loading."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def test_a_pickle_is_refused_without_running_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": Bomb()}, "a.safetensors")
    with pytest.raises(ModelError, match=r"not a \.safetensors file"):
        load_checkpoint("a.safetensors")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.safetensors"]


def test_a_missing_checkpoint_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.safetensors: cannot read it: No such file"):
        load_checkpoint(tmp_path / "none.safetensors")


def test_foreign_weights_say_that_they_are_not_ours(tmp_path: Path, make_file: MakeFile) -> None:
    save_file(make_file().model.state_dict(), tmp_path / "a.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="not one of crnn"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_weights_that_do_not_fit_their_header_are_named(tmp_path: Path, make_file: MakeFile) -> None:
    path = tmp_path / "a.safetensors"
    file = make_file()
    save_checkpoint(path, file)
    whole, metadata = load_file(path), {KEY: file.header().to_text()}

    lacking = {name: tensor for name, tensor in whole.items() if name != "score.bias"}
    save_file(lacking, path, metadata)
    with pytest.raises(ModelError, match=r"a\.safetensors: .*it lacks score\.bias"):
        load_checkpoint(path)

    save_file(whole | {"extra": torch.zeros(1)}, path, metadata)
    with pytest.raises(ModelError, match="it has the unknown extra"):
        load_checkpoint(path)

    save_file(whole | {"score.bias": torch.zeros(5)}, path, metadata)
    with pytest.raises(ModelError, match=r"score\.bias \(5,\) instead of \(11,\)"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("hidden", 10_000_000, "must be an integer in 1..4096"),  # 10^15 bytes, were they asked for
        ("hidden", 10**30, "model"),
        ("hidden", "12", "model"),
        ("cell", "transformer", "model.cell is 'transformer'"),
        ("hiden", 12, "did you mean 'hidden'"),
        ("convolution", ["conv 8"], "layer 'conv 8' is not understood"),
    ],
)
def test_a_header_with_an_impossible_network_is_a_model_error(
    tmp_path: Path, make_file: MakeFile, setting: str, value: object, said: str
) -> None:
    file = make_file()
    header = json.loads(file.header().to_text())
    header["model"][setting] = value
    path = tmp_path / "a.safetensors"
    save_file(file.model.state_dict(), path, {KEY: json.dumps(header)})
    with pytest.raises(ModelError, match=rf"(?s)a\.safetensors: .*{said}"):
        load_checkpoint(path)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_weight_that_is_no_finite_number_is_refused_by_name(
    tmp_path: Path, make_file: MakeFile, value: float
) -> None:
    file = make_file()
    with torch.no_grad():
        file.model.score.weight[1, :2] = value
    save_checkpoint(tmp_path / "a.safetensors", file)
    with pytest.raises(ModelError, match=r"a\.safetensors: 2 of the .* weights in score\.weight are NaN"):
        load_checkpoint(tmp_path / "a.safetensors")
