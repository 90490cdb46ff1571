"""How an image became its text, in one picture: boxes, frames, runner-up, evidence, gates, fields.

    model = open_model("small")
    explanation = explain("sign.jpg", model)      what there is to show, as numbers
    draw(explanation)                             a Matplotlib Figure, 1200 px wide
    write(explanation, "sign.html")               .png, or .html to point at frames and symbols

explanation.py   the numbers, from one reading
occlusion.py     which pixels each symbol rests on
gates.py         what the last LSTM does at each frame
fields.py        which pixels a frame can see
rows.py          which symbols are worth a row of the heat map
figure.py        the picture;  panels.py  its panels;  lettering.py, colours.py  what they share
page.py          the page
"""

from crnn.explain.explanation import Explanation, Told, explain
from crnn.explain.figure import draw
from crnn.explain.opening import Opened, open_model
from crnn.explain.writing import check_out, write

__all__ = ["Explanation", "Opened", "Told", "check_out", "draw", "explain", "open_model", "write"]
