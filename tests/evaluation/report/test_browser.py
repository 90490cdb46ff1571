"""The page in a real browser: its filters, its width on a phone, and no script of a label's."""

from collections.abc import Callable
from pathlib import Path

from tests.browser import probe

MakePage = Callable[..., str]

PROBE = """<!DOCTYPE html><body><iframe src="report.html" style="width:390px;height:900px"></iframe>
<script>
window.hostile = "no";
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  const page = frame.contentDocument, form = page.getElementById("filters"), found = {};
  const shown = () => [...page.querySelectorAll("article:not([hidden])")]
    .map((card) => card.querySelectorAll("dd")[1].textContent);
  const set = (values) => {
    form.reset();
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.dispatchEvent(new Event("input"));
    return shown();
  };
  found.all = set({});
  found.wrong = set({right: "0"});
  found.kind = set({kind: "not opened"});
  found.search = set({search: "FIX"});
  found.path = set({search: "1.png"});
  found.long = set({shortest: "2", longest: "2"});
  found.sure = set({least: "0.5", right: "1"});
  found.longestFirst = set({order: "-length"});
  set({search: "nothing of the kind"});
  found.count = page.getElementById("count").textContent;
  found.width = page.documentElement.scrollWidth;
  found.pictures = [...page.images].every((image) => image.complete && image.naturalWidth > 0);
  found.hostile = window.hostile;
  const result = document.createElement("pre");
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script></body>"""


def test_filters_choose_and_order_the_samples_and_a_phone_needs_no_sideways_scrolling(
    page: MakePage, tmp_path: Path
) -> None:
    hostile = "<script>parent.hostile = 1</script><img src=x onerror='parent.hostile = 1'>"
    page([("1", "1"), ("22", "22"), ("33", "fixed"), ("444", hostile), (None, "torn"), ("5", "W" * 80)])
    found = probe(tmp_path, PROBE)
    assert found["all"] == ["33", "444", "5", "1", "22", ""]  # mistakes first
    assert found["wrong"] == ["33", "444", "5", ""]
    assert found["kind"] == [""]
    assert found["search"] == ["33"]
    assert found["path"] == ["22"]
    assert found["long"] == ["22"]
    assert found["sure"] == ["1", "22"]
    assert found["longestFirst"] == ["5", "444", "33", "", "22", "1"]
    assert found["count"] == "0 of the 6 samples on this page."
    assert found["width"] <= 390
    assert found["pictures"]
    assert found["hostile"] == "no"
