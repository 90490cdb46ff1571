"""The pages of docs/api have every name that a program may import, each with what it is."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

griffe = pytest.importorskip("griffe", reason="the pages are made with the extra 'docs'")

pytestmark = pytest.mark.slow

Script = Callable[[str], ModuleType]
INTERNAL = {"crnn.reader.reader"}
"""Its `__all__` is for the rest of the package."""


@pytest.fixture(scope="module")
def package(root: Path) -> Any:
    return griffe.load("crnn", search_paths=[root / "src"])


@pytest.fixture(scope="module")
def documented(site: Path, package: Any) -> set[str]:
    """Every name that has a place of its own on a page of the API, as the module that defines it has it."""
    pages = (page.read_text("utf-8") for page in (site / "api").glob("*.html"))
    names = {name for page in pages for name in re.findall(r'id="crnn\.([\w.]+)"', page)}
    return {package[name].canonical_path for name in names}


def modules(parent: Any) -> Iterator[Any]:
    yield parent
    for module in parent.modules.values():
        if not module.is_alias:
            yield from modules(module)


def test_every_public_name_says_what_it_is(package: Any) -> None:
    silent = [
        f"{module.path}.{name}"
        for module in modules(package)
        for name in module.exports or ()
        if not module[name].has_docstring
    ]
    assert silent == []


def test_every_public_name_is_on_a_page(package: Any, documented: set[str]) -> None:
    public = {
        module[name].canonical_path
        for module in modules(package)
        if module.path not in INTERNAL
        for name in module.exports or ()
    }
    assert len(public) > 40
    assert public - documented == set()


def test_every_name_on_a_page_says_what_it_is(package: Any, documented: set[str]) -> None:
    assert [name for name in documented if not package[name.removeprefix("crnn.")].has_docstring] == []


def test_what_readme_guides_and_book_import_is_on_a_page(
    root: Path, package: Any, documented: set[str]
) -> None:
    pages = {root / "README.md", *(root / "docs").glob("*.md"), *(root / "docs/book").glob("*.md")}
    pages.remove(root / "docs/log.md")  # what was tried once
    blocks = re.findall(
        r"^```python\n(.*?)^```", "".join(page.read_text("utf-8") for page in pages), re.DOTALL | re.MULTILINE
    )
    imports = [
        node for block in blocks for node in ast.walk(ast.parse(block)) if isinstance(node, ast.ImportFrom)
    ]
    names = {
        package[f"{node.module}.{alias.name}".removeprefix("crnn.")].canonical_path
        for node in imports
        if str(node.module).startswith("crnn")
        for alias in node.names
    }
    assert len(names) > 10
    assert names - documented == set()


def test_a_doctest_is_code_and_a_field_has_its_docstring(site: Path) -> None:
    page = (site / "api/images.html").read_text("utf-8")
    assert '<span class="gp">&gt;&gt;&gt; </span>' in page
    assert "<blockquote>" not in page
    assert "<li><code>height</code>: Height in px of every image that the network sees.</li>" in page


def test_a_docstring_becomes_markdown(script: Script) -> None:
    markdown = script("docstrings").markdown
    assert markdown("Say `a_b` <x>.\n\n>>> 1\n1") == "Say `a_b` &lt;x>.\n\n```pycon\n>>> 1\n1\n```"
    assert markdown("a   one,\n    two\nb   three") == "- `a`: one, two\n- `b`: three"
    assert markdown("    x  (N,)\n    y  (M,)") == "- `x`: (N,)\n- `y`: (M,)"
    assert markdown("    x\n      y\n\n    z") == "```text\nx\n  y\n\nz\n```"
    assert markdown("import crnn\n\ncrnn.load(1)") == "```python\nimport crnn\n\ncrnn.load(1)\n```"
    assert markdown("Args:\n    a_b: One,\n        _two_.\n    **c: Three.") == (
        "**Args**\n\n- `a_b`: One, \\_two\\_.\n- `**c`: Three."
    )
    assert markdown("Say.\n\nReturns:\n    (T, N, C),\n    all.\n\nRaises:\n    ModelError: x.") == (
        "Say.\n\n**Returns** (T, N, C), all.\n\n**Raises**\n\n- `ModelError`: x."
    )
    assert markdown("Words.") == "Words."
