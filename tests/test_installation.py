"""What a message tells a user to type is what works for how `crnn` was installed."""

import ast
import json
import shlex
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from crnn import installation
from crnn.installation import command_for, install_command, update_command


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, "pip install 'crnn[train]'"),
        (
            {"url": "file:///home/me/my%20crnn", "dir_info": {"editable": True}},
            "cd '/home/me/my crnn' && pip install -e '.[train]'",
        ),
        ({"url": "file:///home/me/crnn", "dir_info": {}}, "cd /home/me/crnn && pip install '.[train]'"),
        (
            {"url": "file:///tmp/crnn-0.1.0-py3-none-any.whl", "archive_info": {}},
            "pip install 'crnn[train] @ file:///tmp/crnn-0.1.0-py3-none-any.whl'",
        ),
        (
            {"url": "https://a.b/crnn", "vcs_info": {"vcs": "git", "requested_revision": "v1"}},
            "pip install 'crnn[train] @ git+https://a.b/crnn@v1'",
        ),
    ],
)
def test_the_command_fits_where_crnn_came_from(origin: dict[str, object] | None, command: str) -> None:
    assert command_for(origin, "train") == command


def test_from_a_checkout_the_command_names_its_folder(root: Path) -> None:
    folder = shlex.quote(str(root))
    assert install_command("train") == f"cd {folder} && pip install -e '.[train]'"
    assert update_command() == f"cd {folder} && git pull"


class Installed(Distribution):
    """A distribution of which only the note of its origin is known."""

    def __init__(self, note: str | None) -> None:
        self.note = note

    def read_text(self, filename: str) -> str | None:
        return self.note if filename == "direct_url.json" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.mark.parametrize(
    ("note", "install", "update"),
    [
        (None, "pip install 'crnn[train]'", "pip install -U crnn"),
        ("{torn", "pip install 'crnn[train]'", "pip install -U crnn"),
        (
            json.dumps({"url": "file:///src/crnn", "dir_info": {}}),
            "cd /src/crnn && pip install '.[train]'",
            "cd /src/crnn && git pull && pip install .",
        ),
        (
            json.dumps({"url": "https://a.b/c.whl", "archive_info": {}}),
            "pip install 'crnn[train] @ https://a.b/c.whl'",
            "pip install -U --force-reinstall 'crnn @ https://a.b/c.whl'",
        ),
    ],
)
def test_outside_a_checkout_the_installers_note_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, note: str | None, install: str, update: str
) -> None:
    monkeypatch.setattr(installation, "__file__", str(tmp_path / "lib" / "crnn" / "installation.py"))
    monkeypatch.setattr(installation, "distribution", lambda _: Installed(note))
    assert (install_command("train"), update_command()) == (install, update)


@pytest.mark.slow
def test_no_other_message_spells_an_installation(root: Path) -> None:
    spelt = [
        f"{path.name}:{node.lineno}"
        for path in (root / "src").rglob("*.py")
        if path.name != "installation.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and "pip install" in str(node.value)
    ]
    assert spelt == []


def test_no_file_names_the_recipes_by_their_old_folder(root: Path) -> None:
    """The package holds them: `crnn train small`."""
    files = [
        path
        for folder in ("src", "docs", "examples", "benchmarks", "scripts")
        for suffix in ("py", "md", "toml")
        for path in (root / folder).rglob(f"*.{suffix}")
        if path.name != "log.md"
    ]
    assert len(files) > 250
    commands = ("crnn train recipes/", '"recipes/', "cp recipes/")
    named = [
        path for path in (*files, root / "README.md") for text in commands if text in path.read_text("utf-8")
    ]
    assert named == []
