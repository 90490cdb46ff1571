"""Data sets in several files of one kind, one after the other: WebDataset's and Hugging Face's shards."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from crnn.data.sample import Dataset, Sample
from crnn.errors import DataError

_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")
_LARGEST_RANGE = 100_000


class Shards(Dataset):
    """Data sets one after the other; each sample keeps its place."""

    def __init__(self, path: Path, datasets: Sequence[Dataset]) -> None:
        self.path = path
        self._datasets = list(datasets)
        self._starts = np.array([0, *accumulate(map(len, self._datasets))])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> Sample:
        dataset, inside = self._find(index)
        return dataset[inside]

    def __iter__(self) -> Iterator[Sample]:
        return (sample for dataset in self._datasets for sample in dataset)

    def place(self, index: int) -> str:
        """Name the place in its shard."""
        dataset, inside = self._find(index)
        return dataset.place(inside)

    def is_missing(self, index: int) -> bool:
        """Ask its shard."""
        dataset, inside = self._find(index)
        return dataset.is_missing(inside)

    def check_complete(self) -> None:
        """Ask every shard."""
        for dataset in self._datasets:
            dataset.check_complete()

    def _find(self, index: int) -> tuple[Dataset, int]:
        index = range(len(self))[index]
        which = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self._datasets[which], index - int(self._starts[which])


def matching(pattern: str) -> list[Path]:
    """List the files of `words-{000..011}.tar` or `words-*.tar`; DataError for one that is missing."""
    braces = _BRACES.search(pattern)
    if braces is None:
        path = Path(pattern)
        return sorted(path.parent.glob(path.name)) if "*" in path.name else []
    first, last = braces.groups()
    numbers = range(int(first), int(last) + 1)
    if not 0 < len(numbers) <= _LARGEST_RANGE:
        raise DataError(
            f"{pattern}: {braces[0]} counts {len(numbers)} files; it must count upwards, as in {{000..011}}."
        )
    files = [Path(pattern.replace(braces[0], f"{number:0{len(first)}d}")) for number in numbers]
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise DataError(f"{pattern}: {missing[0]} is missing, and {len(missing) - 1} more of {len(files)}.")
    return files


def check_alike(path: Path, names: Sequence[str]) -> None:
    """Raise DataError where file names differ in more than digits: train and test are not one set."""
    kinds = {re.sub(r"\d+", "*", name): name for name in names}
    if len(kinds) > 1:
        raise DataError(
            f"{path} holds shards of several sets: give the pattern of one of them: "
            + ", ".join(str(path / kind) for kind in sorted(kinds))
            + "."
        )
