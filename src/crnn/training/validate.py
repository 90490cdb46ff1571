"""Validation while training: the averaged weights, through the same Reader that users get."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from crnn.data import Dataset, Sample, open_dataset
from crnn.evaluation.run import Evaluation, evaluate
from crnn.formats.checkpoint import ModelFile
from crnn.training.real import Folded
from crnn.training.recipe import Recipe
from crnn.training.stream import build_engine


class Validation:
    """The data sets that a run is measured on, opened before its first step."""

    def __init__(self, recipe: Recipe, held_back: Sequence[Dataset]) -> None:
        self.protocol = recipe.validation.protocol
        self.held_back = held_back
        named = [open_dataset(path) for path in recipe.validation.data]
        self.sets: Sequence[Dataset] = [Folded(words, recipe.data, recipe.alphabet) for words in named]
        self.sets = self.sets or held_back or [UnseenWords(recipe)]

    def error(self, accuracy: float) -> float:
        """Return the standard error of an accuracy, in percent points, where words are held back.

        The few that can be spared rank weights by luck as much as by merit. 0 for any other set.
        """
        words = sum(len(words) for words in self.held_back)
        return (accuracy * (100 - accuracy) / words) ** 0.5 if words and accuracy > 0 else 0.0

    def run(self, file: ModelFile) -> list[Evaluation]:
        """Read every set with the network as it is now."""
        reader = file.reader()
        return [evaluate(reader, words, self.protocol) for words in self.sets]


class UnseenWords(Dataset):
    """Words of the recipe's own kind that training never sees: the engine under another seed."""

    def __init__(self, recipe: Recipe) -> None:
        self.path = Path("synthetic/words")
        self._samples = list(_draw(recipe))

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]

    def place(self, index: int) -> str:
        """Name the batch that sample `index` is of."""
        return self._samples[index].key


def mean_accuracy(evaluations: Sequence[Evaluation]) -> float:
    """Average the word accuracies in percent, each set counting alike whatever its size."""
    return sum(evaluation.accuracy for evaluation in evaluations) / len(evaluations)


def summary(evaluations: Sequence[Evaluation]) -> dict[str, dict[str, float]]:
    """Return each set's figures for metrics and cards; shares in percent."""
    return {
        evaluation.dataset: {
            "n": evaluation.n,
            "accuracy": round(evaluation.accuracy, 2),
            "one_minus_ned": round(evaluation.one_minus_ned, 2),
            "cer": round(evaluation.cer, 2),
        }
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
