"""How well, how fast and in how much memory `crnn` reads words beside readers from PyPI.

    pip install -c constraints.txt rapidocr onnxruntime nano-ocr tesserocr matplotlib   # any of them
    python benchmarks/peers.py [--model small --model tiny:best-path] [--plot peers.png]
        [--data ic15/val.tsv ic03/val.tsv svt/val.tsv --expect 600 200 90]

tesserocr also wants eng.traineddata (Debian: tesseract-ocr-eng), and TESSDATA_PREFIX set to the
folder where it lies. What is not installed is named and left out.

Accuracy: words read right on 0-9a-z, case folded, no lexicon; samples whose label has none of these
are left out.
Time: one process, one core, one image a call, the image decoded beforehand, resizing and decoding of
the text included. All readers take the same 20 images in turn, then the next 20; the mean over the
images of the median over the rounds. It is the processor's time: on an idle machine what a clock shows,
and on a busy one not the wait for others, which strikes long calls more often than short ones.
Memory: what the resident set grows by in a process of its own, from before the reader's package is
imported to after 50 words (Linux).
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median
from time import process_time

from machine import describe, keep_to_one_core

keep_to_one_core()

from PIL import Image  # noqa: E402
from readers import PEERS, Missing, Read, open_reader  # noqa: E402
from words import Word, drawn_words, words_of  # noqa: E402

from crnn.evaluation.metrics import keep_alnum  # noqa: E402

BLOCK = 20
"""Images that a reader reads before the next reader has its turn."""
MEMORY_WORDS = 50
LIMIT_MS = 3.0
LIMIT_TIMES = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What was measured of one reader."""

    title: str
    right: tuple[float, ...]
    """Percent of the words of each set."""
    ms: float
    """Milliseconds a word."""
    grown_mb: float | None
    """None where the system does not tell."""


def resident_mb() -> float | None:
    """Return the resident set of this process in MB, where /proc tells it."""
    statm = Path("/proc/self/statm")
    if not statm.is_file():
        return None
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def growth_mb(name: str, images: list[Image.Image]) -> float | None:
    """Open a reader and read `images`; return by how much the process grew. Raises Missing."""
    before = resident_mb()
    reader = open_reader(name)
    for image in images:
        reader.prepare(image)()
    after = resident_mb()
    return None if before is None or after is None else after - before


def measure_memory(names: list[str], images: list[Image.Image]) -> dict[str, float | None]:
    """Measure each reader in a process of its own; name those that are missing, and leave them out."""
    grown = {}
    for name in names:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            try:
                grown[name] = process.submit(growth_mb, name, images).result()
            except Missing as error:
                print(error, file=sys.stderr)
    return grown


def measure_times(reads: dict[str, list[Read]], rounds: int) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Return the milliseconds a word of each reader, and the texts of the first round."""
    names = list(reads)
    count = len(reads[names[0]])
    times: dict[str, list[list[float]]] = {name: [[] for _ in range(count)] for name in names}
    texts: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for read in reads[name][:BLOCK]:
            read()  # warm
    for turn in range(rounds):
        for block, start in enumerate(range(0, count, BLOCK)):
            first = (turn + block) % len(names)
            for name in names[first:] + names[:first]:  # nobody is always the one after nano-ocr
                for index, read in enumerate(reads[name][start : start + BLOCK], start):
                    started = process_time()
                    text = read()
                    times[name][index].append(1000 * (process_time() - started))
                    if turn == 0:
                        texts[name].append(text)
    return {name: mean(map(median, words)) for name, words in times.items()}, texts


def percent_right(texts: list[str], words: list[Word]) -> float:
    """Return the percent of `words` read right; their labels all have something that counts."""
    right = sum(keep_alnum(text) == keep_alnum(label) for text, (_, label) in zip(texts, words, strict=True))
    return 100 * right / len(words)


def measure(names: list[str], sets: dict[str, list[Word]], rounds: int) -> list[Result]:
    """Measure every reader that is there on every set."""
    words = [word for each in sets.values() for word in each]
    grown = measure_memory(names, [image for image, _ in words[:MEMORY_WORDS]])
    readers = {name: open_reader(name) for name in grown}
    reads = {name: [reader.prepare(image) for image, _ in words] for name, reader in readers.items()}
    times, texts = measure_times(reads, rounds)
    results = []
    for name, reader in readers.items():
        said = iter(texts[name])
        right = tuple(percent_right([next(said) for _ in each], each) for each in sets.values())
        results.append(Result(title=reader.title, right=right, ms=times[name], grown_mb=grown[name]))
    return results


def table(results: list[Result], sets: dict[str, list[Word]]) -> str:
    """Write the results in Markdown."""
    base = next((result.ms for result in results if result.title.startswith("rapidocr ")), None)
    heads = [f"{name} {len(words)}" for name, words in sets.items()]
    rows = [["reader", *heads, "ms a word", "times as fast as rapidocr", "memory, MB"]]
    rows.append(["---"] * len(rows[0]))
    rows += [
        [
            result.title,
            *(f"{right:.1f}" for right in result.right),
            f"{result.ms:.2f}",
            "-" if base is None else f"{base / result.ms:.2f}",
            "-" if result.grown_mb is None else f"{result.grown_mb:.0f}",
        ]
        for result in results
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def verdict(results: list[Result]) -> str:
    """Say whether the first model of ours is as fast as is wanted."""
    ours = results[0]
    others = [result.ms for result in results if result.title.startswith(("rapidocr ", "nano-ocr "))]
    wanted = f"wanted of {ours.title}: at most {LIMIT_MS} ms"
    met = ours.ms <= LIMIT_MS
    if others:
        wanted += f" and at least {LIMIT_TIMES} x as fast as rapidocr and nano-ocr"
        met = met and min(others) / ours.ms >= LIMIT_TIMES
    return f"{wanted}: {met}"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--model",
        action="append",
        help="as in crnn read, with ':best-path' behind it for no language; again for more (default: small)",
    )
    parser.add_argument(
        "--data", type=Path, nargs="+", default=[], help="data sets instead of 200 drawn words"
    )
    parser.add_argument(
        "--expect", type=int, nargs="+", default=[], help="samples that each of them must have"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw accuracy against time")
    options = parser.parse_args()
    if len(options.data) != len(options.expect):
        parser.error("--data and --expect belong together, one number for each data set")
    return options


def load_sets(options: argparse.Namespace) -> dict[str, list[Word]]:
    """Decode the sets, by name, without the samples whose label the protocol leaves empty."""
    sources = {
        path.parent.name: words_of(path, expected)
        for path, expected in zip(options.data, options.expect, strict=True)
    }
    sources = sources or {"drawn": drawn_words(200)}
    return {name: [word for word in words if keep_alnum(word[1])] for name, words in sources.items()}


def main() -> None:
    """Measure and print."""
    options = arguments()
    sets = load_sets(options)
    results = measure([*(options.model or ["small"]), *PEERS], sets, options.rounds)
    print(f"{describe()}; one core, {options.rounds} rounds")
    print(table(results, sets))
    print(verdict(results))
    if options.plot:
        from peers_plot import draw

        draw(results, list(sets), options.plot)


if __name__ == "__main__":
    main()
