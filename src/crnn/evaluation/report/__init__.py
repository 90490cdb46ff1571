"""What a model does with a data set, as one HTML file to look through.

edits.py      label and text side by side: which symbol was read as which
collect.py    scores with intervals; accuracy by length, width and symbol
samples.py    the samples to show, with picture and frames
charts.py     SVG
page.py       all of it through page.html.jinja, page.css and page.js
"""

from crnn.evaluation.report.page import write_report

__all__ = ["write_report"]
