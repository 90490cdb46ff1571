r"""ICDAR's word recognition tasks: gt.txt with lines such as `word_1.png, "text"`.

A quote within the text is written \" and a backslash \\.
"""

import re
from collections.abc import Iterator

from crnn.data.labelfile import place_of, stripped_lines
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError

LINE = re.compile(r'(?P<name>[^,"]+?)\s*,\s+"(?P<label>.*)"\s*')
_ESCAPED = re.compile(r'\\(["\\])')


def read_icdar(tree: Tree, name: str) -> Iterator[Row]:
    """Read the lines of a gt.txt."""
    for line, text in stripped_lines(tree, name):
        match = LINE.fullmatch(text)
        if match is None:
            raise DataError(f'{place_of(tree, name, line)}: {text!r} is not of the form: word_1.png, "text".')
        yield Row(line, match["name"], _ESCAPED.sub(r"\1", match["label"]))
