"""docTR's recognition sets: labels.json, {"img_1.jpg": "text", ...}, beside images/."""

import json
from collections.abc import Iterator

from crnn.data.labelfile import decode
from crnn.data.listing import Row
from crnn.data.trees import Tree
from crnn.errors import DataError

IMAGES = "images"


def read_doctr(tree: Tree, name: str) -> Iterator[Row]:
    """Read the pairs of one JSON object; images lie in images/, or beside the file."""
    place = tree.path / name
    try:
        pairs = json.loads(decode(tree.read(name), str(place)), object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}:{error.lineno}: the file is no JSON: {error}.") from error
    if not isinstance(pairs, _Pairs):
        raise DataError(f'{place}: is not of the form {{"image.jpg": "text", ...}}.')
    seen: set[str] = set()
    for image, label in pairs:
        if not isinstance(label, str):
            raise DataError(
                f"{place}: the label of {image!r} is no text but {str(label)[:40]!r}.\n"
                "    Labels of pages with boxes are for detection: cut the words out first."
            )
        if image in seen:
            raise DataError(f"{place}: {image!r} is there twice: delete one of the two.")
        seen.add(image)
        inside = f"{IMAGES}/{image}"
        yield Row(f"{name}: {image}", inside if tree.find(inside) else image, label)


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a key that is there twice is seen."""
