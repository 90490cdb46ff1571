"""The page holds what the explanation says, loads nothing, and escapes what it shows."""

import json
import re
from pathlib import Path

import pytest

from crnn.explaining import Explanation, write
from crnn.explaining.page import render_explanation
from tests.explaining.conftest import Fake

HOSTILE = ["<script>parent.hostile = 1</script>", "<img src=x onerror='parent.hostile = 1'>", "&amp;"]


def data_of(page: str) -> dict[str, list[dict[str, object]]]:
    found = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert isinstance(found, dict)
    return found


def test_every_symbol_has_a_label_and_two_boxes(sign: Explanation) -> None:
    page = render_explanation(sign)
    length = len(sign.explained.text)
    assert page.count('class="label"') == length
    assert page.count('class="box"') == 2 * length
    assert page.count('class="dot"') == len(sign.frames.log_probs)
    assert page.count('class="plot layer strip') == 10


def test_the_script_knows_five_classes_of_each_frame(sign: Explanation) -> None:
    data = data_of(render_explanation(sign))
    assert len(data["frames"]) == len(data["fields"]) == len(sign.frames.log_probs)
    assert {len(classes) for classes in data["frames"]} == {5}
    assert data["frames"][sign.explained.spans[0].frames[0]][0][0] == "B"  # type: ignore[index]
    assert [one["name"] for one in data["symbols"]] == list("Bakery")


def test_nothing_is_loaded_from_anywhere(sign: Explanation) -> None:
    page = render_explanation(sign)
    assert re.findall(r'(?:src|href)="(?!data:image/png;base64,)', page) == []
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_symbols_and_names_are_text_and_never_markup(fake: Fake) -> None:
    page = render_explanation(fake([1, 0, 2, 0, 3, 0], HOSTILE, name=HOSTILE[1]))
    assert page.count("<script") == 2  # the data and the page's own
    assert "<img src=x" not in page
    assert [one["name"] for one in data_of(page)["symbols"]] == ["<script…", "<img sr…", "&amp;"]


@pytest.mark.parametrize("text", ["", "a"])
def test_a_page_of_no_symbol_or_one_is_whole(fake: Fake, tmp_path: Path, text: str) -> None:
    write(fake([0, 1, 1, 0, 0, 0, 0, 0], "ab", text), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count('class="label"') == len(text)
    assert page.endswith("</html>")
    assert page.count("Left out") == 2
