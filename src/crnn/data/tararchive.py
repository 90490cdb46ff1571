"""Tar archives: random access in a plain one; a compressed one is unpacked to a temporary tar first."""

import bz2
import gzip
import lzma
import os
import shutil
import tarfile
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from crnn.data.archive import Archive
from crnn.errors import DataError

COMPRESSED: dict[bytes, Callable[..., object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""How a compressed file begins, and what opens it."""
LARGEST_RATIO = 200
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
                raise self._torn(f"there is no end mark at byte {self._end:,}")

    def _members(self, file: BinaryIO) -> Iterator[tarfile.TarInfo]:
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                while (member := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined]  # or it would keep them all
                    yield member
                self._end = tar.offset
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            raise self._torn(str(error)) from error

    def content(self, file: BinaryIO, number: int) -> bytes:
        """Read one member."""
        file.seek(self.starts[number])
        content = file.read(self.sizes[number])
        if len(content) < self.sizes[number]:
            raise self._torn(f"it ends within {self.members[number]!r}")
        return content

    def _torn(self, reason: str) -> DataError:
        return DataError(
            f"{self.path}: the tar archive is torn or damaged: {reason}.\n"
            "    It was cut short, most likely: fetch or write it again."
        )

    def _unpack(self, source: BinaryIO) -> Path:
        """Write the plain tar to a temporary file, which goes when this object does."""
        limit = LARGEST_RATIO * self.path.stat().st_size + (64 << 20)
        handle, name = tempfile.mkstemp(suffix=".tar", prefix="crnn-")
        weakref.finalize(self, _remove, name, os.getpid())
        written = 0
        try:
            with source, os.fdopen(handle, "wb") as target:
                while piece := source.read(_PIECE):
                    written += len(piece)
                    if written > limit:
                        raise DataError(
                            f"{self.path}: unpacks to more than {limit:,} bytes, {LARGEST_RATIO} times its "
                            "size: no archive of images does.\n    Unpack it by hand where you trust it."
                        )
                    target.write(piece)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise self._torn(str(error)) from error
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
