"""A small data set of digits written as brightness, and what a reader makes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crnn.data import open_dataset
from crnn.data.dataset import Dataset
from crnn.evaluation.evaluate import Evaluation, evaluate
from crnn.evaluation.report import write_report
from crnn.reader.reader import Reader


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A data set, read."""

    dataset: Dataset
    evaluation: Evaluation
    reader: Reader


MakeEvaluated = Callable[..., Evaluated]


@pytest.fixture
def evaluated(brightness_reader: Reader, tmp_path: Path) -> MakeEvaluated:
    """Return a function that writes (digits, label) as images, up to four digits each, and reads them.

    Digits that are None make an image that cannot be opened.
    """

    def make(words: Sequence[tuple[str | None, str]], protocol: str = "exact") -> Evaluated:
        lines = []
        for index, (digits, label) in enumerate(words):
            path = tmp_path / f"{index}.png"
            if digits is None:
                path.write_bytes(b"torn")
            else:
                Image.fromarray(_picture(digits)).save(path)
            lines.append(f"{path.name}\t{label}\n")
        (tmp_path / "val.tsv").write_text("".join(lines), encoding="utf-8")
        dataset = open_dataset(tmp_path / "val.tsv")
        evaluation = evaluate(brightness_reader, dataset, protocol)
        return Evaluated(dataset=dataset, evaluation=evaluation, reader=brightness_reader)

    return make


def _picture(digits: str) -> np.ndarray:
    """Eight strips of 16 px: a digit, a blank, the next digit ... uint8 (32, 128)."""
    strips = [0] * 8
    for place, digit in enumerate(digits):
        strips[2 * place] = round(25.5 * (int(digit) + 1))
    return np.tile(np.repeat(np.array(strips, np.uint8), 16), (32, 1))


@pytest.fixture
def page(evaluated: MakeEvaluated, tmp_path: Path) -> Callable[..., str]:
    """Return a function that makes the report of such words, and returns its HTML."""

    def make(words: Sequence[tuple[str | None, str]], protocol: str = "exact", model: str = "small") -> str:
        made = evaluated(words, protocol)
        write_report(tmp_path / "report.html", made.evaluation, made.dataset, made.reader, model)
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return make
