"""The pictures that the examples of fine-tuning draw."""

import io
import sys
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

pytest.importorskip("matplotlib", reason="the examples draw with the fonts that come with matplotlib")


@pytest.fixture
def example(root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "examples"))
    module = import_module(request.param)
    assert Path(module.__file__ or "").is_relative_to(root)
    for name in (request.param, "teaching"):
        monkeypatch.delitem(sys.modules, name)
    return module


@pytest.mark.parametrize("example", ["captcha"], indirect=True)
def test_a_captcha_has_four_symbols_and_its_seed_decides_it(example: ModuleType) -> None:
    first, again, other = (list(example.samples(3, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    for sample in first:
        assert len(sample.label) == 4
        assert set(sample.label) <= set(example.SYMBOLS)
        assert Image.open(io.BytesIO(sample.image)).size == example.SIZE


@pytest.mark.parametrize("example", ["plates"], indirect=True)
def test_a_plate_may_begin_with_an_invented_sign(example: ModuleType) -> None:
    plain = [sample.label for sample in example.samples(5, 1, None)]
    assert all(len(label) == 7 and label.isascii() for label in plain)
    signed = list(islice(example.samples(5, 1, example.Signs(None)), 5))
    assert all(sample.label[0] in example.PROVINCES for sample in signed)
    assert len(example.PROVINCES) == len(set(example.PROVINCES)) == 31
