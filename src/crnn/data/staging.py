"""New files and folders that appear whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crnn.errors import DataError


@contextmanager
def staged_folder(path: Path) -> Iterator[Path]:
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
def staged_file(path: Path) -> Iterator[Path]:
    """Yield the name of a temporary file beside `path`, renamed to `path` when the block succeeds.

    Whatever ends the block otherwise removes it again. DataError as for `staged_folder`.
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
