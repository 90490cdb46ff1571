"""A progress bar is for people at a terminal, and for nobody else."""

import sys

import pytest

from crnn.cli.output import FEW, progress


def run(total: int, *, beside_output: bool = False) -> None:
    with progress("counting", total, beside_output=beside_output) as advance:
        for _ in range(total):
            advance(1)


def pretend_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make stderr a terminal and stdout none; pytest swaps both between fixtures and the test."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)


def test_nothing_is_drawn_into_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    run(1000)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_the_bar_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_a_terminal(monkeypatch)
    run(1000)
    out, err = capsys.readouterr()
    assert out == ""
    assert "counting" in err
    assert "1000/1000" in err


def test_a_few_steps_need_no_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_a_terminal(monkeypatch)
    run(FEW)
    assert capsys.readouterr().err == ""


def test_results_on_the_same_terminal_are_not_cut_by_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_a_terminal(monkeypatch)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run(1000, beside_output=True)
    assert capsys.readouterr().err == ""
