"""Real words as a source of batches: opened, folded, checked, mixed by weight, augmented.

Words held back from training to validate on, chosen by what is in the images' files.

The words whose hash is smallest are held back. So the choice is the same in every run, in any order
of the table, and hardly changes when words are added; an image that stands there twice is on one
side with both its copies, in all the sets together.

A run folder keeps what was held back, so that it can be measured and calibrated on:

    held_back.tsv    a label file: held_back/0123456789abcdef.png TAB label
    held_back/       copies of the images, named by their hash
    trained_on.txt   the hash of every real image that was learnt from, sorted, one a line
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import torch

from crnn.alphabet import Alphabet
from crnn.data import open_dataset
from crnn.data.dataset import Dataset, Sample, Subset
from crnn.data.folding import Folding
from crnn.errors import DataError, TrainingError
from crnn.files import write_atomic
from crnn.images.sizes import image_suffix
from crnn.symbols import fold
from crnn.training.configs import DataConfig
from crnn.training.labels import check_labels
from crnn.training.recipe import Recipe
from crnn.training.word_batches import BatchConfig, WordBatches

logger = logging.getLogger(__name__)


class OpenSets:
    """Data sets by their path: each is opened once, however many parts of a run read it."""

    def __init__(self) -> None:
        self._sets: dict[str, Dataset] = {}

    def open(self, path: str) -> Dataset:
        """Return the data set at a path; DataError where it cannot be opened."""
        if path not in self._sets:
            self._sets[path] = open_dataset(path)
        return self._sets[path]


class Folded(Dataset):
    """A data set whose labels are folded as the recipe says.

    alphabet   what it has stays as it is; None, where it is still to be made of the labels: all is folded
    """

    def __init__(self, dataset: Dataset, config: DataConfig, alphabet: Alphabet | None) -> None:
        self.path = dataset.path
        self._dataset, self._alphabet = dataset, alphabet
        self._folding = Folding(config.fold_case, config.fold_accents)

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Sample:
        sample, folding = self._dataset[index], self._folding
        if self._alphabet is None:
            label = fold(sample.label, case=folding.case, accents=folding.accents)
        else:
            label = folding.into(sample.label, self._alphabet)
        return Sample(sample.key, sample.image, label)

    def location(self, index: int) -> str:
        """Name where the label of sample `index` stands."""
        return self._dataset.location(index)


class RealWords:
    """Batches of the recipe's real words; batch `number` is the same on every run.

    frames     width_px -> T, as `CRNN.frames`
    sets       what is open already
    recorded   hashes of the images that the run held back before it was resumed

    learnt      what is trained on
    held_back   what validation keeps from training, where the recipe says so

    LabelError, naming file and line, for a label that cannot be learnt, unless the recipe says
    `data.unusable_labels = "skip"`: then such words are left out, counted and named in the log. ImageError
    for an image that cannot be read, unless `data.unreadable_images` is "skip".
    """

    def __init__(
        self, recipe: Recipe, frames: Callable[[int], int], sets: OpenSets, recorded: Collection[str] = ()
    ) -> None:
        opened = [leave_learnable(sets.open(real.path), recipe, frames) for real in recipe.data.real]
        share = 0.0 if recipe.validation.data else recipe.validation.held_back
        parts = hold_back(opened, share, recorded) if share else [(dataset, None) for dataset in opened]
        self.learnt = [learnt for learnt, _ in parts if learnt]
        self.held_back = [kept for _, kept in parts if kept]
        # The recipe weighs an image, WordBatches a whole set.
        weighed = [
            (learnt, real.weight * len(learnt))
            for (learnt, _), real in zip(parts, recipe.data.real, strict=True)
            if learnt
        ]
        self._words = WordBatches(
            weighed,
            recipe.preprocess,
            BatchConfig(
                batch_size=recipe.training.batch_size,
                seed=recipe.training.seed,
                augment=recipe.data.augment,
                unreadable=recipe.data.unreadable_images,
            ),
        )
        total = sum(share for _, share in weighed)
        for dataset, share in weighed:
            percent = 100 * share / total
            logger.info("%s: %d words, %.0f %% of the real ones", dataset.path, len(dataset), percent)
        for dataset in self.held_back:
            logger.info("%s: %d more words held back to validate on", dataset.path, len(dataset))

    def batch(self, number: int) -> tuple[torch.Tensor, list[str], tuple[str, ...]]:
        """Return batch `number`: images (N, 1, H, W) uint8, N labels, and what could not be read."""
        images, labels, unreadable = self._words.batch(number)
        return torch.from_numpy(images), labels, unreadable


def leave_learnable(dataset: Dataset, recipe: Recipe, frames: Callable[[int], int]) -> Dataset:
    """Fold a data set's labels, and leave out or refuse those that cannot be learnt."""
    checked = check_labels(
        Folded(dataset, recipe.data, recipe.alphabet),
        recipe.alphabet,
        recipe.preprocess,
        frames,
        skip_labels=recipe.data.unusable_labels == "skip",
        skip_images=recipe.data.unreadable_images == "skip",
    )
    for setting, messages in (
        ("unusable_labels", checked.outside_alphabet),
        ("unusable_labels", checked.too_long),
        ("unreadable_images", checked.unreadable),
    ):
        if messages:
            logger.warning(
                "%s: %d words left out (data.%s), the first: %s",
                dataset.path,
                len(messages),
                setting,
                messages[0],
            )  # fmt: skip
    return checked.dataset


MIN_HELD_BACK = 20
"""Fewest words to validate on, where there are twice as many."""

HASH_DIGITS = 16
"""Hexadecimal digits of an image's SHA-256 that are kept: two of a billion images rarely share them."""

Part = Dataset | None


def hold_back(
    sets: Sequence[Dataset], share: float, recorded: Collection[str] = ()
) -> list[tuple[Part, Part]]:
    """Split each set into what is left to train on and what is held back; None where that is empty.

    share      of all words together, 0..1; at least MIN_HELD_BACK words, at most half
    recorded   hashes of images that a run has held back before; where the sets have any of them,
               those are held back again, and no others

    DataError where nothing would be left to train on, or nothing to validate on.
    """
    hashes = [image_hashes(dataset) for dataset in sets]
    copies = Counter(digest for row in hashes for digest in row if digest)
    held = copies.keys() & set(recorded) or _choose(copies, share)
    if not held:
        names = ", ".join(str(dataset.path) for dataset in sets)
        raise DataError(
            f"{names}: of {len(copies)} different images none can be held back to validate on.\n"
            "    Label more, or name a set of its own: --set 'validation.data=[\"val.tsv\"]'"
        )
    return [
        (
            _part(dataset, [i for i, digest in enumerate(digests) if digest not in held]),
            _part(dataset, [i for i, digest in enumerate(digests) if digest in held]),
        )
        for dataset, digests in zip(sets, hashes, strict=True)
    ]


def image_hash(content: bytes) -> str:
    """Return the hash that an image file is known by.

    >>> image_hash(b"")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(content).hexdigest()[:HASH_DIGITS]


def image_hashes(dataset: Dataset) -> list[str]:
    """Return the hash of each sample's image; "" for one that cannot be read, which is found out later."""
    return [_hash_at(dataset, index) for index in range(len(dataset))]


def write_held_back(table: Path, sets: Sequence[Dataset]) -> None:
    """Write a label file, and copies of the images into the folder beside it that has its name.

    Left out, with a warning, is what has no image that can be read, or a label that a .tsv cannot
    hold. TrainingError where the disk is full.
    """
    folder = table.with_suffix("")
    lines = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for sample in (sample for dataset in sets for sample in dataset):
            try:
                lines.append(f"{folder.name}/{_copy(sample, folder)}\t{sample.label}\n")
            except DataError as error:
                logger.warning("left out of %s: %s", table, error)
    except OSError as error:
        raise TrainingError(
            f"{folder}: cannot copy the images that are held back: {error.strerror or error}.\n"
            "    Free space, or give another run folder."
        ) from error
    write_atomic(table, "".join(lines).encode())


def recorded_hashes(table: Path) -> frozenset[str]:
    """Return the hashes of the images that `write_held_back` copied; none where there is no such file."""
    if not table.is_file():
        return frozenset()
    rows = table.read_text(encoding="utf-8").split("\n")
    return frozenset(Path(row.partition("\t")[0]).stem for row in rows if row)


def add_trained_on(file: Path, sets: Sequence[Dataset]) -> None:
    """Add the hashes of the sets' images to those that the file has."""
    hashes = {digest for dataset in sets for digest in image_hashes(dataset) if digest}
    both = sorted(hashes | read_trained_on(file))
    write_atomic(file, "".join(f"{digest}\n" for digest in both).encode())


def read_trained_on(file: Path) -> frozenset[str]:
    """Return the hashes in the file; none where there is no such file."""
    return frozenset(file.read_text(encoding="ascii").split()) if file.is_file() else frozenset()


def count_known(dataset: Dataset, hashes: Collection[str]) -> int:
    """Count the samples whose image has one of these hashes."""
    return sum(digest in hashes for digest in image_hashes(dataset)) if hashes else 0


def _choose(copies: Mapping[str, int], share: float) -> frozenset[str]:
    """Choose the smallest hashes, passing over an image whose copies would make more than half."""
    most = sum(copies.values()) // 2
    wanted = min(max(round(share * sum(copies.values())), MIN_HELD_BACK), most)
    held: list[str] = []
    words = 0
    for digest in sorted(copies):
        if words < wanted and words + copies[digest] <= most:
            held.append(digest)
            words += copies[digest]
    return frozenset(held)


def _part(dataset: Dataset, indices: Sequence[int]) -> Part:
    return Subset(dataset, indices) if indices else None


def _hash_at(dataset: Dataset, index: int) -> str:
    try:
        return image_hash(dataset[index].read_bytes())
    except DataError:
        return ""


def _copy(sample: Sample, folder: Path) -> str:
    """Copy an image, and return its name there; DataError for what a .tsv cannot hold."""
    if any(character in sample.label for character in "\t\r\n"):
        raise DataError(f"{sample.key}: label {sample.label!r} holds a TAB or a line end.")
    content = sample.read_bytes()
    name = f"{image_hash(content)}.{image_suffix(content, sample.key)}"
    (folder / name).write_bytes(content)
    return name
