"""Labels that a model is sure are wrong: p(text | image) high, p(label | image) next to nothing.

    images uint8 (H, W) of several widths, labels -> a Doubt for each label that the model would not believe

Both probabilities are sums over all paths (paper §2.3.1). Whether case is right is not judged:
many data sets are labelled in capitals whatever the image shows.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from crnn.errors import LabelError
from crnn.picture import GreyImage
from crnn.reader import CHUNK, Reader
from crnn.transcription.ctc import log_prob_batch
from crnn.transcription.greedy import greedy_batch

SURE = 0.9
"""p(text | image) from which the model is sure of what it reads."""
UNBELIEVABLE = 1e-3
"""p(label | image) / p(text | image) up to which the label is doubtful."""
_BATCH = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A label against which the model would bet a thousand to one."""

    number: int
    """Of the sample, as it was given to `Judge.add`."""
    label: str
    text: str
    """What the model reads instead."""
    label_log_prob: float
    """ln p(label | image); -inf where no path spells the label."""
    confidence: float
    """p(text | image), 0..1."""


@dataclass(slots=True)
class Judge:
    """Collects images until a chunk is full, then reads it, images of one width together."""

    reader: Reader
    doubts: list[Doubt] = field(default_factory=list)
    judged: int = 0
    """Labels that the model's alphabet can spell, and that were compared."""
    read: int = 0
    """Labels that were read as they are."""
    only_case: int = 0
    """Labels that differ from what was read in their case alone."""
    _waiting: list[tuple[int, GreyImage, str]] = field(default_factory=list)

    def add(self, number: int, grey: GreyImage, label: str) -> None:
        """Judge one label, now or later; one that the model cannot spell is passed over."""
        try:
            self.reader.alphabet.encode(label)
        except LabelError:
            return
        self.judged += 1
        self._waiting.append((number, grey, label))
        if len(self._waiting) >= CHUNK:
            self.finish()

    def finish(self) -> None:
        """Judge what is still waiting."""
        by_width: dict[int, list[tuple[int, GreyImage, str]]] = {}
        for item in self._waiting:
            by_width.setdefault(item[1].shape[1], []).append(item)
        self._waiting.clear()
        for items in by_width.values():
            for start in range(0, len(items), _BATCH):
                self.doubts += self._judge(items[start : start + _BATCH])

    def _judge(self, items: Sequence[tuple[int, GreyImage, str]]) -> Iterator[Doubt]:
        batch = np.stack([grey for _, grey, _ in items])[:, None]  # (N, 1, H, W)
        log_probs = self.reader.recognize(batch)  # (T, N, C)
        readings = greedy_batch(log_probs, self.reader.alphabet)
        classes = [self.reader.alphabet.encode(label) for _, _, label in items]
        of_labels = log_prob_batch(log_probs, classes).tolist()
        for (number, _, label), reading, log_prob in zip(items, readings, of_labels, strict=True):
            if reading.text.casefold() == label.casefold():
                self.read += reading.text == label
                self.only_case += reading.text != label
            elif reading.confidence >= SURE and log_prob <= math.log(UNBELIEVABLE * reading.confidence):
                yield Doubt(
                    number=number,
                    label=label,
                    text=reading.text,
                    label_log_prob=log_prob,
                    confidence=reading.confidence,
                )
