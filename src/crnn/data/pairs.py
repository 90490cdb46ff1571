"""Labels in a file of their own beside each image, anywhere below a folder or in an archive.

a.png  a.gt.txt     Tesseract, kraken (a.nrm.png and a.bin.png too)
a.jpg  a.txt        WebDataset
a.jpg  a.json       WebDataset: {"text": ...} or another usual name of a label
"""

import json
import logging
from collections.abc import Iterator
from itertools import islice

from crnn.data.labelfile import TEXT_NAMES, decode, pick
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError
from crnn.picture import IMAGE_SUFFIXES, is_image

SUFFIXES = (".gt.txt", ".txt", ".json")
"""What label files end in; of several for one image, the first."""
_VARIANTS = (".nrm.png", ".bin.png")
_LOOKED_AT = 10_000  # files, before a tree is held to have no pairs

logger = logging.getLogger(__name__)


def has_pairs(tree: Tree) -> bool:
    """Look whether one of the first files is the label of an image."""
    find = _ImageFinder(tree)
    labels = (name for name in islice(tree.names(), _LOOKED_AT) if _key(name))
    return any(name.lower().endswith(SUFFIXES[0]) or find(_key(name)) for name in labels)


def read_pairs(tree: Tree) -> Iterator[Row]:
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

    def __init__(self, tree: Tree) -> None:
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


def _better(tree: Tree, name: str, key: str) -> bool:
    """Tell whether a label file that counts more stands beside this one."""
    before = SUFFIXES[: next(i for i, suffix in enumerate(SUFFIXES) if name.lower().endswith(suffix))]
    return any(tree.find(key + suffix) for suffix in before)


def _label(tree: Tree, name: str) -> str:
    place = str(tree.path / name)
    text = decode(tree.read(name), place)
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
