"""The pages about the command line say what `crnn COMMAND --help` says, all of it."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

from crnn.cli import COMMANDS, main

Script = Callable[[str], ModuleType]
TITLES = {"Usage", "Arguments", "Options", "Commands"}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def text_of(page: Path) -> str:
    """What a reader sees of a page's article."""
    html = page.read_text("utf-8").split("<article", 1)[1].split("</article>", 1)[0]
    return unescape(re.sub(r"<[^>]+>", "", html.replace("</dt>", " ").replace("</a></dt>", " ")))


@pytest.mark.parametrize("name", ["index", *COMMANDS])
@pytest.mark.slow
def test_a_page_has_every_word_of_the_help(site: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    inner = {"language": [["train"], ["score"]]}.get(name, [])
    seen = words(text_of(site / f"commands/{name}.html"))
    for rest in [[], *inner]:
        with pytest.raises(SystemExit):
            main([*([] if name == "index" else [name]), *rest, "--help"])
        assert words(capsys.readouterr().out) - seen - TITLES == set()


@pytest.mark.slow
def test_the_commands_are_in_the_navigation_in_the_order_of_the_help(site: Path) -> None:
    home = (site / "index.html").read_text("utf-8")
    assert tuple(re.findall(r'href="commands/(?!index)(\w+)\.html"', home)) == COMMANDS


@pytest.mark.slow
def test_an_option_has_a_link_of_its_own_and_none_is_there_twice(site: Path) -> None:
    for name in COMMANDS:
        page = (site / f"commands/{name}.html").read_text("utf-8")
        anchors = re.findall(r'<dt id="([^"]+)"', page)
        assert f"crnn-{name}-help" in anchors
        assert len(anchors) == len(set(anchors))
        assert [anchor for anchor in anchors if f'href="#{anchor}"' not in page] == []


@pytest.mark.slow
def test_the_exit_statuses_are_on_the_page_of_crnn(site: Path) -> None:
    section = text_of(site / "commands/index.html").split("Exit status")[1]
    assert re.findall(r"\b\d+\b", section) == ["0", "1", "2", "130"]


def test_lines_that_typer_keeps_become_code(script: Script) -> None:
    paragraph = script("command_pages")._paragraph
    assert (
        paragraph("\b\nExamples:\n  crnn a\n  crnn b <c>")
        == "<p>Examples:</p>\n\n```text\ncrnn a\ncrnn b <c>\n```"
    )
    assert paragraph("\b\n  one\n  two") == "```text\none\ntwo\n```"
    assert paragraph("a < b, or\n--drop `x`") == "<p>a &lt; b, or <code>--drop</code> <code>x</code></p>"
