"""Folders with images/ and a table: opened, written, refused."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crnn.data import open_dataset, write_folder, write_lmdb
from crnn.data.dataset import Sample
from crnn.errors import DataError

WRITERS = [write_folder, write_lmdb]
Write = Callable[[Path, object], int]


def test_a_written_folder_reads_back_as_the_same_bytes_and_labels(
    tmp_path: Path, samples: list[Sample]
) -> None:
    assert write_folder(tmp_path / "new" / "words", iter(samples)) == 12
    dataset = open_dataset(tmp_path / "new" / "words")
    assert [(s.read_bytes(), s.label) for s in dataset] == [(s.image, s.label) for s in samples]
    assert dataset.path.name == "labels.tsv"
    assert (tmp_path / "new" / "words" / "images" / "000000012.png").is_file()


def test_a_folder_can_be_copied_from_another_data_set(tmp_path: Path, samples: list[Sample]) -> None:
    write_folder(tmp_path / "first", samples)
    write_folder(tmp_path / "second", open_dataset(tmp_path / "first"))
    first, second = (tmp_path / name / "labels.tsv" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_files_keep_the_name_of_their_format(tmp_path: Path, draw_word: Callable[..., bytes]) -> None:
    write_folder(tmp_path / "words", [Sample("a", draw_word("a", kind="JPEG"), "a")])
    assert (tmp_path / "words" / "images" / "000000001.jpeg").is_file()


def test_labels_tsv_is_preferred_among_several_tables(table: Callable[..., Path]) -> None:
    table(b"a.png\tother\n", "other.tsv")
    folder = table(b"a.png\tone\n", "labels.tsv").parent
    assert [sample.label for sample in open_dataset(folder)] == ["one"]


def test_a_single_table_may_have_any_name(table: Callable[..., Path]) -> None:
    folder = table(b"a.png\tone\n", "anything.tsv").parent
    assert len(open_dataset(folder)) == 1


def test_several_tables_without_labels_tsv_are_refused_by_name(table: Callable[..., Path]) -> None:
    table(b"a.png\tone\n", "train.tsv")
    folder = table(b"a.png\tone\n", "val.tsv").parent
    with pytest.raises(DataError, match=r"several label files: .*/train\.tsv, .*/val\.tsv"):
        open_dataset(folder)


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(DataError, match=r"no data set that is known. Looked for: LMDB's data\.mdb"):
        open_dataset(tmp_path)


def test_a_missing_path_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.tsv: there is no such file"):
        open_dataset(tmp_path / "nowhere.tsv")
    (tmp_path / "words.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"words\.zip is no data set that is known"):
        open_dataset(tmp_path / "words.zip")


@pytest.mark.parametrize("label", ["a\tb", "a\nb", "a\rb"])
def test_a_label_that_a_tsv_cannot_hold_is_refused(tmp_path: Path, samples: list[Sample], label: str) -> None:
    with pytest.raises(DataError, match=r"memory/0: label 'a.{3}' holds a TAB or a line end"):
        write_folder(tmp_path / "words", [*samples, Sample("memory/0", samples[0].image, label)])
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="k: these 5 bytes are no image"):
        write_folder(tmp_path / "words", [Sample("k", b"hello", "hello")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_writing_refuses_a_folder_with_anything_in_it(
    tmp_path: Path, samples: list[Sample], write: Write
) -> None:
    (tmp_path / "keep.txt").write_text("mine")
    with pytest.raises(DataError, match="exists and is not an empty folder"):
        write(tmp_path, samples)
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


@pytest.mark.parametrize("write", WRITERS)
def test_writing_refuses_the_path_of_a_file(tmp_path: Path, samples: list[Sample], write: Write) -> None:
    (tmp_path / "words").write_text("mine")
    with pytest.raises(DataError, match="exists and is not an empty folder"):
        write(tmp_path / "words", samples)


@pytest.mark.parametrize("write", WRITERS)
def test_writing_takes_an_empty_folder(tmp_path: Path, samples: list[Sample], write: Write) -> None:
    (tmp_path / "words").mkdir()
    assert write(tmp_path / "words", samples) == len(open_dataset(tmp_path / "words")) == 12
    assert [path.name for path in tmp_path.iterdir()] == ["words"]


@pytest.mark.parametrize("write", WRITERS)
def test_writing_no_samples_is_refused_and_leaves_nothing(tmp_path: Path, write: Write) -> None:
    with pytest.raises(DataError, match="there are no samples"):
        write(tmp_path / "words", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_an_interrupted_write_leaves_nothing(tmp_path: Path, samples: list[Sample], write: Write) -> None:
    def interrupted() -> Iterator[Sample]:
        yield from samples
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "words", interrupted())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_can_grow_no_further_is_a_data_error_that_leaves_nothing(
    tmp_path: Path, draw_word: Callable[..., bytes], write: Write
) -> None:
    image = draw_word("noise", (80, 32), "BMP") + os.urandom(60_000)
    samples = (Sample(str(number), image, "noise") for number in range(300))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))  # bytes; as a full disk, but EFBIG
    try:
        with pytest.raises(DataError, match=r"was not written: .*Nothing is left behind"):
            write(tmp_path / "words", samples)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="words was not written: No space left on device"):
        write_folder(tmp_path / "words", samples)
    assert list(tmp_path.iterdir()) == []


def test_opening_data_sets_imports_no_torch() -> None:
    code = "import sys, crnn.data; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
