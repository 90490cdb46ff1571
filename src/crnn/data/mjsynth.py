"""MJSynth (Jaderberg et al., 2014; the paper's training data): the label is part of the file's name.

annotation_train.txt has lines such as `./2425/1/115_Lube_45484.jpg 45484`: number, word and place
in lexicon.txt, which is not needed.
"""

import re
from collections.abc import Iterator

from crnn.data.labelfile import place_of, stripped_lines
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError

LINE = re.compile(r"(?P<name>(?:.*/)?[^/_]+_(?P<label>[^/]*)_\d+\.\w+) \d+\s*")


def read_mjsynth(tree: Tree, name: str) -> Iterator[Row]:
    """Read the lines of an annotation file."""
    for line, text in stripped_lines(tree, name):
        match = LINE.fullmatch(text)
        if match is None:
            raise DataError(
                f"{place_of(tree, name, line)}: {text!r} is not of the form: ./1/2/3_WORD_45.jpg 45."
            )
        yield Row(line, match["name"], match["label"])
