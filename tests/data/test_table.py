"""Tables of paths and labels, and the line that each refusal names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.data import open_dataset
from crnn.data.dataset import Sample
from crnn.errors import DataError

Table = Callable[..., Path]


def labels(path: Path) -> list[str]:
    return [sample.label for sample in open_dataset(path)]


def test_a_tsv_gives_paths_relative_to_itself(table: Table) -> None:
    path = table(b"a.png\tone\nb.png\ttwo\n")
    dataset = open_dataset(str(path))
    image = path.parent / "b.png"
    assert len(dataset) == 2
    assert dataset[1] == dataset[-1] == Sample(str(image), image, "two")
    assert dataset[1].read_bytes() == image.read_bytes()
    assert dataset.location(1) == f"{path}:2"
    assert dataset.path == path


def test_an_index_past_the_end_is_an_index_error(table: Table) -> None:
    with pytest.raises(IndexError):
        open_dataset(table(b"a.png\tone\n"))[1]


def test_the_same_line_twice_is_two_samples(table: Table) -> None:
    assert labels(table(b"a.png\tone\na.png\tone\n")) == ["one", "one"]


def test_tsv_quotes_spaces_and_backslashes_are_part_of_the_label(table: Table) -> None:
    assert labels(table(b'a.png\t"one"\nb.png\t it\'s "5\\" \n')) == ['"one"', ' it\'s "5\\" ']


def test_only_a_line_feed_ends_a_line(table: Table) -> None:
    assert labels(table("a.png\tone\u2028two\x0b\x85\n".encode())) == ["one\u2028two\x0b\x85"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_sample(table: Table) -> None:
    assert labels(table(b"\xef\xbb\xbfa.png\tone\r\n\r\nb.png\ttwo")) == ["one", "two"]
    assert labels(table(b"\xef\xbb\xbfa.png,one\r\nb.png,two\r\n", "bom.csv")) == ["one", "two"]


def test_a_label_may_be_empty(table: Table) -> None:
    assert labels(table(b"a.png\t\nb.png\tx\n")) == ["", "x"]


def test_csv_labels_hold_commas_quotes_and_line_ends_in_quotes(table: Table) -> None:
    path = table(b'a.png,"1,50"\nb.png,"say ""hi""\nthere"\na.png,last\n', "train.csv")
    assert labels(path) == ["1,50", 'say "hi"\nthere', "last"]
    assert open_dataset(path).location(1) == f"{path}:2"
    assert open_dataset(path).location(2) == f"{path}:4"


@pytest.mark.parametrize("header", [b"path\ttext\n", b"Image\tLabel\n", b"\xef\xbb\xbffilename\twords\r\n"])
def test_a_row_of_column_names_is_passed_over(table: Table, header: bytes) -> None:
    path = table(header + b"a.png\tone\n")
    assert labels(path) == ["one"]
    assert open_dataset(path).location(0) == f"{path}:2"


def test_a_first_row_that_names_a_real_file_is_a_sample(table: Table) -> None:
    path = table(b"image\ttext\na.png\tone\n")
    (path.parent / "image").write_bytes(b"...")
    assert labels(path) == ["text", "one"]


def test_column_names_are_passed_over_once_only(table: Table) -> None:
    with pytest.raises(DataError, match=r"train\.tsv:2: there is no image file 'path'"):
        open_dataset(table(b"path\ttext\npath\ttext\na.png\tone\n"))


def test_a_missing_image_is_named_with_its_line_and_the_others_are_counted(table: Table) -> None:
    path = table(b"a.png\tone\nc.png\ttwo\nb.png\tthree\nd.png\tfour\ne.png\tfive\n")
    with pytest.raises(DataError, match=r"train\.tsv:2: there is no image file 'c\.png' .* \(2 more"):
        open_dataset(path)


def test_an_image_deleted_after_opening_is_a_data_error(table: Table) -> None:
    dataset = open_dataset(table(b"a.png\tone\n"))
    (dataset.path.parent / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png: the image cannot be read: No such file"):
        dataset[0].read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train.tsv", b"a.png\tone\nb.png\ttwo\tthree\n", r"train\.tsv:2: the row has 3 columns"),
        ("train.tsv", b"a.png one\n", r"train\.tsv:1: the row has 1 column,"),
        ("train.csv", b"a.png,one\nb.png,1,50\n", r"train\.csv:2: the row has 3 columns.*\n.*double quotes"),
        ("train.csv", b'a.png,one\nb.png,"two" x\n', r"train\.csv:2: this row is not valid CSV"),
        ("train.csv", b'a.png,one\nb.png,"two\n', r"train\.csv:2: this row is not valid CSV"),
        ("train.tsv", b"a.png\tone\nb.png\tcaf\xe9\n", r"train\.tsv:2: byte 0xE9 is not UTF-8"),
        ("train.csv", b"a.png,one\nb.png,caf\xe9\n", r"train\.csv:2: byte 0xE9 is not UTF-8"),
        ("train.tsv", "a.png\tone\n".encode("utf-16"), r"train\.tsv:1: byte 0xFF is not UTF-8"),
        ("train.tsv", b"", r"lists no images"),
        ("train.csv", b"path,text\n\n", r"lists no images"),
    ],
)
def test_a_faulty_table_is_refused_by_line(table: Table, name: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_dataset(table(content, name))


@pytest.mark.parametrize("name", ["ic15", "ic03", "svt", "iiit5k", "sroie_lines"])
def test_the_real_training_sets_open(name: str) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / name / "train.tsv"
    if not path.exists():
        pytest.skip(f"needs the word images of {name}, which are not part of the repository")
    dataset = open_dataset(path)
    assert len(dataset) == sum(1 for line in path.read_bytes().split(b"\n") if line)
    assert dataset[-1].read_bytes()[:2] == b"\xff\xd8"
