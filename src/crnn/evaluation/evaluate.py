"""Read a data set through the same `Reader` that users get, and say how well that went."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError, ImageError
from crnn.evaluation.confidence import ConfidenceFigures, confidence_figures
from crnn.evaluation.metrics import (
    Protocol,
    cer,
    one_minus_ned,
    protocol_named,
    wer,
    wilson_interval,
    word_accuracy,
)
from crnn.reader.reader import Reader
from crnn.reader.reading import Reading
from crnn.transcription.hypothesis import Hypothesis

DecodeSample = Callable[[NDArray[np.floating], Sequence[Sample]], list[list[Hypothesis]]]
"""log_probs (T, N, C) and the N samples -> the hypotheses of each, best first."""

SAMPLES_IN_MEMORY = 256
"""Samples read from the data set at a time: enough to fill batches of one width, few enough to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutcome:
    """One sample, and what was read in it."""

    index: int
    """Its index in the data set, from 0."""
    key: str
    """Where the sample is: its path, or its key in an LMDB."""
    label: str
    """As the data set has it, before the protocol's rule."""
    text: str
    """As it was read; empty where the image could not be opened."""
    confidence: float
    right: bool
    """Whether text and label are the same under the protocol."""
    error: str = ""
    """Why the image could not be opened; empty where it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model makes of one data set; all shares in percent."""

    dataset: str
    protocol: str
    n: int
    """Samples counted; an image that could not be opened counts as read wrongly, as an empty text."""
    correct: int
    accuracy: float
    interval: tuple[float, float]
    """95 % interval of `accuracy` (Wilson)."""
    one_minus_ned: float
    cer: float
    wer: float | None
    """Edits of whole words per 100 words of the labels; None where no label holds several."""
    skipped: tuple[str, ...]
    """Keys of the samples of whose label the protocol leaves nothing: not counted in `n`."""
    outcomes: tuple[SampleOutcome, ...]
    """Every sample that counts, in the data set's order."""
    ms_per_word: float
    """Wall time from image file to text, opening and decoding the file included."""

    @property
    def mistakes(self) -> tuple[SampleOutcome, ...]:
        """The outcomes that count as wrong."""
        return tuple(outcome for outcome in self.outcomes if not outcome.right)

    @property
    def failed(self) -> tuple[SampleOutcome, ...]:
        """The mistakes whose image could not be opened."""
        return tuple(outcome for outcome in self.outcomes if outcome.error)

    def confidence_figures(self) -> ConfidenceFigures | None:
        """Measure the confidences.

        Returns:
            The figures of all images that could be opened; None where none could.
        """
        read = [outcome for outcome in self.outcomes if not outcome.error]
        if not read:
            return None
        return confidence_figures(
            [outcome.confidence for outcome in read], [outcome.right for outcome in read]
        )


def evaluate(
    reader: Reader,
    dataset: Dataset,
    protocol: str = "alnum",
    *,
    decode: DecodeSample | None = None,
    batch_size: int = 32,
    on_samples: Callable[[int], None] | None = None,
) -> Evaluation:
    """Read every sample of a data set and compare it with its label.

    Args:
        reader: The model.
        dataset: The words.
        protocol: "alnum" or "exact": what of label and text must be the same.
        decode: How texts are found. None: as the model's file has it.
        batch_size: Images that are read together.
        on_samples: Is told how many more samples are done, for a progress bar.

    Returns:
        Every sample with what was read in it, and the figures of all.

    Raises:
        DataError: There is no such protocol, it does not suit the alphabet, or it leaves no sample.
    """
    rule = protocol_named(protocol)
    rule.check(reader.alphabet)
    outcomes: list[SampleOutcome] = []
    skipped: list[str] = []
    seconds = 0.0
    for samples in _chunks(dataset):
        skipped += [sample.key for _, sample in samples if rule.skips(sample.label)]
        counted = [(index, sample) for index, sample in samples if not rule.skips(sample.label)]
        started = perf_counter()
        readings = list(_read(reader, [sample for _, sample in counted], decode, batch_size))
        seconds += perf_counter() - started
        outcomes += [
            _outcome(index, sample, reading, rule)
            for (index, sample), reading in zip(counted, readings, strict=True)
        ]
        if on_samples is not None:
            on_samples(len(samples))
    if not outcomes:
        raise DataError(
            f"{dataset.path}: no sample left to evaluate: protocol {rule.name!r} skips "
            f"all {len(skipped)} ({rule.statement})"
        )
    return _summarise(
        outcomes,
        rule,
        reader.alphabet,
        dataset=dataset_name(Path(dataset.path)),
        skipped=skipped,
        seconds=seconds,
    )


def _read(
    reader: Reader, samples: Sequence[Sample], decode: DecodeSample | None, batch_size: int
) -> Iterator[Reading | ImageError]:
    images = [sample.image for sample in samples]
    if decode is None:
        return reader.iterate(images, batch_size=batch_size)
    chosen = decode  # not None in what follows

    def decode_each(log_probs: NDArray[np.floating], places: Sequence[int]) -> list[list[Hypothesis]]:
        return chosen(log_probs, [samples[place] for place in places])

    return reader.iterate_each(images, decode_each, batch_size)


def dataset_name(path: Path) -> str:
    """Name a data set by the last two parts of a file's path, or by its folder.

    Args:
        path: Where the data set is.

    Returns:
        Folder and file without its suffix, or the folder's name.

    >>> dataset_name(Path("/data/ic15/val.tsv"))
    'ic15/val'
    """
    path = path.absolute()
    if path.is_dir():
        return path.name
    return f"{path.parent.name}/{path.stem}"


def whole_words(text: str, rule: Protocol) -> list[str]:
    """Split a text at its spaces and normalize each word.

    Args:
        text: A label, or what was read.
        rule: The protocol.

    Returns:
        The words, without those of which nothing is left.

    >>> whole_words("Bed & Breakfast", protocol_named("alnum"))
    ['bed', 'breakfast']
    """
    return [word for word in map(rule.normalize, text.split()) if word]


def symbol_pairs(
    outcomes: Sequence[SampleOutcome], rule: Protocol, alphabet: Alphabet
) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Pair labels and texts as the symbols in which edits are counted.

    Args:
        outcomes: Samples that were read.
        rule: The protocol, which normalizes both.
        alphabet: The model's, which says what a symbol is.

    Returns:
        (label, text) of each outcome.
    """
    return [
        (alphabet.split(rule.normalize(outcome.label)), alphabet.split(rule.normalize(outcome.text)))
        for outcome in outcomes
    ]


def _chunks(dataset: Dataset) -> Iterator[list[tuple[int, Sample]]]:
    samples = enumerate(dataset)
    while chunk := list(islice(samples, SAMPLES_IN_MEMORY)):
        yield chunk


def _outcome(index: int, sample: Sample, reading: Reading | ImageError, rule: Protocol) -> SampleOutcome:
    """Compare one reading with its label; an image that could not be opened reads as ''."""
    error = ""
    if isinstance(reading, ImageError):
        reading, error = Reading(text="", confidence=0.0), str(reading)
    return SampleOutcome(
        index=index,
        key=sample.key,
        label=sample.label,
        text=reading.text,
        confidence=reading.confidence,
        right=rule.normalize(sample.label) == rule.normalize(reading.text),
        error=error,
    )


def _summarise(
    outcomes: Sequence[SampleOutcome],
    rule: Protocol,
    alphabet: Alphabet,
    *,
    dataset: str,
    skipped: Sequence[str],
    seconds: float,
) -> Evaluation:
    pairs = symbol_pairs(outcomes, rule, alphabet)
    n, correct = len(outcomes), sum(outcome.right for outcome in outcomes)
    return Evaluation(
        dataset=dataset,
        protocol=rule.name,
        n=n,
        correct=correct,
        accuracy=word_accuracy(pairs),
        interval=wilson_interval(correct, n),
        one_minus_ned=one_minus_ned(pairs),
        cer=cer(pairs),
        wer=None if alphabet.separator else _wer(outcomes, rule),
        skipped=tuple(skipped),
        outcomes=tuple(outcomes),
        ms_per_word=1000 * seconds / n,
    )


def _wer(outcomes: Sequence[SampleOutcome], rule: Protocol) -> float | None:
    """Measure whole words where some label holds several."""
    if not any(len(outcome.label.split()) > 1 for outcome in outcomes):
        return None

    pairs = [(whole_words(outcome.label, rule), whole_words(outcome.text, rule)) for outcome in outcomes]
    return wer(pairs)
