"""Data sets that are a list: which image has which label, and where that is written."""

import shlex
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from crnn.data.packed import PackedTexts
from crnn.data.sample import Dataset, Sample
from crnn.data.trees import Tree
from crnn.errors import DataError


class Row(NamedTuple):
    """One entry of a list."""

    place: str | int
    """The line or record of the label file; or the file itself, where every image has its own."""
    name: str
    """The image, relative to the tree."""
    label: str


class Listing(Dataset):
    """The samples that the rows of some label file name, held in compact arrays."""

    def __init__(self, path: Path, tree: Tree, rows: Iterable[Row]) -> None:
        """Read all rows and look whether every image is there; decode none.

        path   what was opened: the label file, or the folder or archive
        tree   where the images are

        DataError, naming the place, for a label that is no Unicode text, and for no rows at all. A
        missing image is a sample whose file cannot be read; `check_complete` names it.
        """
        self.path = path
        self._tree = tree
        self._names, self._labels = PackedTexts(), PackedTexts()
        self._lines, self._files = array("Q"), PackedTexts()
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

    def place(self, index: int) -> str:
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
            f"{self.place(first)}: there is no image file {name!r} in {folder}{more}.\n"
            "    Names of images are relative to that folder. All that are missing: "
            f"crnn check {shlex.quote(str(self.path))}"
        )

    def _add(self, row: Row, name: str) -> None:
        try:
            row.label.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"{self._show(row.place)}: the label {row.label!r} holds half of a character.\n"
                "    Write the label anew, in UTF-8."
            ) from error
        self._names.append(name)
        self._labels.append(row.label)
        if isinstance(row.place, int):
            self._lines.append(row.place)
        else:
            self._files.append(row.place)

    def _show(self, place: str | int) -> str:
        return f"{self.path}:{place}" if isinstance(place, int) else str(self._tree.path / place)
