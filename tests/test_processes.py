"""The main script, which workers that are not forked import again."""

import multiprocessing
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from crnn.errors import TrainingError
from crnn.processes import check_main_script, main_script_left_out

MainScript = Callable[[str], ModuleType]


@pytest.fixture
def main_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainScript:
    """Let a script of this text be the one that started Python, with workers that are spawned."""

    def write(text: str) -> ModuleType:
        module = ModuleType("__main__")
        module.__file__ = str(tmp_path / "script.py")
        Path(module.__file__).write_text(text)
        monkeypatch.setitem(sys.modules, "__main__", module)
        monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "spawn")
        return module

    return write


def test_a_script_that_never_asks_for_its_name_is_refused(main_script: MainScript) -> None:
    main_script("import logging\nlogging.getLogger(__name__)\n")
    with pytest.raises(
        TrainingError, match=r'script\.py trains as soon .*\n.*\n.*if __name__ == "__main__":'
    ):
        check_main_script(1)


@pytest.mark.parametrize(
    "text", ["if __name__ == '__main__':\n    pass\n", "multiprocessing.parent_process()"]
)
def test_a_script_that_asks_what_it_is_run_as_may_train(main_script: MainScript, text: str) -> None:
    main_script(text)
    check_main_script(1)


def test_without_workers_or_where_they_are_forked_no_guard_is_needed(
    main_script: MainScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    main_script("")
    check_main_script(0)
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: "fork")
    check_main_script(1)


def test_what_workers_do_not_import_needs_no_guard(main_script: MainScript) -> None:
    main = main_script("")
    main.__spec__ = ModuleSpec("package.__main__", None)  # python -m package
    check_main_script(1)
    main.__spec__ = None
    with main_script_left_out():
        check_main_script(1)
    assert sys.modules["__main__"] is main
    main.__file__ = None  # a console
    check_main_script(1)


def test_a_worker_that_imports_the_script_trains_nothing(
    main_script: MainScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    main_script("# __main__")
    monkeypatch.setitem(sys.modules, "__mp_main__", sys.modules["__main__"])
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(TrainingError, match=r"script\.py begins a second run in a worker of the first"):
        check_main_script(0)
