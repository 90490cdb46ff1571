"""Data sets that are a list: which image has which label, and where that is written."""

from array import array
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
        """Read all rows and look that every image is there; decode none.

        path   what was opened: the label file, or the folder or archive
        tree   where the images are

        DataError, naming the place, for a missing image and a label that is no Unicode text;
        and for no rows at all.
        """
        self.path = path
        self._tree = tree
        self._names, self._labels = PackedTexts(), PackedTexts()
        self._lines, self._files = array("Q"), PackedTexts()
        missing: list[tuple[str | int, str]] = []
        lost = 0
        for row in rows:
            name = tree.find(row.name)
            if name is None:
                lost += 1
                missing = missing or [(row.place, row.name)]
                continue
            self._add(row, name)
        if missing:
            place, name = missing[0]
            more = f" ({lost - 1} more are missing too)" if lost > 1 else ""
            raise DataError(
                f"{self._show(place)}: there is no image file {name!r} in {tree.path}{more}.\n"
                "    Names of images are relative to that folder."
            )
        if not self._names:
            raise DataError(f"{path}: lists no images.")

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int) -> Sample:
        name = self._names[index]
        image = self._tree.image(name)
        key = self._tree.path / name if isinstance(image, bytes) else image
        return Sample(str(key), image, self._labels[index])

    def place(self, index: int) -> str:
        """Name the label's file and line, as in 'train.tsv:8812', or the file that holds it alone."""
        return self._show(self._lines[index] if self._lines else self._files[index])

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
