"""Data sets listed in a text file: an image's path and its label on every line.

    .tsv   path TAB label, taken literally: quotes are part of the label
    .csv   path,label, as the csv module reads it: a label with a comma is quoted

Both are UTF-8 (a byte order mark is allowed). Paths are relative to the file.
A first row of column names ("path", "text", ...) is passed over, as are empty lines.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from crnn.data.sample import Dataset, Sample
from crnn.errors import DataError

SUFFIXES = (".tsv", ".csv")
_PATH_NAMES = {"path", "image", "file", "filename", "file_name", "image_path"}
_TEXT_NAMES = {"text", "label", "word", "words", "transcription"}

_Row = tuple[int, list[str]]  # number of the line that the row starts on, its columns


class TableDataset(Dataset):
    """The samples that one .tsv or .csv file lists."""

    def __init__(self, path: Path) -> None:
        """Read the whole table and look that every image file exists; decode none.

        Raises DataError, with the line, for text that is not UTF-8, a row without exactly
        two columns, and a missing image; and for a table with no rows.
        """
        self.path = path
        self._lines: list[int] = []
        self._names: list[str] = []
        self._labels: list[str] = []
        lines = _decoded_lines(path)
        rows = _csv_rows(path, lines) if path.suffix.lower() == ".csv" else _tsv_rows(lines)
        for number, (line, columns) in enumerate(rows):
            if len(columns) != 2:
                raise DataError(_columns_message(path, line, len(columns)))
            if number > 0 or not self._is_header(columns):
                self._lines.append(line)
                self._names.append(columns[0])
                self._labels.append(columns[1])
        if not self._lines:
            raise DataError(f"{path}: the table lists no images; a line is: path, text.")
        self._check_images()

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Sample:
        image = self._image(self._names[index])
        return Sample(str(image), image, self._labels[index])

    def place(self, index: int) -> str:
        """Name the table's file and line, as in 'train.tsv:8812'."""
        return f"{self.path}:{self._lines[index]}"

    def _image(self, name: str) -> Path:
        return self.path.parent / name

    def _is_header(self, columns: list[str]) -> bool:
        path, text = (column.strip().lower() for column in columns)
        named = path in _PATH_NAMES and text in _TEXT_NAMES
        return named and not self._image(columns[0]).is_file()

    def _check_images(self) -> None:
        missing = [index for index, name in enumerate(self._names) if not self._image(name).is_file()]
        if missing:
            name = self._names[missing[0]]
            more = f" ({len(missing) - 1} more are missing too)" if len(missing) > 1 else ""
            raise DataError(
                f"{self.place(missing[0])}: there is no image file {name!r} in {self.path.parent}{more}.\n"
                "    Paths are relative to the table's own folder."
            )


def _decoded_lines(path: Path) -> Iterator[str]:
    """Yield the lines with their ends; only a line feed ends one."""
    line = 0
    try:
        with path.open("rb") as file:
            for line, raw in enumerate(file, start=1):
                yield raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}:{line}: byte 0x{error.object[error.start]:02X} is not UTF-8 text.\n"
            "    Save the table as UTF-8."
        ) from error
    except OSError as error:
        raise DataError(f"{path}: the table cannot be read: {error.strerror}.") from error


def _tsv_rows(lines: Iterable[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, start=1):
        row = line.removesuffix("\n").removesuffix("\r")
        if row:
            yield number, row.split("\t")


def _csv_rows(path: Path, lines: Iterable[str]) -> Iterator[_Row]:
    reader = csv.reader(lines, strict=True)
    first = 1
    try:
        for columns in reader:
            if columns:
                yield first, columns
            first = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}:{first}: this row is not valid CSV: {error}.") from error


def _columns_message(path: Path, line: int, count: int) -> str:
    if path.suffix.lower() == ".csv":
        way_out = "A label that holds a comma stands in double quotes."
    else:
        way_out = "One TAB parts path and label; a label cannot hold another."
    columns = "1 column" if count == 1 else f"{count} columns"
    return f"{path}:{line}: the row has {columns}, not two: path, text.\n    {way_out}"
