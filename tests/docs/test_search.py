"""The site opened from disk, without a server: its search finds pages there too."""

import shutil
from pathlib import Path

import pytest

from tests.browser import probe

FRAMED = """<iframe src="book/lstm.html?q=QUERY" style="width: 1280px; height: 800px"></iframe><script>
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


@pytest.mark.parametrize(
    ("query", "page"),
    [("reject", "commands/read.html"), ("Reader.read_batch", "api/reading.html")],
)
def test_the_search_finds_a_page_in_a_folder(site: Path, tmp_path: Path, query: str, page: str) -> None:
    folder = shutil.copytree(site, tmp_path / "site")
    links = probe(folder, FRAMED.replace("QUERY", query))["links"]
    assert isinstance(links, list)
    pages = [link.removeprefix(f"{folder.as_uri()}/").partition("?")[0].partition("#")[0] for link in links]
    assert page in pages[:5]
