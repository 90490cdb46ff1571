"""What the guides show can be typed: commands and options exist, Python runs, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from crnn.cli import COMMANDS

pytest.importorskip("torch", reason="the guides train and export")

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = sorted(DOCS.glob("*.md"))
RUN = [DOCS / f"{name}.md" for name in ("read", "train", "evaluate", "export")]
"""The guides whose Python runs as it stands, in a clone."""


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    start = "from crnn.cli import main; main()"
    return {
        name: subprocess.run(
            [sys.executable, "-c", start, *name.split(), "--help"], capture_output=True, text=True, check=True
        ).stdout
        for name in (*COMMANDS, "language train", "language score")
    }


def commands(page: Path) -> list[list[str]]:
    """The `crnn` commands that a page shows, as words."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    lines = re.findall(r"^\$ (crnn .*?)(?:\s+#.*)?$", text, re.MULTILINE)
    return [shlex.split(re.split(r" [<>|]|&&", line)[0])[1:] for line in lines]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_every_command_and_option_of_a_guide_exists(page: Path, helps: dict[str, str]) -> None:
    for name, *words in commands(page):
        command = f"{name} {words[0]}" if name == "language" else name
        options = [word.split("=")[0] for word in words if word.startswith("--")]
        assert [option for option in options if option not in helps[command]] == []


def test_the_guides_show_every_command() -> None:
    assert {command[0] for page in GUIDES for command in commands(page)} >= {
        *("read", "synthesize", "convert", "check", "train", "evaluate", "compare", "calibrate"),
        *("explain", "export"),
    }


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_python_of_a_guide_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("examples", "recipes", "src"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page.stem}
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        exec(block, names)  # noqa: S102 - our own guides


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_every_link_of_a_guide_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (DOCS / link).exists()] == []
