"""What a benchmark ran on, and how it keeps to one core."""

import os
import platform
from pathlib import Path


def keep_to_one_core() -> None:
    """Run on one core with one thread; to be called before numpy, torch or ONNX Runtime come in."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):  # Linux only; elsewhere the thread counts must do
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def describe() -> str:
    """Name processor, Python and system, for the line above the figures."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    return f"{processor}, Python {platform.python_version()}, {platform.system()}"
