"""Batches of real words, each of one width, as a pure function of (seed, number).

    images       uint8 (N, 1, H, W), W the same within a batch
    labels       N strings
    unreadable   what was wrong with images that others replace

Nothing is carried from batch to batch, so a resumed run goes on with the next number.
"""

import dataclasses
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from crnn.data.dataset import ConcatDataset, Dataset
from crnn.errors import DataError, ImageError
from crnn.images.load import GreyImage, load_image
from crnn.images.preprocess import PreprocessConfig
from crnn.images.preprocess import preprocess as resize
from crnn.images.sizes import header_size
from crnn.training.augment import augment as augment_images

logger = logging.getLogger(__name__)

_Indices = npt.NDArray[np.int64]

_PLAN, _AUGMENT = 0, 1  # streams of random numbers that share a seed

MIN_BLOCK_BATCHES, MAX_BLOCK_BATCHES = 8, 1024  # in a block


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchConfig:
    """How batches are drawn."""

    batch_size: int
    seed: int
    """0 or more."""
    augment: bool = True
    unreadable: Literal["stop", "skip"] = "stop"
    """Whether an image that cannot be read is an error, or another one replaces it."""
    cache_bytes: int = 1 << 30
    """Decoded images that are kept in memory."""


class WordBatch(NamedTuple):
    """One batch of words."""

    images: npt.NDArray[np.uint8]
    """(N, 1, H, W)."""
    labels: list[str]
    unreadable: tuple[str, ...]
    """A message for each image that could not be read and that another image replaces."""


class WordBatches:
    """An endless supply of training batches from data sets mixed by weight.

    Words are drawn in blocks of about as many as there are: by weight among the data sets,
    without repetition within one until it is used up. A block is sorted by width and cut, so
    that nearly all words of a batch have the width that they have when read; the few that share
    a batch with wider ones are stretched to those, never squeezed (a label keeps its frames).
    """

    def __init__(
        self,
        sources: Sequence[tuple[Dataset, float]],
        preprocess: PreprocessConfig,
        config: BatchConfig,
    ) -> None:
        """Measure every image, decoding and keeping as many as the cache holds.

        sources   data sets, each with its share of the words; shares need not add up to 1

        Raises DataError without data sets or for a weight that is not above 0, and ImageError,
        naming the sample, for an image that cannot be read; where such are skipped, they are
        logged, and DataError is raised for a data set of which none is left.
        """
        for dataset, weight in sources:
            if not 0 < weight < float("inf"):
                raise DataError(f"{dataset.path}: its weight is {weight}; it must be above 0.")
        if not sources:
            raise DataError("no data sets were given to draw training words from.")
        weights = np.array([weight for _, weight in sources], dtype=np.float64)
        self._shares = weights / weights.sum()
        self._datasets = [dataset for dataset, _ in sources]
        self._samples = ConcatDataset(self._datasets)
        self._starts = np.cumsum([0, *map(len, self._datasets)])
        self._preprocess, self._config = preprocess, config
        self._cache: dict[int, tuple[GreyImage, str]] = {}
        self._faults: dict[int, str] = {}
        self._widths_px = self._measure()
        self._pools = [self._readable(dataset) for dataset in range(len(sources))]
        fitting = -(-len(self) // config.batch_size)
        self._block_batches = min(max(fitting, MIN_BLOCK_BATCHES), MAX_BLOCK_BATCHES)
        self._block: tuple[int, _Indices] = (-1, np.empty((0, config.batch_size), np.int64))

    def __len__(self) -> int:
        """Count the words that batches are drawn from."""
        return sum(map(len, self._pools))

    def batch(self, index: int) -> WordBatch:
        """Return batch `index` >= 0, of one width; ImageError as the config says."""
        words, width_px, faults = self._words(self._numbers(index))
        exact = dataclasses.replace(self._preprocess, min_width=width_px, max_width=width_px)
        images = np.stack([resize(image, exact) for image, _ in words])[:, None]  # (N, 1, H, W)
        if self._config.augment:
            entropy = np.random.SeedSequence([self._config.seed, _AUGMENT, index])
            generator = torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))
            images = augment_images(torch.from_numpy(images), generator).numpy()
        return WordBatch(images, [label for _, label in words], faults)

    def _numbers(self, index: int) -> _Indices:
        """Return which words are in batch `index`; numbers count through all data sets."""
        block, row = divmod(index, self._block_batches)
        if self._block[0] != block:
            self._block = block, self._plan(block)
        numbers: _Indices = self._block[1][row]
        return numbers

    def _plan(self, block: int) -> _Indices:
        """Draw a block of words and cut it into batches: (batches, batch_size)."""
        batch_size = self._config.batch_size
        rng = np.random.default_rng([self._config.seed, _PLAN, block])
        counts = rng.multinomial(self._block_batches * batch_size, self._shares)
        drawn = np.concatenate(
            [pool[_draw(rng, len(pool), count)] for pool, count in zip(self._pools, counts, strict=True)]
        )
        by_width = np.lexsort((rng.random(len(drawn)), self._widths_px[drawn]))
        return rng.permutation(drawn[by_width].reshape(self._block_batches, batch_size))

    def _measure(self) -> npt.NDArray[np.int32]:
        """Return the width of every word in px, 0 where its image cannot be read."""
        widths_px = np.zeros(self._starts[-1], np.int32)
        used = 0
        for number in range(len(widths_px)):
            try:
                sample = self._samples[number]
                if used < self._config.cache_bytes:
                    image = load_image(sample.image)
                    self._cache[number] = image, sample.label
                    used += image.nbytes
                    height, width = image.shape
                else:
                    width, height = header_size(sample.image)
            except (ImageError, DataError) as error:
                logger.warning("left out (data.unreadable_images): %s", self._fault(number, error))
            else:
                widths_px[number] = self._preprocess.width_px(width, height)
        return widths_px

    def _readable(self, dataset: int) -> _Indices:
        """Number the words of one data set that can be drawn."""
        start, end = self._starts[dataset : dataset + 2]
        pool: _Indices = start + np.flatnonzero(self._widths_px[start:end])
        if not len(pool):
            raise DataError(f"{self._datasets[dataset].path}: none of its {end - start} images can be read.")
        return pool

    def _words(self, numbers: _Indices) -> tuple[list[tuple[GreyImage, str]], int, tuple[str, ...]]:
        """Load a batch's words, and say its width; valid ones replace the others in turn."""
        loaded = {number: self._word(number) for number in numbers.tolist()}
        faults = tuple(word for number in numbers.tolist() if isinstance(word := loaded[number], str))
        valid = {number: word for number, word in loaded.items() if not isinstance(word, str)}
        valid = valid or self._replacement(faults[0])
        turns = itertools.cycle(valid)
        used = [number if number in valid else next(turns) for number in numbers.tolist()]
        return [valid[number] for number in used], int(self._widths_px[used].max()), faults

    def _replacement(self, fault: str) -> dict[int, tuple[GreyImage, str]]:
        """Find a word that can be read in the block, where there is none in a batch."""
        for number in dict.fromkeys(self._block[1].ravel().tolist()):
            if not isinstance(word := self._word(number), str):
                return {number: word}
        raise ImageError(f"none of {self._block[1].size} images drawn can be read; one of them: {fault}")

    def _word(self, number: int) -> tuple[GreyImage, str] | str:
        """Load one word, or return what is wrong with it."""
        if number in self._cache:
            return self._cache[number]
        if number in self._faults:
            return self._faults[number]
        try:
            sample = self._samples[number]
            return load_image(sample.image), sample.label
        except (ImageError, DataError) as error:
            return self._fault(number, error)

    def _fault(self, number: int, error: ImageError | DataError) -> str:
        """Raise an error with its place, or note it where such images are skipped."""
        message = f"{self._samples.location(number)}: {error}"
        if self._config.unreadable == "stop":
            raise ImageError(
                f"{message}\n"
                "    Mend or remove it, or do without such images: --set data.unreadable_images=skip"
            ) from error
        self._faults[number] = message
        return message


def _draw(rng: np.random.Generator, among: int, count: int) -> _Indices:
    """Draw `count` of range(among); none a second time before all were drawn once."""
    rounds = [rng.permutation(among) for _ in range(-(-count // among))]
    return np.concatenate([np.empty(0, np.int64), *rounds])[:count]
