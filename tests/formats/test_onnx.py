"""Opening .onnx files, ours and others."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile
from crnn.formats.export import export_onnx
from crnn.formats.header import KEY
from crnn.formats.onnx import load_onnx
from tests.rounding import assert_rounded_alike, terms_of

MakeFile = Callable[..., ModelFile]
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = sys.modules["onnx"] = sys.modules["safetensors"] = None
import numpy as np
from crnn.formats.load import load
print(repr(load(sys.argv[1]).read(np.full((32, 100), 200, np.uint8)).text))
"""


@pytest.fixture
def exported(tmp_path: Path, make_file: MakeFile) -> Path:
    export_onnx(make_file(), tmp_path / "a.onnx")
    return tmp_path / "a.onnx"


@pytest.mark.slow
def test_reading_needs_neither_torch_nor_onnx(exported: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, str(exported)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    image = np.full((32, 100), 200, np.uint8)
    assert done.stdout.strip() == repr(load_onnx(exported).read(image).text)


def test_several_threads_read_the_same(exported: Path, make_file: MakeFile) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 1, 32, 160), dtype=np.uint8)
    one, two = (load_onnx(exported, threads).recognize(images) for threads in (1, 2))
    assert_rounded_alike(one, two, terms_of(make_file().model))


def test_no_threads_are_refused(exported: Path) -> None:
    with pytest.raises(ModelError, match="threads is 0"):
        load_onnx(exported, threads=0)


@pytest.mark.slow
def test_a_small_model_opens_in_a_tenth_of_a_second(tmp_path: Path, make_file: MakeFile) -> None:
    export_onnx(make_file(preset="small"), tmp_path / "a.onnx", half=True)
    times = []
    for _ in range(8):  # the best of a busy machine
        start = time.perf_counter()
        load_onnx(tmp_path / "a.onnx")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_a_file_cut_short_anywhere_is_a_model_error(exported: Path) -> None:
    content = exported.read_bytes()
    damaged = exported.with_name("damaged.onnx")
    for size in [0, 1, 10, 100, len(content) // 2, len(content) - 400, len(content) - 1]:
        damaged.write_bytes(content[:size])
        with pytest.raises(ModelError, match=r"damaged\.onnx: "):
            load_onnx(damaged)


def test_a_file_that_is_no_onnx_file_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_text("not a model")
    with pytest.raises(ModelError, match=r"a\.onnx: damaged, or no \.onnx file"):
        load_onnx(tmp_path / "a.onnx")
    with pytest.raises(ModelError, match=r"none\.onnx: no such file"):
        load_onnx(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="no such file"):
        load_onnx(tmp_path)


def test_a_foreign_onnx_file_says_how_to_make_one_of_ours(exported: Path) -> None:
    model = onnx.load(exported)
    del model.metadata_props[:]
    onnx.save(model, exported)
    with pytest.raises(ModelError, match=r"(?s)not one of crnn.*crnn export MODEL"):
        load_onnx(exported)


def test_a_header_that_does_not_fit_the_network_is_a_model_error(exported: Path) -> None:
    model = onnx.load(exported)
    header = json.loads(model.metadata_props[0].value)
    header["alphabet"]["symbols"].append("x")
    onnx.helper.set_model_props(model, {KEY: json.dumps(header)})
    onnx.save(model, exported)
    with pytest.raises(ModelError, match=r"float32 \(T, N, 12\)"):
        load_onnx(exported)


def test_a_file_that_points_to_other_files_is_refused(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx.save(
        onnx.load(exported),
        exported,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    monkeypatch.chdir(exported.parent)
    assert Path("weights.bin").exists()
    for path in (exported, Path("a.onnx")):
        with pytest.raises(ModelError, match="keeps its weights in other files"):
            load_onnx(path)


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_no_finite_number_is_refused_by_name(
    tmp_path: Path, make_file: MakeFile, value: float, *, half: bool
) -> None:
    export_onnx(make_file(), tmp_path / "a.onnx", half=half)
    graph = onnx.load(tmp_path / "a.onnx")
    weights = max(graph.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    values = onnx.numpy_helper.to_array(weights).copy()
    values.flat[7] = value
    weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
    onnx.save(graph, tmp_path / "a.onnx")
    with pytest.raises(ModelError, match=rf"a\.onnx: 1 of the {values.size:,} weights in .* are NaN or inf"):
        load_onnx(tmp_path / "a.onnx")
