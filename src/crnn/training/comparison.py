"""What fine-tuning has gained and what it has cost: one model before, one after, the same images.

New data are what the run was validated on. Old data are synthetic words of the symbols that both
models have, drawn as for any training run and not like the user's own, and the sets that
`validation.also` names.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crnn.alphabet import Alphabet
from crnn.data import Dataset, open_dataset
from crnn.errors import CrnnError
from crnn.evaluation.run import evaluate
from crnn.formats.models import load_weights
from crnn.training.real import Folded
from crnn.training.recipe import Recipe
from crnn.training.validate import UnseenWords

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
