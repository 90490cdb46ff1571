"""The training loop (paper §3.2), on Lightning Fabric: one CPU, one GPU, or several by torchrun.

`TrainingRun.learn` is the loop; above it stands what prepares it, below it what records it.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

import torch

from crnn.errors import TrainingError
from crnn.formats.checkpoint import ModelFile, save_checkpoint
from crnn.model.crnn import build
from crnn.training.loss import ctc_loss
from crnn.training.monitor import (
    BlankMonitor,
    Meter,
    Step,
    StepMetrics,
    StopSignals,
    explain_divergence,
)
from crnn.training.optimizer import Ema, build_optimizer, rate_at, set_rate
from crnn.training.real import OpenSets
from crnn.training.recipe import Recipe
from crnn.training.run_folder import RunFolder, draw_plot, write_card
from crnn.training.start import (
    InitialModel,
    begin_with,
    choose_precision,
    freeze,
    hold_norms,
    start_fabric,
)
from crnn.training.state import Progress, load_state, save_state
from crnn.training.stream import Batch, Stream, next_batch
from crnn.training.validation import BeforeAfter, Validation, ValidationMetrics, mean_accuracy, scores_of

logger = logging.getLogger(__name__)

Metrics = StepMetrics | ValidationMetrics
OnMetrics = Callable[[Metrics], object]
"""Is given every line of metrics, and besides one at the first step and after QUIET_S without any."""
QUIET_S = 10.0


class TrainingRun:
    """A run in progress."""

    def __init__(
        self,
        recipe: Recipe,
        folder: RunFolder,
        *,
        resume: bool,
        initial: InitialModel | None = None,
        sets: OpenSets | None = None,
    ) -> None:
        folder.check_resumable() if resume else folder.check_new()
        self.recipe, self.folder, self.initial = recipe, folder, None if resume else initial
        self.on_metrics: OnMetrics = lambda _: None
        sets = sets or OpenSets()
        self.precision = choose_precision(recipe.training)
        self.fabric = start_fabric(recipe.training, self.precision)
        torch.manual_seed(recipe.training.seed)
        # channels_last: a CPU trains a seventh faster, a GPU's tensor cores want it.
        self.network = build(recipe.model.network(), len(recipe.alphabet) + 1).to(
            memory_format=torch.channels_last  # type: ignore[call-overload]
        )
        reads = False
        if self.initial:
            reads = begin_with(self.initial, self.network, recipe.alphabet)
        freeze(self.network, recipe.optimizer.frozen_layers)
        drawn_on = str(self.fabric.device) if recipe.training.workers == 0 else "cpu"
        recorded = folder.held_back_before() if resume else ()
        world = self.fabric.world_size
        self.stream = Stream(recipe, self.network.frames, world, drawn_on, recorded, sets)
        self.validation = Validation(recipe, self.stream.held_back, sets)
        optimizer = build_optimizer(self.network, recipe.optimizer)
        self.model, self.optimizer = self.fabric.setup(self.network, optimizer)
        self.ema = Ema(self.network, recipe.training.ema_decay)
        self.blanks = BlankMonitor(reads)
        self.scores: dict[str, object] = {}  # of the last validation
        self._open(resume)

    def _open(self, resume: bool) -> None:
        """Take up the saved state, or save the first one: from here on the run is resumable."""
        self.progress = Progress()
        if resume:
            self.progress = load_state(self.folder.state, self.network, self.ema, self.optimizer)
        self._begun = time.perf_counter() - self.progress.elapsed_s
        if self.fabric.is_global_zero:
            self.folder.open(self.recipe, self.initial.name if self.initial else None)
            self.folder.write_sides(self.stream.learnt, self.stream.held_back, resume=resume)
            self.folder.cut_metrics(self.progress.metrics_bytes)
            validations = [line for line in self.folder.lines() if "validation" in line]
            self.scores = validations[-1]["validation"] if validations else {}
        self._images_per_step = self.recipe.training.batch_size * self.fabric.world_size
        self.meter = Meter(self.progress, self.recipe.training.steps, self._images_per_step)
        if not resume:
            self._save()

    def learn(self, stop: StopSignals) -> bool:
        """Take the steps that are left, or as many as help; False where a stop signal ended them."""
        recipe, fabric, first = self.recipe.training, self.fabric, self.progress.step
        world, rank = fabric.world_size, fabric.global_rank
        batches = self.stream.batches(first, world, rank, recipe.workers)
        self.model.train()
        hold_norms(self.network, self.recipe.optimizer.frozen_layers)
        saved_at, reported_at = time.perf_counter(), -math.inf

        for step in range(first, recipe.steps):
            asked_at = time.perf_counter()
            batch = next_batch(batches, self.folder.path)
            self.meter.waited(time.perf_counter() - asked_at)

            # What is random within a step hangs on its number alone: nothing to save for a resume.
            torch.manual_seed((recipe.seed << 32) + step * world + rank)
            taken = self._step(step, batch)
            self.meter.learnt(taken.loss, batch.too_long, batch.unreadable)
            done = step + 1
            self.progress = replace(self.progress, step=done)
            last = done == recipe.steps

            due = done % recipe.log_every == 0 or last
            if due or time.perf_counter() - reported_at >= QUIET_S:
                self._write(self._metrics(taken, peek=not due), keep=due)
                reported_at = time.perf_counter()
            measuring = last or (recipe.validate_every and done % recipe.validate_every == 0)
            if measuring:
                with self.meter.pause():
                    self._validate()
            stopping = stop.agreed(fabric)
            if measuring or stopping or time.perf_counter() - saved_at >= recipe.save_every_s:
                self._save()
                saved_at = time.perf_counter()
            if stopping and not last:
                return False
            if measuring and not last and self._given_up():
                return True
        return True

    def _given_up(self) -> bool:
        """Return whether `training.patience` validations in a row were no better than one before."""
        training = self.recipe.training
        stale = self.fabric.broadcast(self.progress.step - self.progress.best_step)
        given_up = 0 < training.patience * training.validate_every <= stale
        if given_up:
            logger.info("the last %d validations were no better than that of step %d: the run ends here",
                        training.patience, self.progress.best_step)  # fmt: skip
        return given_up

    def _step(self, step: int, batch: Batch) -> Step:
        """Learn from one batch."""
        config, steps = self.recipe.optimizer, self.recipe.training.steps
        rate = rate_at(step, steps, config.learning_rate, self.recipe.schedule)
        set_rate(self.optimizer, rate)

        images = batch.images.to(self.fabric.device, non_blocking=True)  # (N, 1, H, W) uint8
        log_probs = self.model(images)  # (T, N, C)
        loss = ctc_loss(log_probs, batch.classes)
        self.fabric.backward(loss)
        norm = self.fabric.clip_gradients(
            self.model, self.optimizer, max_norm=config.clip_norm or math.inf, error_if_nonfinite=False
        )
        taken = Step(
            loss=loss.item(),
            gradient=float(cast(torch.Tensor, norm)),
            rate=rate,
            source=batch.source,
            log_probs=log_probs.detach(),
        )
        if not math.isfinite(taken.loss + taken.gradient):
            raise TrainingError(explain_divergence(step, taken.loss, taken.gradient, rate, self.folder.path))
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.ema.update(self.network, step)
        return taken

    def _metrics(self, taken: Step, *, peek: bool = False) -> StepMetrics:
        """Make a line of metrics; with `peek` the loss and speed of the next one are as without it."""
        images = self._images()
        return StepMetrics(
            step=self.progress.step,
            steps=self.recipe.training.steps,
            images=images,
            **asdict(self.meter.read(self.progress.step, restart=not peek)),
            rate=taken.rate,
            gradient=round(taken.gradient, 4),
            blank_only=self.blanks.look(taken.log_probs, images),
            source=taken.source,
            elapsed_s=round(time.perf_counter() - self._begun, 1),
        )

    def _images(self) -> int:
        """Count the images that all steps so far have seen."""
        return self.progress.step * self._images_per_step

    def _validate(self) -> None:
        """Measure the EMA weights, and keep them where they are the best so far."""
        if self.fabric.is_global_zero:
            evaluations = self.validation.run(self._file())
            accuracy = mean_accuracy(evaluations)
            metrics = ValidationMetrics(
                step=self.progress.step,
                accuracy=round(accuracy, 3),
                validation=scores_of(evaluations),
                elapsed_s=round(time.perf_counter() - self._begun, 1),
            )
            self.scores = asdict(metrics)["validation"]
            self._write(metrics)
            if accuracy > self.progress.best:
                self.progress = replace(self.progress, best=accuracy, best_step=self.progress.step)
            if accuracy >= self.progress.best - self.validation.error(self.progress.best):
                self._keep(self.folder.best)  # of equals the last, which has learnt more
            draw_plot(self.folder.lines(), self.folder.plot)

    def _save(self) -> None:
        """Save what a resume needs, and the EMA weights."""
        if self.fabric.is_global_zero:
            self.progress = replace(
                self.progress,
                elapsed_s=time.perf_counter() - self._begun,
                metrics_bytes=self.folder.metrics_bytes(),
                unlogged=self.meter.unlogged,
            )
            with self.folder.full_disk_stops(self.progress.step):
                save_state(self.folder.state, self.progress, self.network, self.ema, self.optimizer)
            self._keep(self.folder.last)

    def _keep(self, path: Path) -> None:
        with self.folder.full_disk_stops(self.progress.step):
            save_checkpoint(path, self._file())

    def _write(self, metrics: Metrics, *, keep: bool = True) -> None:
        if self.fabric.is_global_zero:
            if keep:
                self.folder.append(metrics.to_json())
            self.on_metrics(metrics)

    def compare(self) -> tuple[BeforeAfter, ...]:
        """Measure what the run has gained and lost against the model that it started from."""
        initial = self.initial.file if self.initial else self.folder.initial()
        if initial is None or not self.fabric.is_global_zero:
            return ()
        rows = self.validation.compare(initial, self.folder.best)
        self.folder.write_comparison(rows)
        return rows

    def _file(self) -> ModelFile:
        """Put the EMA weights together with what reading needs, and a card."""
        seconds = time.perf_counter() - self._begun
        card = write_card(self.recipe, self.precision, self.progress.step, self._images(), seconds)
        return ModelFile(
            model=self.ema.model,
            alphabet=self.recipe.alphabet,
            preprocess=self.recipe.preprocess,
            card=card | {"validation": self.scores},
            language=self.recipe.language,
        )

    def close(self) -> None:
        """Draw the last plot; let all processes end together."""
        if self.fabric.is_global_zero:
            draw_plot(self.folder.lines(), self.folder.plot)
        if self.fabric.world_size > 1:
            self.fabric.barrier()
            torch.distributed.destroy_process_group()
