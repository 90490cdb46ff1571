"""Worker processes, where they are not forked: macOS, Windows, and Python 3.14 on Linux.

A worker that is spawned, or comes from a fork server, imports the program's main script again. So the
script must do its work under `if __name__ == "__main__":`, or every worker would begin it anew.
"""

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from crnn.errors import TrainingError

WAY_OUT = (
    "    Where workers are not forked (macOS, Windows, Python 3.14), each imports the script again.\n"
    '    Put what the script does below the line  if __name__ == "__main__":'
)


def check_main_script(workers: int) -> None:
    """Refuse to train where the main script would be begun anew by every worker.

    Args:
        workers: Processes that will be started besides this one.

    Raises:
        TrainingError: This is such a worker; or the workers would be, and the script has no guard.
    """
    script = _main_script()
    if _is_importing_main():
        raise TrainingError(
            f"{script or 'the main script'} begins a second run in a worker of the first.\n{WAY_OUT}"
        )
    if workers and script and multiprocessing.get_start_method() != "fork" and not _has_guard(script):
        raise TrainingError(f"{script} trains as soon as it is imported.\n{WAY_OUT}")


@contextmanager
def main_script_left_out() -> Iterator[None]:
    """Let no process that is started within import the main script: for workers that need nothing of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _is_importing_main() -> bool:
    """Return whether this process was just started, and is still importing what its work needs."""
    # What multiprocessing itself asks before it refuses to start a process at such a time.
    return getattr(multiprocessing.current_process(), "_inheriting", False)


def _main_script() -> Path | None:
    """Return the file that workers would import; None for `python -c`, a console, a package's __main__."""
    main = sys.modules["__mp_main__" if _is_importing_main() else "__main__"]
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if file is None or (spec and spec.name.rpartition(".")[2] == "__main__"):
        return None
    return Path(file)


def _has_guard(script: Path) -> bool:
    """Return whether the script asks what it is run as, or cannot be looked at."""
    try:
        source = script.read_bytes()
    except OSError:
        return True
    return any(word in source for word in (b"__main__", b"parent_process", b"current_process"))
