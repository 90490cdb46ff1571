"""Nothing leaves the machine, and nothing is left behind on it, where somebody reads."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCH = """
import os, sys

opened = []

def look(event, arguments):
    if event.startswith("socket.") or event in ("os.system", "subprocess.Popen", "os.posix_spawn", "os.exec"):
        opened.append(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        opened.append(arguments[0])

sys.addaudithook(look)
"""
READ = """
import crnn

print(crnn.load("tiny").read(sys.argv[1]).text)
"""
COMMAND = """
from crnn.cli import main

try:
    main(["read", "--model", "tiny", sys.argv[1]])
except SystemExit as leaving:
    assert not leaving.code
"""
REPORT = """
if os.path.isdir("/proc/self/fd"):  # what a library opens that Python does not see
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith("socket:"):
            opened.append(target)
print(opened)
"""


def read(
    root: Path, code: str, home: Path, scratch: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run code on the sign of the examples, with these folders and no variable for ONNX Runtime."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    folders = {"HOME": str(home), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, str(root / "examples/sign.png")],
        env=inherited | folders | variables,
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("code", [READ, COMMAND], ids=["library", "command"])
def test_reading_writes_no_file_and_opens_no_socket(root: Path, tmp_path: Path, code: str) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    done = read(root, WATCH + code + REPORT, home, scratch)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Bakery" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
    assert list(home.rglob("*")) == list(scratch.rglob("*")) == []


def test_without_a_home_that_can_be_written_nothing_is_said(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file, below which no folder can be made, not even by root")
    done = read(root, "import sys\n" + READ, home, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Bakery\n", "")


@pytest.mark.slow
def test_whoever_has_set_the_telemetry_keeps_the_choice(root: Path, tmp_path: Path) -> None:
    code = "import os, crnn.formats.runtime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    said = [read(root, code, tmp_path, tmp_path, **chosen) for chosen in ({}, {"ORT_DISABLE_TELEMETRY": "0"})]
    assert [done.stdout for done in said] == ["1\n", "0\n"]


@pytest.mark.slow
def test_onnx_runtime_is_imported_in_one_place(root: Path) -> None:
    importing = set()
    for path in (root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "onnxruntime" for name in names):
                importing.add(path.name)
    assert importing == {"runtime.py"}
