"""WebDataset's layout: a tar that holds each sample as two files, 000000001.jpg and 000000001.txt.

Reading it needs nothing of its own: it is an archive with label files beside the images.
"""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from crnn.data.sample import Sample
from crnn.data.sizes import image_suffix
from crnn.data.staging import staged_file
from crnn.errors import DataError


def write_webdataset(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write `samples` as one tar, whole or not at all; return their number.

    Images are copied byte for byte; the same samples make the same file. DataError when there
    is something at `path`, the disk is full, there are no samples, or an image is none.
    """
    count = 0
    with staged_file(Path(path)) as stage:
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
