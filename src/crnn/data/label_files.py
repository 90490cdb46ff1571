"""Which label file is which: found by looking inside, whatever the file is called.

A file's first line decides (the first bytes, for one that is no text). In a folder, where other
files lie about, a label file must also name an image in its first row.

Labels in a file of their own beside each image, anywhere below a folder or in an archive.

a.png  a.gt.txt     Tesseract, kraken (a.nrm.png and a.bin.png too)
a.jpg  a.txt        WebDataset
a.jpg  a.json       WebDataset: {"text": ...} or another usual name of a label

Labels in the names of the images: `ab12.png`, or `LABEL_0001.png` where one label comes often.

Nothing in such a folder says that its names are labels, so it is read this way only when asked:
`names:FOLDER`.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import PurePosixPath

from crnn.data import layouts, matlab
from crnn.data.dataset import Row
from crnn.data.layouts import PATH_NAMES, TEXT_NAMES, pick
from crnn.data.trees import FileTree
from crnn.errors import DataError
from crnn.files import decode_utf8
from crnn.images.load import IMAGE_SUFFIXES, is_image

Read = Callable[[FileTree, str], Iterator[Row]]
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

_TABLES = {".tsv": layouts.read_tsv, ".csv": layouts.read_csv}

_HEAD_BYTES = 1 << 16

_MAX_LABEL_FILES = 64  # more files of that kind in one folder are the labels of an image each

_DOCTR = re.compile(r'\s*\{\s*"((?:[^"\\]|\\.)*)"\s*:')


def label_files(tree: FileTree) -> dict[str, Read]:
    """Find the label files directly in a folder: name -> what reads it."""
    candidates = [name for name in tree.root()[0] if _may_list(name)]
    if len(candidates) > _MAX_LABEL_FILES:
        candidates = [name for name in candidates if not name.lower().endswith((".txt", ".json"))]
    found = {name: label_file_reader(tree, name, sure=True) for name in candidates}
    known = {name: read for name, read in found.items() if read is not None}
    # A table with errors is still a table, where there is no other: its reader names the error.
    return known or {name: read for name in candidates if (read := _TABLES.get(_suffix(name)))}


def label_file_reader(tree: FileTree, name: str, *, sure: bool = False) -> Read | None:
    """Return what reads a label file; None for a file of another kind.

    sure   also ask that its first row names an image, or columns
    """
    with tree.open(name) as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(matlab.MAGIC):
        known = not sure or layouts.has_records(tree, name)
        return layouts.read_iiit5k if known else None
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
        return layouts.read_jsonl
    match = _DOCTR.match(head)
    if match and (is_image(match[1]) or not sure):
        return layouts.read_doctr if is_image(match[1]) or not entry else layouts.read_jsonl
    return None


def _line_reader(tree: FileTree, name: str, first: str, *, sure: bool) -> Read | None:
    if layouts.ICDAR_LINE.fullmatch(first):
        return layouts.read_icdar
    if layouts.MJSYNTH_LINE.fullmatch(first):
        return layouts.read_mjsynth
    suffix = _suffix(name)
    tabs = "\t" in first and not (suffix == ".csv" and "," in first)
    cells = first.split("\t" if tabs else ",")
    if sure and not _names_image(tree, cells):
        return None
    if len(cells) > 1:
        return layouts.read_tsv if tabs else layouts.read_csv
    return None if sure else _TABLES.get(suffix)


def _names_image(tree: FileTree, cells: list[str]) -> bool:
    header = pick(PATH_NAMES, cells) is not None and pick(TEXT_NAMES, cells) is not None
    name = cells[0].strip('" ')
    return header or (
        len(cells) > 1 and (is_image(name) or name.startswith("[") or tree.find(name) is not None)
    )


def _may_list(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.lower().endswith(".gt.txt")


def _suffix(name: str) -> str:
    return "." + name.lower().rpartition(".")[2]


SUFFIXES = (".gt.txt", ".txt", ".json")
"""What label files end in; of several for one image, the first."""

_VARIANTS = (".nrm.png", ".bin.png")

_MAX_FILES_SEARCHED = 10_000  # files, before a tree is held to have no pairs

logger = logging.getLogger(__name__)


def has_pairs(tree: FileTree) -> bool:
    """Look whether one of the first files is the label of an image."""
    find = _ImageFinder(tree)
    labels = (name for name in islice(tree.names(), _MAX_FILES_SEARCHED) if _key(name))
    return any(name.lower().endswith(SUFFIXES[0]) or find(_key(name)) for name in labels)


def read_pairs(tree: FileTree) -> Iterator[Row]:
    """Read the label of every image; the log counts images that have none."""
    find, images, labelled = _ImageFinder(tree), 0, 0
    for name in tree.names():
        images += is_image(name)
        key = _key(name)
        if not key or _better(tree, name, key):
            continue
        image = find(key)
        if image is None and name.lower().endswith(".json"):
            continue  # about the whole set, not about an image
        label = _label(tree, name)
        labelled += 1
        yield Row(name, image or f"{key}{IMAGE_SUFFIXES[0]}", label)
    if images > labelled:
        logger.warning("%s: %d images left out that have no label file", tree.path, images - labelled)


class _ImageFinder:
    """Find the image that a label file belongs to."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._suffixes = [*IMAGE_SUFFIXES, *_VARIANTS, *(suffix.upper() for suffix in IMAGE_SUFFIXES)]

    def __call__(self, key: str) -> str | None:
        for suffix in self._suffixes:
            if self._tree.find(key + suffix):
                self._suffixes.remove(suffix)  # the next image most likely ends alike
                self._suffixes.insert(0, suffix)
                return key + suffix
        return None


def _key(name: str) -> str:
    """Return what image and label file have in common; empty for a name of no label file."""
    folded = name.lower()
    return next((name[: -len(suffix)] for suffix in SUFFIXES if folded.endswith(suffix)), "")


def _better(tree: FileTree, name: str, key: str) -> bool:
    """Tell whether a label file that counts more stands beside this one."""
    before = SUFFIXES[: next(i for i, suffix in enumerate(SUFFIXES) if name.lower().endswith(suffix))]
    return any(tree.find(key + suffix) for suffix in before)


def _label(tree: FileTree, name: str) -> str:
    place = str(tree.path / name)
    text = decode_utf8(tree.read(name), place)
    if name.lower().endswith(".json"):
        return _label_in_json(text, place)
    label = text.rstrip("\r\n")
    if "\n" in label:
        raise DataError(f"{place}: holds {label.count(chr(10)) + 1} lines; the label of an image is one.")
    return label


def _label_in_json(text: str, place: str) -> str:
    try:
        entry = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: the file is no JSON: {error}.") from error
    keys = list(entry) if isinstance(entry, dict) else []
    number = pick(TEXT_NAMES, keys)
    label = None if number is None else entry[keys[number]]
    if not isinstance(label, str):
        raise DataError(f"{place}: holds no text under one of the keys {', '.join(TEXT_NAMES)}.")
    return label


PREFIX = "names:"
"""What stands before the path of such a folder."""

_NUMBER = re.compile(r"(?<=.)_\d+$")


def read_names(tree: FileTree) -> Iterator[Row]:
    """Take the name without its suffix, and without a number that follows an underscore."""
    for name in filter(is_image, tree.names()):
        yield Row(name, name, label_of(name))


def label_of(name: str) -> str:
    """Return the label in an image's name.

    >>> label_of("ab12.png"), label_of("train/Hotel_0001.jpg"), label_of("12_34_5.png")
    ('ab12', 'Hotel', '12_34')
    """
    return _NUMBER.sub("", PurePosixPath(name).stem)
