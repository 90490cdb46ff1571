"""Where the files of a data set are: a folder, or an archive that is read as if it were one."""

import os
import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from crnn.errors import DataError


class FileTree(ABC):
    """Files under names like 'images/a.png', read-only. Names are relative, separated by '/'.

    Files that other programs strew about (names that begin with a dot, __MACOSX) are not listed.
    """

    path: Path
    """The folder or archive, and the folder in it: what error messages call it."""

    @abstractmethod
    def names(self) -> Iterator[str]:
        """List all files to the bottom, in an order that is always the same."""

    @abstractmethod
    def root(self) -> tuple[list[str], list[str]]:
        """List the files and the folders that are directly in it, both sorted."""

    @abstractmethod
    def find(self, name: str) -> str | None:
        r"""Return how the tree writes `name` ('.\a.png' may be 'a.png'); None without such a file."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Read a file; DataError where that fails."""

    @abstractmethod
    def image(self, name: str) -> bytes | Path:
        """Return what a Sample holds: the file's path, or its bytes where it has none."""

    @abstractmethod
    def subfolder(self, folder: str) -> "FileTree":
        """Return the tree that begins at `folder`."""

    def open(self, name: str) -> BinaryIO:
        """Open a file to be read line by line."""
        return BytesIO(self.read(name))


class Folder(FileTree):
    """A folder on disk. Names in it may lead outside ('../a.png'): its owner wrote them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> Iterator[str]:
        """List all files, folder by folder, sorted."""
        return self._walk("")

    def root(self) -> tuple[list[str], list[str]]:
        """List files and folders, sorted."""
        return self._list("")

    def find(self, name: str) -> str | None:
        """Return `name`, or `name` with '/' for Windows' separators."""
        for form in (name, name.replace("\\", "/")):
            try:
                if (self.path / form).is_file():
                    return form
            except (OSError, ValueError):  # too long, or with a zero byte: the name of no file
                return None
        return None

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        with self.open(name) as file:
            return file.read()

    def image(self, name: str) -> Path:
        """Return the file's path."""
        return self.path / name

    def subfolder(self, folder: str) -> "Folder":
        """Return the folder inside."""
        return Folder(self.path / folder)

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        try:
            return (self.path / name).open("rb")
        except OSError as error:
            raise DataError(f"{self.path / name}: cannot be read: {error.strerror}.") from error

    def _walk(self, folder: str) -> Iterator[str]:
        files, folders = self._list(folder)
        yield from (posixpath.join(folder, name) for name in files)
        for name in folders:
            yield from self._walk(posixpath.join(folder, name))

    def _list(self, folder: str) -> tuple[list[str], list[str]]:
        try:
            with os.scandir(self.path / folder) as entries:
                shown = sorted((entry.name, entry.is_dir()) for entry in entries if is_listed(entry.name))
        except OSError as error:
            raise DataError(f"{self.path / folder}: cannot be read: {error.strerror}.") from error
        return [name for name, is_dir in shown if not is_dir], [name for name, is_dir in shown if is_dir]


class Subfolder(FileTree):
    """A folder inside an archive."""

    def __init__(self, tree: FileTree, folder: str) -> None:
        self.path = tree.path / folder
        self._tree, self._folder = tree, folder

    def names(self) -> Iterator[str]:
        """List the files below the folder."""
        start = f"{self._folder}/"
        return (name.removeprefix(start) for name in self._tree.names() if name.startswith(start))

    def root(self) -> tuple[list[str], list[str]]:
        """List files and folders directly in it."""
        return root_of(self.names())

    def find(self, name: str) -> str | None:
        """Return the name, which may lead elsewhere in the archive, relative to the folder."""
        found = self._tree.find(f"{self._folder}/{name}")
        return None if found is None else posixpath.relpath(found, self._folder)

    def read(self, name: str) -> bytes:
        """Read a file."""
        return self._tree.read(posixpath.normpath(f"{self._folder}/{name}"))

    def image(self, name: str) -> bytes | Path:
        """Return the file's bytes."""
        return self._tree.image(posixpath.normpath(f"{self._folder}/{name}"))

    def subfolder(self, folder: str) -> FileTree:
        """Return the folder further inside."""
        return Subfolder(self._tree, f"{self._folder}/{folder}")


def root_of(names: Iterator[str]) -> tuple[list[str], list[str]]:
    """Part names into the files at the top and the folders there, both sorted."""
    files: set[str] = set()
    folders: set[str] = set()
    for name in names:
        first, inside, _ = name.partition("/")
        (folders if inside else files).add(first)
    return sorted(files), sorted(folders)


def is_listed(name: str) -> bool:
    """Tell whether a file may be part of the data, rather than strewn about by a program."""
    return not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
