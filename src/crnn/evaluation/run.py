"""Read a data set through the same `Reader` that users get, and say how well that went."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

from crnn.data import Dataset, Sample
from crnn.errors import DataError, ImageError
from crnn.evaluation.metrics import cer, one_minus_ned, wilson_interval, word_accuracy
from crnn.evaluation.protocol import Protocol, protocol_named
from crnn.reader import Reader

SAMPLES_IN_MEMORY = 256
"""Samples read from the data set at a time: enough to fill batches of one width, few enough to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One sample that was not read as its label says."""

    key: str
    """Where the sample is: its path, or its key in an LMDB."""
    label: str
    """As the data set has it, before the protocol's rule."""
    text: str
    """As it was read; empty where the image could not be opened."""
    confidence: float
    error: str = ""
    """Why the image could not be opened; empty where it was read, but wrongly."""


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
    skipped: tuple[str, ...]
    """Keys of the samples of whose label the protocol leaves nothing: not counted in `n`."""
    mistakes: tuple[Mistake, ...]
    """Every sample that counts as wrong, in the data set's order."""
    ms_per_word: float
    """Wall time from image file to text, opening and decoding the file included."""

    @property
    def failed(self) -> tuple[Mistake, ...]:
        """The mistakes whose image could not be opened."""
        return tuple(mistake for mistake in self.mistakes if mistake.error)


@dataclass(slots=True)
class _Tally:
    """What has been seen so far, label and text folded by the protocol in `pairs`."""

    pairs: list[tuple[str, str]]
    skipped: list[str]
    mistakes: list[Mistake]
    seconds: float = 0.0


def evaluate(
    reader: Reader,
    dataset: Dataset,
    protocol: str = "alnum",
    *,
    batch_size: int = 32,
    on_samples: Callable[[int], None] | None = None,
) -> Evaluation:
    """Read every sample of `dataset` and compare it with its label under `protocol`.

    `on_samples` is told how many more samples are done, for a progress bar. Raises `DataError`
    for an unknown protocol, and where the protocol leaves no sample to count.
    """
    rule = protocol_named(protocol)
    tally = _Tally([], [], [])
    for samples in _chunks(dataset):
        _read_chunk(reader, samples, rule, batch_size, tally)
        if on_samples is not None:
            on_samples(len(samples))
    if not tally.pairs:
        raise DataError(
            f"{dataset.path}: no sample left to evaluate: protocol {rule.name!r} skips "
            f"all {len(tally.skipped)} ({rule.statement})"
        )
    return _summarise(tally, dataset_name(Path(dataset.path)), rule)


def dataset_name(path: Path) -> str:
    """Name a data set by the last two parts of a file's path, or by its folder.

    >>> dataset_name(Path("/data/ic15/val.tsv"))
    'ic15/val'
    """
    path = path.absolute()
    if path.is_dir():
        return path.name
    return f"{path.parent.name}/{path.stem}"


def _chunks(dataset: Dataset) -> Iterator[list[Sample]]:
    samples = iter(dataset)
    while chunk := list(islice(samples, SAMPLES_IN_MEMORY)):
        yield chunk


def _read_chunk(
    reader: Reader, samples: list[Sample], rule: Protocol, batch_size: int, tally: _Tally
) -> None:
    """Read the samples that the protocol counts and add them to `tally`."""
    tally.skipped += [sample.key for sample in samples if rule.skips(sample.label)]
    counted = [sample for sample in samples if not rule.skips(sample.label)]
    started = perf_counter()
    outcomes = list(reader.iterate([sample.image for sample in counted], batch_size))
    tally.seconds += perf_counter() - started
    for sample, outcome in zip(counted, outcomes, strict=True):
        if isinstance(outcome, ImageError):
            text, confidence, error = "", 0.0, str(outcome)
        else:
            text, confidence, error = outcome.text, outcome.confidence, ""
        pair = rule.normalise(sample.label), rule.normalise(text)
        tally.pairs.append(pair)
        if pair[0] != pair[1]:
            tally.mistakes.append(
                Mistake(
                    key=sample.key,
                    label=sample.label,
                    text=text,
                    confidence=confidence,
                    error=error,
                )
            )


def _summarise(tally: _Tally, dataset: str, rule: Protocol) -> Evaluation:
    n = len(tally.pairs)
    correct = n - len(tally.mistakes)
    return Evaluation(
        dataset=dataset,
        protocol=rule.name,
        n=n,
        correct=correct,
        accuracy=word_accuracy(tally.pairs),
        interval=wilson_interval(correct, n),
        one_minus_ned=one_minus_ned(tally.pairs),
        cer=cer(tally.pairs),
        skipped=tuple(tally.skipped),
        mistakes=tuple(tally.mistakes),
        ms_per_word=1000 * tally.seconds / n,
    )
