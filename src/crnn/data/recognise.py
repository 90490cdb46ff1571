"""Which label file is which: found by looking inside, whatever the file is called.

A file's first line decides (the first bytes, for one that is no text). In a folder, where other
files lie about, a label file must also name an image in its first row.
"""

import json
import re
from collections.abc import Callable, Iterator

from crnn.data import doctr, icdar, iiit5k, matlab, mjsynth, table
from crnn.data.labelfile import PATH_NAMES, TEXT_NAMES, pick
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError
from crnn.picture import is_image

Read = Callable[[Tree, str], Iterator[Row]]
"""Reads the label file of a name in a tree."""

LABEL_FILES = """\
    a.png TAB text                    .tsv, PaddleOCR's lists
    a.png,text                        .csv, Hugging Face's metadata.csv
    a.png, "text"                     ICDAR's gt.txt
    {"path": "a.png", "text": "..."}  JSON lines, Hugging Face's metadata.jsonl
    {"a.png": "text", ...}            docTR's labels.json
    ./1/2/3_text_45.jpg 45            MJSynth's annotation_train.txt
    traindata.mat, testdata.mat       IIIT5K"""
"""What a label file may hold, for errors."""

_SUFFIXES = (".tsv", ".csv", ".txt", ".json", ".jsonl", ".ndjson", ".mat")
_TABLES = {".tsv": table.read_tsv, ".csv": table.read_csv}
_HEAD_BYTES = 1 << 16
_MOST = 64  # more files of that kind in one folder are the labels of an image each
_DOCTR = re.compile(r'\s*\{\s*"((?:[^"\\]|\\.)*)"\s*:')


def label_files(tree: Tree) -> dict[str, Read]:
    """Find the label files directly in a folder: name -> what reads it."""
    candidates = [name for name in tree.root()[0] if _may_list(name)]
    if len(candidates) > _MOST:
        candidates = [name for name in candidates if not name.lower().endswith((".txt", ".json"))]
    found = {name: recognise(tree, name, sure=True) for name in candidates}
    known = {name: read for name, read in found.items() if read is not None}
    # A faulty table is still a table, where there is no other: its reader names the fault.
    return known or {name: read for name in candidates if (read := _TABLES.get(_suffix(name)))}


def recognise(tree: Tree, name: str, *, sure: bool = False) -> Read | None:
    """Return what reads a label file; None for a file of another kind.

    sure   also ask that its first row names an image, or columns
    """
    with tree.open(name) as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(matlab.MAGIC):
        known = not sure or iiit5k.has_records(tree, name)
        return iiit5k.read_iiit5k if known else None
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            f"{tree.path / name}:1: byte 0x{head[0]:02X} is not UTF-8 text but begins UTF-16.\n"
            "    Save the file as UTF-8: iconv -f UTF-16 -t UTF-8 OLD > NEW."
        )
    lines = head.decode("utf-8-sig", "replace").splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith("{"):
        return _json_reader(first, "\n".join(lines), sure=sure)
    return _line_reader(tree, name, first, sure=sure)


def _json_reader(first: str, head: str, *, sure: bool) -> Read | None:
    try:
        entry = json.loads(first)
    except json.JSONDecodeError:
        entry = {}
    keys = list(entry)
    if pick(PATH_NAMES, keys) is not None and pick(TEXT_NAMES, keys) is not None:
        return table.read_jsonl
    match = _DOCTR.match(head)
    if match and (is_image(match[1]) or not sure):
        return doctr.read_doctr if is_image(match[1]) or not entry else table.read_jsonl
    return None


def _line_reader(tree: Tree, name: str, first: str, *, sure: bool) -> Read | None:
    if icdar.LINE.fullmatch(first):
        return icdar.read_icdar
    if mjsynth.LINE.fullmatch(first):
        return mjsynth.read_mjsynth
    suffix = _suffix(name)
    tabs = "\t" in first and not (suffix == ".csv" and "," in first)
    cells = first.split("\t" if tabs else ",")
    if sure and not _names_image(tree, cells):
        return None
    if len(cells) > 1:
        return table.read_tsv if tabs else table.read_csv
    return None if sure else _TABLES.get(suffix)


def _names_image(tree: Tree, cells: list[str]) -> bool:
    header = pick(PATH_NAMES, cells) is not None and pick(TEXT_NAMES, cells) is not None
    name = cells[0].strip('" ')
    return header or (
        len(cells) > 1 and (is_image(name) or name.startswith("[") or tree.find(name) is not None)
    )


def _may_list(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.lower().endswith(".gt.txt")


def _suffix(name: str) -> str:
    return "." + name.lower().rpartition(".")[2]
