"""Validation while training: the averaged weights, through the same Reader that users get.

What fine-tuning has gained and what it has cost: one model before, one after, the same images.

New data are what the run was validated on. Old data are synthetic words of the symbols that both
models have, drawn as for any training run and not like the user's own, and the sets that
`validation.also` names.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from crnn.alphabet import Alphabet
from crnn.data import open_dataset
from crnn.data.dataset import Dataset, Sample
from crnn.errors import CrnnError
from crnn.evaluation.evaluate import Evaluation, evaluate
from crnn.formats.checkpoint import ModelFile
from crnn.formats.load import load_weights
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

    def location(self, index: int) -> str:
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


logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One data set, read by the model that a run started from and by the one that it made."""

    dataset: str
    protocol: str
    n: int
    """Words compared."""
    before: float
    """Words that the old model reads right, in percent."""
    after: float
    """Words that the new model reads right, in percent."""


def compare(
    old: str | Path, new: str | Path, recipe: Recipe, sets: Sequence[Dataset]
) -> tuple[Comparison, ...]:
    """Read `sets` and old data with both models.

    Each model reads with its own alphabet and preprocessing, as its users would. A set that cannot be
    read, and a model that is gone, are named in the log: a finished run does not fail here.
    """
    try:
        before, after = load_weights(old), load_weights(new)
        shared = [symbol for symbol in after.alphabet.symbols if symbol in before.alphabet.symbols]
        readers = before.reader(), after.reader()
        rows = []
        for dataset, protocol in _sets(recipe, sets, shared):
            ours, theirs = (evaluate(reader, dataset, protocol) for reader in readers)
            rows.append(
                Comparison(
                    dataset=ours.dataset,
                    protocol=protocol,
                    n=ours.n,
                    before=round(ours.accuracy, 2),
                    after=round(theirs.accuracy, 2),
                )
            )
    except CrnnError as error:
        logger.warning("old and new model are not compared: %s", error)
        return ()
    return tuple(rows)


def _sets(recipe: Recipe, sets: Sequence[Dataset], shared: Sequence[str]) -> Iterator[tuple[Dataset, str]]:
    """Yield each set with its protocol."""
    rule = recipe.validation.protocol
    own = [dataset for dataset in sets if not isinstance(dataset, UnseenWords)]
    opened = [open_dataset(path) for path in recipe.validation.also]
    named = [Folded(words, recipe.data, recipe.alphabet) for words in opened]
    yield from ((dataset, rule) for dataset in [*own, *named])
    # A reader with a separator writes words that no other one writes.
    letters = [symbol for symbol in shared if len(symbol) == 1 and not recipe.alphabet.separator]
    if letters:
        plain = replace(recipe.synthesis, words=())
        drawn = replace(recipe, alphabet=Alphabet(letters), synthesis=plain)
        # Case is no loss: a model of one case alone never had to tell the two apart.
        alnum = any(letter.isascii() and letter.isalnum() for letter in letters)
        yield UnseenWords(drawn), "alnum" if alnum else "exact"
    else:
        logger.info("old and new model share no symbol: no old words are compared")
