"""What is wrong with a data set, before a run finds out: images, labels, copies, doubts.

check(datasets, rules) -> Report: findings, counts, and a verdict with the settings that help
"""

from crnn.checking.findings import KINDS, Case, Finding, Kind
from crnn.checking.labels import OutsideSymbol, label_alphabet
from crnn.checking.report import Counts, Report, Verdict
from crnn.checking.rules import Rules
from crnn.checking.survey import check, frames_of

__all__ = [
    "KINDS",
    "Case",
    "Counts",
    "Finding",
    "Kind",
    "OutsideSymbol",
    "Report",
    "Rules",
    "Verdict",
    "check",
    "frames_of",
    "label_alphabet",
]
