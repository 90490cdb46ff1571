"""The book says what happens: its code runs, its figures are measured, its links lead somewhere."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch", reason="the book runs code of PyTorch (the extra 'train')")
pytest.importorskip("matplotlib", reason="the book's figures need matplotlib (the extra 'train')")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "docs/book"
FIGURES = BOOK / "figures"
CHAPTERS = sorted(BOOK.glob("*.md"))
HELPERS = {"drawing", "letters"}
"""What the scripts share: they draw nothing by themselves."""
SCRIPTS = sorted(path for path in FIGURES.glob("*.py") if path.stem not in HELPERS)
SCRIPTS.append(ROOT / "examples/gradients_through_time.py")


def load(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"figure_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_figure_asserts_its_claim_and_is_drawn(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FIGURES))
    try:
        load(script).main(["--quick", "--out", str(tmp_path)])
    finally:
        for name in HELPERS:
            sys.modules.pop(name, None)
    assert [path.name for path in tmp_path.iterdir()] == [f"{script.stem}.svg"]


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        (FIGURES / "unrolled.py", ["--quick"]),
        (ROOT / "examples/gradients_through_time.py", ["--quick"]),
        (ROOT / "examples/make_sign.py", ["sign.png"]),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_a_script_writes_into_the_current_folder_and_not_beside_itself(
    script: Path, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FIGURES))
    monkeypatch.chdir(tmp_path)
    pictures = [*FIGURES.glob("*.svg"), *(ROOT / "examples").glob("*.png")]
    before = [path.stat().st_mtime_ns for path in pictures]
    try:
        load(script).main(arguments)
    finally:
        for name in HELPERS:
            sys.modules.pop(name, None)
    assert len(list(tmp_path.iterdir())) == 1
    assert [path.stat().st_mtime_ns for path in pictures] == before


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_the_python_of_a_chapter_runs_from_top_to_bottom(
    chapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": chapter.stem}
    for block in re.finditer(r"^```python\n(.*?)^```", chapter.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        exec(block[1], names)  # noqa: S102 - our own book


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_the_links_and_files_that_a_chapter_names_exist(chapter: Path) -> None:
    text = chapter.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (chapter.parent / link).exists()] == []
    files = re.findall(r"`((?:src|docs|examples|tests)/[\w/.]+\.\w+)`", text)
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_each_figure_has_a_script_and_each_script_a_figure_in_a_chapter() -> None:
    drawn = {path.stem for path in FIGURES.glob("*.svg")}
    shown = [
        name for page in CHAPTERS for name in re.findall(r"\(figures/(\w+)\.svg\)", page.read_text("utf-8"))
    ]
    assert drawn == {path.stem for path in SCRIPTS}
    assert sorted(shown) == sorted(drawn)


def test_each_figure_is_small_enough_to_be_in_the_repository() -> None:
    assert [path.name for path in FIGURES.glob("*.svg") if path.stat().st_size > 150_000] == []


def test_every_figure_says_in_words_what_it_shows() -> None:
    for chapter in CHAPTERS:
        for words in re.findall(r"!\[(.*?)\]\(", chapter.read_text("utf-8")):
            assert len(words.split()) > 5
