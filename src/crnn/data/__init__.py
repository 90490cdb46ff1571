"""Labelled word images: where they are read from, and written to.

    open_dataset(path)   a folder with images/ and a .tsv, a .tsv or .csv file, an LMDB folder
    write_folder         images/ and labels.tsv
    write_lmdb           image-%09d, label-%09d, num-samples

`crnn.data.batches` (training batches of real words), `crnn.data.labels` (labels against
an alphabet) and `crnn.data.augment` (torch) are imported by those who train.
"""

from pathlib import Path

from crnn.data.folder import open_folder, write_folder
from crnn.data.lmdb import LmdbDataset, write_lmdb
from crnn.data.sample import Dataset, Sample, Subset
from crnn.data.table import SUFFIXES, TableDataset
from crnn.errors import DataError

__all__ = ["Dataset", "Sample", "Subset", "open_dataset", "write_folder", "write_lmdb"]


def open_dataset(path: str | Path) -> Dataset:
    """Open a data set of any known kind; DataError, naming file and line, for a faulty one."""
    path = Path(path)
    if path.is_dir():
        if (path / "data.mdb").exists():
            return LmdbDataset(path)
        return open_folder(path)
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder.")
    if path.suffix.lower() in SUFFIXES:
        return TableDataset(path)
    raise DataError(
        f"{path} is no data set: give a .tsv or .csv table (path, text), "
        "a folder with images/ and a .tsv, or an LMDB folder."
    )
