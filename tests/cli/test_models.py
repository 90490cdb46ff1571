"""`crnn models` lists what comes with the package."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.formats import load as models
from tests.cli.conftest import Run

CARD = {
    "alphabet": "print94",
    "parameters": 2_340_000,
    "trained_on": ["synthetic words", "real training words"],
    "scores": {"ic15": {"n": 1811, "accuracy": 61.24}},
    "ms_per_word": 2.51,
    "hardware": "one core",
}

LISTED = """\
small  print94, 2.34 M parameters, 4.7 MB, 2.51 ms of processor time a word on one core
       ic15            61.2 % of 1,811 words read right
       learnt from synthetic words
       learnt from real training words
"""


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with no models; a test adds its own."""
    monkeypatch.setattr(models, "WEIGHTS", tmp_path)
    return tmp_path


def test_the_list_shows_size_speed_accuracy_and_training_data(
    weights: Path, crnn: Callable[..., Run]
) -> None:
    (weights / "small.json").write_text(json.dumps(CARD))
    (weights / "small.onnx").write_bytes(bytes(4_700_000))
    run = crnn("models")
    assert (run.status, run.out) == (0, LISTED)


def test_json_gives_one_object_a_line_with_the_whole_card(weights: Path, crnn: Callable[..., Run]) -> None:
    for name, size in (("small", 200), ("tiny", 100)):
        (weights / f"{name}.json").write_text(json.dumps(CARD))
        (weights / f"{name}.onnx").write_bytes(bytes(size))
    run = crnn("models", "--json")
    lines = [json.loads(line) for line in run.out.splitlines()]
    assert [(line["name"], line["bytes"]) for line in lines] == [("tiny", 100), ("small", 200)]
    assert lines[0]["hardware"] == "one core"


@pytest.mark.usefixtures("weights")
def test_a_package_without_models_says_so(crnn: Callable[..., Run]) -> None:
    assert crnn("models").out == "This installation has no packaged models.\n"
    assert crnn("models", "--json").out == ""
