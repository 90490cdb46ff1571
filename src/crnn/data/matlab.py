"""The texts in the structures of a MATLAB 5 file, and nothing else of it.

A file is a header of 128 bytes and then elements: a tag of 8 bytes (type, size), the data, and
padding to 8 bytes. Matrices are elements made of elements. Every size is checked before it is used.
"""

import math
import struct
import zlib
from collections.abc import Iterator

from crnn.errors import DataError

MAGIC = b"MATLAB 5.0 MAT-file"
LIMIT_BYTES = 256 << 20
"""Most that a compressed element may unpack to."""

_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
_STRUCT, _CHAR = 2, 4  # classes of a matrix
_ENCODINGS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16"}  # by type of element


def read_structs(content: bytes, place: str) -> Iterator[dict[str, str]]:
    """Yield the elements of every array of structures: field name -> text; other fields are left out.

    DataError, naming `place`, for a file that is damaged or of another version.
    """
    marker = content[126:_HEADER_BYTES]
    if not content.startswith(MAGIC) or marker not in {b"IM", b"MI"}:
        raise DataError(
            f"{place}: is no MATLAB 5 file.\n    Save it anew in MATLAB: save(name, variable, '-v7')."
        )
    reader = _Elements("<" if marker == b"IM" else ">")
    try:
        for kind, data in reader.split(content[_HEADER_BYTES:]):
            for inner_kind, inner in reader.split(_unpack(data)) if kind == _COMPRESSED else [(kind, data)]:
                yield from reader.structs(inner_kind, inner)
    except (ValueError, struct.error, zlib.error) as error:
        raise DataError(f"{place}: the MATLAB file is damaged: {error}.") from error


def _unpack(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(data, LIMIT_BYTES)
    if not unpacker.eof:
        raise ValueError("a compressed part is damaged or too large")
    return content


class _Elements:
    """Reads elements in one byte order."""

    def __init__(self, order: str) -> None:
        self._order = order

    def split(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield type and data of the elements that follow one another."""
        at = 0
        while at < len(content):
            kind, size = struct.unpack_from(f"{self._order}II", content, at)
            start = at + 8
            if kind >> 16:  # a small element: its size is in the tag's upper half, its data in the tag
                kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            if start + size > len(content):
                raise ValueError(f"an element of {size} bytes does not fit")
            yield kind, content[start : start + size]
            at = at + 8 if start == at + 4 else start + size
            if kind != _COMPRESSED:
                at += -at % 8

    def structs(self, kind: int, data: bytes) -> Iterator[dict[str, str]]:
        """Yield the elements of a matrix of structures; nothing for any other element."""
        if kind != _MATRIX or not data:
            return
        parts = self.split(data)
        matrix_class, count = self._shape(parts)
        if matrix_class != _STRUCT:
            return
        _take(parts)  # the variable's name
        (length,) = struct.unpack(f"{self._order}i", _take(parts)[1])
        packed = _take(parts)[1]
        if not 0 < length <= len(packed):
            raise ValueError(f"field names of {length} bytes do not fit")
        fields = [
            packed[at : at + length].split(b"\0")[0].decode("latin-1") for at in range(0, len(packed), length)
        ]
        for _ in range(count):
            values = {field: self._text(*_take(parts)) for field in fields}
            yield {field: text for field, text in values.items() if text is not None}

    def _text(self, kind: int, data: bytes) -> str | None:
        """Return the text of a matrix of characters; None for any other."""
        if kind != _MATRIX or not data:
            return None
        parts = self.split(data)
        matrix_class, _ = self._shape(parts)
        if matrix_class != _CHAR:
            return None
        _take(parts)  # its name
        coding, text = next(parts, (1, b""))
        if coding not in _ENCODINGS:
            raise ValueError(f"a text is stored as type {coding}")
        suffix = {"<": "-le", ">": "-be"}[self._order] if _ENCODINGS[coding] == "utf-16" else ""
        return text.decode(_ENCODINGS[coding] + suffix)

    def _shape(self, parts: Iterator[tuple[int, bytes]]) -> tuple[int, int]:
        """Read a matrix's class and its number of elements."""
        flags, sizes = _take(parts)[1], _take(parts)[1]
        matrix_class = struct.unpack_from(f"{self._order}I", flags)[0] & 0xFF
        return matrix_class, math.prod(struct.unpack(f"{self._order}{len(sizes) // 4}i", sizes))


def _take(parts: Iterator[tuple[int, bytes]]) -> tuple[int, bytes]:
    part = next(parts, None)
    if part is None:
        raise ValueError("it ends too early")
    return part
