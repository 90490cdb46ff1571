"""Files written whole or not at all.

A killed process, a full disk or a power cut leaves either the old file or the new one, never a
part: the bytes go to a temporary file in the same folder, are forced to the disk, and only then
take the old file's name.

New files and folders that appear whole or not at all.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crnn.errors import DataError, ModelError

WEIGHTS = Path(__file__).parent / "weights"
"""What comes with the package. A model: <name>.onnx to read with, <name>.json, and to train on
<name>.safetensors, which those in 8-bit integers (<name>-int8) lack. A language: <name>.lm."""


def write_atomic(path: str | Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, or leave it as it was.

    Raises ModelError where the disk is full or the folder cannot be written; the old file is then
    intact and no temporary file is left.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ModelError(
            f"{path}: cannot write {len(content):,} bytes: {error.strerror or error}.\n"
            "    Nothing was changed; free space or choose another place, and save again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


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
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, renamed to `path` when the block succeeds.

    Whatever ends the block otherwise removes it again. DataError where `path` is there
    already (an empty folder may be), and for an OSError such as a full disk.
    """
    with _whole_or_not(path):
        taken = path.exists() and (not path.is_dir() or any(path.iterdir()))
        if taken:
            raise DataError(f"{path} exists and is not an empty folder: give a new one.")
        stage = _beside(path)
        stage.mkdir()
        try:
            yield stage
            if path.exists():
                path.rmdir()
            stage.rename(path)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield the name of a temporary file beside `path`, renamed to `path` when the block succeeds.

    Whatever ends the block otherwise removes it again. DataError as for `new_folder`.
    """
    with _whole_or_not(path):
        if path.exists():
            raise DataError(f"{path} exists: give a new name, or delete it.")
        stage = _beside(path)
        try:
            yield stage
            stage.rename(path)
        except BaseException:
            stage.unlink(missing_ok=True)
            raise


@contextmanager
def _whole_or_not(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} was not written: {reason}. Nothing is left behind.") from error


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.part"
