r"""How many words are read right with each decoder: no lexicon, lists, a large lexicon, a language model.

    apt-get install wamerican-huge
    python benchmarks/decoding.py --lexicon /usr/share/dict/american-english-huge --language en.lm \
        --expect 3792 --data ../data/{ic15,ic03,svt,iiit5k,funsd,receipts}/val.tsv

Printed is a Markdown table: percent of the words that protocol alnum counts. The large lexicon is
90,000 words drawn from the file, in lower case, for any casing; once with the labels of all sets
among them, as the paper's lexicons have them, and once as it is. A list of 50 is the label of its
image and 49 words of the large lexicon. The language model is one of `crnn language train`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from machine import describe, keep_to_one_core

keep_to_one_core()

import numpy as np  # noqa: E402

import crnn  # noqa: E402
from crnn.data import open_dataset  # noqa: E402
from crnn.data.dataset import Dataset  # noqa: E402
from crnn.evaluation.evaluate import (  # noqa: E402
    DecodeSample,
    dataset_name,
    evaluate,
)
from crnn.evaluation.metrics import keep_alnum  # noqa: E402
from crnn.language.file import load_language  # noqa: E402
from crnn.transcription.decode import Decode  # noqa: E402
from crnn.transcription.lexicon import Lexicon  # noqa: E402
from crnn.transcription.lexicon_decoder import ListsDecoder  # noqa: E402

LARGE, SMALL = 90_000, 50


def lists_of(labels: Sequence[str], words: Sequence[str], alphabet: crnn.Alphabet) -> dict[str, Lexicon]:
    """Make a list for each label: itself and 49 random words, for any casing."""
    rng = np.random.default_rng(1)
    return {
        label: Lexicon([label, *rng.choice(words, SMALL - 1)], alphabet, fold_case=True, drop_unreadable=True)
        for label in dict.fromkeys(labels)
    }


def decoders(
    reader: crnn.Reader, labels: Sequence[str], words: Sequence[str], language: Path | None
) -> dict[str, DecodeSample]:
    """Prepare all decoders."""
    alphabet = reader.alphabet
    lists, decode_lists = lists_of(labels, words, alphabet), ListsDecoder(alphabet)

    def plain(decode: Decode) -> DecodeSample:
        return lambda log_probs, _: decode(log_probs)

    def lexicon(listed: Sequence[str]) -> Lexicon:
        return Lexicon(listed, alphabet, fold_case=True, drop_unreadable=True)

    with_labels = lexicon([*words, *(label.lower() for label in labels)])
    found = {
        "greedy": plain(reader.decoder()),
        "beam of 10": plain(reader.decoder(beam_width=10)),
        f"list of {SMALL}, the label among them": lambda log_probs, samples: decode_lists(
            log_probs, [lists[sample.label] for sample in samples]
        ),
        f"lexicon of {LARGE:,} and the labels": plain(reader.decoder(lexicon=with_labels)),
        "the same by a BK-tree, delta 2": plain(reader.decoder(lexicon=with_labels, max_edits=2)),
        f"lexicon of {LARGE:,} as it is": plain(reader.decoder(lexicon=lexicon(words))),
        "the same, free text if 10 times as likely": plain(
            reader.decoder(lexicon=lexicon(words), oov_factor=10.0)
        ),
    }
    if language:
        model = load_language(language, alphabet)
        found["beam of 10, language model"] = plain(reader.decoder(language=model))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="small", help="as in crnn read")
    parser.add_argument("--data", nargs="+", type=Path, required=True)
    parser.add_argument("--expect", type=int, required=True, help="samples that all sets must have together")
    parser.add_argument("--lexicon", type=Path, required=True, help="words, one a line")
    parser.add_argument("--language", type=Path)
    options = parser.parse_args()
    datasets: list[Dataset] = [open_dataset(path) for path in options.data]
    count = sum(map(len, datasets))
    assert count == options.expect, f"the sets have {count} samples, not {options.expect}"
    reader = crnn.load(options.model)
    labels = [sample.label for dataset in datasets for sample in dataset if keep_alnum(sample.label)]
    found = sorted(
        {line.lower() for line in options.lexicon.read_text("utf-8").splitlines() if line.isascii()} - {""}
    )
    words = [found[place] for place in np.random.default_rng(0).permutation(len(found))[:LARGE]]
    print(f"{describe()}; {count} samples, model {options.model}, protocol alnum, % of words read right\n")
    names = [dataset_name(dataset.path).split("/")[0] for dataset in datasets]
    print(f"| | {' | '.join(names)} | mean |")
    print("|---" * (len(names) + 2) + "|")
    for kind, decode in decoders(reader, labels, words, options.language).items():
        right = [evaluate(reader, dataset, decode=decode).accuracy for dataset in datasets]
        cells = " | ".join(f"{share:.1f}" for share in [*right, sum(right) / len(right)])
        print(f"| {kind} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
