"""Writing a file whole or not at all."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crnn.errors import AlphabetError, DataError, ModelError
from crnn.files import read_lines, write_atomic


def test_a_written_file_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, full_disk: Callable[[], None]
) -> None:
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"old")
    full_disk()
    with pytest.raises(ModelError, match=r"best\.safetensors: cannot write 3 bytes: No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "best.safetensors"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_a_model_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none/a\.onnx: cannot write .* No such file"):
        write_atomic(tmp_path / "none" / "a.onnx", b"new")


def test_a_link_under_the_name_that_was_once_taken_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / f".a.onnx.{os.getpid()}.tmp").symlink_to("victim")
    write_atomic(tmp_path / "a.onnx", b"new")
    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_the_mode_of_the_older_file_stays_and_a_new_file_has_that_of_the_umask(tmp_path: Path) -> None:
    old, new, usual = tmp_path / "old", tmp_path / "new", tmp_path / "usual"
    old.write_bytes(b"old")
    old.chmod(0o640)
    usual.write_bytes(b"")
    for path in (old, new):
        write_atomic(path, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert new.stat().st_mode == usual.stat().st_mode


def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("folder/real")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "real").read_bytes() == b"new"


def test_the_longest_name_that_a_file_can_have_can_be_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("x" * 255), b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


def test_a_device_is_written_to_and_stays_a_device() -> None:
    write_atomic(os.devnull, b"gone")
    assert Path(os.devnull).is_char_device()


def test_lines_end_at_line_feeds_alone_and_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeffa b\r\n\nc\u2028d\n e".encode())
    assert list(read_lines(path, "word list")) == ["a b", "", "c\u2028d", " e"]


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"a\nb\xff\n")
    with pytest.raises(AlphabetError, match=r"words\.txt:2: byte 0xFF is not UTF-8"):
        list(read_lines(path, "alphabet", AlphabetError))
    with pytest.raises(DataError, match="the word list cannot be read: No such file"):
        list(read_lines(tmp_path / "none", "word list"))


def test_of_eight_threads_that_write_one_file_each_leaves_it_whole(tmp_path: Path) -> None:
    path, damaged = tmp_path / "shared", []
    path.write_bytes(b"0" * 30_000)

    def write(letter: int) -> None:
        for _ in range(10):
            write_atomic(path, bytes([letter]) * 30_000)
            content = path.read_bytes()
            if len(set(content)) != 1 or len(content) != 30_000:
                damaged.append(content)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(65, 73)))
    assert damaged == []
    assert list(tmp_path.iterdir()) == [path]
