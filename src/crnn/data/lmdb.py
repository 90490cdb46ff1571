"""LMDB data sets in the layout that text recognition shares.

num-samples                the count n, in decimal digits
image-000000001 .. n       encoded images, numbered from 1
label-000000001 .. n       labels, UTF-8
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import lmdb

from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError
from crnn.files import new_folder

_COUNT_KEY = b"num-samples"
_FIRST_MAP_BYTES = 1 << 20
_CHUNK = 256  # samples written in one transaction

# LMDB lets a process open a file once, so data sets at the same place share the handle:
# (device, inode) of data.mdb -> (process that opened it, handle).
_environments: dict[tuple[int, int], tuple[int, lmdb.Environment]] = {}


class LmdbDataset(Dataset):
    """The samples of one LMDB folder, opened anew by every process that reads them."""

    def __init__(self, path: Path) -> None:
        """Open the folder; DataError where it is damaged, not of crnn, empty or lacks most keys."""
        self.path = path
        environment = _environment(path)
        count = self._value(_COUNT_KEY)
        if not count.isdigit():
            raise DataError(f"{path}: num-samples is {count!r}, not a number.")
        self._count = int(count)
        if not self._count:
            raise DataError(f"{path}: num-samples is 0: the data set holds nothing.")
        entries = environment.stat()["entries"]
        self._has_holes = entries < 2 * self._count + 1
        if entries < self._count:  # more holes than data: the number is wrong, or the data are
            self.check_complete()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        number = range(1, self._count + 1)[index]
        if self.is_missing(index):
            return self._hole(number)
        image = self._value(_image_key(number))
        label = self._value(_label_key(number))
        try:
            return Sample(_image_key(number).decode(), image, label.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise DataError(f"{self.location(index)}: the label {label!r} is not UTF-8.") from error

    def location(self, index: int) -> str:
        """Name the label's key, as in 'words.lmdb:label-000000012'."""
        return f"{self.path}:{_label_key(range(1, self._count + 1)[index]).decode()}"

    def is_missing(self, index: int) -> bool:
        """Tell whether image or label of sample `index` is missing."""
        number = range(1, self._count + 1)[index]
        return self._has_holes and not (self._has(_image_key(number)) and self._has(_label_key(number)))

    def check_complete(self) -> None:
        """Raise DataError, naming the first, where keys are missing."""
        if self._has_holes:
            self._name_missing_key(_environment(self.path))

    def _hole(self, number: int) -> Sample:
        """Return what is there of a sample; its image is a file that does not exist."""
        key = _image_key(number).decode()
        label = self._value(_label_key(number)).decode("utf-8") if self._has(_label_key(number)) else ""
        return Sample(key, self.path / key, label)

    def _has(self, key: bytes) -> bool:
        return self._get(key) is not None

    def _value(self, key: bytes) -> bytes:
        value = self._get(key)
        if value is None:
            raise DataError(f"{self.path}: the key {key.decode()!r} is missing.")
        return value

    def _get(self, key: bytes) -> bytes | None:
        try:
            with _environment(self.path).begin() as transaction:
                value = transaction.get(key)
        except lmdb.Error as error:
            raise DataError(f"{self.path}: {key.decode()} cannot be read: {error}.") from error
        return None if value is None else bytes(value)

    def _name_missing_key(self, environment: lmdb.Environment) -> None:
        with environment.begin() as transaction, transaction.cursor() as cursor:
            for number in range(1, self._count + 1):
                for key in (_image_key(number), _label_key(number)):
                    if not cursor.set_key(key):
                        raise DataError(
                            f"{self.path}: num-samples is {self._count}, "
                            f"but the key {key.decode()!r} is missing."
                        )


def write_lmdb(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write an LMDB folder, whole or not at all.

    Args:
        path: The folder, which is made; it may be there and empty.
        samples: At least one; images are copied byte for byte.

    Returns:
        The number of samples.

    Raises:
        DataError: `path` is a folder with something in it, the disk is full, or there are no samples.
    """
    count = 0
    with new_folder(Path(path)) as stage:
        try:
            # The map starts small and doubles when it is full.
            # No sync before the end: the folder is renamed only after the last one.
            with lmdb.open(str(stage), map_size=_FIRST_MAP_BYTES, lock=False, sync=False) as target:
                pending = iter(samples)
                while chunk := list(islice(pending, _CHUNK)):
                    _put(target, list(_records(chunk, count + 1)))
                    count += len(chunk)
                _put(target, [(_COUNT_KEY, str(count).encode())])
                target.sync(force=True)
        except lmdb.Error as error:
            free = shutil.disk_usage(stage).free  # LMDB calls a full disk an input/output error
            raise DataError(
                f"{path} was not written: {error} ({free:,} bytes are free). Nothing is left behind."
            ) from error
        if not count:
            raise DataError(f"{path} was not written: there are no samples.")
    return count


def _records(samples: Iterable[Sample], first: int) -> Iterator[tuple[bytes, bytes]]:
    numbered = enumerate(samples, start=first)
    return chain.from_iterable(
        (
            (_image_key(number), sample.read_bytes()),
            (_label_key(number), sample.label.encode("utf-8")),
        )
        for number, sample in numbered
    )


def _put(target: lmdb.Environment, records: list[tuple[bytes, bytes]]) -> None:
    """Write `records` in one transaction, with a larger map each time it does not hold them."""
    while True:
        try:
            with target.begin(write=True) as transaction:
                for key, value in records:
                    transaction.put(key, value)
        except lmdb.MapFullError:
            target.set_mapsize(2 * target.info()["map_size"])
        else:
            return


def _environment(path: Path) -> lmdb.Environment:
    """Return this process's handle on the folder; DataError where there is none to have."""
    file = path / "data.mdb"
    try:
        status = file.stat()
        key = (status.st_dev, status.st_ino)
        process, environment = _environments.get(key, (0, None))
        if environment is not None and process != os.getpid():
            environment.close()  # inherited through a fork: only this process's copy closes
            environment = None
        if environment is None:
            environment = lmdb.open(str(path), readonly=True, lock=False, readahead=False, create=False)
            _environments[key] = os.getpid(), environment
    except (OSError, lmdb.Error) as error:
        raise DataError(f"{path}: the LMDB data set cannot be opened: {error}.") from error
    # A page beyond the end of the file would kill the process when it is read.
    needed = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
    if status.st_size < needed:
        raise DataError(f"{file} is cut short: it has {status.st_size} of {needed} bytes.")
    return environment


def _image_key(number: int) -> bytes:
    return b"image-%09d" % number


def _label_key(number: int) -> bytes:
    return b"label-%09d" % number
