"""A temperature lives in the last layer: the file is as any other, and every log_prob is calibrated."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crnn.errors import ModelError
from crnn.evaluation.calibrate import temperature_scaled
from crnn.formats.checkpoint import (
    ModelFile,
    load_checkpoint,
    save_checkpoint,
    scale_temperature,
    temperature_of,
)
from crnn.formats.export import export_onnx
from crnn.formats.onnx import load_onnx
from tests.rounding import assert_rounded_alike, terms_of

MakeFile = Callable[..., ModelFile]


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 1, 32, 96), dtype=np.uint8)


def test_dividing_the_last_layer_divides_the_scores_of_every_frame(make_file: MakeFile) -> None:
    file = make_file()
    before = file.reader().recognize(noise())  # (T, N, C)
    after = scale_temperature(file, 1.7, {}).reader().recognize(noise())
    for place in range(before.shape[1]):
        expected = temperature_scaled(before[:, place], np.array([1.7]))[:, 0]
        assert_rounded_alike(after[:, place], expected, terms_of(file.model))


def test_the_network_that_was_given_stays_as_it_was(make_file: MakeFile) -> None:
    file = make_file()
    before = file.reader().recognize(noise())
    scale_temperature(file, 3.0, {})
    np.testing.assert_array_equal(file.reader().recognize(noise()), before)
    assert "calibration" not in file.card


def test_both_kinds_of_file_give_the_same_log_probs(make_file: MakeFile, tmp_path: Path) -> None:
    file = scale_temperature(make_file(), 1.7, {})
    save_checkpoint(tmp_path / "a.safetensors", file)
    export_onnx(file, tmp_path / "a.onnx")
    weights, onnx = load_checkpoint(tmp_path / "a.safetensors"), load_onnx(tmp_path / "a.onnx")
    assert_rounded_alike(weights.reader().recognize(noise()), onnx.recognize(noise()), terms_of(file.model))
    assert weights.card["calibration"] == onnx.card["calibration"] == {"temperature": 1.7}


def test_the_card_keeps_what_it_had_and_multiplies_temperatures(make_file: MakeFile) -> None:
    once = scale_temperature(make_file(), 2.0, {"n": 10})
    twice = scale_temperature(once, 1.5, {"n": 20})
    assert once.card == {"name": "random", "steps": 0, "calibration": {"temperature": 2.0, "n": 10}}
    assert twice.card["calibration"] == {"temperature": 3.0, "n": 20}
    back = scale_temperature(twice, 1 / temperature_of(twice.card), {})
    ours, theirs = back.reader().recognize(noise()), make_file().reader().recognize(noise())
    assert_rounded_alike(ours, theirs, terms_of(back.model))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_temperature_is_refused(make_file: MakeFile, temperature: float) -> None:
    with pytest.raises(ModelError, match="must be a number above 0"):
        scale_temperature(make_file(), temperature, {})


@pytest.mark.parametrize("record", [7, {"temperature": "warm"}, {"temperature": -1}])
def test_a_card_that_names_no_temperature_is_refused(record: object) -> None:
    with pytest.raises(ModelError, match="must hold a temperature above 0"):
        temperature_of({"calibration": record})
