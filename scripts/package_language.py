"""Put the language that the packaged models read with into the package: src/crnn/weights/english.lm.

    python scripts/package_language.py [--labels 12_000_000] [--least 8] [--order 6] [--out english.lm]

Its words are the labels that synthesis draws for training: English words as often as signs hold them,
in their cases, prices, dates, phone numbers, some words of other languages, some random strings. So the
language is that of the images that the network has learnt from, and no more foreign to codes and
prices. A label that was drawn less than `--least` times is left out, which makes the file smaller and
reads no worse (docs/log.md#own-language).
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from crnn.alphabet import Alphabet
from crnn.cli.output import progress
from crnn.files import WEIGHTS
from crnn.language.file import save_language
from crnn.language.learn import train_language
from crnn.synthesis.words import WordsConfig, WordSource

AT_ONCE = 4096
SEED = 5


def draw(alphabet: Alphabet, count: int) -> Counter[str]:
    """Draw at least `count` labels of `alphabet` as synthesis does, and count each."""
    source, rng = WordSource(WordsConfig(), alphabet), np.random.default_rng(SEED)
    labels: Counter[str] = Counter()
    with progress("drawing labels", count) as advance:
        for _ in range(-(-count // AT_ONCE)):
            labels.update(source.words(rng, AT_ONCE))
            advance(AT_ONCE)
    return labels


def main() -> None:
    """Draw, count, train and save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--labels", type=int, default=12_000_000, help="labels to draw")
    parser.add_argument("--least", type=int, default=8, help="times that a label must have been drawn")
    parser.add_argument("--order", type=int, default=6, help="symbols seen at once")
    parser.add_argument("--alphabet", default="print94", help="name of the models' alphabet")
    parser.add_argument("--out", type=Path, default=WEIGHTS / "english.lm", help="the file to write")
    options = parser.parse_args()

    alphabet = Alphabet.named(options.alphabet)
    drawn = draw(alphabet, options.labels)
    kept = {label: times for label, times in drawn.items() if times >= options.least}
    language = train_language(kept, alphabet, order=options.order)
    save_language(options.out, language)
    print(
        f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {len(kept):,} of {len(drawn):,} "
        f"different labels, {sum(kept.values()):,} of {sum(drawn.values()):,} drawn"
    )


if __name__ == "__main__":
    main()
