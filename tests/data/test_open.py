"""Data sets of every layout, in a folder and in every archive: found by looking inside."""

import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.data import open_dataset, write_folder, write_lmdb, write_webdataset
from crnn.data.dataset import Sample
from crnn.errors import DataError
from tests.data.layouts import LABELS, LAYOUTS

Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path, draw_word: Callable[..., bytes]) -> Build:
    """Write the files of a layout into a new folder."""

    def write(files: dict[str, bytes | None], name: str = "set") -> Path:
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(draw_word(file[-8:]) if content is None else content)
        return tmp_path / name

    return write


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


def tarred(folder: Path, mode: str = "", suffix: str = ".tar", top: str = ".") -> Path:
    path = folder.with_suffix(suffix)
    with tarfile.open(path, f"w:{mode}") as archive:
        archive.add(folder, top)
    return path


PACKERS: dict[str, Callable[[Path], Path]] = {
    "folder": lambda folder: folder,
    "zip": zipped,
    "tar": tarred,
    "tar with a folder at the top": lambda folder: tarred(folder, top="my words"),
    "tar.gz": lambda folder: tarred(folder, "gz", ".tgz"),
    "tar.xz": lambda folder: tarred(folder, "xz", ".archive"),
}


@pytest.mark.slow
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_reads_the_same_in_a_folder_and_in_an_archive(
    build: Build, layout: str, packer: str
) -> None:
    folder = build(LAYOUTS[layout])
    images = sorted(file.read_bytes() for file in folder.rglob("*.png"))
    dataset = open_dataset(PACKERS[packer](folder))
    assert len(dataset) == 2
    assert {sample.label for sample in dataset} == set(LABELS)
    assert sorted(sample.read_bytes() for sample in dataset) == images
    for index, sample in enumerate(dataset):
        assert dataset[index - 2] == sample
        assert dataset.location(index) != dataset.location(1 - index)
        assert str(dataset.path).removesuffix("labels.json") in dataset.location(index)
    with pytest.raises(IndexError):
        dataset[2]
    copy = pickle.loads(pickle.dumps(dataset))  # noqa: S301  # our own
    assert list(copy) == list(dataset)


def test_names_are_labels_only_where_that_is_asked(build: Build) -> None:
    folder = build(dict.fromkeys(["ab12.png", "x/Hotel_0001.PNG", "x/notes.txt"]))
    with pytest.raises(DataError, match=r"holds 2 images.* labels: names:.*set$"):
        open_dataset(folder)
    dataset = open_dataset(f"names:{folder}")
    assert [sample.label for sample in dataset] == ["ab12", "Hotel"]
    assert dataset.location(1) == f"{folder}/x/Hotel_0001.PNG"
    assert [sample.label for sample in open_dataset(Path(f"names:{zipped(folder)}"))] == ["ab12", "Hotel"]
    with pytest.raises(DataError, match=r"names:.*nowhere: there is no such folder"):
        open_dataset("names:nowhere")


def test_a_label_file_is_told_by_its_content_not_its_name(build: Build) -> None:
    contents = {
        "icdar": b'w/a.png, "a \\"b\\" c\\\\d"\n',
        "tsv": b"w/a.png\ta,b\n",
        "csv": b'w/a.png,"a, ""b"""\n',
    }
    labels = {"icdar": 'a "b" c\\d', "tsv": "a,b", "csv": 'a, "b"'}
    folder = build({"w/a.png": None})
    for form, content in contents.items():
        (folder / "list.lst").write_bytes(content)
        assert [sample.label for sample in open_dataset(folder / "list.lst")] == [labels[form]]


def test_several_images_may_share_a_label_as_paddle_lists_them(build: Build) -> None:
    folder = build({"a.jpg": None, "b.jpg": None, "rec.txt": b'["a.jpg", "b.jpg"]\tword\na.jpg\tother\n'})
    dataset = open_dataset(folder)
    assert [(Path(sample.key).name, sample.label) for sample in dataset] == [
        ("a.jpg", "word"), ("b.jpg", "word"), ("a.jpg", "other"),
    ]  # fmt: skip
    assert dataset.location(1) == f"{folder}/rec.txt:1"


def test_a_path_may_lead_into_an_archive(build: Build) -> None:
    files = {
        "train/a.png": None,
        "val/b.png": None,
        "train.tsv": b"train/a.png\ta\n",
        "val.tsv": b"val/b.png\tb\n",
    }
    archive = zipped(build(files))
    with pytest.raises(DataError, match=r"several label files.*set\.zip/train\.tsv, .*set\.zip/val\.tsv"):
        open_dataset(archive)
    dataset = open_dataset(archive / "val.tsv")
    assert (dataset[0].label, dataset.location(0)) == ("b", f"{archive}/val.tsv:1")
    with pytest.raises(DataError, match="holds no file or folder 'test'"):
        open_dataset(archive / "test")


@pytest.mark.parametrize("packer", ["folder", "zip", "tar"])
def test_a_folder_of_several_sets_names_them(build: Build, packer: str) -> None:
    files = {"a/labels.tsv": b"1.png\tx\n", "a/1.png": None, "b/labels.tsv": b"../a/1.png\ty\n"}
    packed = PACKERS[packer](build(files))
    with pytest.raises(DataError, match=r"several data sets: .*a/labels\.tsv, .*b/labels\.tsv"):
        open_dataset(packed)
    assert open_dataset(packed / "b")[0].label == "y"  # an image elsewhere in the same archive


def test_shards_are_one_set(tmp_path: Path, samples: list[Sample]) -> None:
    for number in range(3):
        write_webdataset(tmp_path / f"words-{number:02}.tar", samples[4 * number : 4 * number + 4])
    for path in (tmp_path, tmp_path / "words-{00..02}.tar", tmp_path / "words-*.tar"):
        dataset = open_dataset(path)
        assert [sample.label for sample in dataset] == [sample.label for sample in samples]
        assert dataset[-1] == dataset[11]
        assert dataset.location(4) == f"{tmp_path}/words-01.tar/000000001.txt"
    write_webdataset(tmp_path / "val-00.tar", samples[:1])
    with pytest.raises(DataError, match=r"shards of several sets: .*val-\*\.tar, .*words-\*\.tar"):
        open_dataset(tmp_path)
    with pytest.raises(DataError, match=r"words-03\.tar is missing, and 1 more of 5"):
        open_dataset(tmp_path / "words-{00..04}.tar")
    with pytest.raises(DataError, match="must count upwards"):
        open_dataset(tmp_path / "words-{4..0}.tar")
    with pytest.raises(DataError, match="no such file or folder"):
        open_dataset(tmp_path / "test-*.tar")


def test_an_lmdb_may_be_given_by_its_file_and_lie_in_a_folder(tmp_path: Path, samples: list[Sample]) -> None:
    write_lmdb(tmp_path / "top" / "words", samples)
    for path in (tmp_path / "top", tmp_path / "top" / "words" / "data.mdb"):
        assert len(open_dataset(path)) == 12


def test_what_other_programs_strew_about_is_no_data(build: Build) -> None:
    folder = build({**LAYOUTS["tesseract"], "w/._a.gt.txt": b"junk", "__MACOSX/b.gt.txt": b"junk"})
    assert len(open_dataset(folder)) == len(open_dataset(zipped(folder))) == 2


def test_an_unknown_folder_and_file_name_all_that_was_looked_for(build: Build) -> None:
    folder = build({"notes.md": b"# words", "a.png": None})
    for path in (folder, zipped(folder), folder / "notes.md"):
        with pytest.raises(DataError, match=r"no data set that is known[\s\S]*ICDAR's gt\.txt[\s\S]*MJSynth"):
            open_dataset(path)
    with pytest.raises(DataError, match=r"a\.png is an image, and no data set"):
        open_dataset(folder / "a.png")


def test_a_written_folder_is_found_within_a_zip_of_its_parent(tmp_path: Path, samples: list[Sample]) -> None:
    write_folder(tmp_path / "up" / "words", samples)
    assert len(open_dataset(zipped(tmp_path / "up"))) == 12


LISTS = {
    "icdar": "gt.txt",
    "mjsynth": "annotation_train.txt",
    "doctr": "labels.json",
    "imagefolder jsonl": "metadata.jsonl",
    "imagefolder csv": "metadata.csv",
    "paddle": "rec_gt_train.txt",
    "iiit5k": "traindata.mat",
}


@pytest.mark.parametrize("layout", [*LISTS, "tesseract", "webdataset txt"])
@pytest.mark.parametrize("packer", ["folder", "zip", "tar"])
def test_a_missing_image_is_named_with_the_place_of_its_label(build: Build, layout: str, packer: str) -> None:
    files = dict(LAYOUTS[layout])
    gone = min(name for name, content in files.items() if content is None)
    del files[gone]
    with pytest.raises(DataError, match=f"there is no image file '.*{Path(gone).stem}") as raised:
        open_dataset(PACKERS[packer](build(files)))
    assert LISTS.get(layout, Path(gone).stem) in str(raised.value)


@pytest.mark.parametrize("layout", [*LISTS, "tesseract", "webdataset txt"])
@pytest.mark.parametrize("packer", ["folder", "zip", "tar"])
def test_a_set_with_missing_images_is_opened_where_that_is_asked_for(
    build: Build, layout: str, packer: str
) -> None:
    whole = [sample.label for sample in open_dataset(build(dict(LAYOUTS[layout]), "whole"))]
    files = dict(LAYOUTS[layout])
    gone = min(name for name, content in files.items() if content is None)
    del files[gone]
    dataset = open_dataset(PACKERS[packer](build(files)), incomplete=True)
    assert [sample.label for sample in dataset] == whole
    (number,) = (number for number in range(len(dataset)) if dataset.is_missing(number))
    assert Path(gone).stem in dataset[number].key
    with pytest.raises(DataError, match="cannot be read: "):
        dataset[number].read_bytes()


def test_shards_tell_which_of_their_samples_are_missing(build: Build) -> None:
    for number in range(2):
        files = {"labels.tsv": b"a.png\tone\ngone.png\ttwo\n", "a.png": None}
        tarred(build(files, f"words-{number}"))
    shards = str(build({}).parent / "words-*.tar")
    with pytest.raises(DataError, match=r"no image file 'gone\.png'"):
        open_dataset(shards)
    dataset = open_dataset(shards, incomplete=True)
    assert [dataset.is_missing(number) for number in range(-4, 4)] == [False, True] * 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gt.txt", b'a.png, "x"\na.png "y"\n', r"gt\.txt:2: 'a\.png \"y\"' is not of the form"),
        ("gt.txt", b'a.png, "x"\na.png, "caf\xe9"\n', r"gt\.txt:2: byte 0xE9 is not UTF-8.*\n.*iconv"),
        ("ann.txt", b"./1/2_A_3.jpg 3\nb.jpg\n", r"ann\.txt:2: 'b\.jpg' is not of the form: \./1/2"),
        ("labels.json", b'{"a.png": "x",', r"labels\.json:1: the file is no JSON"),
        ("labels.json", b'{"a.png": "x", "a.png": "y"}', r"'a\.png' is there twice"),
        ("labels.json", b'{"a.png": {"polygons": []}}', r"label of 'a\.png' is no text .*\n.*for detection"),
        ("labels.json", b'{"a.png": "\\ud800"}', r"json: a\.png: the label .* holds half of a character"),
        ("labels.json", b'{"a.png": "caf\xe9"}', r"labels\.json: byte 0xE9 is not UTF-8"),
        ("a.jsonl", b'{"path": "a.png", "text": "x"}\n{"path": 3}\n', r"jsonl:2: has the keys path; one of"),
        ("a.jsonl", b'{"path": "a.png", "text": 5}\n', r"jsonl:1: path and label are .*; both must be"),
        ("a.jsonl", b'{"path": "a.png", "text": "x"}\n[]\n', r"jsonl:2: this line is no JSON object"),
        ("a.jsonl", b'{"path": "a.png", "text": "x"}\n{"path"\n', r"jsonl:2: this line is no JSON"),
        ("a.csv", b"file_name,x,text\na.png,1,x\na.png,x\n", r"csv:3: the row has 2 columns, not the 3 that"),
        ("rec.txt", b'["a.png"\tx\n', r"rec\.txt:1: the list of images .* is no JSON"),
        ("rec.txt", "a.png\tx\n".encode("utf-16"), r"rec\.txt:1: byte 0xFF .* but begins UTF-16"),
        ("a.mat", b"MATLAB 5.0 MAT-file".ljust(200), r"a\.mat: is no MATLAB 5 file"),
        ("empty.txt", b"", r"empty\.txt is no data set that is known"),
        ("empty.tsv", b"\n\n", r"empty\.tsv: lists no images"),
    ],
)  # fmt: skip
def test_a_faulty_label_file_is_refused_by_place(
    build: Build, name: str, content: bytes, message: str
) -> None:
    folder = build({"a.png": None, name: content})
    with pytest.raises(DataError, match=message):
        open_dataset(folder / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gt.txt", b"one\ntwo\n", r"a\.gt\.txt: holds 2 lines; the label of an image is one"),
        ("a.gt.txt", b"caf\xe9", r"a\.gt\.txt: byte 0xE9 is not UTF-8"),
        ("a.txt", b"caf\xe9", r"a\.txt: byte 0xE9 is not UTF-8"),
        ("a.json", b"{", r"a\.json: the file is no JSON"),
        ("a.json", b'{"cls": 3}', r"a\.json: holds no text under one of the keys text, label"),
    ],
)
@pytest.mark.parametrize("packer", ["folder", "tar"])
def test_a_faulty_label_beside_an_image_is_named(
    build: Build, name: str, content: bytes, message: str, packer: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_dataset(PACKERS[packer](build({"a.png": None, name: content})))


def test_images_without_a_label_file_are_counted(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    folder = build({**LAYOUTS["tesseract"], "w/c.png": None, "w/d.png": None})
    assert len(open_dataset(folder)) == 2
    assert "2 images left out that have no label file" in caplog.text


def test_an_image_as_kraken_names_it_is_found_by_its_label(build: Build) -> None:
    folder = build({"1.v2.gt.txt": b"one", "1.v2.nrm.png": None, "2.gt.txt": b"two", "2.JPG": None})
    assert [sample.label for sample in open_dataset(folder)] == ["one", "two"]


def test_an_mjsynth_label_is_between_the_first_and_the_last_underscore(build: Build) -> None:
    folder = build({"1/2_a_b_3.jpg": None, "annotation_val.txt": b"./1/2_a_b_3.jpg 3\n"})
    assert [sample.label for sample in open_dataset(folder)] == ["a_b"]
