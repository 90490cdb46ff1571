"""The paper's Figure 4: what the edit distance of the BK-tree costs and gains, beside the exact search.

    apt-get install wamerican-huge
    python benchmarks/bktree.py --data val.tsv --expect 600 --lexicon /usr/share/dict/american-english-huge

The lexicon is 50,000 words drawn from the list, as many as the paper's has, and the labels, so that
the truth is always in it; in lower case, with case folded. For each delta: words read right (alnum
protocol), answers equal to the exact one, images without any answer, and milliseconds of processor
time a word for decoding alone.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from machine import describe, keep_to_one_core

keep_to_one_core()

from decoders import LogProbs, large_list, recognized  # noqa: E402
from words import words_of  # noqa: E402

import crnn  # noqa: E402
from crnn.evaluation.metrics import keep_alnum  # noqa: E402
from crnn.transcription.bktree import BKTree, BKTreeDecoder  # noqa: E402
from crnn.transcription.greedy import greedy_batch  # noqa: E402
from crnn.transcription.hypothesis import Hypothesis  # noqa: E402
from crnn.transcription.lexicon import Lexicon  # noqa: E402
from crnn.transcription.lexicon_decoder import LexiconDecoder  # noqa: E402

DELTAS = range(6)
WORDS = 50_000


def read_all(
    decode: LexiconDecoder | BKTreeDecoder, batches: Sequence[tuple[LogProbs, list[int]]]
) -> tuple[dict[int, str | None], float]:
    """Return each word's best text, None where there is none, and milliseconds a word."""
    found: dict[int, list[Hypothesis]] = {}
    started = process_time()
    for log_probs, numbers in batches:
        found.update(zip(numbers, decode(log_probs), strict=True))
    took_ms = 1000 * (process_time() - started)
    texts = {number: candidates[0].text if candidates else None for number, candidates in found.items()}
    return texts, took_ms / len(texts)


def share_right(texts: dict[int, str | None], labels: Sequence[str]) -> float:
    """Return the share of words read right, in percent, of those that the protocol counts."""
    counted = {number: keep_alnum(label) for number, label in enumerate(labels) if keep_alnum(label)}
    right = [label == keep_alnum(texts[number] or "") for number, label in counted.items()]
    return 100 * sum(right) / len(right)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--expect", type=int, required=True, help="samples that --data must have")
    parser.add_argument("--lexicon", type=Path, required=True, help="one word a line")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = arguments()
    words = list(words_of(options.data, options.expect))
    labels = [label for _, label in words]
    reader = crnn.load(options.model)
    batches = recognized(reader, words)
    listed = large_list(labels, options.lexicon, WORDS)
    lexicon = Lexicon(listed, reader.alphabet, fold_case=True, drop_unreadable=True)

    exact = LexiconDecoder(reader.alphabet, lexicon=lexicon)
    read_all(exact, batches[:1])  # builds the prefix tree
    best, best_ms = read_all(exact, batches)
    greedy = {
        number: reading.text
        for log_probs, numbers in batches
        for number, reading in zip(numbers, greedy_batch(log_probs, reader.alphabet), strict=True)
    }
    started = process_time()
    tree = BKTree(lexicon)
    built_s = process_time() - started
    print(f"{describe()}; one core, {len(words)} words of {options.data}, model {options.model}")
    print(f"{len(lexicon):,} texts, {len(lexicon.dropped)} words dropped; BK-tree built in {built_s:.1f} s")
    print("              right %   equal to exact %   no answer %   ms a word")
    print(f"no lexicon   {share_right(dict(greedy), labels):8.1f}")
    for delta in DELTAS:
        texts, took_ms = read_all(BKTreeDecoder(reader.alphabet, tree=tree, max_edits=delta), batches)
        equal = 100 * sum(text == best[number] for number, text in texts.items()) / len(texts)
        none = 100 * sum(text is None for text in texts.values()) / len(texts)
        print(
            f"delta {delta}      {share_right(texts, labels):8.1f} {equal:18.1f} {none:13.1f} {took_ms:11.2f}"
        )
    print(f"exact        {share_right(best, labels):8.1f} {100:18.1f} {0:13.1f} {best_ms:11.2f}")


if __name__ == "__main__":
    main()
