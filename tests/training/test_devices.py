"""Which precision a run takes on which hardware, and what it says of it and of its threads."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from crnn.formats.checkpoint import load_checkpoint
from crnn.training.configs import TrainingConfig
from crnn.training.recipe import Recipe, read_recipe
from crnn.training.start import Precision, choose_precision, choose_threads, describe_threads
from crnn.training.train import run_training as train

pytestmark = pytest.mark.slow

Hardware = Callable[..., None]
ROOT = Path(__file__).parents[2]


def section(
    precision: str = "auto", device: str = "cpu", threads: int = 0, workers: int = 1
) -> TrainingConfig:
    return TrainingConfig(
        steps=1,
        precision=precision,
        device=device,
        threads=threads,
        workers=workers,  # type: ignore[arg-type]
    )


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> Hardware:
    """Return a function that makes torch tell of other hardware."""
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)

    def fake(
        *, avx512: bool = False, amx: bool = False, onednn: bool = True, gpu: bool | None = None
    ) -> None:
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        monkeypatch.setattr("crnn.training.start._onednn_takes_bf16", lambda: onednn)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu is not None)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: bool(gpu))

    return fake


def test_a_processor_without_bf16_computes_in_float32_and_says_why(hardware: Hardware) -> None:
    hardware()
    assert str(choose_precision(section())) == (
        "precision: 32-true, this processor has no bf16 instructions (AVX-512 BF16 or AMX)"
    )


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [
        ({"avx512": True}, "AVX-512 BF16"),
        ({"amx": True}, "AMX"),
        ({"avx512": True, "amx": True}, "AVX-512 BF16 and AMX"),
    ],
)
def test_a_processor_with_bf16_uses_it(hardware: Hardware, flags: dict[str, bool], kinds: str) -> None:
    hardware(**flags)
    assert str(choose_precision(section())) == f"precision: bf16-mixed, this processor has {kinds}"


@pytest.mark.parametrize("limit", ["AVX2", "avx512_core", "AVX512_CORE_VNNI"])
def test_onednns_limit_is_respected(hardware: Hardware, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    hardware(avx512=True, amx=True)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    chosen = choose_precision(section())
    assert (chosen.name, chosen.emulated) == ("32-true", False)
    assert f"ONEDNN_MAX_CPU_ISA={limit} forbids" in str(chosen)


@pytest.mark.parametrize("limit", ["AVX512_CORE_BF16", "AVX512_CORE_AMX", "ALL", "DEFAULT", ""])
def test_a_limit_that_leaves_bf16_is_none(
    hardware: Hardware, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    hardware(avx512=True)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert choose_precision(section()).name == "bf16-mixed"


def test_a_torch_that_does_not_use_the_instructions_computes_in_float32(hardware: Hardware) -> None:
    hardware(avx512=True, onednn=False)
    assert str(choose_precision(section())) == (
        "precision: 32-true, this torch does not use this processor's bf16 instructions"
    )


def test_a_torch_without_these_names_computes_in_float32(
    hardware: Hardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    hardware(avx512=True, amx=True)
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported")
    assert choose_precision(section()).name == "32-true"
    monkeypatch.undo()
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    assert choose_precision(section()).name == "32-true"


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_a_gpu_decides_by_its_own_instructions(hardware: Hardware, device: str) -> None:
    hardware(gpu=True)
    assert str(choose_precision(section(device=device))) == (
        "precision: bf16-mixed, this GPU has bf16 instructions"
    )
    hardware(avx512=True, gpu=False)
    assert str(choose_precision(section(device=device))) == (
        "precision: 32-true, this GPU has no bf16 instructions"
    )


def test_apples_gpu_computes_in_float32(hardware: Hardware, monkeypatch: pytest.MonkeyPatch) -> None:
    hardware(avx512=True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_precision(section()).name == "bf16-mixed"
    for device in ("auto", "mps"):
        assert choose_precision(section(device=device)).name == "32-true"


def test_what_was_asked_for_is_done_and_emulation_is_named_with_the_remedy(hardware: Hardware) -> None:
    hardware(avx512=True)
    for name in ("32-true", "bf16-mixed"):
        assert str(choose_precision(section(name))) == f"precision: {name}, as training.precision says"
    hardware()
    assert not choose_precision(section("32-true")).emulated
    asked = choose_precision(section("bf16-mixed"))
    assert (asked.name, asked.emulated) == ("bf16-mixed", True)
    assert str(asked) == (
        "precision: bf16-mixed, as training.precision says; this processor has no bf16 instructions "
        "(AVX-512 BF16 or AMX), so that it is emulated: up to fifteen times slower than 32-true. "
        "Let the run choose: --set training.precision=auto"
    )


def test_a_run_begins_with_its_precision_and_threads_and_its_model_says_which(
    recipe: Callable[..., Recipe], tmp_path: Path, hardware: Hardware, caplog: pytest.LogCaptureFixture
) -> None:
    hardware()
    with caplog.at_level(logging.INFO, "crnn"):
        train(recipe("training.precision=auto", "training.steps=1"), tmp_path)
    assert caplog.messages[0].startswith("precision: 32-true, this processor has no bf16")
    assert caplog.messages[1].startswith("threads: 1, as training.threads says; no process beside")
    assert load_checkpoint(tmp_path / "last.safetensors").card["precision"] == "32-true"
    assert read_recipe(tmp_path / "recipe.toml").training.precision == "auto"  # another machine may differ


def test_a_run_that_was_begun_in_bf16_goes_on_where_it_is_emulated_with_a_warning(
    recipe: Callable[..., Recipe], tmp_path: Path, hardware: Hardware, caplog: pytest.LogCaptureFixture
) -> None:
    hardware(avx512=True)
    settings = recipe("training.precision=bf16-mixed", "training.steps=1")
    train(settings, tmp_path)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    hardware()
    train(read_recipe(tmp_path / "recipe.toml", ["training.steps=2"]), tmp_path, resume=True)
    assert "emulated" in caplog.text
    settings = read_recipe(tmp_path / "recipe.toml", ["training.steps=3", "training.precision=auto"])
    assert train(settings, tmp_path, resume=True).step == 3


def test_threads_are_told_with_who_chose_them(hardware: Hardware, monkeypatch: pytest.MonkeyPatch) -> None:
    hardware()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr("crnn.training.start._cores", lambda: 8)
    assert describe_threads(section()) == (
        "threads: 4, what the processes beside leave of 8 cores (training.threads sets another number); "
        "1 process beside prepares batches (training.workers)"
    )
    monkeypatch.setattr("crnn.training.start._cores", lambda: 3)
    assert [choose_threads(section(workers=workers))[0] for workers in (0, 1, 2, 9)] == [3, 2, 1, 1]
    assert describe_threads(section(threads=4, workers=0)) == (
        "threads: 4, as training.threads says; no process beside prepares batches (training.workers)"
    )
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert describe_threads(section(workers=2)) == (
        "threads: 4, as OMP_NUM_THREADS says (training.threads sets another number); "
        "2 processes beside prepare batches (training.workers)"
    )


@pytest.mark.parametrize("path", sorted(ROOT.glob("src/crnn/recipes/*.toml")), ids=lambda path: path.stem)
def test_no_recipe_asks_for_an_arithmetic_that_a_processor_may_lack(path: Path) -> None:
    assert 'precision = "bf16' not in path.read_text("utf-8")


def test_a_precision_prints_as_one_line() -> None:
    line = str(Precision(name="bf16-mixed", reason="because", emulated=True))
    assert line.startswith("precision: bf16-mixed, because, so that it is emulated")
    assert "\n" not in line
