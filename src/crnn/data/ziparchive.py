"""Zip archives. `zipfile` reads the list of members, which is then kept as arrays."""

import stat
import struct
import zipfile
import zlib
from array import array
from pathlib import Path
from typing import BinaryIO

from crnn.data.archive import Archive
from crnn.errors import DataError

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, ..., lengths of name and extra field
_ENCRYPTED = 1


class ZipTree(Archive):
    """The files of a zip archive."""

    def __init__(self, path: Path) -> None:
        self._stored, self._sums = array("Q"), array("L")
        self._methods = array("B")
        super().__init__(path)

    def list_members(self) -> None:
        """Read the central directory."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self._torn(str(error)) from error
        for entry in entries:
            if not entry.filename or entry.header_offset < 0:
                raise self._torn(f"its list of files has {entry.filename!r} at byte {entry.header_offset}")
            if entry.is_dir():
                continue
            if stat.S_ISLNK(entry.external_attr >> 16):
                self.links += 1
                continue
            self._check(entry)
            self.add(entry.filename, entry.header_offset, entry.file_size)
            self._stored.append(entry.compress_size)
            self._sums.append(entry.CRC)
            self._methods.append(entry.compress_type)

    def content(self, file: BinaryIO, number: int) -> bytes:
        """Unpack one member and compare its checksum."""
        file.seek(self.starts[number])
        header = file.read(_LOCAL_HEADER.size)
        packed = b""
        if len(header) == _LOCAL_HEADER.size and header[:4] == b"PK\3\4":
            _, name, extra = _LOCAL_HEADER.unpack(header)
            file.seek(name + extra, 1)
            packed = file.read(self._stored[number])
        size, content = self.sizes[number], packed
        if self._methods[number] == zipfile.ZIP_DEFLATED:
            try:
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
            except zlib.error:
                content = b""
        if len(content) != size or zlib.crc32(content) != self._sums[number]:
            raise DataError(
                f"{self.path / self.members[number]}: is damaged: its checksum differs.\n"
                "    Fetch the archive again."
            )
        return content

    def _torn(self, reason: str) -> DataError:
        return DataError(
            f"{self.path}: the zip archive is torn or damaged: {reason}.\n"
            "    Fetch it again; a zip that was cut short has lost its list of files."
        )

    def _check(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(
                f"{self.path}: {entry.filename!r} is encrypted: unpack the archive with its password."
            )
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise DataError(
                f"{self.path}: {entry.filename!r} is packed by method {entry.compress_type}; stored (0) and "
                "deflated (8) files are read.\n"
                "    Unpack the archive, and give the folder."
            )
