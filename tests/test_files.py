"""Writing a file whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crnn.errors import ModelError
from crnn.files import write_atomic


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
