"""Labelled word images: where they are read from, and written to.

    open_dataset(path)   a folder, archive, LMDB, Parquet or label file of any layout in docs/data.md
    write_folder         images/ and labels.tsv
    write_jsonl          images/ and metadata.jsonl
    write_lmdb           image-%09d, label-%09d, num-samples
    write_webdataset     a tar of 000000001.jpeg, 000000001.txt, ...
    write_parquet        images and labels in one file, as Hugging Face has them

`crnn.training.word_batches` (training batches of real words), `crnn.training.labels` (labels against
an alphabet) and `crnn.training.augment` (torch) are imported by those who train.
"""

from crnn.data.dataset import Dataset, Sample, Subset
from crnn.data.lmdb import write_lmdb
from crnn.data.open import open_dataset
from crnn.data.parquet import write_parquet
from crnn.data.write import write_folder, write_jsonl, write_webdataset

__all__ = [
    "Dataset",
    "Sample",
    "Subset",
    "open_dataset",
    "write_folder",
    "write_jsonl",
    "write_lmdb",
    "write_parquet",
    "write_webdataset",
]
