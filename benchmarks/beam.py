"""What beam search and a language model are worth, and what they cost: one core, one thread.

    python benchmarks/beam.py --data ../data/*/val.tsv [--language english] [--height 10] [--tune]

First a table of the words read right (case-insensitive on 0-9a-z, no lexicon), and of the calibration
error of the confidence (to the last symbol, all words together): greedy, beam search, beam search with
the language model, and the best path where it is surer than a threshold, beam search elsewhere. Then
the time that each decoder takes for a word, in batches of up to 64 words of one width and one by one,
beside pyctcdecode from PyPI where it can be imported (without its language model, at the same width).
Time is the processor time of this process, which a busy machine stretches less than the clock.
Recognition is not part of it.

--tune prints the table for a grid of weights instead; it belongs on training splits. A model has
learnt these by heart and errs too seldom there: --height shrinks higher images first, so that it
errs as on images that it has not seen.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import mean, median
from time import process_time

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from PIL import Image  # noqa: E402

import crnn  # noqa: E402
from crnn.data import open_dataset  # noqa: E402
from crnn.data.dataset import Dataset  # noqa: E402
from crnn.evaluation.confidence import confidence_figures  # noqa: E402
from crnn.evaluation.evaluate import dataset_name  # noqa: E402
from crnn.evaluation.metrics import keep_alnum  # noqa: E402
from crnn.images.load import load_image  # noqa: E402
from crnn.images.preprocess import preprocess  # noqa: E402
from crnn.language.file import find_language  # noqa: E402
from crnn.language.model import Language  # noqa: E402
from crnn.reader.reader import Reader  # noqa: E402
from crnn.transcription.beam import BeamConfig, BeamDecoder  # noqa: E402
from crnn.transcription.decode import (  # noqa: E402
    QUICK,
    Decode,
    LanguageDecoder,
)
from crnn.transcription.greedy import GreedyDecoder  # noqa: E402
from crnn.transcription.hypothesis import Hypothesis  # noqa: E402

BATCH = 64
WANTED_MS = 1.0
WEIGHTS, BONUSES = (0.2, 0.3, 0.35, 0.4, 0.5), (0.7, 1.0, 1.3)
SURE = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Batch:
    """Words of one width: what the network says of them, and what they are."""

    log_probs: NDArray[np.float32]  # (T, N, C)
    labels: list[str]


def recognized(reader: Reader, dataset: Dataset, height: int | None) -> list[Batch]:
    """Run the network over a data set, `height` px high at most."""
    by_width: dict[int, list[tuple[NDArray[np.uint8], str]]] = {}
    for sample in dataset:
        pixels = load_image(sample.image)
        if height and len(pixels) > height:
            width = max(1, round(pixels.shape[1] * height / len(pixels)))
            pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
        image = preprocess(pixels, reader.preprocess)
        by_width.setdefault(image.shape[1], []).append((image, sample.label))
    batches = []
    for words in by_width.values():
        for begin in range(0, len(words), BATCH):
            images, labels = zip(*words[begin : begin + BATCH], strict=True)
            batches.append(Batch(reader.log_probs(np.stack(images)[:, None]), list(labels)))
    return batches


def table(decoders: dict[str, Decode], sets: dict[str, list[Batch]]) -> None:
    """Print the accuracy of each decoder on each set, as the rows of a Markdown table."""
    counts = {
        name: sum(bool(keep_alnum(label)) for batch in batches for label in batch.labels)
        for name, batches in sets.items()
    }
    print(" | ".join(["words read right, %", *(f"{name} ({counts[name]})" for name in sets), "mean", "ECE"]))
    for title, decode in decoders.items():
        found = {name: pairs(decode, batches) for name, batches in sets.items()}
        row = [accuracy(words) for words in found.values()]
        every = [pair for words in found.values() for pair in words]
        error = confidence_figures(
            [best.probability for _, best in every], [label == best.text for label, best in every]
        ).ece
        print(" | ".join([title, *(f"{value:.1f}" for value in row), f"{mean(row):.2f}", f"{error:.3f}"]))


def pairs(decode: Decode, batches: Sequence[Batch]) -> list[tuple[str, Hypothesis]]:
    """Return the label and the best candidate of every word."""
    return [
        (label, candidates[0])
        for batch in batches
        for label, candidates in zip(batch.labels, decode(batch.log_probs), strict=True)
    ]


def accuracy(words: Sequence[tuple[str, Hypothesis]]) -> float:
    """Return the share of words read right, in percent, of those that the protocol counts."""
    right = [keep_alnum(label) == keep_alnum(best.text) for label, best in words if keep_alnum(label)]
    return 100 * sum(right) / len(right)


def peer(reader: Reader, width: int) -> Decode | None:
    """Decode with pyctcdecode, one word at a time as it does; None where it cannot be imported."""
    try:
        from pyctcdecode import build_ctcdecoder
    except ImportError as error:
        print(f"pyctcdecode is left out: {error}")
        return None
    decoder = build_ctcdecoder(["", *reader.alphabet.symbols])
    return lambda log_probs: [
        [Hypothesis(text=decoder.decode(log_probs[:, n], beam_width=width), probability=0.0)]
        for n in range(log_probs.shape[1])
    ]


def alone(decode: Decode) -> Decode:
    """Decode the words of a batch one by one."""
    return lambda log_probs: [decode(log_probs[:, [n]])[0] for n in range(log_probs.shape[1])]


def times(decoders: dict[str, Decode], batches: Sequence[Batch], rounds: int) -> None:
    """Print the median over the rounds of the milliseconds a word, all decoders in each round."""
    words = sum(len(batch.labels) for batch in batches)
    spent: dict[str, list[float]] = {title: [] for title in decoders}
    for _ in range(rounds):
        for title, decode in decoders.items():
            started = process_time()
            for batch in batches:
                decode(batch.log_probs)
            spent[title].append(1000 * (process_time() - started) / words)
    print(f"{words} words in {len(batches)} batches, {rounds} rounds, processor time")
    for title, values in spent.items():
        print(f"{title:44} {median(values):7.3f} ms a word")
    ours = median(spent["beam search"])
    print(f"wanted: beam search in batches, at most {WANTED_MS} ms: {ours <= WANTED_MS}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="data sets")
    parser.add_argument("--expect", type=int, help="samples that --data must have in all")
    parser.add_argument("--language", help="as in crnn read")
    parser.add_argument("--height", type=int, help="shrink higher images to so many px first")
    parser.add_argument("--width", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tune", action="store_true", help="a grid of weights, in place of the times")
    options = parser.parse_args()
    if options.tune and options.language is None:
        parser.error("--tune needs --language")
    return options


def main() -> None:
    """Measure and print."""
    options = arguments()
    reader = crnn.load(options.model)
    datasets = [open_dataset(path) for path in options.data]
    found = sum(map(len, datasets))
    assert options.expect in (None, found), f"{found} samples, not the {options.expect} expected: other sets?"
    sets = {dataset_name(data.path): recognized(reader, data, options.height) for data in datasets}
    language = find_language(options.language, reader.alphabet) if options.language else None

    def beam(language: Language | None = None, **settings: float) -> BeamDecoder:
        config = BeamConfig(width=options.width, **settings)  # type: ignore[arg-type]
        return BeamDecoder(reader.alphabet, config, language)

    greedy = GreedyDecoder(reader.alphabet)
    decoders: dict[str, Decode] = {"greedy": greedy, "beam search": beam()}
    if options.tune:
        for weight, bonus in product(WEIGHTS, BONUSES):
            title = f"language {weight}, bonus {bonus}"
            decoders[title] = beam(language, language_weight=weight, symbol_bonus=bonus)
    elif language is not None:
        decoders["beam search, language"] = beam(language)
        quick = BeamDecoder(reader.alphabet, replace(QUICK, width=options.width), language)
        decoders["quick beam search, language"] = quick
        for sure in SURE:
            decoders[f"the same where less sure than {sure}"] = LanguageDecoder(greedy, quick, sure)
    print(f"{describe()}; one core, model {options.model}, width {options.width}")
    table(decoders, sets)
    if not options.tune:
        other = peer(reader, options.width)
        decoders |= {f"{title}, one by one": alone(decode) for title, decode in decoders.items()}
        decoders |= {"pyctcdecode, one by one": other} if other else {}
        times(decoders, next(iter(sets.values())), options.rounds)


if __name__ == "__main__":
    main()
