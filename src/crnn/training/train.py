"""What `crnn train` does, from Python: a recipe, real words, a model to start from -> a run folder.

    train("finetune", data="mydata/", initial="small", out="runs/mine")

Each data set and the initial model are opened once, and handed on to whatever reads them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crnn.alphabet import Alphabet
from crnn.errors import RecipeError
from crnn.processes import check_main_script
from crnn.training.finetune import has_auto, resolve_auto
from crnn.training.loop import OnMetrics, TrainingRun
from crnn.training.monitor import StopSignals
from crnn.training.real import OpenSets
from crnn.training.recipe import (
    Recipe,
    Tables,
    alphabet_settings,
    differences,
    make_recipe,
    parse_tables,
    read_recipe,
    read_tables,
)
from crnn.training.run_folder import RunFolder
from crnn.training.start import InitialModel, check_device, open_initial
from crnn.training.validation import BeforeAfter

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """What became of a training run."""

    finished: bool
    """False: stopped by Ctrl-C or SIGTERM, saved, and resumable."""
    step: int
    """Steps done."""
    steps: int
    """Steps that the recipe asks for."""
    best_accuracy: float
    """Best validation accuracy in percent, averaged over the data sets; -1 before the first."""
    comparison: tuple[BeforeAfter, ...]
    """What the model that the run started from read, and what its best one reads; empty where the
    run is not finished or started from fresh weights."""
    model: Path
    """The weights that validated best, for `crnn.load`; there from the first validation on."""


def train(  # noqa: PLR0913 - one for each option of the command
    recipe: str | Path | Recipe | None = None,
    *,
    out: str | Path,
    data: str | Path | Sequence[str | Path] = (),
    initial: str | Path | None = None,
    alphabet: str | Sequence[str] | Alphabet | None = None,
    settings: str | Sequence[str] = (),
    resume: bool = False,
    on_metrics: OnMetrics | None = None,
) -> TrainingResult:
    """Train a model by a recipe, into a run folder; what `crnn train` does.

    What the run finds and decides goes to the logger "crnn".

    Args:
        recipe: A packaged recipe's name, a .toml file, or a `Recipe`. None, with `resume`: the run
            folder's own.
        out: The run folder; made where it is missing.
        data: Data sets of real words to learn from, besides the recipe's.
        initial: The model whose weights a new run starts from: a packaged name, a .safetensors file or
            a run folder.
        alphabet: What the model is to read: a name such as "print94", the symbols, or "auto" for those
            of the labels. None: as the recipe says.
        settings: Changes to the recipe, each as "section.key=value".
        resume: Go on with the run in `out`.
        on_metrics: Is given every line of metrics, `StepMetrics` or `ValidationMetrics`; what it
            raises ends the run.

    Returns:
        Whether the run finished, how well it validated, and where its model is.

    Raises:
        RecipeError: The recipe is missing, or has an unknown key or an impossible value.
        DataError: A data set cannot be opened.
        ModelError: The initial model cannot be opened.
        LabelError: A label cannot be learnt, and `data.unusable_labels` is not "skip".
        TrainingError: The run cannot start or resume, the loss diverges, or the disk is full; the
            last saved state is intact in each case.
    """
    folder, sets = RunFolder(out), OpenSets()
    changes = [settings] if isinstance(settings, str) else list(settings)
    paths = [data] if isinstance(data, str | Path) else data
    if resume and folder.recipe.exists():
        tables = _tables_to_resume(recipe, folder, changes)
    elif recipe is None:
        raise RecipeError(
            f"there is no run to resume in {folder.path}: name a recipe." if resume
            else "name a recipe, such as small or mine.toml, or --resume a run."
        )  # fmt: skip
    else:
        tables = _read(recipe, changes)
    if alphabet is not None:
        tables.setdefault("model", {}).update(_alphabet(alphabet))
    _add(tables, [str(path) for path in paths])
    check_device(tables.get("training", {}).get("device"))
    if resume and folder.recipe.exists():
        ready, start = make_recipe(tables), None
        for difference in differences(read_recipe(folder.recipe), ready):
            logger.info("changed on resuming: %s", difference)
    else:
        start = open_initial(initial) if initial is not None else None
        ready = _resolve(tables, start, folder, sets)
    return run_training(ready, folder.path, resume=resume, initial=start, sets=sets, on_metrics=on_metrics)


def run_training(
    recipe: Recipe,
    folder: str | Path,
    *,
    resume: bool = False,
    initial: InitialModel | None = None,
    sets: OpenSets | None = None,
    on_metrics: OnMetrics | None = None,
) -> TrainingResult:
    """Train by a recipe without "auto" until its last step, or a stop signal; see `train`.

    sets   data sets that are open already
    """
    check_device(recipe.training.device)
    check_main_script(recipe.training.workers)
    run = TrainingRun(recipe, RunFolder(folder), resume=resume, initial=initial, sets=sets)
    run.on_metrics = on_metrics or run.on_metrics
    try:
        with StopSignals() as stop:
            finished = run.learn(stop)
    finally:
        run.stream.close()
    comparison = run.compare() if finished else ()
    run.close()
    return TrainingResult(
        finished=finished,
        step=run.progress.step,
        steps=recipe.training.steps,
        best_accuracy=run.progress.best,
        comparison=comparison,
        model=run.folder.best,
    )


def _read(recipe: str | Path | Recipe, changes: Sequence[str]) -> Tables:
    """Read a recipe as tables."""
    if isinstance(recipe, Recipe):
        return parse_tables(recipe.to_toml(), changes)
    return read_tables(recipe, changes)


def _tables_to_resume(
    recipe: str | Path | Recipe | None, folder: RunFolder, changes: Sequence[str]
) -> Tables:
    """Read the recipe that the call names, or else the run's own.

    The "auto" of a recipe was resolved when the run began: its own says how.
    """
    tables = _read(recipe or folder.recipe, changes)
    return read_tables(folder.recipe, changes) if has_auto(tables) else tables


def _alphabet(alphabet: str | Sequence[str] | Alphabet) -> dict[str, object]:
    """Write an alphabet as keys of [model]."""
    if isinstance(alphabet, Alphabet):
        return alphabet_settings(alphabet)
    return {"alphabet": alphabet if isinstance(alphabet, str) else list(alphabet)}


def _add(tables: Tables, data: Sequence[str]) -> None:
    """Add real words to those that the recipe names."""
    real = tables.setdefault("data", {}).setdefault("real", [])
    if isinstance(real, list):  # what is no list is refused with the other values
        known = {str(row.get("path")) for row in real if isinstance(row, dict)}
        real += [{"path": path} for path in data if path not in known]


def _resolve(tables: Tables, initial: InitialModel | None, folder: RunFolder, sets: OpenSets) -> Recipe:
    """Replace what is "auto" in a new run's recipe, and write the words that it draws."""
    resolved = resolve_auto(tables, initial.file if initial else None, folder.words, sets)
    for note in resolved.notes:
        logger.info("%s", note)
    if resolved.words:
        folder.check_new()
        folder.write_words(resolved.words)
    return resolved.recipe
