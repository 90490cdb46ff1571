"""What a data set is made of: word images with their labels, in lists and packed names.

What a data set is made of: a word image, its label, and where both came from.

Data sets that are a list: which image has which label, and where that is written.

Many short texts in two arrays, so that a list of a million names is a few megabytes.
"""

import shlex
import zlib
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
        """Read the encoded image; DataError where its file cannot be read."""
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
        """Name where the label of sample `index` stands, such as 'train.tsv:8812'."""

    def __iter__(self) -> Iterator[Sample]:
        """Yield every sample in order."""
        return (self[index] for index in range(len(self)))

    def is_missing(self, index: int) -> bool:  # noqa: ARG002
        """Tell whether the image of sample `index` is named but not there."""
        return False

    def check_complete(self) -> None:  # noqa: B027
        """Raise DataError, naming the first, where images are named but not there."""


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order; they keep their locations."""

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """Keep `indices`; DataError when there are none."""
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


class StringArray:
    """A list of texts that can only grow, held as their bytes end to end.

    >>> texts = StringArray(["one", "", "zwölf"])
    >>> len(texts), texts[2], texts.find("zwölf"), texts.find("two")
    (3, 'zwölf', 2, None)
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")
        self._index: tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]] | None = None
        for text in texts:
            self.append(text)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        return self._encoded(number).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def append(self, text: str) -> None:
        """Add one text; lone surrogates, which stand for odd bytes in the name of a file, stay."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        self._index = None

    def find(self, text: str) -> int | None:
        """Return the number of the first text that is equal, or None."""
        wanted = text.encode("utf-8", "surrogatepass")
        sums, order = self._sorted()
        at = int(np.searchsorted(sums, np.uint32(zlib.crc32(wanted))))
        while at < len(sums) and sums[at] == zlib.crc32(wanted):
            if self._encoded(int(order[at])) == wanted:
                return int(order[at])
            at += 1
        return None

    def repeated(self) -> str | None:
        """Return a text that is in the list more than once, or None."""
        sums, order = self._sorted()
        for at in np.flatnonzero(sums[1:] == sums[:-1]) + 1:
            number = int(order[at])
            if self.find(self[number]) != number:
                return self[number]
        return None

    def _encoded(self, number: int) -> bytes:
        number = range(len(self._ends))[number]
        start = self._ends[number - 1] if number else 0
        return bytes(self._bytes[start : self._ends[number]])

    def _sorted(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Return the texts' checksums in order, and whose each is; made at the first search."""
        if self._index is None:
            sums = np.fromiter(
                (zlib.crc32(self._encoded(number)) for number in range(len(self))), np.uint32, len(self)
            )
            order = np.argsort(sums, kind="stable")
            self._index = sums[order], order
        return self._index
