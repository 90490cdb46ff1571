"""Tables of images and labels: one image and its label on every line.

    .tsv     path TAB label, taken literally: quotes are part of the label
    .csv     path,label, as the csv module reads it: a label with a comma is quoted
    .jsonl   {"path": ..., "text": ...}, one JSON object a line

A first row of column names is passed over; where it names a path ("file_name", "path", ...) and
a text ("text", "label", ...), other columns may stand beside them. PaddleOCR's lists are .tsv
tables; several images of one label stand there as ["a.jpg", "b.jpg"] TAB label.
"""

import csv
import json
from collections.abc import Iterable, Iterator

from crnn.data.labelfile import PATH_NAMES, TEXT_NAMES, decoded_lines, pick, place_of, stripped_lines
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError

_Columns = tuple[int, list[str]]  # number of the line that the row starts on, its columns


def read_tsv(tree: Tree, name: str) -> Iterator[Row]:
    """Read a table with tabs, PaddleOCR's lists of several images among them."""
    lines = ((number, line.split("\t")) for number, line in stripped_lines(tree, name))
    way_out = "One TAB parts path and label; a label cannot hold another."
    for row in _rows(tree, name, lines, way_out):
        yield from _each_image(tree, name, row)


def read_csv(tree: Tree, name: str) -> Iterator[Row]:
    """Read a table with commas."""
    return _rows(tree, name, _csv_rows(tree, name), "A label that holds a comma stands in double quotes.")


def read_jsonl(tree: Tree, name: str) -> Iterator[Row]:
    """Read one JSON object a line."""
    for line, text in stripped_lines(tree, name):
        place = place_of(tree, name, line)
        try:
            entry = json.loads(text)
        except json.JSONDecodeError as error:
            raise DataError(f"{place}: this line is no JSON: {error}.") from error
        if not isinstance(entry, dict):
            raise DataError(f'{place}: this line is no JSON object such as {{"path": ..., "text": ...}}.')
        keys = list(entry)
        path, label = pick(PATH_NAMES, keys), pick(TEXT_NAMES, keys)
        if path is None or label is None:
            raise DataError(
                f"{place}: has the keys {', '.join(keys)}; one of {', '.join(PATH_NAMES)} "
                f"and one of {', '.join(TEXT_NAMES)} are needed."
            )
        values = entry[keys[path]], entry[keys[label]]
        if not all(isinstance(value, str) for value in values):
            raise DataError(f"{place}: path and label are {values!r}; both must be texts.")
        yield Row(line, *values)


def _rows(tree: Tree, name: str, lines: Iterable[_Columns], way_out: str) -> Iterator[Row]:
    path, label, width = 0, 1, 2
    for number, (line, columns) in enumerate(lines):
        if number == 0 and (header := _header(tree, columns)):
            path, label = header
            width = len(columns)
            continue
        if len(columns) != width:
            count = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
            wanted = "two: path, text" if width == 2 else f"the {width} that the first row names"
            raise DataError(
                f"{place_of(tree, name, line)}: the row has {count}, not {wanted}.\n    {way_out}"
            )
        yield Row(line, columns[path], columns[label])


def _header(tree: Tree, columns: list[str]) -> tuple[int, int] | None:
    """Return which columns hold path and label, where the first row says so."""
    path, label = pick(PATH_NAMES, columns), pick(TEXT_NAMES, columns)
    if path is None or label is None or tree.find(columns[path]):
        return None
    return path, label


def _each_image(tree: Tree, name: str, row: Row) -> Iterator[Row]:
    """Yield a row for every image of PaddleOCR's JSON list; the row itself otherwise."""
    if not row.name.startswith('["'):
        yield row
        return
    try:
        names = json.loads(row.name)
    except json.JSONDecodeError as error:
        place = place_of(tree, name, int(row.place))
        raise DataError(f"{place}: the list of images {row.name!r} is no JSON: {error}.") from error
    yield from (Row(row.place, str(image), row.label) for image in names)


def _csv_rows(tree: Tree, name: str) -> Iterator[_Columns]:
    reader = csv.reader(decoded_lines(tree, name), strict=True)
    first = 1
    try:
        for columns in reader:
            if columns:
                yield first, columns
            first = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{place_of(tree, name, first)}: this row is not valid CSV: {error}.") from error
