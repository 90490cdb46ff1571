"""Single files: written whole or not at all, the same for the same samples."""

import json
import os
import resource
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from crnn.data import open_dataset, write_jsonl, write_parquet, write_webdataset
from crnn.data.dataset import Sample
from crnn.errors import DataError

Write = Callable[[Path, Iterable[Sample]], int]
WRITERS = [write_webdataset, write_parquet]


@pytest.fixture(params=WRITERS, ids=["tar", "parquet"])
def write(request: pytest.FixtureRequest) -> Write:
    if request.param is write_parquet:
        pytest.importorskip("pyarrow", reason="needs pyarrow (the extra 'parquet')")
    return request.param


def test_a_tar_reads_back_the_same_and_is_the_same_each_time(tmp_path: Path, samples: list[Sample]) -> None:
    for name in ("one.tar", "two.tar"):
        assert write_webdataset(tmp_path / name, iter(samples)) == 12
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    dataset = open_dataset(tmp_path / "one.tar")
    assert [(s.image, s.label) for s in dataset] == [(s.image, s.label) for s in samples]
    with tarfile.open(tmp_path / "one.tar") as tar:
        assert tar.getnames()[:2] == ["000000001.png", "000000001.txt"]


def test_json_lines_hold_any_label_and_the_keys_of_an_imagefolder(
    tmp_path: Path, draw_word: Callable[..., bytes]
) -> None:
    labels = ["", "tab\tand\nline", 'quote "', "naïve Ω", "𝄞"]
    samples = [Sample(label, draw_word("x"), label) for label in labels]
    assert write_jsonl(tmp_path / "words", samples) == 5
    assert [sample.label for sample in open_dataset(tmp_path / "words")] == labels
    first = (tmp_path / "words" / "metadata.jsonl").read_text("utf-8").splitlines()[3]
    assert json.loads(first) == {"file_name": "images/000000004.png", "text": "naïve Ω"}


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpeg"), ("JPEG2000", "jp2"), ("WEBP", "webp")])
def test_images_keep_a_suffix_that_is_read_again(
    tmp_path: Path, draw_word: Callable[..., bytes], kind: str, suffix: str
) -> None:
    write_webdataset(tmp_path / "words.tar", [Sample("a", draw_word("x", kind=kind), "x")])
    assert open_dataset(tmp_path / "words.tar")[0].key.endswith(f"000000001.{suffix}")


def test_a_path_that_is_taken_is_refused(tmp_path: Path, samples: list[Sample], write: Write) -> None:
    (tmp_path / "words").write_text("mine")
    with pytest.raises(DataError, match="words exists: give a new name"):
        write(tmp_path / "words", samples)
    assert (tmp_path / "words").read_text() == "mine"


def test_no_samples_are_refused_and_leave_nothing(tmp_path: Path, write: Write) -> None:
    with pytest.raises(DataError, match="there are no samples"):
        write(tmp_path / "words", [])
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, samples: list[Sample], write: Write) -> None:
    def interrupted() -> Iterator[Sample]:
        yield from samples
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "words", interrupted())
    assert list(tmp_path.iterdir()) == []


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
