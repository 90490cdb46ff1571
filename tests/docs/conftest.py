"""The hooks that make pages, and the site that they and docs/ become."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `mkdocs build --strict` makes; skips where MkDocs is missing."""
    pytest.importorskip("material", reason="the site is built with the extra 'docs'")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def script(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a file of scripts/ by its name; skips where MkDocs is missing."""
    pytest.importorskip("material", reason="the site is built with the extra 'docs'")
    monkeypatch.syspath_prepend(str(root / "scripts"))
    return import_module
