"""Real words as a source of batches: opened, folded, checked, mixed by weight, augmented."""

import logging
from collections.abc import Callable, Collection

import torch

from crnn.alphabet import Alphabet, fold
from crnn.data import Dataset, Sample, open_dataset
from crnn.data.batches import BatchConfig, WordBatches
from crnn.data.labels import check_labels
from crnn.folding import Folding
from crnn.training.holdout import hold_back
from crnn.training.recipe import Recipe
from crnn.training.sections import DataSection

logger = logging.getLogger(__name__)


class Folded(Dataset):
    """A data set whose labels are folded as the recipe says.

    alphabet   what it has stays as it is; None, where it is still to be made of the labels: all is folded
    """

    def __init__(self, dataset: Dataset, section: DataSection, alphabet: Alphabet | None) -> None:
        self.path = dataset.path
        self._dataset, self._alphabet = dataset, alphabet
        self._folding = Folding(section.fold_case, section.fold_accents)

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Sample:
        sample, folding = self._dataset[index], self._folding
        if self._alphabet is None:
            label = fold(sample.label, case=folding.case, accents=folding.accents)
        else:
            label = folding.into(sample.label, self._alphabet)
        return Sample(sample.key, sample.image, label)

    def place(self, index: int) -> str:
        """Name where the label of sample `index` stands."""
        return self._dataset.place(index)


class RealWords:
    """Batches of the recipe's real words; batch `number` is the same on every run.

    frames     width_px -> T, as `CRNN.frames`
    recorded   hashes of the images that the run held back before it was resumed

    learnt      what is trained on
    held_back   what validation keeps from training, where the recipe says so

    LabelError, naming file and line, for a label that cannot be learnt, unless the recipe says
    `data.drop_unreadable`: then such words are left out, counted and named in the log. ImageError
    for an image that cannot be read, unless `data.unreadable_images` is "skip".
    """

    def __init__(self, recipe: Recipe, frames: Callable[[int], int], recorded: Collection[str] = ()) -> None:
        opened = [open_learnable(real.path, recipe, frames) for real in recipe.data.real]
        share = 0.0 if recipe.validation.data else recipe.validation.held_back
        parts = hold_back(opened, share, recorded) if share else [(dataset, None) for dataset in opened]
        self.learnt = [learnt for learnt, _ in parts if learnt]
        self.held_back = [kept for _, kept in parts if kept]
        # The recipe weighs an image, WordBatches a whole set.
        sets = [
            (learnt, real.weight * len(learnt))
            for (learnt, _), real in zip(parts, recipe.data.real, strict=True)
            if learnt
        ]
        self._words = WordBatches(
            sets,
            recipe.preprocess,
            BatchConfig(
                batch_size=recipe.training.batch_size,
                seed=recipe.training.seed,
                augment=recipe.data.augment,
                unreadable=recipe.data.unreadable_images,
            ),
        )
        total = sum(share for _, share in sets)
        for dataset, share in sets:
            percent = 100 * share / total
            logger.info("%s: %d words, %.0f %% of the real ones", dataset.path, len(dataset), percent)
        for dataset in self.held_back:
            logger.info("%s: %d more words held back to validate on", dataset.path, len(dataset))

    def batch(self, number: int) -> tuple[torch.Tensor, list[str], tuple[str, ...]]:
        """Return batch `number`: images (N, 1, H, W) uint8, N labels, and what could not be read."""
        images, labels, unreadable = self._words.batch(number)
        return torch.from_numpy(images), labels, unreadable


def open_learnable(path: str, recipe: Recipe, frames: Callable[[int], int]) -> Dataset:
    """Open a data set, fold its labels, and leave out or refuse those that cannot be learnt."""
    checked = check_labels(
        Folded(open_dataset(path), recipe.data, recipe.alphabet),
        recipe.alphabet,
        recipe.preprocess,
        frames,
        drop_unreadable=recipe.data.drop_unreadable,
        skip_images=recipe.data.unreadable_images == "skip",
    )
    for setting, messages in (
        ("drop_unreadable", checked.outside_alphabet),
        ("drop_unreadable", checked.too_long),
        ("unreadable_images", checked.unreadable),
    ):
        if messages:
            logger.warning(
                "%s: %d words left out (data.%s), the first: %s", path, len(messages), setting, messages[0]
            )
    return checked.dataset
