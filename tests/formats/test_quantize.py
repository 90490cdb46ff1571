"""An .onnx file of 8-bit integers is small, reads nearly what the network reads, and says so."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from crnn.data import open_dataset
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile
from crnn.formats.export import compare, export_onnx
from crnn.formats.load import load_weights
from crnn.formats.onnx import load_onnx
from crnn.formats.quantize import CARD_KEY, quantize_onnx
from crnn.images.load import GreyImage, load_image
from crnn.images.preprocess import preprocess

MakeFile = Callable[..., ModelFile]


def words(count: int, seed: int = 0) -> list[GreyImage]:
    """Pictures with strokes 4 px wide, of several widths."""
    random = np.random.default_rng(seed)
    blocks = [random.integers(0, 256, (8, 4 * (6 + number % 4))) for number in range(count)]
    return [np.kron(block, np.ones((4, 4))).astype(np.uint8) for block in blocks]


def batches(images: Sequence[GreyImage]) -> list[np.ndarray]:
    return [image[np.newaxis, np.newaxis] for image in images]


@pytest.mark.slow
def test_the_file_is_a_quarter_as_large_and_reads_nearly_the_same(
    tmp_path: Path, make_file: MakeFile, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    file = make_file(preset="tiny")
    export_onnx(file, tmp_path / "full.onnx")
    with caplog.at_level(logging.WARNING):
        parity = quantize_onnx(file, tmp_path / "int8.onnx", words(60), ["drawn"])
    sizes = [(tmp_path / name).stat().st_size for name in ("int8.onnx", "full.onnx")]
    assert sizes[0] < 0.3 * sizes[1]
    assert parity.images == 30
    assert parity.max_difference < 1.5  # of log_probs that spread over ten
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full.onnx", "int8.onnx"]
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


@pytest.mark.slow
def test_a_packaged_model_reads_real_words_as_before(tmp_path: Path, validation_data: Path) -> None:
    file = load_weights("tiny")
    samples = list(open_dataset(validation_data / "iiit5k" / "train.tsv"))[:100]
    images = [preprocess(load_image(sample.image), file.preprocess) for sample in samples]
    parity = quantize_onnx(file, tmp_path / "a.onnx", images, ["iiit5k"])
    assert parity.equal_texts >= 45
    assert (tmp_path / "a.onnx").stat().st_size < 1e6


def test_the_parity_is_that_of_every_second_word(tmp_path: Path, make_file: MakeFile) -> None:
    file, images = make_file(), words(41)
    parity = quantize_onnx(file, tmp_path / "a.onnx", images, ["drawn"])
    assert parity == compare(file, load_onnx(tmp_path / "a.onnx").recognize, batches(images[1::2]))
    assert 0 < parity.max_difference < 3


def test_the_card_names_the_words_and_the_rest_of_the_header_stays(
    tmp_path: Path, make_file: MakeFile
) -> None:
    file = make_file("añ—")
    quantize_onnx(file, tmp_path / "a.onnx", words(31), ["signs", "forms"])
    reader = load_onnx(tmp_path / "a.onnx")
    assert (reader.alphabet, reader.preprocess) == (file.alphabet, file.preprocess)
    record = reader.card[CARD_KEY]
    assert isinstance(record, dict)
    assert record.pop("date")
    assert record == {"data": ["signs", "forms"], "n": 16}
    assert {**reader.card, CARD_KEY: None} == {**file.card, CARD_KEY: None}


def test_a_batch_reads_to_the_bit_what_its_images_read_alone(tmp_path: Path, make_file: MakeFile) -> None:
    quantize_onnx(make_file(), tmp_path / "a.onnx", words(24), ["drawn"])
    recognize = load_onnx(tmp_path / "a.onnx").recognize
    batch = np.stack([word for word in words(24) if word.shape[1] == 96])[:, np.newaxis]  # (N, 1, H, W)
    log_probs = recognize(batch)  # (T, N, C)
    assert log_probs.shape[1] == len(batch) == 6
    for number in range(len(batch)):
        assert np.array_equal(recognize(batch[number : number + 1])[:, 0], log_probs[:, number])


@pytest.mark.slow
def test_the_same_words_give_the_same_file(tmp_path: Path, make_file: MakeFile) -> None:
    for name in ("a.onnx", "b.onnx"):
        quantize_onnx(make_file(), tmp_path / name, words(24), ["drawn"])
    one, other = (onnx.load(tmp_path / name).graph.initializer for name in ("a.onnx", "b.onnx"))
    assert {weights.name: weights for weights in one} == {weights.name: weights for weights in other}


@pytest.mark.slow
def test_weights_keep_to_7_bits_so_that_no_cpu_overflows(tmp_path: Path, make_file: MakeFile) -> None:
    quantize_onnx(make_file(layers=2), tmp_path / "a.onnx", words(24), ["drawn"])
    graph = onnx.load(tmp_path / "a.onnx").graph
    stored = {weights.name: numpy_helper.to_array(weights) for weights in graph.initializer}
    integers = [
        values for values in stored.values() if values.dtype == np.int8 and values.ndim > 1 and values.any()
    ]
    assert len(integers) == 2 + 2 * 2  # convolutions but the first; of each LSTM input and recurrence
    assert max(int(np.abs(values.astype(int)).max()) for values in integers) == 64
    assert [node.op_type for node in graph.node].count("DynamicQuantizeLSTM") == 2


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"cell": "gru"}, {"cell": "rnn", "layers": 2}, {"layers": 0}], ids=str)
def test_networks_without_lstm_keep_floats_in_their_recurrent_layers(
    tmp_path: Path, make_file: MakeFile, settings: dict[str, object]
) -> None:
    file, images = make_file(**settings), words(40)
    quantize_onnx(file, tmp_path / "a.onnx", images, ["drawn"])
    live, integers = file.reader().recognize, load_onnx(tmp_path / "a.onnx").recognize
    gaps = [np.abs(live(batch) - integers(batch)).mean() for batch in batches(images[1::2])]
    assert np.mean(gaps) < 0.2


@pytest.mark.slow
def test_one_odd_word_does_not_make_the_steps_coarse(tmp_path: Path, make_file: MakeFile) -> None:
    """The extremes of the words are averaged: one word of 30 moves them by a thirtieth."""
    file = make_file(pixels="scale")
    pale = [(100 + image // 5).astype(np.uint8) for image in words(60)]
    odd = [*pale]
    odd[0] = np.where(odd[0] > 125, 255, 0).astype(np.uint8)
    steps = []
    for name, images in (("pale.onnx", pale), ("odd.onnx", odd)):
        quantize_onnx(file, tmp_path / name, images, ["drawn"])
        stored = onnx.load(tmp_path / name).graph.initializer
        steps.append(
            {
                weights.name: float(numpy_helper.to_array(weights))
                for weights in stored
                if weights.name.endswith("_scale") and not weights.dims
            }
        )
    assert steps[0]
    assert all(steps[1][name] < 1.5 * step for name, step in steps[0].items())


def test_too_few_words_are_an_error_and_the_old_file_stays(tmp_path: Path, make_file: MakeFile) -> None:
    (tmp_path / "a.onnx").write_bytes(b"old")
    with pytest.raises(ModelError, match=r"a\.onnx: not written: 19 words .* of signs; .* at least 20"):
        quantize_onnx(make_file(), tmp_path / "a.onnx", words(19), ["signs"])
    assert (tmp_path / "a.onnx").read_bytes() == b"old"


def test_a_network_with_broken_weights_is_not_written_and_the_old_file_stays(
    tmp_path: Path, make_file: MakeFile
) -> None:
    (tmp_path / "a.onnx").write_bytes(b"old")
    file = make_file()
    with torch.no_grad():
        file.model.score.bias[2] = torch.nan
    with pytest.raises(ModelError, match=r"a\.onnx: not written: 1 of the .* score\.bias are NaN"):
        quantize_onnx(file, tmp_path / "a.onnx", words(24), ["drawn"])
    assert list(tmp_path.iterdir()) == [tmp_path / "a.onnx"]
    assert (tmp_path / "a.onnx").read_bytes() == b"old"


def test_a_full_disk_leaves_nothing_new(
    tmp_path: Path, make_file: MakeFile, full_disk: Callable[[], None]
) -> None:
    file = make_file()
    full_disk()
    with pytest.raises(ModelError, match="No space left"):
        quantize_onnx(file, tmp_path / "a.onnx", words(24), ["drawn"])
    assert not list(tmp_path.iterdir())


def test_exporting_leaves_the_network_as_it_was(tmp_path: Path, make_file: MakeFile) -> None:
    file = make_file()
    before = {name: tensor.clone() for name, tensor in file.model.state_dict().items()}
    quantize_onnx(file, tmp_path / "a.onnx", words(24), ["drawn"])
    assert CARD_KEY not in file.card
    assert all(torch.equal(file.model.state_dict()[name], before[name]) for name in before)
