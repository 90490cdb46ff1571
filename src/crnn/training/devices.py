"""What a run computes on: one device, or as many processes as torchrun has started."""

import os
import platform
from pathlib import Path

import torch
from lightning_fabric import Fabric

from crnn.training.sections import TrainingSection


def start_fabric(section: TrainingSection) -> Fabric:
    """Start Fabric on one device, or on as many processes as torchrun has started."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    fabric = Fabric(
        accelerator=section.device,
        devices=local,
        num_nodes=max(1, world // local),
        strategy="ddp" if world > 1 else "auto",
        precision=section.precision,
    )
    fabric.launch()
    if section.threads:
        torch.set_num_threads(section.threads)
    return fabric


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
