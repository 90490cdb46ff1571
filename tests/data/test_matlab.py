"""MATLAB files: the texts in their structures, and every way of being damaged."""

import random
import zlib
from contextlib import suppress

import pytest

from crnn.data.matlab import read_structs
from crnn.errors import DataError
from tests.data.layouts import MATLAB


def test_the_texts_of_a_file_that_scipy_wrote_are_read() -> None:
    assert list(read_structs(MATLAB, "x")) == [
        {"ImgName": "train/1.png", "GroundTruth": "PRIVATE"},
        {"ImgName": "train/2.png", "GroundTruth": "ÉTÉ"},
    ]


@pytest.mark.parametrize("length", range(130, len(MATLAB), 7))
def test_a_file_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(DataError, match=r"words\.mat: the MATLAB file is damaged"):
        list(read_structs(MATLAB[:length], "words.mat"))


def test_a_damaged_file_never_ends_in_another_error() -> None:
    rng = random.Random(5)
    plain = MATLAB[:128] + zlib.decompress(MATLAB[136:])
    assert len(list(read_structs(plain, "x"))) == 2
    for _ in range(3000):
        content = bytearray(plain)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(128, len(content))] = rng.randrange(256)
        with suppress(DataError):
            list(read_structs(bytes(content), "x"))


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n", b"MATLAB 7.3 MAT-file".ljust(600)])
def test_another_kind_of_file_is_refused_with_the_way_out(content: bytes) -> None:
    with pytest.raises(DataError, match=r"is no MATLAB 5 file\.\n .*-v7"):
        list(read_structs(content, "x"))
