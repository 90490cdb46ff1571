"""A file or name of the package that a page names is there, after every move."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import SOURCE

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    {
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs/api").glob("*.md"),
        *(ROOT / "docs/decisions").glob("*.md"),
    }
    - {ROOT / "docs/log.md"}  # what was tried once
)
GONE = {"benchmarks/read_speed.py"}
"""Named as gone: decision 10 gives what it measured."""
BASES = (ROOT, SOURCE, SOURCE.parent)


def named(page: Path) -> set[str]:
    """The paths like `xxx/yyy.py` of a page."""
    return set(re.findall(r"(?<![\w/.])(?:\w+/)+\w+\.py\b", page.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    missing = {name for name in named(page) if not any((base / name).is_file() for base in BASES)}
    assert missing - GONE == set()


def test_most_pages_that_explain_the_code_name_files() -> None:
    assert {page.stem for page in PAGES if named(page)} >= {"architecture", "paper", "transcription", "train"}
    assert len(named(ROOT / "docs/paper.md")) > 20


def parts_of_the_paper() -> Iterator[tuple[str, str]]:
    """Each `name` that docs/paper.md puts in brackets behind its `file.py`."""
    page = (ROOT / "docs/paper.md").read_text("utf-8")
    for file, bracket in re.findall(r"`([\w/]+\.py)` \(([^)]*)\)", page):
        for name in re.findall(r"`([\w.]+)`", bracket):
            yield file, name


def test_every_function_that_the_table_of_the_paper_names_is_in_its_file() -> None:
    parts = list(parts_of_the_paper())
    assert len(parts) > 8
    missing = [
        f"{file}: {name}"
        for file, name in parts
        for part in name.split(".")
        if not re.search(
            rf"(?:def|class) {part}\b|^{part}\b", (SOURCE / file).read_text("utf-8"), re.MULTILINE
        )
    ]
    assert missing == []
