"""What a model does with a data set, as one HTML file to look through.

figures.py    scores with intervals; accuracy by length, width and symbol; label and text side by side
samples.py    the samples to show, with picture and frames
page.py       charts as SVG, and all of it through page.html.jinja, page.css and page.js
"""

from crnn.evaluation.report.page import write_report

__all__ = ["write_report"]
