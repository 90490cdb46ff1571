"""Zip and tar archives: read in place, and not believed."""

import io
import os
import random
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from crnn.data import archives as archive
from crnn.data import archives as tararchive
from crnn.data import open_dataset, write_webdataset
from crnn.data.dataset import Sample
from crnn.errors import CrnnError, DataError

Draw = Callable[..., bytes]


def make_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def make_tar(path: Path, members: list[tuple[str, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as packed:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def files(draw_word: Draw) -> dict[str, bytes]:
    return {"labels.tsv": b"a.png\tone\nb.png\ttwo\n", "a.png": draw_word("one"), "b.png": draw_word("two")}


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "x/../../a.png", "..\\a.png", "C:\\a.png"])
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, files: dict[str, bytes], name: str) -> None:
    for path in (
        make_zip(tmp_path / "evil.zip", {**files, name: b"x"}),
        make_tar(tmp_path / "evil.tar", [*files.items(), (name, b"x")]),
    ):
        with pytest.raises(DataError, match="leads outside the archive"):
            open_dataset(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.tar", "evil.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    make_zip(tmp_path / "twice.zip", files)
    with zipfile.ZipFile(tmp_path / "twice.zip", "a") as packed:
        packed.writestr("a.png", b"another")
    make_tar(tmp_path / "twice.tar", [*files.items(), ("./a.png", b"another")])
    for name in ("twice.zip", "twice.tar"):
        with pytest.raises(DataError, match=r"holds 'a\.png' twice"):
            open_dataset(tmp_path / name)


def test_links_are_not_followed_and_counted(
    tmp_path: Path, files: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    make_tar(tmp_path / "links.tar", list(files.items()))
    with tarfile.open(tmp_path / "links.tar", "a") as packed:
        member = tarfile.TarInfo("c.png")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(member)
    make_zip(tmp_path / "links.zip", files)
    with zipfile.ZipFile(tmp_path / "links.zip", "a") as packed:
        entry = zipfile.ZipInfo("c.png")
        entry.external_attr = 0o120777 << 16
        packed.writestr(entry, "/etc/passwd")
    for name in ("links.tar", "links.zip"):
        caplog.clear()
        assert len(open_dataset(tmp_path / name)) == 2
        assert "1 links and special files left out" in caplog.text


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_torn_archive_is_refused(tmp_path: Path, samples: list[Sample], keep: float) -> None:
    write_webdataset(tmp_path / "whole.tar", samples)
    with (
        tarfile.open(tmp_path / "whole.tar") as whole,
        tarfile.open(tmp_path / "damaged.tgz", "w:gz") as packed,
    ):
        for member in whole:
            packed.addfile(member, whole.extractfile(member))
    make_zip(tmp_path / "damaged.zip", {f"{n}.png": s.read_bytes() for n, s in enumerate(samples)})
    (tmp_path / "damaged.tar").write_bytes((tmp_path / "whole.tar").read_bytes())
    for name in ("damaged.tar", "damaged.tgz", "damaged.zip"):
        path = tmp_path / name
        content = path.read_bytes()
        size = len(content.rstrip(b"\0")) if name.endswith(".tar") else len(content)
        path.write_bytes(content[: int(keep * size)])
        with pytest.raises(DataError, match=r"archive is damaged"):
            open_dataset(path)


def test_a_tar_with_a_damaged_header_in_its_middle_is_refused(tmp_path: Path, samples: list[Sample]) -> None:
    path = tmp_path / "words.tar"
    write_webdataset(path, samples)
    content = bytearray(path.read_bytes())
    with tarfile.open(path) as tar:
        at = tar.getmembers()[10].offset
    content[at + 100 : at + 300] = os.urandom(200)
    path.write_bytes(content)
    with pytest.raises(DataError, match="no end mark at byte"):
        open_dataset(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_of_a_zip_is_named_when_it_is_read(
    tmp_path: Path, files: dict[str, bytes], method: int
) -> None:
    path = make_zip(tmp_path / "words.zip", files, method)
    with zipfile.ZipFile(path) as packed:
        info = packed.getinfo("a.png")
    content = bytearray(path.read_bytes())
    content[info.header_offset + 60] ^= 0xFF
    path.write_bytes(content)
    dataset = open_dataset(path)
    assert dataset[1].label == "two"
    with pytest.raises(DataError, match=r"words\.zip/a\.png: is damaged: its checksum differs"):
        dataset[0]


def test_a_member_unpacks_to_its_stated_size_and_no_further(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = make_zip(tmp_path / "bomb.zip", {**files, "a.png": bytes(10_000_000)}, zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2", content.index(b"PK\1\2") + 1)  # the second entry of the list: a.png
    struct.pack_into("<I", content, at + 24, 100)
    path.write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        open_dataset(path)[0]


def test_members_that_are_too_large_are_refused_unread(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_IMAGE_BYTES", 100)
    with pytest.raises(DataError, match=r"a\.png: would unpack to [\d,]+ bytes; 100 are read at most"):
        open_dataset(make_zip(tmp_path / "words.zip", files))[0]


def test_a_compressed_tar_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tararchive, "MAX_UNPACK_RATIO", 1)
    path = make_tar(tmp_path / "bomb.tar.gz", [("a.png", bytes(70 << 20))], "w:gz")
    with pytest.raises(DataError, match=r"unpacks to more than .* times its size"):
        open_dataset(path)


def test_the_plain_copy_of_a_compressed_tar_goes_with_the_data_set(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_tar(tmp_path / "words.tar.gz", list(files.items()), "w:gz")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    dataset = open_dataset(path)
    assert dataset[1].read_bytes() == files["b.png"]
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    del dataset
    assert list((tmp_path / "temporary").iterdir()) == []
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="damaged"):
        open_dataset(path)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_encrypted_or_unusually_packed_zip_says_what_to_do(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = make_zip(tmp_path / "secret.zip", files)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")
    content[at + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"'labels\.tsv' is encrypted: unpack the archive"):
        open_dataset(path)
    with pytest.raises(DataError, match=r"packed by method 14; .*\n    Unpack the archive"):
        open_dataset(make_zip(tmp_path / "lzma.zip", files, zipfile.ZIP_LZMA))


def test_an_archive_that_changes_under_an_open_data_set_is_noticed(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = make_tar(tmp_path / "words.tar", list(files.items()))
    dataset = open_dataset(path)
    make_tar(path, [("x", b"")])
    with pytest.raises(DataError, match="was changed after it was opened"):
        dataset[0]


def test_capitals_in_suffixes_are_no_matter(tmp_path: Path, draw_word: Draw) -> None:
    path = make_tar(tmp_path / "WORDS.TAR", [("1.JPG", draw_word("x", kind="JPEG")), ("1.TXT", b"x")])
    assert [sample.label for sample in open_dataset(path)] == ["x"]


@pytest.mark.parametrize("name", ["words.zip", "words.tar", "words.tgz"])
def test_a_damaged_archive_is_refused_or_read_and_never_ends_in_another_error(
    tmp_path: Path, files: dict[str, bytes], name: str
) -> None:
    path = tmp_path / name
    if name == "words.zip":
        make_zip(path, files, zipfile.ZIP_DEFLATED)
    else:
        make_tar(path, list(files.items()), "w:gz" if name == "words.tgz" else "w")
    whole, rng = path.read_bytes(), random.Random(4)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(content)) if rng.random() < 0.5 else -rng.randrange(1, 200)
            content[at] = rng.randrange(256)
        path.write_bytes(content)
        with suppress(CrnnError):
            [sample.read_bytes() for sample in open_dataset(path)]
