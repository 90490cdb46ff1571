"""Data sets written as a folder: `images/` and one file that names their labels.

WebDataset's layout: a tar that holds each sample as two files, 000000001.jpg and 000000001.txt.

Reading it needs nothing of its own: it is an archive with label files beside the images.
"""

import io
import json
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

from crnn.data.dataset import Sample
from crnn.errors import DataError
from crnn.files import new_file, new_folder
from crnn.images.sizes import image_suffix

TABLE = "labels.tsv"

JSON_LINES = "metadata.jsonl"
"""What Hugging Face's imagefolder looks for."""


def write_folder(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write a folder with images/ and labels.tsv, whole or not at all.

    Args:
        path: The folder, which is made; it may be there and empty.
        samples: At least one; images are copied byte for byte.

    Returns:
        The number of samples.

    Raises:
        DataError: `path` is a folder with something in it, the disk is full, there are no samples, an
            image is none, or a label holds a TAB or a line end.
    """
    return _write(Path(path), samples, TABLE, _tsv_line)


def write_jsonl(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write a folder with images/ and metadata.jsonl, whole or not at all.

    Args:
        path: The folder, which is made; it may be there and empty.
        samples: At least one; images are copied byte for byte, and labels may hold anything.

    Returns:
        The number of samples.

    Raises:
        DataError: `path` is a folder with something in it, the disk is full, there are no samples, or
            an image is none.
    """
    return _write(Path(path), samples, JSON_LINES, _json_line)


def _write(path: Path, samples: Iterable[Sample], table: str, line: Callable[[str, Sample], str]) -> int:
    count = 0
    with new_folder(path) as stage:
        (stage / "images").mkdir()
        with (stage / table).open("w", encoding="utf-8", newline="\n") as file:
            for count, sample in enumerate(samples, start=1):
                image = sample.read_bytes()
                name = f"images/{count:09d}.{image_suffix(image, sample.key)}"
                (stage / name).write_bytes(image)
                file.write(line(name, sample) + "\n")
        if not count:
            raise DataError(f"{path} was not written: there are no samples.")
    return count


def _tsv_line(name: str, sample: Sample) -> str:
    if any(character in sample.label for character in "\t\r\n"):
        raise DataError(
            f"{sample.key}: label {sample.label!r} holds a TAB or a line end, "
            "which a .tsv cannot: write an LMDB instead."
        )
    return f"{name}\t{sample.label}"


def _json_line(name: str, sample: Sample) -> str:
    return json.dumps({"file_name": name, "text": sample.label}, ensure_ascii=False)


def write_webdataset(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write one tar, whole or not at all.

    Args:
        path: The file; nothing may be there yet.
        samples: At least one; images are copied byte for byte. The same samples make the same file.

    Returns:
        The number of samples.

    Raises:
        DataError: There is something at `path`, the disk is full, there are no samples, or an image is
            none.
    """
    count = 0
    with new_file(Path(path)) as stage:
        with tarfile.open(stage, "w", format=tarfile.PAX_FORMAT) as tar:
            for count, sample in enumerate(samples, start=1):
                image = sample.read_bytes()
                _add(tar, f"{count:09d}.{image_suffix(image, sample.key)}", image)
                _add(tar, f"{count:09d}.txt", sample.label.encode("utf-8"))
                tar.members.clear()  # type: ignore[attr-defined]  # or it would keep them all
        if not count:
            raise DataError(f"{path} was not written: there are no samples.")
    return count


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
