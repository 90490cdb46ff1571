"""Labels in the names of the images: `ab12.png`, or `LABEL_0001.png` where one label comes often.

Nothing in such a folder says that its names are labels, so it is read this way only when asked:
`names:FOLDER`.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.picture import is_image

PREFIX = "names:"
"""What stands before the path of such a folder."""
_NUMBER = re.compile(r"(?<=.)_\d+$")


def read_names(tree: Tree) -> Iterator[Row]:
    """Take the name without its suffix, and without a number that follows an underscore."""
    for name in filter(is_image, tree.names()):
        yield Row(name, name, label_of(name))


def label_of(name: str) -> str:
    """Return the label in an image's name.

    >>> label_of("ab12.png"), label_of("train/Hotel_0001.jpg"), label_of("12_34_5.png")
    ('ab12', 'Hotel', '12_34')
    """
    return _NUMBER.sub("", PurePosixPath(name).stem)
