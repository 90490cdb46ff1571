"""Parquet files with the images inside, as Hugging Face's data sets have them.

    image   struct of bytes (the encoded image) and path, or the bytes themselves
    text    or another usual name of a label

One group of rows is in memory at a time. Needs pyarrow: the extra `parquet`.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crnn.data.dataset import Dataset, Sample
from crnn.data.layouts import TEXT_NAMES, pick
from crnn.errors import DataError, MissingExtra
from crnn.files import new_file
from crnn.installation import install_command

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
ROWS = 256
"""Rows of one group that is written."""
_IMAGE_NAMES = ("image", "img", "jpg", "png", "bytes")
_FEATURES = {
    "info": {"features": {"image": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"}}}
}
"""So that Hugging Face's library shows the bytes as images."""


class ParquetDataset(Dataset):
    """The rows of one file; reading in order is fast, reading at random unpacks a group each time."""

    def __init__(self, path: Path) -> None:
        """Read the file's own list; DataError where it is damaged, empty or has other columns."""
        _import_pyarrow()
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        self._held: tuple[int, pa.Table | None] = (-1, None)
        try:
            with pq.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
                schema = file.schema_arrow
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: the Parquet file is damaged: {error}.") from error
        self._starts = np.array([0, *accumulate(sizes)])
        self._image, self._text = _columns(path, schema)
        if not len(self):
            raise DataError(f"{path}: lists no images.")

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> Sample:
        index = range(len(self))[index]
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        table = self._group(group)
        place = self.location(index)
        try:
            row = table.slice(index - int(self._starts[group]), 1).to_pylist()[0]
        except UnicodeDecodeError as error:
            raise DataError(f"{place}: the label {error.object!r} is not UTF-8.") from error
        image, label = row[self._image], row[self._text]
        content = image.get("bytes") if isinstance(image, dict) else image
        if not isinstance(content, bytes) or not isinstance(label, str):
            lacking = "label" if isinstance(content, bytes) else "image bytes"
            raise DataError(f"{place}: the row has no {lacking}.")
        return Sample(place, content, label)

    def location(self, index: int) -> str:
        """Name the row, counted from 1."""
        return f"{self.path}:{range(1, len(self) + 1)[index]}"

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_held": (-1, None)}

    def _group(self, number: int) -> "pa.Table":
        """Return a group of rows, kept until another one is asked for."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        held, table = self._held
        if table is None or held != number:
            try:
                with pq.ParquetFile(self.path) as file:
                    table = file.read_row_group(number, [self._image, self._text], use_threads=False)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                raise DataError(f"{self.path}: the Parquet file is damaged: {error}.") from error
            self._held = number, table
        return table


def write_parquet(path: str | Path, samples: Iterable[Sample]) -> int:
    """Write one Parquet file, whole or not at all.

    Args:
        path: The file; nothing may be there yet.
        samples: At least one; images are copied byte for byte.

    Returns:
        The number of samples.

    Raises:
        DataError: There is something at `path`, the disk is full, or there are no samples.
        MissingExtra: pyarrow is not installed.
    """
    _import_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([("image", image), ("text", pa.string())], {"huggingface": json.dumps(_FEATURES)})
    count = 0
    with new_file(Path(path)) as stage:
        pending = iter(samples)
        with pq.ParquetWriter(stage, schema) as writer:
            while rows := list(_rows(islice(pending, ROWS))):
                writer.write_table(pa.Table.from_pylist(rows, schema))
                count += len(rows)
        if not count:
            raise DataError(f"{path} was not written: there are no samples.")
    return count


def _rows(samples: Iterable[Sample]) -> Iterator[dict[str, object]]:
    for sample in samples:
        content = sample.read_bytes()
        yield {"image": {"bytes": content, "path": Path(sample.key).name}, "text": sample.label}


def _columns(path: Path, schema: "pa.Schema") -> tuple[str, str]:
    """Find the columns of images and labels."""
    import pyarrow as pa

    def holds_images(kind: pa.DataType) -> bool:
        if pa.types.is_struct(kind):
            return bool(kind.get_field_index("bytes") >= 0)
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    def holds_text(kind: pa.DataType) -> bool:
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

    images = [field.name for field in schema if holds_images(field.type)]
    texts = [field.name for field in schema if holds_text(field.type)]
    image, text = pick(_IMAGE_NAMES, images), pick(TEXT_NAMES, texts)
    if image is None or text is None:
        columns = ", ".join(f"{field.name} ({field.type})" for field in schema)
        raise DataError(
            f"{path}: has the columns {columns}; one of {', '.join(_IMAGE_NAMES)} with the images' bytes "
            f"and one of {', '.join(TEXT_NAMES)} with texts are needed."
        )
    return images[image], texts[text]


def _import_pyarrow() -> None:
    try:
        import pyarrow as pa  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(f"Parquet files need pyarrow: {install_command('parquet')}") from error
