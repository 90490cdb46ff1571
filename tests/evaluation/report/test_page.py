"""The page is one well-formed file that loads nothing and runs no script but its own."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crnn.errors import DataError
from crnn.evaluation.report import write_report
from crnn.reader.reader import Reader
from crnn.reader.reading import Candidate, Reading
from tests.evaluation.report.conftest import MakeEvaluated

MakePage = Callable[..., str]

WORDS = [("12", "12"), ("34", "35"), ("5", "55"), ("67", "6 7"), (None, "8")]
HOSTILE = '</script><script>alert("1")</script>"><img src=x onerror=alert(1)>'
VOID = {"meta", "img", "input"}


class Tags(HTMLParser):
    """Checks that every tag is closed in order, and collects the attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


@pytest.mark.parametrize(
    "words", [WORDS, [("1", "1")], [("1", "2")] * 3, [("1", "1")] * 3, [(None, "1"), (None, "2")]]
)
@pytest.mark.parametrize("protocol", ["exact", "alnum"])
def test_tags_close_and_ids_are_unique(
    page: MakePage, words: list[tuple[str | None, str]], protocol: str
) -> None:
    tags = parsed(page(words, protocol))
    ids = [value for _, name, value in tags.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert tags.tags.count("article") == len(words)


def test_nothing_is_loaded_from_anywhere(page: MakePage) -> None:
    html = page(WORDS)
    tags = parsed(html)
    assert {tag for tag, name, _ in tags.attributes if name in {"src", "href", "action", "srcset"}} == {"img"}
    assert all(value.startswith("data:") for _, name, value in tags.attributes if name == "src")
    assert not re.search(r"url\(|@import|https?:|fetch\(|XMLHttp", html)
    assert {"link", "iframe", "object", "embed", "base"}.isdisjoint(tags.tags)


def test_only_the_pages_own_script_may_run(page: MakePage) -> None:
    html = page(WORDS)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert not any(name.startswith("on") for _, name, _ in parsed(html).attributes)


def test_hostile_labels_and_names_stay_text(page: MakePage) -> None:
    tags = parsed(page([("12", HOSTILE), ("3", "{{ 7*7 }}"), ("4", "&amp;")], model=HOSTILE))
    assert tags.tags.count("script") == 1
    assert tags.tags.count("img") == 3
    assert HOSTILE in tags.text
    assert "{{ 7*7 }}" in tags.text
    assert "&amp;" in tags.text


def test_every_script_of_the_world_is_written_out(page: MakePage) -> None:
    labels = ["مرحبا", "👩‍👩‍👧", "ภาษาไทย", "日本語", "é"]
    html = page([("1", label) for label in labels])
    assert all(label in html for label in labels)
    assert html.count('dir="auto"') > 2 * len(labels)


def test_differences_are_marked_and_ignored_symbols_are_not(page: MakePage) -> None:
    html = page([("12", "1-3")], "alnum")
    assert '1<span class="ignored">-</span><mark>3</mark>' in html
    assert "1<mark>2</mark>" in html


def test_what_was_left_out_is_said(page: MakePage) -> None:
    text = parsed(page([("1", "1"), ("2", "!?"), (None, "3")], "alnum")).text
    assert "leaves nothing of the label: 1." in text
    assert "Not opened, and counted as read wrongly: 1." in text
    assert "is no image in a known format" in text


def test_candidates_are_listed_where_the_reader_has_several(
    evaluated: MakeEvaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = evaluated([("1", "7")])
    several = tuple(Candidate(text=text, confidence=p) for text, p in (("1", 0.6), ("second", 0.25)))
    reading = Reading(text="1", confidence=0.6, candidates=several)
    monkeypatch.setattr(Reader, "read", lambda *_, **__: reading)
    write_report(tmp_path / "report.html", made.evaluation, made.dataset, made.reader, "small")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2 candidates" in html
    assert ">second</span>" in html
    assert "0.2500" in html


def test_a_place_that_cannot_be_written_is_an_error(evaluated: MakeEvaluated, tmp_path: Path) -> None:
    made = evaluated([("1", "1")])
    with pytest.raises(DataError, match="cannot write"):
        write_report(tmp_path / "no" / "report.html", made.evaluation, made.dataset, made.reader, "small")
