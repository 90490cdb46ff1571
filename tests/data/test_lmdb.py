"""LMDB data sets: the shared layout, several processes, faults."""

import multiprocessing
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from crnn.data import lmdb as module
from crnn.data import open_dataset, write_lmdb
from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError

CONTEXTS = ["fork", "spawn"]


@pytest.fixture
def folder(tmp_path: Path, samples: list[Sample]) -> Path:
    write_lmdb(tmp_path / "words", samples)
    return tmp_path / "words"


def change(folder: Path, key: bytes, value: bytes | None) -> None:
    """Set or delete one key of a data set that this process has not opened."""
    with (
        lmdb.open(str(folder), map_size=1 << 22, lock=False) as environment,
        environment.begin(write=True) as t,
    ):
        assert t.delete(key) if value is None else t.put(key, value)


def label_of(dataset: Dataset, index: int) -> str:
    return dataset[index].label


def test_it_reads_back_what_was_written(folder: Path, samples: list[Sample]) -> None:
    dataset = open_dataset(folder)
    assert [(s.image, s.label) for s in dataset] == [(s.image, s.label) for s in samples]
    assert dataset[-1].key == "image-000000012"
    assert dataset.location(-1) == f"{folder}:label-000000012"
    with pytest.raises(IndexError):
        dataset[12]


def test_the_keys_are_those_that_other_projects_use(folder: Path, samples: list[Sample]) -> None:
    with lmdb.open(str(folder), readonly=True, lock=False) as environment, environment.begin() as transaction:
        assert transaction.get(b"num-samples") == b"12"
        assert transaction.get(b"image-000000001") == samples[0].image
        assert transaction.get(b"label-000000012") == b"twelve"


def test_a_file_is_about_as_large_as_what_it_holds(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["data.mdb"]
    assert (folder / "data.mdb").stat().st_size < 200_000


def test_the_map_grows_beyond_its_first_size(tmp_path: Path) -> None:
    image = os.urandom(20_000)
    assert write_lmdb(tmp_path / "words", (Sample(str(n), image, str(n)) for n in range(300))) == 300
    dataset = open_dataset(tmp_path / "words")
    assert [sample.label for sample in dataset] == [str(n) for n in range(300)]
    assert all(sample.image == image for sample in dataset)


def test_labels_may_hold_anything_and_nothing(tmp_path: Path) -> None:
    labels = ["", "tab\tand\nline", "naïve Ω", "𝄞"]
    write_lmdb(tmp_path / "words", [Sample(label, b"?", label) for label in labels])
    assert [sample.label for sample in open_dataset(tmp_path / "words")] == labels


def test_the_same_folder_may_be_open_twice(folder: Path) -> None:
    first, second = open_dataset(folder), open_dataset(folder)
    assert first[0] == second[0]
    del first
    assert second[1].label == "two"


def test_a_new_data_set_at_an_old_path_is_read_anew(folder: Path, samples: list[Sample]) -> None:
    assert len(open_dataset(folder)) == 12
    shutil.rmtree(folder)
    write_lmdb(folder, samples[:3])
    assert len(open_dataset(folder)) == 3


def test_a_read_only_folder_can_be_opened(folder: Path) -> None:
    (folder / "data.mdb").chmod(0o444)
    folder.chmod(0o555)
    try:
        assert open_dataset(folder)[0].label == "one"
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("method", CONTEXTS)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_worker_processes_read_what_their_parent_opened(folder: Path, method: str) -> None:
    dataset = open_dataset(folder)
    assert dataset[0].label == "one"
    with multiprocessing.get_context(method).Pool(2) as pool:
        read = pool.starmap(label_of, [(dataset, index) for index in range(12)])
    assert read == [sample.label for sample in dataset]


def owners_after_reading(dataset: Dataset) -> tuple[int, set[int]]:
    assert dataset[0].label == "one"
    return os.getpid(), {process for process, _ in module._environments.values()}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_opens_a_handle_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_environments", {})
    dataset = open_dataset(folder)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        process, owners = pool.apply(owners_after_reading, (dataset,))
    assert owners == {process}
    assert dataset[0].label == "one"


def test_a_pickle_holds_no_image(folder: Path) -> None:
    assert len(pickle.dumps(open_dataset(folder))) < 500


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (b"num-samples", None, "the key 'num-samples' is missing"),
        (b"num-samples", b"many", "num-samples is b'many', not a number"),
        (b"num-samples", b"0", "num-samples is 0: the data set holds nothing"),
        (b"num-samples", b"14", "num-samples is 14, but the key 'image-000000013' is missing"),
        (b"label-000000005", None, "but the key 'label-000000005' is missing"),
        (b"image-000000005", None, "but the key 'image-000000005' is missing"),
    ],
)
def test_faulty_keys_are_named_at_opening(
    folder: Path, key: bytes, value: bytes | None, message: str
) -> None:
    change(folder, key, value)
    with pytest.raises(DataError, match=message):
        open_dataset(folder)


@pytest.mark.parametrize("key", [b"label-000000005", b"image-000000005"])
def test_a_data_set_with_a_hole_is_opened_where_that_is_asked_for(
    folder: Path, samples: list[Sample], key: bytes
) -> None:
    whole = [sample.label for sample in samples]
    change(folder, key, None)
    dataset = open_dataset(folder, incomplete=True)
    assert [number for number in range(len(dataset)) if dataset.is_missing(number)] == [4]
    assert [sample.label for sample in dataset][:4] == whole[:4]
    assert dataset[4].label == ("" if key.startswith(b"label") else whole[4])
    with pytest.raises(DataError, match="cannot be read"):
        dataset[4].read_bytes()


def test_a_number_of_samples_that_is_mostly_holes_is_refused(folder: Path) -> None:
    change(folder, b"num-samples", b"1000000000")
    with pytest.raises(DataError, match="num-samples is 1000000000, but the key"):
        open_dataset(folder, incomplete=True)


def test_a_missing_key_beside_a_surplus_one_is_named_when_it_is_read(folder: Path) -> None:
    change(folder, b"label-000000005", None)
    change(folder, b"path-000000005", b"five.png")
    dataset = open_dataset(folder)
    with pytest.raises(DataError, match="the key 'label-000000005' is missing"):
        dataset[4]


def test_a_label_that_is_not_utf_8_is_named(folder: Path) -> None:
    change(folder, b"label-000000005", b"caf\xe9")
    with pytest.raises(DataError, match=r"words:label-000000005: the label b'caf\\xe9' is not UTF-8"):
        open_dataset(folder)[4]


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    file.write_bytes(b"no lmdb " * 2000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, overwrite, empty])
def test_a_damaged_file_is_a_data_error_and_no_crash(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder / "data.mdb")
    with pytest.raises(DataError, match=r"is cut short: it has \d+ of \d+|cannot be opened"):
        open_dataset(folder)


def test_another_database_without_the_layout_is_refused(tmp_path: Path) -> None:
    with (
        lmdb.open(str(tmp_path), map_size=1 << 20, lock=False) as environment,
        environment.begin(write=True) as t,
    ):
        t.put(b"anything", b"else")
    with pytest.raises(DataError, match="the key 'num-samples' is missing"):
        open_dataset(tmp_path)
