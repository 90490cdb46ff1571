"""Parquet files with the images inside."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.data import open_dataset, parquet, write_parquet
from crnn.data.dataset import Sample
from crnn.errors import DataError, MissingExtra

pa = pytest.importorskip("pyarrow", reason="needs pyarrow (the extra 'parquet')")
pq = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow (the extra 'parquet')")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write columns into a file."""

    def write(name: str = "words.parquet", rows: int = 5, **columns: object) -> Path:
        pq.write_table(pa.table(columns), tmp_path / name, row_group_size=rows)
        return tmp_path / name

    return write


def test_it_reads_back_what_was_written(
    tmp_path: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS", 5)
    assert write_parquet(tmp_path / "words.parquet", iter(samples)) == 12
    dataset = open_dataset(tmp_path / "words.parquet")
    assert [(s.image, s.label) for s in dataset] == [(s.image, s.label) for s in samples]
    assert dataset[-1].label == "twelve"
    assert dataset.location(4) == dataset[4].key == f"{tmp_path}/words.parquet:5"
    assert pickle.loads(pickle.dumps(dataset))[7] == dataset[7]  # noqa: S301  # our own
    assert len(pickle.dumps(dataset)) < 2000
    with pytest.raises(IndexError):
        dataset[12]


def test_hugging_face_sees_images_in_what_was_written(tmp_path: Path, samples: list[Sample]) -> None:
    write_parquet(tmp_path / "words.parquet", samples)
    schema = pq.read_schema(tmp_path / "words.parquet")
    assert schema.names == ["image", "text"]
    assert b'"image": {"_type": "Image"}' in schema.metadata[b"huggingface"]


def test_images_may_be_plain_bytes_and_other_columns_stand_beside(write: Write) -> None:
    path = write(id=[1, 2], label=["x", "y"], img=[b"1", b"2"], note=["", ""])
    assert [(sample.image, sample.label) for sample in open_dataset(path)] == [(b"1", "x"), (b"2", "y")]


def test_shards_in_hugging_faces_folder_are_found(write: Write, tmp_path: Path) -> None:
    (tmp_path / "set" / "data").mkdir(parents=True)
    (tmp_path / "set" / "README.md").write_text("# Words")
    for number in range(2):
        write(f"set/data/train-{number:05}-of-00002.parquet", image=[b"1"], text=[str(number)])
    assert [sample.label for sample in open_dataset(tmp_path / "set")] == ["0", "1"]
    write("set/data/test-00000-of-00001.parquet", image=[b"1"], text=["x"])
    with pytest.raises(DataError, match=r"several sets: .*test-\*-of-\*\.parquet, .*train-\*"):
        open_dataset(tmp_path / "set")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": [b"1"], "label": [3]}, r"has the columns image \(binary\), label \(int64\); one of image"),
        ({"image": ["a.png"], "text": ["x"]}, r"has the columns image \(string\)"),
        ({"image": pa.array([], pa.binary()), "text": pa.array([], pa.string())}, "lists no images"),
    ],
)
def test_other_columns_and_no_rows_are_refused(
    write: Write, columns: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_dataset(write(**columns))


def test_a_row_without_image_or_label_is_named(write: Write) -> None:
    dataset = open_dataset(
        write(image=[{"bytes": None, "path": "a.png"}, {"bytes": b"1", "path": None}], text=["x", None])
    )
    with pytest.raises(DataError, match=r"words\.parquet:1: the row has no image bytes"):
        dataset[0]
    with pytest.raises(DataError, match=r"words\.parquet:2: the row has no label"):
        dataset[1]


def test_a_label_that_is_not_utf_8_is_named(write: Write) -> None:
    label = pa.array([b"caf\xe9"], pa.binary()).view(pa.string())
    with pytest.raises(DataError, match=r"words\.parquet:1: the label b'caf\\xe9' is not UTF-8"):
        open_dataset(write(image=[b"1"], text=label))[0]


@pytest.mark.parametrize("keep", [0.01, 0.5, 0.95])
def test_a_torn_file_is_refused(write: Write, keep: float) -> None:
    path = write(image=[b"1"] * 100, text=["x"] * 100)
    content = path.read_bytes()
    path.write_bytes(content[: max(8, int(keep * len(content)))])
    with pytest.raises(DataError, match="Parquet file is damaged"):
        open_dataset(path)


def test_without_pyarrow_the_extra_is_named(
    write: Write, tmp_path: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(image=[b"1"], text=["x"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"need pyarrow: cd .* && pip install -e '\.\[parquet\]'"):
        open_dataset(path)
    with pytest.raises(MissingExtra, match="pyarrow"):
        write_parquet(tmp_path / "new.parquet", samples)
    assert not (tmp_path / "new.parquet").exists()
