"""Words held back from training to validate on, chosen by what is in the images' files.

The words whose hash is smallest are held back. So the choice is the same in every run, in any order
of the table, and hardly changes when words are added; an image that stands there twice is on one
side with both its copies, in all the sets together.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from crnn.data import Dataset, Subset
from crnn.errors import DataError

LEAST = 20
"""Fewest words to validate on, where there are twice as many."""


Part = Dataset | None


def hold_back(sets: Sequence[Dataset], share: float) -> list[tuple[Part, Part]]:
    """Split each set into what is left to train on and what is held back; None where that is empty.

    share   of all words together, 0..1; at least LEAST words, at most half

    DataError where nothing would be left to train on, or nothing to validate on.
    """
    hashes = [[hashlib.sha256(sample.read_bytes()).digest() for sample in dataset] for dataset in sets]
    copies = Counter(digest for row in hashes for digest in row)
    held = _choose(copies, share)
    if not held:
        names = ", ".join(str(dataset.path) for dataset in sets)
        raise DataError(
            f"{names}: of {len(copies)} different images none can be held back to validate on.\n"
            "    Label more, or name a set of its own: --set 'validation.data=[\"val.tsv\"]'"
        )
    return [
        (
            _part(dataset, [i for i, digest in enumerate(digests) if digest not in held]),
            _part(dataset, [i for i, digest in enumerate(digests) if digest in held]),
        )
        for dataset, digests in zip(sets, hashes, strict=True)
    ]


def _choose(copies: Mapping[bytes, int], share: float) -> frozenset[bytes]:
    """Choose the smallest hashes, passing over an image whose copies would make more than half."""
    most = sum(copies.values()) // 2
    wanted = min(max(round(share * sum(copies.values())), LEAST), most)
    held: list[bytes] = []
    words = 0
    for digest in sorted(copies):
        if words < wanted and words + copies[digest] <= most:
            held.append(digest)
            words += copies[digest]
    return frozenset(held)


def _part(dataset: Dataset, indices: Sequence[int]) -> Part:
    return Subset(dataset, indices) if indices else None
