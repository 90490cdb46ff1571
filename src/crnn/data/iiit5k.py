"""IIIT5K-Words (Mishra et al., 2012): traindata.mat and testdata.mat beside train/ and test/."""

from collections.abc import Iterator

from crnn.data.listing import Row
from crnn.data.matlab import read_structs
from crnn.data.trees import Tree
from crnn.errors import DataError

_NAME, _LABEL = "ImgName", "GroundTruth"


def read_iiit5k(tree: Tree, name: str) -> Iterator[Row]:
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


def has_records(tree: Tree, name: str) -> bool:
    """Look whether a .mat file is one of IIIT5K's; DataError where it is torn."""
    return any({_NAME, _LABEL} <= record.keys() for record in read_structs(tree.read(name), name))
