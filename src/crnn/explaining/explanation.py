"""An explanation: all that the picture shows of how one image became one text, as numbers.

    Reading, model   ->   Explanation

A reading keeps what its frames said, so nothing is read again. What is explained is its text, whatever
decoder found it, or another that somebody asks about; the runner-up is the likeliest other one (beam
search). Both are weighed by the image alone, no language asked.

Which symbols have a row of the heat map, and where two texts differ.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from crnn.alphabet import BLANK
from crnn.errors import DataError
from crnn.explaining.network import Activity, Opened, activity
from crnn.explaining.network import receptive_fields as fields
from crnn.explaining.occlusion import evidence
from crnn.images.load import GreyImage, ImageSource, load_picture
from crnn.reader.frames import Box, Frames, Span
from crnn.reader.reader import Reader
from crnn.reader.reading import Reading
from crnn.transcription.ctc import log_prob


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedText:
    """One text, and where its symbols stand in the frames."""

    text: str
    probability: float
    """p(text | image), 0..1, summed over all paths."""
    spans: tuple[Span, ...]
    """One a symbol; boxes in px of the picture as it was read (turned where it lay sideways)."""
    differs: tuple[bool, ...]
    """For each symbol, whether the other text has another one, or none, in its place."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Explanation:
    """How one image became one text."""

    name: str
    """Of the image."""
    model: str
    read: str
    """What the model reads."""
    picture: GreyImage
    """(H, W), turned as it was read; the network's own image where no other one is at hand."""
    quarter_turns: int
    """Quarter turns against the clock since the picture was given."""
    frames: Frames
    """Of the picture as it was read, turned: the network's image (h, w), log_probs (T, C) and alphabet."""
    explained: ExplainedText
    """The text that is explained."""
    runner_up: ExplainedText | None
    """The likeliest other text; None where the beam finds none."""
    rows: tuple[int, ...]
    """Classes that have a row, the blank last."""
    evidence: npt.NDArray[np.float32]
    """(L, h, w) nats that each symbol loses where pixels of the network's image are hidden."""
    activity: tuple[Activity, ...]
    """The last LSTM, one a direction."""
    no_activity: str
    """Why `activity` is empty; '' where it is not."""
    fields: tuple[Box, ...]
    """What each of the T frames sees of the network's image, px; () where the layers are not known."""
    frame: int
    """The frame whose field is drawn: where the least sure symbol stands."""

    @property
    def probs(self) -> npt.NDArray[np.float32]:
        """p(class | frame), (T, C)."""
        return np.exp(self.frames.log_probs)


def explain(
    reading: Reading, model: Opened, *, text: str | None = None, image: ImageSource | None = None
) -> Explanation:
    """Gather how a reading came about.

    Args:
        reading: What a Reader of `model` returned.
        model: What it was read with.
        text: Explain this text in place of the one that was read.
        image: What was read, to show it where it was no file.

    Returns:
        All that the picture shows, as numbers.

    Raises:
        DataError: No Reader made the reading.
        ImageError: The image cannot be loaded again.
        LabelError: A symbol of `text` is not in the alphabet, or it needs more frames than there are.
    """
    if reading.frames is None or not reading.candidates:
        raise DataError(
            f"the reading of {reading.text!r} has no frames to explain: no Reader made it, or nothing of "
            "the lexicon or pattern was possible. Explain what crnn.load(...).read(image) returns."
        )
    source = reading.image if image is None else image
    frames, wanted = reading.frames.as_turned(), reading.candidates[0].text if text is None else text
    second = _runner_up(model.reader, frames, wanted)
    explained = _explain_text(frames, wanted, second)
    runner_up = None if second is None else _explain_text(frames, second, wanted)
    classes = [frames.alphabet.encode(each) for each in (wanted, second or "")]
    frame_count, (height, width) = len(frames.log_probs), frames.image.shape
    seen, why_not = _activity(model, frames)
    spans = [span.frames for span in explained.spans]
    quarter_turns = reading.frames.quarter_turns
    return Explanation(
        name="an image" if reading.image is None else reading.image.name,
        model=model.name,
        read=reading.text,
        picture=frames.image if source is None else _turned(source, quarter_turns),
        quarter_turns=quarter_turns,
        frames=frames,
        explained=explained,
        runner_up=runner_up,
        rows=rows(frames.log_probs, classes),
        evidence=evidence(model.reader.log_probs, frames.image, classes[0], spans),
        activity=seen,
        no_activity=why_not,
        fields=fields(model.layers, frame_count, height, width),
        frame=_least_sure(explained, frames),
    )


def _turned(source: ImageSource, quarter_turns: int) -> GreyImage:
    return np.ascontiguousarray(np.rot90(load_picture(source).grey, quarter_turns))


def _runner_up(reader: Reader, frames: Frames, text: str) -> str | None:
    """Find the likeliest text but this one."""
    [candidates] = reader.decoder(top=2, language=None)(frames.log_probs[:, None])
    return next((candidate.text for candidate in candidates if candidate.text != text), None)


def _explain_text(frames: Frames, text: str, compared: str | None) -> ExplainedText:
    """Weigh a text and find its symbols, marking where it differs from the one it is compared with."""
    classes = frames.alphabet.encode(text)
    unmarked = (False,) * len(classes)
    return ExplainedText(
        text=text,
        probability=min(1.0, math.exp(log_prob(frames.log_probs, classes))),
        spans=frames.spans(text),
        differs=unmarked if compared is None else differences(classes, frames.alphabet.encode(compared))[0],
    )


def _least_sure(explained: ExplainedText, frames: Frames) -> int:
    """Choose the middle frame of the least sure symbol; of the image, where there is no symbol."""
    if not explained.spans:
        return len(frames.log_probs) // 2
    first, end = min(explained.spans, key=lambda span: span.posterior).frames
    return (first + end - 1) // 2


def _activity(model: Opened, frames: Frames) -> tuple[tuple[Activity, ...], str]:
    """Watch the last LSTM, or say why not."""
    if model.network is None:
        return (), "An .onnx file does not show its gates; explain the .safetensors file that it came from."
    if frames.image.shape[1] > model.reader.preprocess.max_width:
        return (), "The image was read in several windows, each with gates of its own."
    seen = activity(model.network, frames.image)
    cell = model.network.config.cell if model.network.config.layers else "no recurrent layer"
    return seen, "" if seen else f"The network has no LSTM to look into ({cell})."


MIN_PEAK = 0.1
"""A symbol that no text and no best path holds has a row where it reaches this probability in some frame."""

MAX_OTHER_ROWS = 8
"""Rows for such symbols, the likeliest first."""


def rows(log_probs: npt.NDArray[np.floating], texts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Choose the classes of `log_probs` (T, C) that have a row, top to bottom.

    First those of the texts, in their order, then those of the best path, then others that the frames
    consider, last the blank.

    >>> rows(np.log([[0.2, 0.5, 0.05, 0.25], [0.9, 0.04, 0.03, 0.03]]), [[2]])
    (2, 1, 3, 0)
    """
    wanted = [*chain.from_iterable(texts), *log_probs.argmax(1).tolist()]
    chosen = [index for index in dict.fromkeys(wanted) if index != BLANK]
    peaks = np.exp(log_probs).max(0)  # (C,)
    others = [index for index in np.argsort(-peaks).tolist() if index not in {BLANK, *chosen}]
    chosen += [index for index in others[:MAX_OTHER_ROWS] if peaks[index] >= MIN_PEAK]
    return (*chosen, BLANK)


def differences(first: Sequence[int], second: Sequence[int]) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Mark in each of two texts the symbols that the other has not, by the fewest edits.

    >>> differences([1, 2, 3], [1, 4, 3, 3])
    ((False, True, False), (False, True, True, False))
    """
    marked = [False] * len(first), [False] * len(second)
    for edit in Levenshtein.opcodes(first, second):
        if edit.tag != "equal":
            marked[0][edit.src_start : edit.src_end] = [True] * (edit.src_end - edit.src_start)
            marked[1][edit.dest_start : edit.dest_end] = [True] * (edit.dest_end - edit.dest_start)
    return tuple(marked[0]), tuple(marked[1])
