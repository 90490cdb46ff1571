"""How an image became its text, in one picture: boxes, frames, runner-up, evidence, gates, fields.

    model = open_model("small")
    reading = model.reader.read("sign.jpg")
    explanation = explain(reading, model)   what there is to show, as numbers
    draw(explanation)                       a Matplotlib Figure, 1200 px wide
    write(explanation, "sign.html")         .png, or .html to point at frames and symbols

`crnn.explain(reading)` opens the model that read it, and does the same.

explanation.py   the numbers, from one reading
occlusion.py     which pixels each symbol rests on
network.py       what the last LSTM does at each frame, and which pixels a frame can see
figure.py        the picture;  panels.py  its panels;  style.py  what they share
page.py          the page
"""

from crnn.explaining.explanation import ExplainedText, Explanation, explain
from crnn.explaining.figure import draw
from crnn.explaining.network import Opened, open_model
from crnn.explaining.page import check_out, write

__all__ = ["ExplainedText", "Explanation", "Opened", "check_out", "draw", "explain", "open_model", "write"]
