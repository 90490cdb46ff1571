"""Files written whole or not at all.

A killed process, a full disk or a power cut leaves either the old file or the new one, never a
part: the bytes go to a temporary file in the same folder, are forced to the disk, and only then
take the old file's name.
"""

import os
from pathlib import Path

from crnn.errors import ModelError


def write_whole(path: str | Path, content: bytes) -> None:
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
