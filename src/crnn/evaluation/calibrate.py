"""Choose the temperature that makes a confidence of 0.9 mean nine right of ten.

    log_probs / t, normalized again   (T, C)   t > 1 makes every frame less sure, t < 1 surer

Guo et al. (2017) divide the scores of a classifier by one number. Here it acts on every frame, so
that p(text | image) stays one distribution over all texts, whatever decodes it; the best class of
a frame, and with it the greedy text, stays the same. `formats/checkpoint.py` puts it into a network.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from crnn.data.dataset import Dataset, Sample
from crnn.errors import DataError, ImageError
from crnn.evaluation.confidence import ConfidenceFigures, confidence_figures
from crnn.evaluation.metrics import protocol_named
from crnn.reader.reader import Reader
from crnn.transcription.ctc import log_prob_batch
from crnn.transcription.greedy import best_labels

UNCHANGED = 24
TEMPERATURES: NDArray[np.float64] = np.power(1.03, np.arange(-UNCHANGED, 2 * UNCHANGED))
"""Tried on every word: 3 % apart, from 0.49 to 4.01; number UNCHANGED is 1."""

MIN_WORDS = 50
"""Words without which no temperature is chosen."""
PULL_TO_1 = 0.5
"""Squared errors that a temperature of e must save: a few words, hardly one wrong, would ask for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedSet:
    """The confidences of one data set before and after, or of all sets together."""

    name: str
    protocol: str
    before: ConfidenceFigures
    after: ConfidenceFigures
    """By the temperature that was fitted on the other half of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A temperature, and what it does for words that it was not fitted on."""

    temperature: float
    """Fitted on all words."""
    halves: tuple[float, float]
    """Fitted on each half alone; far apart where there are too few words."""
    pooled: CalibratedSet
    """All sets under protocol exact, which the temperature is fitted for."""
    pooled_alnum: CalibratedSet | None
    """All sets where case and punctuation do not count; None where no label has a letter or digit."""
    sets: tuple[CalibratedSet, ...]
    """Each data set under protocol exact."""
    right: int
    """Words read exactly right, of pooled.before.n; where that is all, little is known of the wrong ones."""
    left_out: tuple[str, ...]
    """Which samples have no label or an image that cannot be opened, and which of the two."""

    def record(self) -> dict[str, object]:
        """Write what a model's card says of this, with today's date.

        Returns:
            JSON values by key.
        """
        return {
            "data": [row.name for row in self.sets],
            "n": self.pooled.before.n,
            "ece_before": round(self.pooled.before.ece, 4),
            "ece_after": round(self.pooled.after.ece, 4),
            "date": datetime.now(UTC).date().isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    dataset: str
    label: str
    text: str
    half: bool
    """By the content of the image, so that copies of one image stand on one side."""
    confidences: NDArray[np.float64]
    """Of `text`, one a temperature."""


def calibrate(
    reader: Reader,
    datasets: Sequence[tuple[str, Dataset]],
    on_samples: Callable[[int], None] | None = None,
) -> Calibration:
    """Fit a temperature on named data sets, and measure it on words that it was not fitted on.

    It minimises the Brier score of "the greedy text is exactly the label", pulled a little towards 1
    where few words are wrong. Each half of the words is measured at the temperature of the other half.

    Args:
        reader: The model.
        datasets: Name and words of each set; words that the model was not trained on.
        on_samples: Is told how many more samples are done, for a progress bar.

    Returns:
        The temperature, 0.49 to 4, and what it does for words that it was not fitted on.

    Raises:
        DataError: There are fewer than 50 words, none is read right, or 4 is not enough.
    """
    left_out: list[str] = []
    words = list(_read(reader, datasets, left_out, on_samples or (lambda _: None)))
    if len(words) < MIN_WORDS:
        raise DataError(
            f"{len(words)} words could be read; a temperature needs at least {MIN_WORDS}.\n"
            "    Add words that the model was not trained on. A new run holds more of them back with "
            "--set validation.held_back=0.3"
        )
    halves = [[word for word in words if word.half == half] for half in (False, True)]
    if not all(halves):
        raise DataError(f"the {len(words)} words have too few different images to be halved.")
    first, second = map(_fit, halves)
    chosen = {False: second, True: first}  # a word's half -> the temperature of the other half
    right = sum(word.text == word.label for word in words)
    temperature = _temperature(words, right)
    alnum = protocol_named("alnum")
    comparable = [word for word in words if alnum.suits(reader.alphabet) and not alnum.skips(word.label)]
    return Calibration(
        temperature=temperature,
        halves=(float(TEMPERATURES[first]), float(TEMPERATURES[second])),
        pooled=_compare("all", words, chosen),
        pooled_alnum=_compare("all", comparable, chosen, "alnum") if comparable else None,
        sets=tuple(
            _compare(name, [word for word in words if word.dataset == name], chosen)
            for name in dict.fromkeys(word.dataset for word in words)
        ),
        right=right,
        left_out=tuple(left_out),
    )


def temperature_scaled(
    log_probs: NDArray[np.floating], temperatures: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Divide one image's log_probs by each temperature, and normalize them again.

    Args:
        log_probs: (T, C).
        temperatures: One or more numbers above 0.

    Returns:
        (T, temperatures, C), each of sum 1 over C as probabilities.

    >>> temperature_scaled(np.log([[0.8, 0.2]]), np.array([1.0, 2.0])).round(3).tolist()
    [[[-0.223, -1.609], [-0.405, -1.099]]]
    """
    scores = log_probs[:, np.newaxis] / temperatures[:, np.newaxis]  # (T, temperatures, C)
    scores -= scores.max(axis=2, keepdims=True)
    normalized: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
    return normalized


def _read(
    reader: Reader,
    datasets: Sequence[tuple[str, Dataset]],
    left_out: list[str],
    on_samples: Callable[[int], None],
) -> Iterator[_Word]:
    """Read every word that has a label and an image; name the others in `left_out`."""
    for name, dataset in datasets:
        for sample in dataset:
            try:
                if sample.label:
                    yield _read_word(reader, sample, name)
                else:
                    left_out.append(f"{sample.key}: its label is empty.")
            except ImageError as error:
                left_out.append(str(error) if sample.key in str(error) else f"{sample.key}: {error}")
            on_samples(1)


def _read_word(reader: Reader, sample: Sample, dataset: str) -> _Word:
    """Read one word once, and weigh its greedy text at every temperature."""
    (frames,) = reader.frames([sample.image])
    if isinstance(frames, ImageError):
        raise frames
    (classes,) = best_labels(frames.log_probs[:, np.newaxis])
    scaled = temperature_scaled(frames.log_probs, TEMPERATURES)  # (T, temperatures, C)
    log_p = log_prob_batch(scaled, [classes] * len(TEMPERATURES))  # (temperatures,)
    return _Word(
        dataset=dataset,
        label=sample.label,
        text=reader.alphabet.decode(classes),
        half=bool(hashlib.sha256(sample.read_bytes()).digest()[0] & 1),
        confidences=np.minimum(1.0, np.exp(log_p)),
    )


def _temperature(words: Sequence[_Word], right: int) -> float:
    """Return the temperature that fits best; DataError where none does."""
    best = _fit(words)
    if not right or best == len(TEMPERATURES) - 1:
        raise DataError(
            f"no temperature up to {TEMPERATURES[-1]:.2f} fits: "
            f"{right} of {len(words)} words are read right.\n"
            "    Calibrate on words like those that will be read, hard ones among them and none that was "
            "trained on."
        )
    return float(TEMPERATURES[best])


def _fit(words: Sequence[_Word]) -> int:
    """Return the index in TEMPERATURES of the smallest Brier score, pulled a little towards 1."""
    right = np.array([word.text == word.label for word in words])
    confidences = np.stack([word.confidences for word in words])  # (words, temperatures)
    errors = ((confidences - right[:, np.newaxis]) ** 2).sum(axis=0)  # (temperatures,)
    return int((errors + PULL_TO_1 * np.log(TEMPERATURES) ** 2).argmin())


def _compare(
    name: str, words: Sequence[_Word], chosen: dict[bool, int], protocol: str = "exact"
) -> CalibratedSet:
    """Measure `words` unchanged, and at the temperature that is `chosen` for their half."""
    normalize = protocol_named(protocol).normalize
    right = [normalize(word.text) == normalize(word.label) for word in words]
    return CalibratedSet(
        name=name,
        protocol=protocol,
        before=confidence_figures([word.confidences[UNCHANGED] for word in words], right),
        after=confidence_figures([word.confidences[chosen[word.half]] for word in words], right),
    )
