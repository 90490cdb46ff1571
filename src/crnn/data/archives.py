"""Archives as trees of files, read in place: nothing is unpacked but one file at a time, in memory.

Members are listed once, in compact arrays. A name that leads outside the archive, a name that is
there twice and a member that unpacks to more than its limit are refused; links are not followed.

Tar archives: random access in a plain one; a compressed one is unpacked to a temporary tar first.

Zip archives. `zipfile` reads the list of members, which is then kept as arrays.
"""

import bz2
import gzip
import logging
import lzma
import os
import posixpath
import shutil
import stat
import struct
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from crnn.data.string_array import StringArray
from crnn.data.trees import FileTree, Subfolder, is_listed, root_of
from crnn.errors import DataError
from crnn.images.load import is_image

MAX_IMAGE_BYTES = 256 << 20
"""Larger images in an archive are refused unread."""

MAX_LABEL_BYTES = 4 << 30
"""Larger label files in an archive are refused unread."""

logger = logging.getLogger(__name__)


class Archive(FileTree):
    """The members of an archive; every read opens the file anew, so it survives forks and pickling."""

    def __init__(self, path: Path) -> None:
        """List the members; DataError where the archive is damaged, or a name is unsafe or repeated."""
        self.path = self.file = path
        self.members = StringArray()
        self.starts, self.sizes = array("Q"), array("Q")
        self.links = 0
        self.list_members()
        self._stamp = _stamp(self.file)
        twice = self.members.repeated()
        if twice is not None:
            raise DataError(
                f"{path}: holds {twice!r} twice, so which of them a label means is not clear.\n"
                "    Unpack it and pack it anew."
            )
        if self.links:
            logger.warning("%s: %d links and special files left out", path, self.links)

    @abstractmethod
    def list_members(self) -> None:
        """Fill `members`, `starts` and `sizes`, and what else the kind of archive needs."""

    @abstractmethod
    def content(self, file: BinaryIO, number: int) -> bytes:
        """Read member `number` from the open archive, at most `sizes[number]` bytes of it."""

    def add(self, name: str, start: int, size: int) -> None:
        """Note a member; `start` is where `content` finds it, `size` that of the unpacked bytes."""
        clean = posixpath.normpath(name.replace("\\", "/"))
        if clean.startswith(("/", "../")) or clean[1:2] == ":" or clean in {"..", "."}:
            raise DataError(
                f"{self.path}: the name {name!r} leads outside the archive: it was not made in good faith, "
                "or by a program with errors.\n    Look into it, and pack it anew with relative names."
            )
        self.members.append(clean)
        self.starts.append(start)
        self.sizes.append(size)

    def names(self) -> Iterator[str]:
        """List all files, in the archive's order."""
        return filter(is_listed, self.members)

    def root(self) -> tuple[list[str], list[str]]:
        """List files and folders at the top."""
        return root_of(self.names())

    def find(self, name: str) -> str | None:
        """Return the name cleaned of './' and Windows' separators."""
        clean = posixpath.normpath(name.replace("\\", "/"))
        return None if self.members.find(clean) is None else clean

    def read(self, name: str) -> bytes:
        """Read and unpack one member; DataError where it is damaged, or too large."""
        number = self.members.find(name)
        if number is None:
            raise DataError(f"{self.path}: holds no file {name!r}.")
        limit = MAX_IMAGE_BYTES if is_image(name) else MAX_LABEL_BYTES
        if self.sizes[number] > limit:
            raise DataError(
                f"{self.path / name}: would unpack to {self.sizes[number]:,} bytes; "
                f"{limit:,} are read at most."
            )
        try:
            if _stamp(self.file) != self._stamp:
                raise DataError(f"{self.path}: was changed after it was opened: open it again.")
            with self.file.open("rb") as file:
                return self.content(file, number)
        except OSError as error:
            raise DataError(f"{self.path / name}: cannot be read: {error.strerror}.") from error

    def image(self, name: str) -> bytes:
        """Return the member's bytes."""
        return self.read(name)

    def subfolder(self, folder: str) -> FileTree:
        """Return the folder inside."""
        return Subfolder(self, folder)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


COMPRESSED: dict[bytes, Callable[..., object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""How a compressed file begins, and what opens it."""

MAX_UNPACK_RATIO = 200
"""A file that unpacks to more times its own size (and 64 MiB) is no archive of images."""

_PIECE = 1 << 20

_BLOCK = tarfile.BLOCKSIZE


class TarTree(Archive):
    """The files of a tar archive.

    Of a compressed one (.tar.gz, .tar.bz2, .tar.xz) a plain copy lies in the system's folder for
    temporary files as long as the tree is in use, since compressed bytes cannot be entered midway.
    """

    def list_members(self) -> None:
        """Read the header of every member, one after the other."""
        with self.path.open("rb") as file:
            begin = file.read(6)
        opener = next((opener for magic, opener in COMPRESSED.items() if begin.startswith(magic)), None)
        if opener is not None:
            self.file = self._unpack(cast(BinaryIO, opener(self.path, "rb")))
        with self.file.open("rb") as file:
            for member in self._members(file):
                if member.isreg() and not member.issparse():
                    self.add(member.name, member.offset_data, member.size)
                elif not member.isdir():
                    self.links += 1
            file.seek(self._end)
            if file.read(_BLOCK) != bytes(_BLOCK):
                raise self._damaged(f"there is no end mark at byte {self._end:,}")

    def _members(self, file: BinaryIO) -> Iterator[tarfile.TarInfo]:
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                while (member := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined]  # or it would keep them all
                    yield member
                self._end = tar.offset
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            raise self._damaged(str(error)) from error

    def content(self, file: BinaryIO, number: int) -> bytes:
        """Read one member."""
        file.seek(self.starts[number])
        content = file.read(self.sizes[number])
        if len(content) < self.sizes[number]:
            raise self._damaged(f"it ends within {self.members[number]!r}")
        return content

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            f"{self.path}: the tar archive is damaged: {reason}.\n"
            "    It was cut short, most likely: fetch or write it again."
        )

    def _unpack(self, source: BinaryIO) -> Path:
        """Write the plain tar to a temporary file, which goes when this object does."""
        limit = MAX_UNPACK_RATIO * self.path.stat().st_size + (64 << 20)
        handle, name = tempfile.mkstemp(suffix=".tar", prefix="crnn-")
        weakref.finalize(self, _remove, name, os.getpid())
        written = 0
        try:
            with source, os.fdopen(handle, "wb") as target:
                while piece := source.read(_PIECE):
                    written += len(piece)
                    if written > limit:
                        raise DataError(
                            f"{self.path}: unpacks to more than {limit:,} bytes, "
                            f"{MAX_UNPACK_RATIO} times its size: no archive of images does.\n"
                            "    Unpack it by hand where you trust it."
                        )
                    target.write(piece)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise self._damaged(str(error)) from error
        except OSError as error:
            free = shutil.disk_usage(tempfile.gettempdir()).free
            raise DataError(
                f"{self.path}: cannot be unpacked to {tempfile.gettempdir()}: {error} "
                f"({free:,} bytes are free there).\n"
                "    Set TMPDIR to a place with more room, or unpack it by hand."
            ) from error
        return Path(name)


def _remove(name: str, process: int) -> None:
    if os.getpid() == process:  # a forked copy leaves the file to the process that made it
        Path(name).unlink(missing_ok=True)


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
            raise self._damaged(str(error)) from error
        for entry in entries:
            if not entry.filename or entry.header_offset < 0:
                raise self._damaged(f"its list of files has {entry.filename!r} at byte {entry.header_offset}")
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

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            f"{self.path}: the zip archive is damaged: {reason}.\n"
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
