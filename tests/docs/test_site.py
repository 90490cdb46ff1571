"""The site builds without a warning, and asks no other server for anything."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

Script = Callable[[str], ModuleType]


def test_every_page_of_docs_is_in_the_site(root: Path, site: Path) -> None:
    pages = [path.relative_to(root / "docs") for path in (root / "docs").rglob("*.md")]
    built = [site / page.with_suffix(".html") for page in pages if page.name != "README.md"]
    assert len(built) > 20
    assert [page for page in built if not page.exists()] == []


def test_no_page_loads_anything_from_another_server(site: Path) -> None:
    loads = re.compile(
        r"""(?:<(?:script|img|iframe)[^>]*\ssrc=|<link[^>]*rel="(?:stylesheet|preconnect)[^>]*href=)["']?(?:https?:)?//"""
    )
    for page in site.rglob("*.html"):
        assert not loads.search(page.read_text("utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", style.read_text("utf-8")), style


def test_equations_are_mathml_and_the_font_for_them_is_there(site: Path) -> None:
    page = (site / "book/lstm.html").read_text("utf-8")
    assert page.count("<math") > 20
    assert r"\(" not in page
    assert r"\[" not in page
    assert (site / "assets/STIXTwoMath.woff2").stat().st_size > 100_000


def test_an_equation_that_is_not_understood_stops_the_build(script: Script) -> None:
    pages = script("pages")
    with pytest.raises(ValueError, match=r"\\nonsense"):
        pages.on_page_content(r'<span class="arithmatex">\(\nonsense{x}\)</span>')
