"""The stream of batches: step -> images and labels, a function of the recipe and the step alone.

    Stream(recipe, frames)[i]   ->  Batch: images (N, 1, H, W) uint8, N labels as classes

Nothing is remembered between batches. So the number of workers does not change what is learnt,
and a resumed run goes on at step i without replaying the steps before it.

Every step reads either synthetic or real words, because a batch has one width. `Mixture` spreads
the real steps evenly: a share of 0.3 makes three of every ten, never five in a row.
"""

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing import resource_tracker
from pathlib import Path
from types import FrameType
from typing import Protocol

import torch
from torch.utils.data import DataLoader, Dataset

from crnn.alphabet import Alphabet, frames_needed
from crnn.data.dataset import Dataset as WordImages
from crnn.errors import ImageError, RecipeError, TrainingError
from crnn.processes import WAY_OUT
from crnn.synthesis.engine import Engine
from crnn.synthesis.fonts import undrawable
from crnn.training.real import OpenSets, RealWords
from crnn.training.recipe import Recipe

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_S = 20.0
"""Seconds that a worker goes on for after it was told to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one step learns from."""

    images: torch.Tensor
    """(N, 1, H, W) uint8."""
    classes: Sequence[Sequence[int]]
    """N labels, as classes 1 .. C - 1."""
    source: str
    """synthetic or real."""
    too_long: int
    """Images left out because their label needs more frames than the batch's width gives."""
    unreadable: tuple[str, ...]
    """A message for each image that could not be read and that another one replaces."""


class Source(Protocol):
    """Whatever makes batch `number`, the same one every time."""

    def batch(self, number: int) -> tuple[torch.Tensor, Sequence[str], tuple[str, ...]]:
        """Return images (N, 1, H, W) uint8, their N labels, and what could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Which batches are real: from batch `start` on, `share` of them, evenly spread."""

    share: Fraction
    start: int

    def pick(self, index: int) -> tuple[str, int]:
        """Return the source of batch `index`, and the batch's number within that source.

        >>> half = Mixture(share=Fraction(1, 2), start=2)
        >>> [half.pick(index) for index in range(6)]  # doctest: +NORMALIZE_WHITESPACE
        [('synthetic', 0), ('synthetic', 1), ('synthetic', 2), ('real', 0), ('synthetic', 3),
         ('real', 1)]
        """
        before = self._real_before(index)
        if self._real_before(index + 1) > before:
            return "real", before
        return "synthetic", index - before

    def _real_before(self, index: int) -> int:
        return int(max(0, index - self.start) * self.share)


class SyntheticWords:
    """Batches that the synthesis engine draws."""

    def __init__(self, recipe: Recipe, device: str) -> None:
        self._engine = build_engine(recipe, device)

    def batch(self, number: int) -> tuple[torch.Tensor, Sequence[str], tuple[str, ...]]:
        """Return batch `number`: images (N, 1, H, W) uint8 of one width, N labels, no errors."""
        drawn = self._engine.batch(number)
        return drawn.images, drawn.labels, ()


def build_engine(recipe: Recipe, device: str = "cpu", seed: int | None = None) -> Engine:
    """Build the recipe's engine; another `seed` draws words that training never sees.

    Symbols that no font can draw are left out of its words where real words teach them.
    """
    config = recipe.synthesis if seed is None else replace(recipe.synthesis, seed=seed)
    symbols = drawable(recipe) if recipe.data.real else recipe.alphabet.symbols
    return Engine(
        config,
        recipe.alphabet if symbols == recipe.alphabet.symbols else Alphabet(symbols),
        recipe.preprocess,
        batch_size=recipe.training.batch_size,
        device=device,
    )


def drawable(recipe: Recipe) -> tuple[str, ...]:
    """Return the symbols of the recipe's alphabet that its fonts can draw, a space alone not counted.

    None where a separator stands between the symbols: fonts draw words, whose symbols follow each other.
    """
    if recipe.alphabet.separator:
        return ()
    lacking = undrawable(recipe.alphabet.symbols, recipe.synthesis.fonts)
    symbols = tuple(symbol for symbol in recipe.alphabet.symbols if symbol not in lacking)
    return () if symbols == (" ",) else symbols


class Stream(Dataset[Batch]):
    """All batches of a run, by number."""

    def __init__(
        self,
        recipe: Recipe,
        frames: Callable[[int], int],
        world: int = 1,
        device: str = "cpu",
        recorded: Collection[str] = (),
        sets: OpenSets | None = None,
    ) -> None:
        """Open the sources.

        frames     width_px -> T, as `CRNN.frames`
        world      processes that share the stream
        device     where synthetic words are drawn
        recorded   hashes of the images that the run held back before it was resumed
        sets       data sets that are open already
        """
        self.alphabet = recipe.alphabet
        self._loading: Iterator[Batch] | None = None
        self.length = recipe.training.steps * world
        widths_px = range(recipe.preprocess.min_width, recipe.preprocess.max_width + 1)
        self._frames = {width_px: frames(width_px) for width_px in widths_px}
        share = _real_share(recipe)
        start = 0 if share == 1 else round(recipe.data.real_from * self.length)
        self.mixture = Mixture(share=share, start=start)
        self.sources: dict[str, Source] = {}
        if share < 1:
            self.sources["synthetic"] = SyntheticWords(recipe, device)
        self.learnt: Sequence[WordImages] = ()
        self.held_back: Sequence[WordImages] = ()
        if share > 0:
            real = RealWords(recipe, frames, sets or OpenSets(), recorded)
            self.sources["real"], self.learnt, self.held_back = real, real.learnt, real.held_back

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Batch:
        """Make batch `index`."""
        name, number = self.mixture.pick(index)
        images, labels, unreadable = self.sources[name].batch(number)
        classes = [self.alphabet.encode(label, f"{name} batch {number}") for label in labels]
        frames = self._frames[images.shape[-1]]
        fits = [row for row, label in enumerate(classes) if frames_needed(label) <= frames]
        return Batch(
            images=images if len(fits) == len(classes) else images[fits],
            classes=[classes[row] for row in fits],
            source=name,
            too_long=len(classes) - len(fits),
            unreadable=unreadable,
        )

    def close(self) -> None:
        """End the processes that prepare batches: torch does so only when nobody holds their batches."""
        end = getattr(self._loading, "_shutdown_workers", None)
        self._loading = None
        if end is not None:
            end()

    def batches(self, start: int, world: int, rank: int, workers: int) -> Iterator[Batch]:
        """Yield this process's batches from step `start` on: start * world + rank, and so on."""
        numbers = range(start * world + rank, self.length, world)
        loader = DataLoader(
            self,
            batch_size=None,  # an item is a whole batch
            sampler=numbers,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            worker_init_fn=_start_worker,
        )
        self.close()
        try:
            with interrupts_wait():
                self._loading = iter(loader)
                return self._loading
        except (ConnectionError, EOFError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "DataLoader worker" not in str(error):
                raise
            raise TrainingError(f"a process that prepares batches could not be started{_ended()}") from error


def _real_share(recipe: Recipe) -> Fraction:
    """Return the share of steps that read real words: all of them where no font can draw a symbol.

    RecipeError: nothing to learn from.
    """
    if recipe.alphabet.separator:
        if not recipe.data.real:
            raise RecipeError(
                f"labels have {recipe.alphabet.separator!r} between their symbols (model.separator), and "
                "fonts draw words without: give images to learn from, data.real or --data."
            )
        return Fraction(1)
    if not recipe.data.real:
        return Fraction(0)
    left = drawable(recipe) if recipe.data.real_share < 1 else recipe.alphabet.symbols
    lacking = [symbol for symbol in recipe.alphabet.symbols if symbol not in left]
    if lacking:
        logger.warning(
            "%d of %d symbols (%s) are in no font: only real words teach them. "
            "For synthetic ones name fonts that have them: synthesis.fonts",
            len(lacking), len(recipe.alphabet), " ".join(lacking),
        )  # fmt: skip
    return Fraction(recipe.data.real_share if left else 1).limit_denominator(1000)


def next_batch(batches: Iterator[Batch], folder: Path) -> Batch:
    """Take the next batch; TrainingError for an image that cannot be read, or a process that died."""
    try:
        return next(batches)
    except ImageError as error:
        # What a worker raises comes with its traceback before it.
        message = str(error).rpartition(f"{ImageError.__module__}.{ImageError.__name__}: ")[2].rstrip()
        raise TrainingError(
            f"{message}\n    Go on from the last saved step: crnn train --resume --out {folder}"
        ) from error
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        if "exited unexpectedly" in str(error):  # by itself, where memory running out is a signal
            raise TrainingError(f"a process that prepares batches has ended: {error}{_ended()}") from error
        raise TrainingError(
            f"a process that prepares batches died: {error}\n"
            "    Most often memory ran out: take fewer (--set training.workers=1), then go on: "
            f"crnn train --resume --out {folder}"
        ) from error


def _ended() -> str:
    """Say what ends a worker by itself."""
    cause = ".\n    What it wrote to stderr says why; --set training.workers=0 does without such processes."
    return cause if multiprocessing.get_start_method() == "fork" else f"{cause}\n{WAY_OUT}"


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back while workers start: they could not ignore them yet."""
    if sys.platform == "win32":
        yield
        return
    if multiprocessing.get_start_method() != "fork":
        resource_tracker.ensure_running()  # before Python 3.12 it lets signals through once it has started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(_number: int) -> None:
    """Leave Ctrl-C and SIGTERM to the loop, which ends its workers when it has saved; one thread each.

    Both commonly reach the whole group of processes. A worker told to end twice, or GRACE_S ago, ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGTERM, _leave_later)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)  # see interrupts_wait
    torch.set_num_threads(1)


def _leave_later(_number: int, _frame: FrameType | None) -> None:
    """End this worker in a while: the loop, which commonly has the signal too, may want its last batch."""
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, lambda *_: os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, GRACE_S)
