r"""Tables of images and labels: one image and its label on every line.

    .tsv     path TAB label, taken literally: quotes are part of the label
    .csv     path,label, as the csv module reads it: a label with a comma is quoted
    .jsonl   {"path": ..., "text": ...}, one JSON object a line

A first row of column names is passed over; where it names a path ("file_name", "path", ...) and
a text ("text", "label", ...), other columns may stand beside them. PaddleOCR's lists are .tsv
tables; several images of one label stand there as ["a.jpg", "b.jpg"] TAB label.

ICDAR's word recognition tasks: gt.txt with lines such as `word_1.png, "text"`.

A quote within the text is written \" and a backslash \\.

MJSynth (Jaderberg et al., 2014; the paper's training data): the label is part of the file's name.

annotation_train.txt has lines such as `./2425/1/115_Lube_45484.jpg 45484`: number, word and index
in lexicon.txt, which is not needed.

docTR's recognition sets: labels.json, {"img_1.jpg": "text", ...}, beside images/.

IIIT5K-Words (Mishra et al., 2012): traindata.mat and testdata.mat beside train/ and test/.

The text of label files: UTF-8, line by line, with errors that name the line.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from crnn.data.dataset import Row
from crnn.data.matlab import read_structs
from crnn.data.trees import FileTree
from crnn.errors import DataError
from crnn.files import decode_utf8

_Columns = tuple[int, list[str]]  # number of the line that the row starts on, its columns


def read_tsv(tree: FileTree, name: str) -> Iterator[Row]:
    """Read a table with tabs, PaddleOCR's lists of several images among them."""
    lines = ((number, line.split("\t")) for number, line in stripped_lines(tree, name))
    way_out = "One TAB separates path and label; a label cannot hold another."
    for row in _rows(tree, name, lines, way_out):
        yield from _each_image(tree, name, row)


def read_csv(tree: FileTree, name: str) -> Iterator[Row]:
    """Read a table with commas."""
    return _rows(tree, name, _csv_rows(tree, name), "A label that holds a comma stands in double quotes.")


def read_jsonl(tree: FileTree, name: str) -> Iterator[Row]:
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


def _rows(tree: FileTree, name: str, lines: Iterable[_Columns], way_out: str) -> Iterator[Row]:
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


def _header(tree: FileTree, columns: list[str]) -> tuple[int, int] | None:
    """Return which columns hold path and label, where the first row says so."""
    path, label = pick(PATH_NAMES, columns), pick(TEXT_NAMES, columns)
    if path is None or label is None or tree.find(columns[path]):
        return None
    return path, label


def _each_image(tree: FileTree, name: str, row: Row) -> Iterator[Row]:
    """Yield a row for every image of PaddleOCR's JSON list; the row itself otherwise."""
    if not row.name.startswith('["'):
        yield row
        return
    try:
        names = json.loads(row.name)
    except json.JSONDecodeError as error:
        place = place_of(tree, name, int(row.location))
        raise DataError(f"{place}: the list of images {row.name!r} is no JSON: {error}.") from error
    yield from (Row(row.location, str(image), row.label) for image in names)


def _csv_rows(tree: FileTree, name: str) -> Iterator[_Columns]:
    reader = csv.reader(decoded_lines(tree, name), strict=True)
    first = 1
    try:
        for columns in reader:
            if columns:
                yield first, columns
            first = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{place_of(tree, name, first)}: this row is not valid CSV: {error}.") from error


ICDAR_LINE = re.compile(r'(?P<name>[^,"]+?)\s*,\s+"(?P<label>.*)"\s*')

_ESCAPED = re.compile(r'\\(["\\])')


def read_icdar(tree: FileTree, name: str) -> Iterator[Row]:
    """Read the lines of a gt.txt."""
    for line, text in stripped_lines(tree, name):
        match = ICDAR_LINE.fullmatch(text)
        if match is None:
            raise DataError(f'{place_of(tree, name, line)}: {text!r} is not of the form: word_1.png, "text".')
        yield Row(line, match["name"], _ESCAPED.sub(r"\1", match["label"]))


MJSYNTH_LINE = re.compile(r"(?P<name>(?:.*/)?[^/_]+_(?P<label>[^/]*)_\d+\.\w+) \d+\s*")


def read_mjsynth(tree: FileTree, name: str) -> Iterator[Row]:
    """Read the lines of an annotation file."""
    for line, text in stripped_lines(tree, name):
        match = MJSYNTH_LINE.fullmatch(text)
        if match is None:
            raise DataError(
                f"{place_of(tree, name, line)}: {text!r} is not of the form: ./1/2/3_WORD_45.jpg 45."
            )
        yield Row(line, match["name"], match["label"])


IMAGES = "images"


def read_doctr(tree: FileTree, name: str) -> Iterator[Row]:
    """Read the pairs of one JSON object; images lie in images/, or beside the file."""
    place = tree.path / name
    try:
        pairs = json.loads(decode_utf8(tree.read(name), str(place)), object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}:{error.lineno}: the file is no JSON: {error}.") from error
    if not isinstance(pairs, _Pairs):
        raise DataError(f'{place}: is not of the form {{"image.jpg": "text", ...}}.')
    seen: set[str] = set()
    for image, label in pairs:
        if not isinstance(label, str):
            raise DataError(
                f"{place}: the label of {image!r} is no text but {str(label)[:40]!r}.\n"
                "    Labels of pages with boxes are for detection: cut the words out first."
            )
        if image in seen:
            raise DataError(f"{place}: {image!r} is there twice: delete one of the two.")
        seen.add(image)
        inside = f"{IMAGES}/{image}"
        yield Row(f"{name}: {image}", inside if tree.find(inside) else image, label)


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a key that is there twice is seen."""


_NAME, _LABEL = "ImgName", "GroundTruth"


def read_iiit5k(tree: FileTree, name: str) -> Iterator[Row]:
    """Read the records of a .mat file, numbered from 1; their lexicons are passed over."""
    place = tree.path / name
    number = 0
    for record in read_structs(tree.read(name), str(place)):
        if _NAME in record:
            number += 1
            if _LABEL not in record:
                raise DataError(f"{place}:{number}: the record of {record[_NAME]!r} has no text {_LABEL}.")
            yield Row(number, record[_NAME], record[_LABEL])
    if not number:
        raise DataError(f"{place}: holds no records with the texts {_NAME} and {_LABEL}, as IIIT5K's do.")


def has_records(tree: FileTree, name: str) -> bool:
    """Look whether a .mat file is one of IIIT5K's; DataError where it is damaged."""
    return any({_NAME, _LABEL} <= record.keys() for record in read_structs(tree.read(name), name))


PATH_NAMES = ("file_name", "path", "image", "file", "filename", "image_path")
"""What columns and keys that hold an image's name are called."""

TEXT_NAMES = ("text", "label", "word", "words", "transcription")
"""What columns and keys that hold a label are called."""


def decoded_lines(tree: FileTree, name: str) -> Iterator[str]:
    """Yield the lines with their ends; only a line feed ends one. DataError where it is not UTF-8."""
    with tree.open(name) as file:
        for line, raw in enumerate(file, start=1):
            yield decode_utf8(raw, f"{tree.path / name}:{line}", first=line == 1)


def stripped_lines(tree: FileTree, name: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is not empty, without its end."""
    for number, line in enumerate(decoded_lines(tree, name), start=1):
        row = line.removesuffix("\n").removesuffix("\r")
        if row:
            yield number, row


def pick(known: tuple[str, ...], given: list[str]) -> int | None:
    """Return which of `given` has the first name that is known, in capitals or not; None without one."""
    folded = [name.strip().lower() for name in given]
    return next((folded.index(name) for name in known if name in folded), None)


def place_of(tree: FileTree, name: str, line: int) -> str:
    """Name a line of a label file in an error."""
    return f"{Path(tree.path) / name}:{line}"
