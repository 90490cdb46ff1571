"""Many short texts in two arrays, so that a list of a million names is a few megabytes."""

import zlib
from array import array
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt


class StringArray:
    """A list of texts that can only grow, held as their bytes end to end.

    >>> texts = StringArray(["one", "", "zwölf"])
    >>> len(texts), texts[2], texts.find("zwölf"), texts.find("two")
    (3, 'zwölf', 2, None)
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")
        self._index: tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]] | None = None
        for text in texts:
            self.append(text)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        return self._encoded(number).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def append(self, text: str) -> None:
        """Add one text; lone surrogates, which stand for odd bytes in the name of a file, stay."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        self._index = None

    def find(self, text: str) -> int | None:
        """Return the number of the first text that is equal, or None."""
        wanted = text.encode("utf-8", "surrogatepass")
        sums, order = self._sorted()
        at = int(np.searchsorted(sums, np.uint32(zlib.crc32(wanted))))
        while at < len(sums) and sums[at] == zlib.crc32(wanted):
            if self._encoded(int(order[at])) == wanted:
                return int(order[at])
            at += 1
        return None

    def repeated(self) -> str | None:
        """Return a text that is in the list more than once, or None."""
        sums, order = self._sorted()
        for at in np.flatnonzero(sums[1:] == sums[:-1]) + 1:
            number = int(order[at])
            if self.find(self[number]) != number:
                return self[number]
        return None

    def _encoded(self, number: int) -> bytes:
        number = range(len(self._ends))[number]
        start = self._ends[number - 1] if number else 0
        return bytes(self._bytes[start : self._ends[number]])

    def _sorted(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Return the texts' checksums in order, and whose each is; made at the first search."""
        if self._index is None:
            sums = np.fromiter(
                (zlib.crc32(self._encoded(number)) for number in range(len(self))), np.uint32, len(self)
            )
            order = np.argsort(sums, kind="stable")
            self._index = sums[order], order
        return self._index
