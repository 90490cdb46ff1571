"""`crnn convert` copies data sets from any format to any other."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.data import open_dataset
from tests.cli.conftest import Run, draw_word

Crnn = Callable[..., Run]
WORDS = ["one", "two", "three"]
OUTS = ["folder", "lmdb.lmdb", "tar.tar", "parquet.parquet"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for word in WORDS:
        draw_word(tmp_path / "set" / "images" / f"{word}.png", word)
    lines = "".join(f"images/{word}.png\t{word}\n" for word in WORDS)
    (tmp_path / "set" / "train.tsv").write_text(lines)
    return tmp_path / "set"


def pairs(path: Path) -> list[tuple[bytes, str]]:
    return [(sample.read_bytes(), sample.label) for sample in open_dataset(path)]


@pytest.mark.parametrize("first", OUTS)
@pytest.mark.parametrize("second", OUTS)
def test_any_format_becomes_any_other_with_the_same_images_and_labels(
    crnn: Crnn, tmp_path: Path, source: Path, first: str, second: str
) -> None:
    if "parquet" in first + second:
        pytest.importorskip("pyarrow", reason="needs pyarrow (the extra 'parquet')")
    one, two = tmp_path / first, tmp_path / "again" / second
    assert crnn("convert", source, one) == Run(0, f"{one}: 3 images\n", "")
    assert crnn("convert", one, two) == Run(0, f"{two}: 3 images\n", "")
    assert pairs(two) == pairs(source)


def test_a_zip_of_a_folder_becomes_an_lmdb(crnn: Crnn, tmp_path: Path, source: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mydata.zip", "w") as packed:
        for file in source.rglob("*"):
            packed.write(file, file.relative_to(tmp_path))
    assert crnn("convert", tmp_path / "mydata.zip", tmp_path / "out.lmdb").status == 0
    assert pairs(tmp_path / "out.lmdb") == pairs(source)


def test_names_of_images_are_labels_where_that_is_asked(crnn: Crnn, tmp_path: Path, source: Path) -> None:
    run = crnn("convert", f"names:{source / 'images'}", tmp_path / "out")
    assert run.out == f"{tmp_path / 'out'}: 3 images\n"
    assert sorted(label for _, label in pairs(tmp_path / "out")) == sorted(WORDS)


def test_the_format_may_be_named(crnn: Crnn, tmp_path: Path, source: Path) -> None:
    assert crnn("convert", source, tmp_path / "out.v2", "--format", "jsonl").status == 0
    assert (tmp_path / "out.v2" / "metadata.jsonl").is_file()
    assert pairs(tmp_path / "out.v2") == pairs(source)


def test_what_is_no_image_is_left_out_named_and_makes_the_status_1(
    crnn: Crnn, tmp_path: Path, source: Path
) -> None:
    (source / "images" / "two.png").write_bytes(b"not an image")
    out = tmp_path / "out.tar"
    run = crnn("convert", source, out)
    assert (run.status, run.out) == (1, f"{out}: 2 images, 1 left out\n")
    assert run.err.startswith(
        f"DataError: {source}/train.tsv:2: {source}/images/two.png: these 12 bytes are no"
    )
    assert [label for _, label in pairs(out)] == ["one", "three"]


def test_a_set_of_which_nothing_can_be_read_is_not_written(crnn: Crnn, tmp_path: Path, source: Path) -> None:
    for word in WORDS:
        (source / "images" / f"{word}.png").write_bytes(b"not an image")
    run = crnn("convert", source, tmp_path / "out.lmdb")
    assert (run.status, run.out) == (2, "")
    assert run.err.count("are no image") == 3
    assert "there are no samples" in run.err
    assert not (tmp_path / "out.lmdb").exists()


@pytest.mark.parametrize("name", ["out.zip", "out.tsv", "out.jsonl"])
def test_a_format_that_is_not_written_is_wrong_usage(
    crnn: Crnn, tmp_path: Path, source: Path, name: str
) -> None:
    run = crnn("convert", source, tmp_path / name)
    assert (run.status, run.out) == (2, "")
    assert "which is not written" in run.err


@pytest.mark.parametrize("out", ["out", "out.lmdb", "out.tar"])
def test_nothing_is_overwritten(crnn: Crnn, tmp_path: Path, source: Path, out: str) -> None:
    (tmp_path / out).write_text("precious")
    run = crnn("convert", source, tmp_path / out)
    assert run.status == 2
    assert "exists" in run.err
    assert (tmp_path / out).read_text() == "precious"


def test_a_faulty_table_ends_in_2_and_leaves_nothing(crnn: Crnn, tmp_path: Path, source: Path) -> None:
    (source / "train.tsv").write_text("images/one.png\tone\nimages/four.png\tfour\n")
    run = crnn("convert", source, tmp_path / "out")
    assert (run.status, run.out) == (2, "")
    assert "train.tsv:2: there is no image file 'images/four.png'" in run.err
    assert not (tmp_path / "out").exists()
