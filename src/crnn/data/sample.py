"""What a data set is made of: a word image, its label, and where both came from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crnn.errors import DataError


@dataclass(frozen=True, slots=True)
class Sample:
    """One word image and what it says."""

    key: str
    """The image's path or LMDB key: what error messages and reports call it."""
    image: bytes | Path
    """The encoded image, or the file that holds it; not decoded yet."""
    label: str
    """The true text."""

    def read_bytes(self) -> bytes:
        """Read the encoded image; DataError where its file cannot be read."""
        if isinstance(self.image, bytes):
            return self.image
        try:
            return self.image.read_bytes()
        except OSError as error:
            raise DataError(f"{self.key}: the image cannot be read: {error.strerror}.") from error


class Dataset(ABC):
    """Labelled word images in a fixed order, read one at a time; never empty.

    Subclasses decode nothing and hold no open file that would not survive
    pickling or a fork, so any of them can be handed to worker processes.
    """

    path: Path
    """The file or folder that was opened."""

    @abstractmethod
    def __len__(self) -> int:
        """Count the samples."""

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Return the sample at `index`; negative ones count from the end, as in a list."""

    @abstractmethod
    def place(self, index: int) -> str:
        """Name where the label of sample `index` stands, such as 'train.tsv:8812'."""

    def __iter__(self) -> Iterator[Sample]:
        """Yield every sample in order."""
        return (self[index] for index in range(len(self)))

    def is_missing(self, index: int) -> bool:  # noqa: ARG002
        """Tell whether the image of sample `index` is named but not there."""
        return False

    def check_complete(self) -> None:  # noqa: B027
        """Raise DataError, naming the first, where images are named but not there."""


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order; they keep their places."""

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """Keep `indices`; DataError when there are none."""
        if not indices:
            raise DataError(f"{dataset.path}: no sample of {len(dataset)} is left.")
        self.path = dataset.path
        self._dataset = dataset
        self._indices = tuple(indices)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._dataset[self._indices[index]]

    def place(self, index: int) -> str:
        """Name the place in the whole data set."""
        return self._dataset.place(self._indices[index])
