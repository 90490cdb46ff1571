"""Archives as trees of files, read in place: nothing is unpacked but one file at a time, in memory.

Members are listed once, in compact arrays. A name that leads outside the archive, a name that is
there twice and a member that unpacks to more than its limit are refused; links are not followed.
"""

import logging
import posixpath
from abc import abstractmethod
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crnn.data.packed import PackedTexts
from crnn.data.trees import Below, Tree, is_listed, root_of
from crnn.errors import DataError
from crnn.picture import is_image

IMAGE_BYTES = 256 << 20
"""Larger images in an archive are refused unread."""
LABEL_BYTES = 4 << 30
"""Larger label files in an archive are refused unread."""

logger = logging.getLogger(__name__)


class Archive(Tree):
    """The members of an archive; every read opens the file anew, so it survives forks and pickling."""

    def __init__(self, path: Path) -> None:
        """List the members; DataError where the archive is torn, or a name is unsafe or repeated."""
        self.path = self.file = path
        self.members = PackedTexts()
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
                "or by a faulty program.\n    Look into it, and pack it anew with relative names."
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
        """Read and unpack one member; DataError where it is torn, or too large."""
        number = self.members.find(name)
        if number is None:
            raise DataError(f"{self.path}: holds no file {name!r}.")
        limit = IMAGE_BYTES if is_image(name) else LABEL_BYTES
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

    def below(self, folder: str) -> Tree:
        """Return the folder inside."""
        return Below(self, folder)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
