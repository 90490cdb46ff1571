"""An exported .onnx file reads what the network reads."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from crnn.errors import ImageError, ModelError
from crnn.formats import export
from crnn.formats.checkpoint import ModelFile, load_checkpoint, save_checkpoint
from crnn.formats.export import compare, export_onnx
from crnn.formats.onnx import load_onnx
from tests.rounding import assert_rounded_alike, rounding, terms_of

MakeFile = Callable[..., ModelFile]
DATA = Path(__file__).parents[2] / "../shared/data"
PRINT94 = "".join(map(chr, range(33, 127)))
RANDOM = np.random.default_rng(0)


def noise(count: int, width: int) -> np.ndarray:
    return RANDOM.integers(0, 256, (count, 1, 32, width), dtype=np.uint8)


def assert_both_read_alike(file: ModelFile, path: Path, images: np.ndarray) -> None:
    ours, theirs = file.reader().recognize(images), load_onnx(path).recognize(images)
    assert theirs.dtype == np.float32
    assert_rounded_alike(theirs, ours, terms_of(file.model))


def rounded_in(file: ModelFile) -> float:
    """The largest difference between two files of this network that is rounding."""
    return rounding(file.reader().recognize(noise(3, 144)), terms_of(file.model))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cell": "gru", "directions": 1, "pixels": "scale"},
        {"cell": "rnn", "layers": 2},
        {"layers": 2, "join": True},
        {"layers": 0},
    ],
    ids=str,
)
def test_every_kind_of_network_reads_the_same_from_both_files(
    tmp_path: Path, make_file: MakeFile, settings: dict[str, object]
) -> None:
    file = make_file(**settings)
    parity = export_onnx(file, tmp_path / "a.onnx")
    assert parity.max_difference < rounded_in(file)
    assert parity.equal_texts == parity.images == 48
    assert_both_read_alike(file, tmp_path / "a.onnx", noise(3, 144))


@pytest.mark.slow
def test_the_batch_and_every_width_are_free(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file()
    export_onnx(file, tmp_path / "a.onnx")
    for width in range(96, 321, 16):
        for count in (1, 7):
            assert_both_read_alike(file, tmp_path / "a.onnx", noise(count, width))


@pytest.mark.slow
def test_a_preset_reads_real_words_the_same_from_both_files(tmp_path: Path, make_file: MakeFile) -> None:
    images = sorted((DATA / "ic15").rglob("*.[jp][pn]g"))[:40]
    if not images:
        pytest.skip("needs the word images of ic15, which are not part of the repository")
    file = make_file(PRINT94, "small")
    assert export_onnx(file, tmp_path / "a.onnx").max_difference < rounded_in(file)
    ours, theirs = file.reader().iterate(images), load_onnx(tmp_path / "a.onnx").iterate(images)
    for one, other in zip(ours, theirs, strict=True):
        assert not isinstance(one, ImageError)
        assert not isinstance(other, ImageError)
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, rel=100 * rounded_in(file))  # of many frames


def test_a_file_holds_the_alphabet_preprocessing_and_card(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file("añ—")
    export_onnx(file, tmp_path / "a.onnx")
    reader = load_onnx(tmp_path / "a.onnx")
    assert reader.alphabet == file.alphabet
    assert reader.preprocess == file.preprocess
    assert reader.card == file.card


@pytest.mark.slow
def test_half_precision_halves_the_file_and_reports_what_the_rounding_costs(
    tmp_path: Path, make_file: MakeFile
) -> None:
    file = make_file(PRINT94, "tiny")
    export_onnx(file, tmp_path / "full.onnx")
    parity = export_onnx(file, tmp_path / "half.onnx", half=True)
    full, half = ((tmp_path / name).stat().st_size for name in ("full.onnx", "half.onnx"))
    assert half < 0.51 * full
    save_checkpoint(tmp_path / "half.safetensors", file, half=True)
    halved = compare(file, load_checkpoint(tmp_path / "half.safetensors").reader().recognize)
    assert halved.max_difference > 10 * rounded_in(file)  # else this test shows nothing
    assert parity.max_difference == pytest.approx(halved.max_difference, abs=rounded_in(file))
    assert parity.equal_texts == halved.equal_texts


def test_half_files_of_both_formats_read_the_same(tmp_path: Path, make_file: MakeFile) -> None:
    save_checkpoint(tmp_path / "a.safetensors", make_file(), half=True)
    rounded = load_checkpoint(tmp_path / "a.safetensors")
    parity = export_onnx(rounded, tmp_path / "a.onnx", half=True)
    assert parity.max_difference < rounded_in(rounded)
    assert parity.equal_texts == parity.images


def test_the_file_starts_its_recurrent_layers_without_a_stored_state(
    tmp_path: Path, make_file: MakeFile
) -> None:
    export_onnx(make_file(layers=2), tmp_path / "a.onnx")
    graph = onnx.load(tmp_path / "a.onnx").graph
    cells = [node for node in graph.node if node.op_type == "LSTM"]
    assert [len(node.input) for node in cells] == [4, 4]  # input, weights, recurrence, bias
    assert "ConstantOfShape" not in {node.op_type for node in graph.node}


def test_exporting_leaves_the_network_as_it_was(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file()
    file.model.train()
    before = {name: tensor.clone() for name, tensor in file.model.state_dict().items()}
    export_onnx(file, tmp_path / "a.onnx", half=True)
    assert file.model.training
    assert all(torch.equal(file.model.state_dict()[name], before[name]) for name in before)


def test_a_network_with_broken_weights_is_not_exported_and_the_old_file_stays(
    tmp_path: Path, make_file: MakeFile
) -> None:
    (tmp_path / "a.onnx").write_bytes(b"old")
    file = make_file()
    with torch.no_grad():
        file.model.score.bias[2] = torch.nan
    with pytest.raises(ModelError, match=r"a\.onnx: not written: 1 of the .* score\.bias are NaN"):
        export_onnx(file, tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.onnx"]
    assert (tmp_path / "a.onnx").read_bytes() == b"old"


def test_an_export_that_reads_differently_is_not_written(
    tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_file()

    def disturb(graph: onnx.GraphProto) -> None:
        for weights in graph.initializer:
            if weights.name == "score.bias":
                values = onnx.numpy_helper.to_array(weights) + 0.01 * np.arange(11, dtype=np.float32)
                weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))

    monkeypatch.setattr(export, "_drop_initial_states", disturb)
    with pytest.raises(ModelError, match=r"a\.onnx: not written"):
        export_onnx(file, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_while_exporting_leaves_nothing_new(
    tmp_path: Path, make_file: MakeFile, full_disk: Callable[[], None]
) -> None:
    file = make_file()
    full_disk()
    with pytest.raises(ModelError, match="No space left"):
        export_onnx(file, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
