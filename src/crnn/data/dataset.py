"""What a data set is made of: word images with their labels.

Sample          an image and its label
Dataset         samples in a fixed order; Subset and ConcatDataset choose among them and join them
Listing         the samples that a label file lists: which image has which label, and where that stands
"""

import shlex
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crnn.data.string_array import StringArray
from crnn.data.trees import FileTree
from crnn.errors import DataError


@dataclass(frozen=True, slots=True)
class Sample:
    """One word image and what it says."""

    key: str
    """The image's path or LMDB key: what error messages and reports call it."""
    image: bytes | Path
    """The encoded image, or the file that holds it; not decoded yet."""
    label: str
    """The true text."""

    def read_bytes(self) -> bytes:
        """Read the encoded image.

        Returns:
            Its bytes, not decoded.

        Raises:
            DataError: The file cannot be read.
        """
        if isinstance(self.image, bytes):
            return self.image
        try:
            return self.image.read_bytes()
        except OSError as error:
            raise DataError(f"{self.key}: the image cannot be read: {error.strerror}.") from error


class Dataset(ABC):
    """Labelled word images in a fixed order, read one at a time; never empty.

    Subclasses decode nothing and hold no open file that would not survive
    pickling or a fork, so any of them can be handed to worker processes.
    """

    path: Path
    """The file or folder that was opened."""

    @abstractmethod
    def __len__(self) -> int:
        """Count the samples."""

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Return the sample at `index`; negative ones count from the end, as in a list."""

    @abstractmethod
    def location(self, index: int) -> str:
        """Name where the label of a sample stands.

        Args:
            index: The sample; negative ones count from the end.

        Returns:
            File and line, such as 'train.tsv:8812', or what there is in their place.
        """

    def __iter__(self) -> Iterator[Sample]:
        """Yield every sample in order."""
        return (self[index] for index in range(len(self)))

    def is_missing(self, index: int) -> bool:  # noqa: ARG002
        """Tell whether the image of a sample is named but not there.

        Args:
            index: The sample; negative ones count from the end.
        """
        return False

    def check_complete(self) -> None:  # noqa: B027
        """Make sure that every image that is named is there.

        Raises:
            DataError: Images are missing; the first is named.
        """


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order; they keep their locations."""

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """Choose samples.

        Args:
            dataset: What they are chosen from.
            indices: Which, in their order.

        Raises:
            DataError: There are none.
        """
        if not indices:
            raise DataError(f"{dataset.path}: no sample of {len(dataset)} is left.")
        self.path = dataset.path
        self._dataset = dataset
        self._indices = tuple(indices)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._dataset[self._indices[index]]

    def location(self, index: int) -> str:
        """Name the location in the whole data set."""
        return self._dataset.location(self._indices[index])


class ConcatDataset(Dataset):
    """Data sets one after the other; each sample keeps its location."""

    def __init__(self, datasets: Sequence[Dataset], path: Path | None = None) -> None:
        """Join data sets.

        Args:
            datasets: At least one.
            path: What was opened; None: the path of the first.
        """
        self.path = path or datasets[0].path
        self.datasets = tuple(datasets)
        self._starts = np.array([0, *accumulate(map(len, datasets))])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> Sample:
        dataset, inside = self._find(index)
        return dataset[inside]

    def __iter__(self) -> Iterator[Sample]:
        return (sample for dataset in self.datasets for sample in dataset)

    def location(self, index: int) -> str:
        """Name the location in its own data set."""
        dataset, inside = self._find(index)
        return dataset.location(inside)

    def is_missing(self, index: int) -> bool:
        """Ask its own data set."""
        dataset, inside = self._find(index)
        return dataset.is_missing(inside)

    def check_complete(self) -> None:
        """Ask every data set."""
        for dataset in self.datasets:
            dataset.check_complete()

    def _find(self, index: int) -> tuple[Dataset, int]:
        index = range(len(self))[index]
        number = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.datasets[number], index - int(self._starts[number])


class Row(NamedTuple):
    """One entry of a list."""

    location: str | int
    """The line or record of the label file; or the file itself, where every image has its own."""
    name: str
    """The image, relative to the tree."""
    label: str


class Listing(Dataset):
    """The samples that the rows of some label file name, held in compact arrays."""

    def __init__(self, path: Path, tree: FileTree, rows: Iterable[Row]) -> None:
        """Read all rows and look whether every image is there; decode none.

        path   what was opened: the label file, or the folder or archive
        tree   where the images are

        DataError, naming the location, for a label that is no Unicode text, and for no rows at all. A
        missing image is a sample whose file cannot be read; `check_complete` names it.
        """
        self.path = path
        self._tree = tree
        self._names, self._labels = StringArray(), StringArray()
        self._lines, self._files = array("Q"), StringArray()
        self._missing = array("Q")
        for row in rows:
            name = tree.find(row.name)
            if name is None:
                self._missing.append(len(self._names))
            self._add(row, name or row.name)
        if not self._names:
            raise DataError(f"{path}: lists no images.")

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int) -> Sample:
        name = self._names[index]
        if self.is_missing(index):
            path = self._tree.path / name
            return Sample(str(path), path, self._labels[index])
        image = self._tree.image(name)
        key = self._tree.path / name if isinstance(image, bytes) else image
        return Sample(str(key), image, self._labels[index])

    def location(self, index: int) -> str:
        """Name the label's file and line, as in 'train.tsv:8812', or the file that holds it alone."""
        return self._show(self._lines[index] if self._lines else self._files[index])

    def is_missing(self, index: int) -> bool:
        """Tell whether the image of sample `index` was not there when the data set was opened."""
        if not self._missing:
            return False
        index = range(len(self))[index]
        return index in self._missing[(at := bisect_left(self._missing, index)) : at + 1]

    def check_complete(self) -> None:
        """Raise DataError, naming the first, where images are missing."""
        if not self._missing:
            return
        first, others = self._missing[0], len(self._missing) - 1
        more = f" ({others} more are missing too)" if others else ""
        name, folder = self._names[first], self._tree.path
        raise DataError(
            f"{self.location(first)}: there is no image file {name!r} in {folder}{more}.\n"
            "    Names of images are relative to that folder. All that are missing: "
            f"crnn check {shlex.quote(str(self.path))}"
        )

    def _add(self, row: Row, name: str) -> None:
        try:
            row.label.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"{self._show(row.location)}: the label {row.label!r} holds half of a character.\n"
                "    Write the label anew, in UTF-8."
            ) from error
        self._names.append(name)
        self._labels.append(row.label)
        if isinstance(row.location, int):
            self._lines.append(row.location)
        else:
            self._files.append(row.location)

    def _show(self, location: str | int) -> str:
        return f"{self.path}:{location}" if isinstance(location, int) else str(self._tree.path / location)
