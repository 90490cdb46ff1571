"""Images that are equal, or look the same, among a hundred thousand.

    grey (H, W)      ->  thumbnail, uint8 (256): 8 rows of 32, the shape of the image forgotten
    thumbnails (N, 256), widths (N,)  ->  pairs whose correlation is MIN_CORRELATION or more

The correlation of two thumbnails (mean 0, length 1) does not change with brightness and contrast,
and little with compression and scale. All pairs of about equal width are compared, as products of
matrices: exact, and N² / 2 times 256 multiplications. It is blind for a crop that moved by a few px,
rotation, mirror images and negatives.

Images that are there more than once: in the data, with other labels, in the other set too.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from crnn.checking.findings import Notes
from crnn.checking.report import Rules
from crnn.data.dataset import ConcatDataset
from crnn.images.load import GreyImage

ROWS, COLUMNS = 8, 32

MIN_CORRELATION = 0.98
"""Correlation from which two images look the same (docs/decisions/0017-check-and-compare.md)."""

_TILE = 512, 8192

Thumbnails = npt.NDArray[np.uint8]
"""(N, 256)."""


def thumbnail(grey: GreyImage) -> npt.NDArray[np.uint8]:
    """Average a preprocessed image over 8 x 32 cells; (256,), row by row."""
    cells = Image.fromarray(grey).resize((COLUMNS, ROWS), Image.Resampling.BOX)
    return np.asarray(cells).reshape(-1)


def near_pairs(
    thumbnails: Thumbnails, widths_px: npt.NDArray[np.int32], slack_px: int
) -> Iterator[tuple[int, int]]:
    """Yield each pair (i, j) of thumbnails that look the same, widths no more than `slack_px` apart.

    Not to be given images of one grey: they look like nothing, and so like anything.
    """
    order = np.argsort(widths_px, kind="stable")
    widths = widths_px[order]
    tall, wide = _TILE
    for top in range(0, len(order), tall):
        rows = order[top : top + tall]
        patterns = _normalize(thumbnails[rows])  # (R, 256)
        end = int(np.searchsorted(widths, widths[top + len(rows) - 1] + slack_px, side="right"))
        for left in range(top, end, wide):
            columns = order[left : min(left + wide, end)]
            correlation = patterns @ _normalize(thumbnails[columns]).T  # (R, C)
            found_rows, found_columns = np.nonzero(correlation >= MIN_CORRELATION)
            first, second = top + found_rows, left + found_columns
            wanted = (first < second) & (widths[second] - widths[first] <= slack_px)
            yield from zip(order[first[wanted]].tolist(), order[second[wanted]].tolist(), strict=True)


def _normalize(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Bring each to mean 0 and length 1: (N, 256)."""
    pixels = thumbnails.astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    length = np.linalg.norm(pixels, axis=1, keepdims=True)
    normalized: npt.NDArray[np.float32] = pixels / np.maximum(length, 1e-6)
    return normalized


class Groups:
    """Numbers joined pair by pair into groups (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def join(self, first: int, second: int) -> None:
        """Put the groups of two numbers together."""
        first, second = self._root(first), self._root(second)
        self._parent[max(first, second)] = min(first, second)

    def joined(self) -> list[list[int]]:
        """Return the groups of two numbers and more, each in order, the group of the least first."""
        groups: dict[int, list[int]] = {}
        for number in range(len(self._parent)):
            groups.setdefault(self._root(number), []).append(number)
        return [group for group in groups.values() if len(group) > 1]

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number


class ImageIndex:
    """What is kept of every image to find equal ones: about 350 bytes each."""

    def __init__(self) -> None:
        self._digests: list[bytes | None] = []
        self._comparable: list[int] = []
        self._thumbnails = bytearray()
        self._widths_px: list[int] = []

    def __len__(self) -> int:
        """Count the images, those that could not be opened among them."""
        return len(self._digests)

    def skip(self) -> None:
        """Give the next number to an image that could not be opened."""
        self._digests.append(None)

    def add(self, digest: bytes, grey: GreyImage, *, is_blank: bool) -> None:
        """Add the next image; a blank one is compared by its bytes only."""
        if not is_blank:
            self._comparable.append(len(self._digests))
            self._thumbnails += thumbnail(grey).tobytes()
            self._widths_px.append(grey.shape[1])
        self._digests.append(digest)

    def digest(self, number: int) -> bytes | None:
        """Return what is equal for equal bytes."""
        return self._digests[number]

    def groups(self, slack_px: int) -> list[list[int]]:
        """Return the numbers of images that are equal, or nearly so, group by group.

        A group may be a chain: its ends need not look alike.
        """
        groups = Groups(len(self))
        first_with: dict[bytes, int] = {}
        for number, digest in enumerate(self._digests):
            if digest is not None:
                groups.join(number, first_with.setdefault(digest, number))
        alone = [row for row, number in enumerate(self._comparable) if self._is_first(number, first_with)]
        thumbnails = np.frombuffer(bytes(self._thumbnails), np.uint8).reshape(-1, ROWS * COLUMNS)
        widths_px = np.array(self._widths_px, np.int32)
        for first, second in near_pairs(thumbnails[alone], widths_px[alone], slack_px):
            groups.join(self._comparable[alone[first]], self._comparable[alone[second]])
        return groups.joined()

    def _is_first(self, number: int, first_with: dict[bytes, int]) -> bool:
        digest = self._digests[number]
        return digest is not None and first_with[digest] == number


def by_digest(index: ImageIndex, group: Sequence[int]) -> list[list[int]]:
    """Part a group into those of equal bytes."""
    parts: dict[bytes | None, list[int]] = {}
    for number in group:
        parts.setdefault(index.digest(number), []).append(number)
    return list(parts.values())


def note_copies(samples: ConcatDataset, own: int, index: ImageIndex, rules: Rules, notes: Notes) -> None:
    """Note equal and nearly equal images.

    samples   those of the data, `own` of them, then those of the other set
    index     an entry for each
    """
    for group in index.groups(slack_px=rules.preprocess.width_step):
        ours = [number for number in group if number < own]
        others = [number for number in group if number >= own]
        _note_equals(samples, ours, index, notes)
        _note_contradiction(samples, ours, rules, notes)
        if others:
            _note_leaks(samples, ours, others, index, notes)


def _note_equals(samples: ConcatDataset, group: Sequence[int], index: ImageIndex, notes: Notes) -> None:
    """Note each copy but the first."""
    parts = by_digest(index, group)
    for part in parts:
        for number in part[1:]:
            notes.add("equal-images", number, f"has the bytes of {samples.location(part[0])}")
    for part in parts[1:]:
        notes.add("nearly-equal-images", part[0], f"looks like {samples.location(group[0])}")


def _note_contradiction(samples: ConcatDataset, group: Sequence[int], rules: Rules, notes: Notes) -> None:
    """Note a group whose labels differ once they are folded."""
    first: dict[str, int] = {}
    for number in group:
        first.setdefault(rules.fold(samples[number].label), number)
    if len(first) > 1:
        labels = ", ".join(f"{label!r} at {samples.location(number)}" for label, number in first.items())
        case = ", a difference of case only" if len({label.casefold() for label in first}) == 1 else ""
        notes.add("contradicting-labels", group[0], f"is labelled {labels}{case}")


def _note_leaks(
    samples: ConcatDataset, ours: Sequence[int], others: Sequence[int], index: ImageIndex, notes: Notes
) -> None:
    """Note each image of the data that the other set has too."""
    same_bytes = {index.digest(number): number for number in reversed(others)}
    for number in ours:
        copy = same_bytes.get(index.digest(number))
        if copy is None:
            notes.add("leak", number, f"looks like {samples.location(others[0])}")
        else:
            notes.add("leak", number, f"has the bytes of {samples.location(copy)}")
