"""The page in a real browser: pointing at it, its width on a phone, and no script of a symbol's."""

from pathlib import Path

from crnn.explaining import Explanation, write
from tests.browser import probe
from tests.explaining.conftest import Fake
from tests.explaining.test_page import HOSTILE

PROBE = """<!DOCTYPE html><body><iframe src="page.html" style="width:390px;height:900px"></iframe>
<script>
window.hostile = "no";
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  const page = frame.contentDocument, found = {}, view = frame.contentWindow;
  const heat = page.querySelector(".heat"), panels = page.getElementById("panels");
  const frames = Number(page.body.style.getPropertyValue("--frames"));
  const state = () => ({
    frame: Number(page.body.style.getPropertyValue("--frame")),
    said: page.getElementById("readout").textContent,
    pointed: page.querySelectorAll(".pointed").length,
    tint: (page.getElementById("tint") || {}).src,
  });
  const point = (target, share) => {
    const { left, width } = heat.getBoundingClientRect();
    const clientX = left + share * width;
    target.dispatchEvent(new view.PointerEvent("pointermove", { clientX, bubbles: true }));
    return state();
  };
  const press = (key) => {
    panels.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true }));
    return state();
  };
  found.pictures = [...page.images].every((image) => image.complete && image.naturalWidth > 0);
  found.first = state();
  found.last = point(heat, 0.999);
  found.symbol = point(page.querySelector(".label"), 0);
  found.box = point(heat.querySelector(".box"), 0.5 / frames);
  found.right = press("ArrowRight");
  found.left = [press("ArrowLeft"), press("ArrowLeft")][1];
  found.columns = [...page.querySelectorAll(".column")].map((one) => one.getBoundingClientRect().x);
  found.width = page.documentElement.scrollWidth;
  found.hostile = window.hostile;
  const result = document.createElement("pre");
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script></body>"""


def test_pointing_shows_a_frame_or_a_symbol_and_a_phone_needs_no_sideways_scrolling(
    sign: Explanation, tmp_path: Path
) -> None:
    write(sign, tmp_path / "page.html")
    found = probe(tmp_path, PROBE)
    frames, first = len(sign.frames.log_probs), sign.explained.spans[0].frames[0]
    assert found["first"]["frame"] == sign.frame
    assert found["first"]["pointed"] == 0
    assert found["last"]["frame"] == frames - 1
    assert str(found["last"]["said"]).startswith(f"frame {frames - 1}")
    assert (found["symbol"]["frame"], found["symbol"]["pointed"]) == (first, 4)  # label, boxes, letter
    assert "B: " in str(found["symbol"]["said"])
    assert found["symbol"]["tint"] != found["first"]["tint"]
    assert (found["box"]["frame"], found["box"]["pointed"]) == (0, 4)
    assert (found["right"]["frame"], found["left"]["frame"]) == (1, 0)
    assert len({round(float(x)) for x in found["columns"]}) == 1  # one below the other
    assert int(str(found["width"])) <= 390
    assert found["pictures"]


def test_a_symbol_that_is_a_script_does_nothing(fake: Fake, tmp_path: Path) -> None:
    write(fake([1, 0, 2, 0, 3, 0], HOSTILE, name=HOSTILE[1]), tmp_path / "page.html")
    found = probe(tmp_path, PROBE)
    assert str(found["hostile"]) == "no"
    assert found["symbol"]["pointed"] == 4
