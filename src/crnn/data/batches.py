"""Batches of real words, each of one width, as a pure function of (seed, number).

    images   uint8 (N, 1, H, W), W the same within a batch
    labels   N strings

Nothing is carried from batch to batch, so a resumed run goes on with the next number.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from crnn.data.augment import augment as augment_images
from crnn.data.sample import Dataset, Sample
from crnn.data.sizes import header_size
from crnn.errors import DataError, ImageError
from crnn.preprocess import GreyImage, PreprocessConfig, load_image
from crnn.preprocess import preprocess as resize

_Indices = npt.NDArray[np.int64]
_PLAN, _AUGMENT = 0, 1  # streams of random numbers that share a seed
_FEWEST_BATCHES, _MOST_BATCHES = 8, 1024  # in a block
_CACHE_BYTES = 1 << 30


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
        *,
        batch_size: int,
        seed: int,
        augment: bool = True,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        """Measure every image, decoding and keeping as many as `cache_bytes` hold.

        sources   data sets, each with its share of the words; shares need not add up to 1
        seed      0 or more

        Raises DataError without data sets or for a weight that is not above 0, and ImageError,
        naming the sample, for an image that cannot be read.
        """
        for dataset, weight in sources:
            if not 0 < weight < float("inf"):
                raise DataError(f"{dataset.path}: its weight is {weight}; it must be above 0.")
        if not sources:
            raise DataError("no data sets were given to draw training words from.")
        weights = np.array([weight for _, weight in sources], dtype=np.float64)
        self._shares = weights / weights.sum()
        self._datasets = [dataset for dataset, _ in sources]
        self._starts = np.cumsum([0, *map(len, self._datasets)])
        self._preprocess = preprocess
        self._batch_size = batch_size
        self._seed = seed
        self._augment = augment
        self._cache: dict[int, tuple[GreyImage, str]] = {}
        self._widths_px = self._measure(cache_bytes)
        fitting = -(-len(self._widths_px) // batch_size)
        self._block_batches = min(max(fitting, _FEWEST_BATCHES), _MOST_BATCHES)
        self._block: tuple[int, _Indices] = (-1, np.empty((0, batch_size), np.int64))

    def __len__(self) -> int:
        """Count the words that batches are drawn from."""
        return len(self._widths_px)

    def batch(self, index: int) -> tuple[npt.NDArray[np.uint8], list[str]]:
        """Return batch `index` >= 0: images (N, 1, H, W) of one width, and their labels."""
        numbers = self._numbers(index)
        words = [self._word(int(number)) for number in numbers]
        width_px = int(self._widths_px[numbers].max())
        exact = dataclasses.replace(self._preprocess, min_width=width_px, max_width=width_px)
        images = np.stack([resize(image, exact) for image, _ in words])[:, None]  # (N, 1, H, W)
        if self._augment:
            entropy = np.random.SeedSequence([self._seed, _AUGMENT, index])
            generator = torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))
            images = augment_images(torch.from_numpy(images), generator).numpy()
        return images, [label for _, label in words]

    def _numbers(self, index: int) -> _Indices:
        """Return which words are in batch `index`; numbers count through all data sets."""
        block, place = divmod(index, self._block_batches)
        if self._block[0] != block:
            self._block = block, self._plan(block)
        numbers: _Indices = self._block[1][place]
        return numbers

    def _plan(self, block: int) -> _Indices:
        """Draw a block of words and cut it into batches: (batches, batch_size)."""
        rng = np.random.default_rng([self._seed, _PLAN, block])
        counts = rng.multinomial(self._block_batches * self._batch_size, self._shares)
        drawn = np.concatenate(
            [
                start + _draw(rng, len(dataset), count)
                for dataset, start, count in zip(self._datasets, self._starts[:-1], counts, strict=True)
            ]
        )
        by_width = np.lexsort((rng.random(len(drawn)), self._widths_px[drawn]))
        return rng.permutation(drawn[by_width].reshape(self._block_batches, self._batch_size))

    def _measure(self, cache_bytes: int) -> npt.NDArray[np.int32]:
        widths_px = np.empty(self._starts[-1], np.int32)
        used = 0
        for number in range(len(widths_px)):
            sample, place = self._sample(number)
            try:
                if used < cache_bytes:
                    image = load_image(sample.image)
                    self._cache[number] = image, sample.label
                    used += image.nbytes
                    height, width = image.shape
                else:
                    width, height = header_size(sample.image)
            except ImageError as error:
                raise ImageError(f"{place}: {error}") from error
            widths_px[number] = self._preprocess.width_px(width, height)
        return widths_px

    def _word(self, number: int) -> tuple[GreyImage, str]:
        if number in self._cache:
            return self._cache[number]
        sample, place = self._sample(number)
        try:
            return load_image(sample.image), sample.label
        except ImageError as error:
            raise ImageError(f"{place}: {error}") from error

    def _sample(self, number: int) -> tuple[Sample, str]:
        which = int(np.searchsorted(self._starts, number, side="right")) - 1
        dataset, index = self._datasets[which], number - int(self._starts[which])
        return dataset[index], dataset.place(index)


def _draw(rng: np.random.Generator, among: int, count: int) -> _Indices:
    """Draw `count` of range(among); none a second time before all were drawn once."""
    rounds = [rng.permutation(among) for _ in range(-(-count // among))]
    return np.concatenate([np.empty(0, np.int64), *rounds])[:count]
