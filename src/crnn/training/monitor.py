"""Monitoring of a run: its speed, stop signals, and the ways in which training fails."""

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

import torch
from lightning_fabric import Fabric

from crnn.training.state import Progress

logger = logging.getLogger(__name__)

LATE_IMAGES = 200_000
"""A network still blank after so many images has most likely failed to start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepMetrics:
    """The steps since the line before: a line of metrics.jsonl."""

    step: int
    """Steps done."""
    steps: int
    """Steps that the recipe asks for; not in the file."""
    images: int
    """Images that all steps so far have seen."""
    loss: float
    """CTC loss in nats an image, averaged over the steps since the line before."""
    too_long: int
    """Images left out since then because their label needs more frames than they give."""
    unreadable: int
    """Images replaced since then because they could not be read."""
    images_per_s: float
    """Speed since then."""
    waiting: float
    """Share of the time since then in which the loop had no batch to learn from."""
    left_s: float
    """Seconds until the last step, by the speed of this session."""
    rate: float
    """Learning rate of the last step."""
    gradient: float
    """Norm of the last step's gradient, before it was clipped."""
    blank_only: float
    """Share of the last batch's images whose best path is all blank."""
    source: str
    """Where the last batch is from: synthetic or real."""
    elapsed_s: float
    """Time in training, over all sessions."""

    def to_json(self) -> dict[str, object]:
        """Return the line's keys and values."""
        values = asdict(self)
        del values["steps"]
        return values


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterReading:
    """What a `Meter` measured; the fields are those of `StepMetrics`."""

    loss: float
    too_long: int
    unreadable: int
    images_per_s: float
    waiting: float
    left_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step that was taken."""

    loss: float
    """Nats an image."""
    gradient: float
    """Length of the gradient, before it was clipped."""
    rate: float
    """Learning rate."""
    source: str
    log_probs: torch.Tensor
    """(T, N, C), before the step."""


class Meter:
    """Losses and seconds since the last line of metrics."""

    def __init__(self, progress: Progress, steps: int, images_per_step: int) -> None:
        self._first, self._steps, self._images = progress.step, steps, images_per_step
        self._begun: float | None = None  # when the first batch was there
        self._named: set[str] = set()
        self._clear()
        self._losses += progress.unlogged

    def _clear(self) -> None:
        self._losses: list[float] = []
        self._taken, self._too_long, self._unreadable, self._waited_s = 0, 0, 0, 0.0
        self._since = time.perf_counter()

    @property
    def unlogged(self) -> tuple[float, ...]:
        """The losses since the last line, for the saved state."""
        return tuple(self._losses)

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Do not count the time within as training."""
        paused_at = time.perf_counter()
        yield
        self._since += time.perf_counter() - paused_at

    def waited(self, seconds: float) -> None:
        """Count time in which the loop had no batch to learn from.

        The first time is the start of the workers and of the engine: a line counts it as waiting,
        but it says nothing of the time that is left.
        """
        self._begun = self._begun or time.perf_counter()
        self._waited_s += seconds

    def learnt(self, loss: float, too_long: int, unreadable: Sequence[str]) -> None:
        """Count a step, and the images that it had to leave out; name each unreadable one once."""
        self._losses.append(loss)
        self._taken += 1
        self._too_long += too_long
        self._unreadable += len(unreadable)
        for message in sorted(set(unreadable) - self._named):
            logger.warning("another image replaces it (data.unreadable_images): %s", message)
        self._named.update(unreadable)

    def read(self, step: int, *, restart: bool = True) -> MeterReading:
        """Measure loss, speed and waiting since the last line, and the seconds left.

        `step` is the number of steps done; `restart` begins the next line's counts.
        """
        now = time.perf_counter()
        seconds = max(now - self._since, 1e-9)
        per_step = (now - (self._begun or now)) / max(1, step - self._first)  # validation included
        reading = MeterReading(
            loss=sum(self._losses) / max(1, len(self._losses)),
            too_long=self._too_long,
            unreadable=self._unreadable,
            images_per_s=round(self._taken * self._images / seconds, 1),
            waiting=round(self._waited_s / seconds, 3),
            left_s=round(per_step * (self._steps - step), 1),
        )
        if restart:
            self._clear()
        return reading


class StopSignals:
    """Turn the first Ctrl-C or SIGTERM into a request to stop, which the loop follows after its step.

    A second Ctrl-C stops at once. Outside the main thread signals are left alone.
    """

    def __init__(self) -> None:
        self._requested = False
        self._old: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._old[number] = signal.signal(number, self._request)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._old = {}

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self._requested = True
        logger.warning("stopping after this step and saving; once more stops at once")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def agreed(self, fabric: Fabric) -> bool:
        """Return whether any process was asked to stop; all of them get the same answer."""
        if fabric.world_size == 1:
            return self._requested
        requested = torch.tensor(float(self._requested), device=fabric.device)
        return bool(fabric.all_reduce(requested, reduce_op="sum") > 0)  # type: ignore[operator]


class BlankMonitor:
    """Notice a network that reads nothing but blanks."""

    def __init__(self, reads: bool = False) -> None:
        """Begin with a fresh network, or with one that `reads` already."""
        self._blank = False  # has been blank, as every fresh network is at first
        self._reads = reads  # has got out of that
        self._warned = False

    def look(self, log_probs: torch.Tensor, images_seen: int) -> float:
        """Return the share of images whose best path (T, N, C) is all blank; warn where it lasts.

        CTC begins that way: blanks everywhere are the cheapest answer until the first symbols
        are learnt, commonly for 70,000 to 150,000 images.
        """
        blank_only = (log_probs.argmax(-1) == 0).all(0)  # (T, N) -> (N,)
        share = round(blank_only.float().mean().item(), 4)
        if share > 0.99:
            self._blank = True
            if not self._warned and (self._reads or images_seen > LATE_IMAGES):
                self._warned = True
                logger.warning("%s", _explain_blanks(images_seen, self._reads))
        elif share < 0.5 and self._blank:
            self._reads, self._warned = True, False
        return share


def _explain_blanks(images_seen: int, has_read: bool) -> str:
    if has_read:
        return (
            f"the network reads only blanks again after {images_seen:,} images: it has collapsed. "
            "Lower optimizer.learning_rate or optimizer.clip_norm and resume from here, "
            "or start again from best.safetensors with --init."
        )
    return (
        f"after {images_seen:,} images the network still reads only blanks. That is usual up to "
        "about 150,000. If the loss does not fall either: raise optimizer.learning_rate or shorten "
        "schedule.warmup_steps, look at the images (crnn synthesize --sheet), try a smaller "
        "alphabet or shorter words first."
    )


def explain_divergence(step: int, loss: float, gradient: float, rate: float, folder: Path) -> str:
    """Say what is known of a loss or a gradient that is no number, and what helps."""
    return (
        f"training diverged at step {step}: loss {loss:g}, gradient norm {gradient:g}, "
        f"learning rate {rate:g}. The step was not taken.\n"
        "    Go on from the last saved step with smaller steps: "
        f"crnn train --resume --out {folder} --set optimizer.learning_rate={rate / 3:.2g} "
        "(or a smaller optimizer.clip_norm, or training.precision=32-true)."
    )
