"""How long each decoder takes for a word, on what the packaged model says of words: one core.

    python benchmarks/decoders.py                                     # 300 drawn words
    python benchmarks/decoders.py --lexicon WORDS --data val.tsv --expect 600   # real ones
    apt-get install wamerican-huge   # WORDS: /usr/share/dict/american-english-huge

Each decoder reads all words, in batches of one width, and then 50 of them alone; printed are the
medians over the rounds, in milliseconds a word of processor time: decoders have one thread, and what
else the machine does would count in any other time. The large lexicon holds 90,000 words drawn from
WORDS (without it: from the labels' own symbols) and the labels, in lower case, and folds case; the
lists of 50 hold the label and 49 of those words.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from words import Word, drawn_words, words_of  # noqa: E402

import crnn  # noqa: E402
from crnn.images.load import load_image  # noqa: E402
from crnn.images.preprocess import preprocess  # noqa: E402
from crnn.transcription.bktree import BKTree, BKTreeDecoder  # noqa: E402
from crnn.transcription.greedy import greedy_batch  # noqa: E402
from crnn.transcription.lexicon import Lexicon  # noqa: E402
from crnn.transcription.lexicon_decoder import LexiconDecoder, ListsDecoder  # noqa: E402
from crnn.transcription.pattern import PatternDecoder  # noqa: E402

LogProbs = npt.NDArray[np.float32]
Decode = Callable[[LogProbs, Sequence[int]], object]
"""Reads `log_probs` (T, N, C) of the images with these numbers."""

PLATE = "[A-Z]{3}-?[0-9]{4}"
LARGE, SMALL, ALONE, BATCH = 90_000, 50, 50, 256


def recognized(reader: crnn.Reader, words: Sequence[Word]) -> list[tuple[LogProbs, list[int]]]:
    """Let the network see all words: log_probs of each batch of one width, and the words' numbers."""
    images = [preprocess(load_image(np.asarray(image)), reader.preprocess) for image, _ in words]
    by_width: dict[int, list[int]] = {}
    for number, image in enumerate(images):
        by_width.setdefault(image.shape[1], []).append(number)
    batches = []
    for numbers in by_width.values():
        for start in range(0, len(numbers), BATCH):
            part = numbers[start : start + BATCH]
            batches.append((reader.recognize(np.stack([images[n] for n in part])[:, None]), part))
    return batches


def large_list(labels: Sequence[str], source: Path | None, count: int = LARGE) -> list[str]:
    """Return `count` words in lower case, and the labels."""
    rng = np.random.default_rng(0)
    if source:
        found = sorted({line.lower() for line in source.read_text("utf-8").splitlines() if line.isascii()})
    else:
        symbols = sorted(set("".join(labels).lower()))
        found = ["".join(rng.choice(symbols, size=rng.integers(3, 12))) for _ in range(count)]
    chosen = rng.permutation(len(found))[:count]
    return [found[place] for place in chosen] + [label.lower() for label in labels if label]


def decoders(alphabet: crnn.Alphabet, labels: Sequence[str], listed: Sequence[str]) -> dict[str, Decode]:
    """Prepare all decoders; a further one (a beam, say) is one more line here."""
    rng = np.random.default_rng(1)
    lists = [
        Lexicon([label or "a", *rng.choice(listed, SMALL - 1)], alphabet, drop_unreadable=True)
        for label in labels
    ]
    lexicon = Lexicon(listed, alphabet, fold_case=True, drop_unreadable=True)
    large = LexiconDecoder(alphabet, lexicon=lexicon)
    near = BKTreeDecoder(alphabet, tree=BKTree(lexicon), max_edits=2)
    plate = PatternDecoder(alphabet, pattern=PLATE)
    each = ListsDecoder(alphabet)
    return {
        "greedy": lambda log_probs, _: greedy_batch(log_probs, alphabet),
        f"list of {SMALL} an image": lambda log_probs, numbers: each(log_probs, [lists[n] for n in numbers]),
        f"lexicon, {len(lexicon):,} texts": lambda log_probs, _: large(log_probs),
        "BK-tree of it, delta 2": lambda log_probs, _: near(log_probs),
        f"pattern {PLATE}": lambda log_probs, _: plate(log_probs),
    }


def measure(decode: Decode, batches: Sequence[tuple[LogProbs, list[int]]]) -> float:
    """Read all batches once; return milliseconds of processor time a word."""
    started = process_time()
    for log_probs, numbers in batches:
        decode(log_probs, numbers)
    return 1000 * (process_time() - started) / sum(len(numbers) for _, numbers in batches)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--data", type=Path, help="a data set instead of 300 drawn words")
    parser.add_argument("--expect", type=int, help="samples that --data must have")
    parser.add_argument("--lexicon", type=Path, help="words to draw the large lexicon from, one a line")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if (options.data is None) != (options.expect is None):
        parser.error("--data and --expect belong together")
    return options


def main() -> None:
    """Measure and print."""
    options = arguments()
    words = list(words_of(options.data, options.expect) if options.data else drawn_words(300))
    reader = crnn.load(options.model)
    labels = [label for _, label in words]
    batches = recognized(reader, words)
    alone = [
        (log_probs[:, place : place + 1], [number])
        for log_probs, numbers in batches
        for place, number in enumerate(numbers)
    ][:ALONE]
    kinds = decoders(reader.alphabet, labels, large_list(labels, options.lexicon))
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for _ in range(options.rounds + 1):
        for kind, decode in kinds.items():
            times[kind].append((measure(decode, batches), measure(decode, alone)))
    print(f"{describe()}; one core, {len(words)} words, {options.rounds} rounds, model {options.model}")
    print(f"{'':36} ms a word: in batches, alone")
    for kind, pairs in times.items():
        batch, single = (median(column) for column in zip(*pairs[1:], strict=True))  # the first warms up
        print(f"{kind:36} {batch:10.4f} {single:10.4f}")


if __name__ == "__main__":
    main()
