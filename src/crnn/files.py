"""Files and folders that appear whole or not at all, and text files read line by line.

A killed process, a full disk or a power cut leaves either the old file or the new one, never a
part: the bytes go to a temporary file in the same folder, are forced to the disk, and only then
take the old file's name.

    write_atomic(path, content)          bytes that are in memory
    with atomic_path(path) as part: ...  a file that something else writes
    with new_file(path) as part: ...     the same, where nothing may be there yet
    with new_folder(path) as part: ...   a folder of files
    read_lines(path, "list of words")    the lines of a UTF-8 file
"""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crnn.errors import CrnnError, DataError, ModelError

WEIGHTS = Path(__file__).parent / "weights"
"""What comes with the package. A model: <name>.onnx to read with, <name>.json, and to train on
<name>.safetensors, which those in 8-bit integers (<name>-int8) lack. A language: <name>.lm."""


def write_atomic(path: str | Path, content: bytes, error: type[CrnnError] = ModelError) -> None:
    """Replace the file at a path, or leave it as it was.

    Args:
        path: The file; a link stays a link, and what it points to is replaced.
        content: All of the new file.
        error: Class of the error that is raised.

    Raises:
        CrnnError: Of the class `error`: the disk is full or the folder cannot be written. The old
            file is then intact and no temporary file is left.
    """
    try:
        with atomic_path(path) as part:
            part.write_bytes(content)
    except OSError as reason:
        raise error(
            f"{path}: cannot write {len(content):,} bytes: {reason.strerror or reason}.\n"
            "    Nothing was changed; free space or choose another place, and save again."
        ) from reason


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary file that replaces the file at a path when the block succeeds.

    The temporary file is in the same folder, under a name that nobody can foresee, with the mode of
    the file that it replaces. Whatever else ends the block removes it. A device or a pipe is written
    to as it is.

    Args:
        path: The file; a link stays a link, and what it points to is replaced.

    Yields:
        The temporary file, empty.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    target = path.resolve()
    part = _part_of(target)
    # Fails where the name is taken, by a link too; the mode is what the user's umask leaves.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        with suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary file that becomes the file at a path when the block succeeds.

    Args:
        path: The file; folders above it are made.

    Yields:
        The temporary file, empty.

    Raises:
        DataError: There is something at `path` already, or an OSError such as a full disk.
    """
    with _os_errors_named(path):
        if path.exists():
            raise DataError(f"{path} exists: give a new name, or delete it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part:
            yield part


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes the folder at a path when the block succeeds.

    Args:
        path: The folder; it may be there and empty. Folders above it are made.

    Yields:
        The temporary folder, empty.

    Raises:
        DataError: There is something at `path` already, or an OSError such as a full disk.
    """
    with _os_errors_named(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DataError(f"{path} exists and is not an empty folder: give a new one.")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _part_of(path)
        part.mkdir()
        try:
            yield part
            if path.exists():
                path.rmdir()
            part.rename(path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def read_lines(path: str | Path, what: str, error: type[CrnnError] = DataError) -> Iterator[str]:
    r"""Read a UTF-8 file of one entry a line, line by line.

    Args:
        path: The file; a byte order mark at its start is passed over.
        what: What the file is, for the message: 'word list'.
        error: Class of the error that is raised.

    Yields:
        The lines without their ends, which are \n or \r\n; other characters that Unicode calls ends
        of a line are part of it.

    Raises:
        CrnnError: Of the class `error`: the file cannot be read, or is not UTF-8.
    """
    try:
        with Path(path).open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = decode_utf8(raw, f"{path}:{number}", first=number == 1, error=error)
                yield line.removesuffix("\n").removesuffix("\r")
    except OSError as reason:
        raise error(f"{path}: the {what} cannot be read: {reason.strerror or reason}.") from reason


def decode_utf8(raw: bytes, place: str, *, first: bool = True, error: type[CrnnError] = DataError) -> str:
    """Decode UTF-8 text.

    Args:
        raw: The bytes.
        place: Where they stand, for the message: 'train.tsv:8812'.
        first: Whether they begin a file: a byte order mark is then passed over.
        error: Class of the error that is raised.

    Raises:
        CrnnError: Of the class `error`, naming the first byte that is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as reason:
        raise error(
            f"{place}: byte 0x{reason.object[reason.start]:02X} is not UTF-8 text.\n"
            "    Save the file as UTF-8: iconv -f LATIN1 -t UTF-8 OLD > NEW (or whatever it is written in)."
        ) from reason


def _part_of(path: Path) -> Path:
    """Name a temporary file or folder beside a path; short, as the path's own name may be the longest."""
    return path.with_name(f".crnn-{secrets.token_hex(8)}.part")


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk too, where the system can open a folder (Windows cannot)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems refuse this; the content itself is on the disk
        pass
    finally:
        os.close(descriptor)


@contextmanager
def _os_errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} was not written: {reason}. Nothing is left behind.") from error
