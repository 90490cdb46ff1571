"""The site opened from disk, without a server: its search finds pages, and its pages fit a phone."""

import json
import shutil
from pathlib import Path

import pytest

from tests.browser import probe

pytestmark = pytest.mark.slow

SEARCH = """<iframe src="book/lstm.html?q=QUERY" style="width: 1280px; height: 800px"></iframe><script>
document.querySelector("iframe").onload = async ({ target }) => {
  const page = target.contentDocument;
  for (let wait = 0; wait < 200 && !page.querySelector(".md-search-result__link"); wait++)
    await new Promise((go) => setTimeout(go, 20));
  const links = [...page.querySelectorAll(".md-search-result__link")].map((link) => link.href);
  const found = document.createElement("pre");
  found.textContent = JSON.stringify({ links });
  document.body.append(found);
};
</script>"""
PAGES = (
    *("index", "architecture", "commands/index", "commands/read", "commands/train", "commands/language"),
    *("api/reading", "api/transcription", "api/training", "api/errors"),
)
BEYOND = """<script>
onload = async () => {
  const beyond = {};
  for (const page of PAGES) {
    const frame = document.createElement("iframe");
    frame.style = "width: 390px; height: 800px; border: 0";
    frame.src = `${page}.html`;
    await new Promise((go) => { frame.onload = go; document.body.append(frame); });
    const { scrollWidth, clientWidth } = frame.contentDocument.documentElement;
    beyond[page] = scrollWidth - clientWidth;
  }
  const found = document.createElement("pre");
  found.textContent = JSON.stringify(beyond);
  document.body.append(found);
};
</script>"""


@pytest.mark.parametrize(
    ("query", "page"),
    [("reject", "commands/read.html"), ("Reader.read_batch", "api/reading.html")],
)
def test_the_search_finds_a_page_in_a_folder(site: Path, tmp_path: Path, query: str, page: str) -> None:
    folder = shutil.copytree(site, tmp_path / "site")
    links = probe(folder, SEARCH.replace("QUERY", query))["links"]
    assert isinstance(links, list)
    pages = [link.removeprefix(f"{folder.as_uri()}/").partition("?")[0].partition("#")[0] for link in links]
    assert page in pages[:5]


def test_no_page_is_wider_than_a_phone(site: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(site, tmp_path / "site")
    assert probe(folder, BEYOND.replace("PAGES", json.dumps(PAGES))) == dict.fromkeys(PAGES, 0)
