"""What `crnn` says about itself, and how each kind of failure ends."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

import crnn as package
from crnn.cli import COMMANDS, main
from crnn.errors import ModelError
from tests.cli.conftest import Run

Crnn = Callable[..., Run]
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def _terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")


@pytest.mark.parametrize("command", ["crnn", "read", "evaluate"])
def test_the_help_text_is_the_golden_one(crnn: Crnn, command: str) -> None:
    """After a wanted change, write what is printed into tests/cli/golden/."""
    arguments = [] if command == "crnn" else [command]
    run = crnn(*arguments, "--help")
    assert run == Run(0, (GOLDEN / f"{command}.txt").read_text(encoding="utf-8"), "")


def test_every_command_has_a_line_in_the_help(crnn: Crnn) -> None:
    lines = crnn("-h").out.split("Commands:\n")[1].splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert tuple(names) == COMMANDS
    assert all(len(line.split()) > 2 for line in lines if line.strip())


def test_the_version_is_the_packages(crnn: Crnn) -> None:
    assert crnn("--version") == Run(0, f"crnn {package.__version__}\n", "")


def test_a_mistyped_command_names_the_near_one(crnn: Crnn) -> None:
    run = crnn("raed", "sign.jpg")
    assert (run.status, run.out) == (2, "")
    assert "Did you mean 'read'" in run.err


@pytest.mark.parametrize(
    "arguments", [["read"], ["read", "--modle", "x"], ["evaluate", "--protocol", "x", "y"]]
)
def test_wrong_usage_ends_in_2(crnn: Crnn, arguments: list[str]) -> None:
    run = crnn(*arguments)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("Usage: crnn")


def raising(error: BaseException) -> Callable[[str], Never]:
    def load(_: str) -> Never:
        raise error

    return load


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModelError("torn"), Run(2, "", "ModelError: torn\n")),
        (PermissionError(13, "no", "x"), Run(2, "", "PermissionError: [Errno 13] no: 'x'\n")),
        (KeyboardInterrupt(), Run(130, "", "interrupted\n")),
    ],
)  # fmt: skip
def test_an_error_is_one_line_and_a_status(
    crnn: Crnn, monkeypatch: pytest.MonkeyPatch, error: BaseException, expected: Run
) -> None:
    monkeypatch.setattr("crnn.formats.load.load", raising(error))
    assert crnn("read", "sign.jpg") == expected


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crnn.formats.load.load", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["read", "sign.jpg"])


def test_python_m_crnn_is_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "crnn", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout == f"crnn {package.__version__}\n"


def test_the_arguments_of_the_process_are_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["crnn", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith("crnn ")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "a.toml", "--out", "run"),
        ("synthesize", "out"),
        ("import", "a.pth", "b.safetensors"),
        ("fonts",),
        ("explain", "a.png", "--out", "b.png"),
    ],
)
def test_a_command_of_the_extra_says_what_to_install(root: Path, arguments: tuple[str, ...]) -> None:
    start = """import sys
sys.modules |= dict.fromkeys(("torch", "freetype"))  # as if they were not installed
from crnn.cli import main
main()"""
    run = subprocess.run(
        [sys.executable, "-c", start, *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith(f"MissingExtra: crnn {arguments[0]} needs ")
    assert f"cd {shlex.quote(str(root))} && pip install -e '.[train]'" in run.stderr
