"""Validation while training: the EMA weights, through the same Reader that users get.

What fine-tuning has gained and what it has cost: one model before, one after, the same images.

New data are what the run was validated on. Old data are synthetic words of the symbols that both
models have, drawn as for any training run and not like the user's own, and the sets that
`validation.also` names.
"""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from PIL import Image

from crnn.data.dataset import Dataset, Sample
from crnn.errors import CrnnError
from crnn.evaluation.evaluate import Evaluation, evaluate
from crnn.formats.checkpoint import ModelFile
from crnn.formats.load import load_weights
from crnn.reader.reader import Reader
from crnn.training.real import Folded, OpenSets
from crnn.training.recipe import Recipe
from crnn.training.stream import build_engine

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetScores:
    """What a validation gave on one data set; shares in percent."""

    n: int
    """Words."""
    accuracy: float
    """Words read right."""
    one_minus_ned: float
    """1 - normalized edit distance, averaged over the words."""
    cer: float
    """Character error rate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationMetrics:
    """One validation: a line of metrics.jsonl."""

    step: int
    """Steps done."""
    accuracy: float
    """Word accuracy in percent, averaged over the data sets."""
    validation: Mapping[str, DatasetScores]
    """By the data set's name."""
    elapsed_s: float
    """Time in training, over all sessions."""

    def to_json(self) -> dict[str, object]:
        """Return the line's keys and values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeAfter:
    """One data set, read by the model that a run started from and by the one that it made."""

    dataset: str
    protocol: str
    n: int
    """Words compared."""
    before: float
    """Words that the old model reads right, in percent."""
    after: float
    """Words that the new model reads right, in percent."""


class Validation:
    """The data sets that a run is measured on, opened before its first step."""

    def __init__(self, recipe: Recipe, held_back: Sequence[Dataset], sets: OpenSets | None = None) -> None:
        """Open the sets.

        held_back   words that the run keeps from training
        sets        data sets that are open already
        """
        self._recipe, self._opened = recipe, sets or OpenSets()
        self.protocol = recipe.validation.protocol
        self.held_back = held_back
        self.sets: Sequence[Dataset] = self._folded(recipe.validation.data)
        self.sets = self.sets or held_back or [UnseenWords(recipe)]

    def error(self, accuracy: float) -> float:
        """Return the standard error of an accuracy, in percent points, where words are held back.

        The few that can be spared rank weights by luck as much as by merit. 0 for any other set.
        """
        words = sum(len(words) for words in self.held_back)
        return (accuracy * (100 - accuracy) / words) ** 0.5 if words and accuracy > 0 else 0.0

    def _folded(self, paths: Sequence[str]) -> list[Dataset]:
        """Open data sets, their labels folded as those that are learnt."""
        recipe = self._recipe
        return [Folded(self._opened.open(path), recipe.data, recipe.alphabet) for path in paths]

    def run(self, file: ModelFile) -> list[Evaluation]:
        """Read every set with the network as it is now."""
        reader = file.reader()
        return [evaluate(reader, words, self.protocol) for words in self.sets]

    def compare(self, old: ModelFile | str, new: Path) -> tuple[BeforeAfter, ...]:
        """Read these sets and old data with the model that a run started from and the one that it made.

        Each model reads with its own alphabet and preprocessing, as its users would. A set that cannot
        be read, and a model that is gone, are named in the log: a finished run does not fail here.
        """
        try:
            before = load_weights(old) if isinstance(old, str) else old
            after = load_weights(new)
            shared = [symbol for symbol in after.alphabet.symbols if symbol in before.alphabet.symbols]
            readers = before.reader(), after.reader()
            return tuple(
                _compare(readers, dataset, protocol) for dataset, protocol in self._to_compare(shared)
            )
        except CrnnError as error:
            logger.warning("old and new model are not compared: %s", error)
            return ()

    def _to_compare(self, shared: Sequence[str]) -> Iterator[tuple[Dataset, str]]:
        """Yield each set with its protocol; old words are of the symbols that both models share."""
        recipe = self._recipe
        own = [dataset for dataset in self.sets if not isinstance(dataset, UnseenWords)]
        for dataset in [*own, *self._folded(recipe.validation.also)]:
            yield dataset, self.protocol
        # A reader with a separator writes words that no other one writes.
        letters = [symbol for symbol in shared if len(symbol) == 1 and not recipe.alphabet.separator]
        if letters:
            model = replace(recipe.model, alphabet=tuple(letters), language=None)
            plain = replace(recipe.synthesis, words=())
            # Case is no loss: a model of one case alone never had to tell the two apart.
            alnum = any(letter.isascii() and letter.isalnum() for letter in letters)
            drawn = recipe.model_copy(update={"model": model, "synthesis": plain})
            yield UnseenWords(drawn), "alnum" if alnum else "exact"
        else:
            logger.info("old and new model share no symbol: no old words are compared")


class UnseenWords(Dataset):
    """Words of the recipe's own kind that training never sees: the engine under another seed."""

    def __init__(self, recipe: Recipe) -> None:
        self.path = Path("synthetic/words")
        self._samples = list(_draw(recipe))

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]

    def location(self, index: int) -> str:
        """Name the batch that sample `index` is of."""
        return self._samples[index].key


def mean_accuracy(evaluations: Sequence[Evaluation]) -> float:
    """Average the word accuracies in percent, each set counting alike whatever its size."""
    return sum(evaluation.accuracy for evaluation in evaluations) / len(evaluations)


def scores_of(evaluations: Sequence[Evaluation]) -> dict[str, DatasetScores]:
    """Return each set's figures for metrics and cards."""
    return {
        evaluation.dataset: DatasetScores(
            n=evaluation.n,
            accuracy=round(evaluation.accuracy, 2),
            one_minus_ned=round(evaluation.one_minus_ned, 2),
            cer=round(evaluation.cer, 2),
        )
        for evaluation in evaluations
    }


def _draw(recipe: Recipe) -> Iterator[Sample]:
    engine = build_engine(recipe, seed=recipe.synthesis.seed + 1_000_003)
    wanted, index = recipe.validation.synthetic, 0
    while wanted > 0:
        drawn = engine.batch(index)
        for row, label in list(zip(drawn.images, drawn.labels, strict=True))[:wanted]:
            file = io.BytesIO()
            Image.fromarray(row[0].cpu().numpy()).save(file, "PNG")
            yield Sample(key=f"synthetic:{index}", image=file.getvalue(), label=label)
            wanted -= 1
        index += 1


def _compare(readers: tuple[Reader, Reader], dataset: Dataset, protocol: str) -> BeforeAfter:
    """Read one set with the old model and the new one."""
    before, after = (evaluate(reader, dataset, protocol) for reader in readers)
    return BeforeAfter(
        dataset=before.dataset,
        protocol=protocol,
        n=before.n,
        before=round(before.accuracy, 2),
        after=round(after.accuracy, 2),
    )
