"""docs/architecture.md has the layers and the parts that there are."""

import re
from pathlib import Path

from tests.test_architecture import LAYERS, SOURCE


def blocks(root: Path) -> list[str]:
    page = (root / "docs/architecture.md").read_text("utf-8")
    return re.findall(r"^```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def parts() -> set[str]:
    """The modules and packages directly below `crnn`."""
    return {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def test_the_rows_are_those_that_the_test_of_the_imports_holds(root: Path) -> None:
    (rows,) = (block for block in blocks(root) if block.startswith("__main__\n"))
    shown = [set(row.split(" | ")) for row in rows.splitlines()]
    assert shown == [row & parts() for row in LAYERS]


def test_the_tree_has_every_part_and_every_folder(root: Path) -> None:
    (tree,) = (block for block in blocks(root) if block.startswith("src/crnn/"))
    inside = set(re.findall(r"^  (\w+)(?:/|\.py) ", tree, re.MULTILINE))
    assert inside - {"recipes", "weights"} == parts() - {"__init__", "__main__"}
    assert [name for name in re.findall(r"^(\w+)/ ", tree, re.MULTILINE) if not (root / name).is_dir()] == []


def test_every_file_that_the_page_names_is_there(root: Path) -> None:
    page = (root / "docs/architecture.md").read_text("utf-8")
    names = set(re.findall(r"`([\w/]+(?:\.py|/))`", page))
    assert len(names) > 30
    bases = (root, SOURCE, SOURCE.parent, SOURCE / "transcription")
    assert [name for name in names if not any((base / name).exists() for base in bases)] == []


def test_no_line_of_a_drawing_is_too_wide_for_a_phone(root: Path) -> None:
    assert [line for block in blocks(root) for line in block.splitlines() if len(line) > 45] == []
