"""How a run begins: with another model's weights, and with layers that stay as they are.

What a run computes on: one device or as many processes as torchrun has started, in which precision.

choose_precision(config)          "auto" becomes "bf16-mixed" where the hardware computes it
start_fabric(config, precision)   Lightning Fabric on the device, and a line for people of each choice
"""

import logging
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch import nn

from crnn.alphabet import Alphabet
from crnn.errors import RecipeError, TrainingError
from crnn.formats.checkpoint import ModelFile
from crnn.formats.load import load_weights
from crnn.formats.transfer import Transfer, transfer
from crnn.model.crnn import CRNN
from crnn.training.configs import TrainingConfig

logger = logging.getLogger(__name__)

MAX_NAMED = 12  # symbols that a line of the log names


@dataclass(frozen=True, kw_only=True, slots=True)
class InitialModel:
    """The model that a run starts from, opened once."""

    name: str
    """As the call named it; provenance.json keeps it."""
    file: ModelFile


def open_initial(name_or_path: str | Path) -> InitialModel:
    """Open the model to start from; ModelError where there is none."""
    return InitialModel(name=str(name_or_path), file=load_weights(name_or_path))


def begin_with(initial: InitialModel, network: CRNN, alphabet: Alphabet) -> bool:
    """Fill `network` from the initial model; log what it knows already and what not.

    Returns whether it knows most of the symbols: such a network reads from its first step on.
    """
    taken = transfer(initial.file, network, alphabet)
    logger.info("%s: %s", initial.name, describe(taken))
    return len(taken.fresh) < len(alphabet) / 2


def describe(taken: Transfer) -> str:
    """Say what a network took over.

    >>> describe(Transfer(tensors=58, symbols=36, lookalikes=(("Ä", "A"), (" ", "")), fresh=("京",)))
    "took over 58 tensors and the rows of 36 symbols; 2 start as lookalikes: Ä from A, ' ' from the blank; \
1 start fresh: 京"
    """
    similar = [
        f"{new if new != ' ' else repr(new)} from {old or 'the blank'}" for new, old in taken.lookalikes
    ]
    text = f"took over {taken.tensors} tensors and the rows of {taken.symbols} symbols"
    for names, how in ((similar, "lookalikes: "), (taken.fresh, "fresh: ")):
        if names:
            shown = ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")
            text += f"; {len(names)} start {'as ' if names is similar else ''}{how}{shown}"
    return text


def freeze(network: CRNN, layers: int) -> None:
    """Take the first `layers` layers of the trunk out of learning.

    RecipeError where the trunk has fewer.
    """
    for module in frozen(network, layers):
        module.requires_grad_(requires_grad=False)


def hold_norms(network: CRNN, layers: int) -> None:
    """Keep the norms of the first `layers` layers at their statistics; after `network.train()`."""
    for module in frozen(network, layers):
        module.eval()


def frozen(network: CRNN, layers: int) -> list[nn.Module]:
    """Return the modules of the first `layers` layers: convolutions, norms, pools and all."""
    trunk = network.convolution
    if layers > len(trunk.layers):
        raise RecipeError(
            f"optimizer.frozen_layers is {layers}, but the trunk has {len(trunk.layers)} layers."
        )
    starts = [i for i, module in enumerate(trunk) if isinstance(module, nn.Conv2d | nn.MaxPool2d)]
    end = starts[layers] if layers < len(starts) else len(trunk)
    return list(trunk)[:end]


ISA_WITHOUT_BF16 = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI")
"""Values of ONEDNN_MAX_CPU_ISA that keep oneDNN, which computes torch's convolutions, from bf16."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Precision:
    """The arithmetic of a run's forward and backward pass."""

    name: Literal["32-true", "bf16-mixed"]
    reason: str
    """Why, for people: a part of a sentence."""
    emulated: bool = False
    """Whether it was asked for and the hardware lacks the instructions."""

    def __str__(self) -> str:
        """Write the line that a run begins with."""
        line = f"precision: {self.name}, {self.reason}"
        if not self.emulated:
            return line
        return (
            f"{line}, so that it is emulated: up to fifteen times slower than 32-true. "
            "Let the run choose: --set training.precision=auto"
        )


def check_device(device: object) -> None:
    """Raise TrainingError where this machine lacks the device that `training.device` asks for."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if isinstance(device, str) and not there.get(device, True):
        raise TrainingError(
            f"training.device is {device!r}, but PyTorch {torch.__version__} finds no such GPU on "
            "this machine.\n    Train on the processor: --set training.device=cpu; or let the run choose: "
            "--set training.device=auto"
        )


def choose_precision(config: TrainingConfig) -> Precision:
    """Return the precision that a recipe asks for, or for "auto" the one that suits its device."""
    native, fact = _bf16_on(_device(config))
    if config.precision == "auto":
        return Precision(name="bf16-mixed" if native else "32-true", reason=fact)
    emulated = config.precision == "bf16-mixed" and not native
    asked = "as training.precision says"
    return Precision(
        name=config.precision, reason=f"{asked}; {fact}" if emulated else asked, emulated=emulated
    )


def _device(config: TrainingConfig) -> str:
    """Name the device that Fabric takes: cpu, cuda or mps."""
    if config.device != "auto":
        return config.device
    if torch.backends.mps.is_available():
        return "mps"
    return "cuda" if torch.cuda.is_available() else "cpu"


def _bf16_on(device: str) -> tuple[bool, str]:
    """Return whether a device computes in bf16 itself, and what that is known from."""
    if device == "mps":
        return False, "bf16 has not been tried on this GPU"
    if device == "cuda":
        native = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        return native, f"this GPU has {'' if native else 'no '}bf16 instructions"
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    kinds = _bf16_instructions()
    if kinds and limit.upper() in ISA_WITHOUT_BF16:
        return False, f"ONEDNN_MAX_CPU_ISA={limit} forbids this processor's bf16 instructions"
    if kinds and not _onednn_takes_bf16():
        return False, "this torch does not use this processor's bf16 instructions"
    return bool(kinds), f"this processor has {kinds or 'no bf16 instructions (AVX-512 BF16 or AMX)'}"


def _bf16_instructions() -> str:
    """Name the bf16 instructions of the processor that torch trains with; '' where it has none.

    Arm's are not among them: torch has kernels of theirs for reading, and trains by slow ones.
    """
    kinds = {"AVX-512 BF16": "_is_avx512_bf16_supported", "AMX": "_is_amx_tile_supported"}
    # Private names, and newer than the oldest torch that we take: one that is gone says no.
    return " and ".join(kind for kind, name in kinds.items() if getattr(torch.cpu, name, bool)())


def _onednn_takes_bf16() -> bool:
    """Return whether oneDNN, as this torch was built and started, computes in bf16."""
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - no public name
    except (AttributeError, RuntimeError):  # a torch without oneDNN
        return False


def start_fabric(config: TrainingConfig, precision: Precision) -> Fabric:
    """Start Fabric on one device, or on as many processes as torchrun has started; log what it takes."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it would report the precision, too
    fabric = Fabric(
        accelerator=config.device,
        devices=local,
        num_nodes=max(1, world // local),
        strategy="ddp" if world > 1 else "auto",
        precision=precision.name,
    )
    fabric.launch()
    threads, _ = choose_threads(config)
    torch.set_num_threads(threads)
    if fabric.is_global_zero:
        logger.log(logging.WARNING if precision.emulated else logging.INFO, "%s", precision)
        logger.info("%s", describe_threads(config))
    return fabric


def choose_threads(config: TrainingConfig) -> tuple[int, str]:
    """Choose how many threads of the processor the loop takes, and say why.

    The processes that prepare batches want a core each: threads that share one with them wait for
    each other, several times as long as one thread alone would take.
    """
    if config.threads:
        return config.threads, "as training.threads says"
    threads = torch.get_num_threads()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        if os.environ.get(name):
            return threads, f"as {name} says (training.threads sets another number)"
    left = max(1, min(threads, _cores() - config.workers))
    return left, f"what the processes beside leave of {_cores()} cores (training.threads sets another number)"


def describe_threads(config: TrainingConfig) -> str:
    """Say how many threads of the processor a run takes, and why, and how many processes beside.

    >>> describe_threads(TrainingConfig(steps=1, threads=1, workers=2)).partition("; ")[2]
    '2 processes beside prepare batches (training.workers)'
    """
    threads, reason = choose_threads(config)
    workers = f"{config.workers or 'no'} process{'es' if config.workers > 1 else ''} beside"
    verb = "prepare" if config.workers > 1 else "prepares"
    return f"threads: {threads}, {reason}; {workers} {verb} batches (training.workers)"


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # on Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_hardware() -> str:
    """Name the processor, its cores, and the GPUs.

    >>> "cores" in describe_hardware()
    True
    """
    name = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        models = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    parts = [f"{name}, {os.cpu_count()} cores"]
    parts += [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return "; ".join(parts)
