"""The most probable texts that an automaton accepts, found exactly (paper §2.3.3, equation 2).

    log_probs   (T, N, C)   natural log; class 0 is the blank
    returns     one Outcome an image: the best accepted labels with their exact probabilities

Prefixes grow symbol by symbol, those of all images together. A prefix carries, for every frame, the
sum over the paths that have spelt exactly it so far (`ctc.py`), so a whole text's sum is at hand as
soon as it ends. What all texts behind an edge have together bounds each of them (`automaton.py`): edges
below the best text that is known are not followed. A first, narrow search finds good texts quickly;
where it does not prove them best by itself, a second one looks at everything above them.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.transcription.exact.automaton import Automaton, Prefixes, Reach, carry, empty_prefixes

NARROW = 8
"""Prefixes of each image that the first search keeps at each length."""

SLIGHT = 1e-3
"""Texts less probable than this share of the best may stay uncounted in a sum over all texts."""

_ROOM = 4_000_000
"""Numbers in the largest array that one step may need."""

_ROUNDING = 1 - 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the search found for one image."""

    labels: list[list[int]]
    """Accepted labels, best first."""
    log_probs: list[float]
    """ln p(label | image) of each."""
    log_total: float
    """ln of the probability of all accepted texts together: exact where `Reach.total` is known and
    there is no further condition, else without those less probable than SLIGHT of the best."""
    missed: float
    """ln of the largest probability that a text may have which the search gave up; -inf: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a search is asked for, and where it gives up."""

    top: int = 1
    """Texts wanted for each image."""
    accept: Callable[[list[int]], bool] | None = None
    """A further condition on a label."""
    effort: int | None = None
    """Prefixes looked at for one image before the search gives up; None: it never does."""


def search(automaton: Automaton, probs: NDArray[np.float64], reach: Reach, limits: Limits) -> list[Outcome]:
    """Find the best texts of N images in `probs` (T, N, C), probabilities.

    A text whose probability is below 1e-300 counts as impossible. The largest arrays hold about
    _ROOM numbers, whatever the automaton.
    """
    finder = _Search(automaton, probs, reach, limits)
    width = NARROW
    finder.run(np.arange(probs.shape[1]), width)
    while (unproven := finder.unproven()).size:
        width *= 8
        found = finder.worst[unproven] > 0
        finder.run(unproven[found], None)
        finder.run(unproven[~found], width)
    return finder.outcomes()


class _Search:
    """One search: what is fixed, what was found so far, and what was left out."""

    def __init__(
        self, automaton: Automaton, probs: NDArray[np.float64], reach: Reach, limits: Limits
    ) -> None:
        self.automaton, self.probs, self.reach, self.limits = automaton, probs, reach, limits
        self.blanks = probs[:, :, BLANK]  # (T, N)
        self.exact_total = reach.total is not None and limits.accept is None
        most = np.maximum(probs.sum(axis=2), 1.0).prod(axis=0)  # (N,) where rows do not sum to 1
        self.ahead = reach.weight.sum(axis=2) * most[:, np.newaxis]  # (N, X) bounds any edge of a column
        self.rows = max(64, _ROOM // max(1, len(probs) * int(np.diff(automaton.first).max(initial=1))))

        images = probs.shape[1]
        self.best, self.worst = np.zeros(images), np.zeros(images)  # (N,) of the `top` best texts found
        self.accepted, self.missed = np.zeros(images), np.zeros(images)
        self.spent = np.zeros(images, dtype=np.intp)
        self.runs = 0
        self.found = np.zeros(0)  # (R,) probabilities of texts, each with its run * N + image, and number
        self.found_slot, self.found_number = np.zeros((2, 0), dtype=np.intp)
        self.parents, self.symbols = array("q"), array("q")  # the history: one entry a prefix

    def run(self, images: NDArray[np.intp], width: int | None) -> None:
        """Look at all prefixes worth it, the most promising blocks first; of each image `width` a length."""
        self.accepted[images] = self.missed[images] = 0.0
        self.runs += 1
        root = empty_prefixes(self.blanks, images)
        self._record(root)
        waiting = [root]
        while waiting:
            block = self._worth_it(waiting.pop())
            if not len(block):
                continue
            self.spent += np.bincount(block.image, minlength=len(self.spent))
            longer = self._extend(block, width)
            self._record(longer)
            waiting += longer.pieces(self.rows)

    def unproven(self) -> NDArray[np.intp]:
        """Return the images where more must be looked at, and may be."""
        unsure = self.missed > self._floor()
        if self.limits.effort is not None:
            unsure &= self.spent <= self.limits.effort
        return np.flatnonzero(unsure)

    def outcomes(self) -> list[Outcome]:
        """Gather what was found in all runs."""
        images = len(self.best)
        texts: list[dict[tuple[int, ...], float]] = [{} for _ in range(images)]
        with np.errstate(divide="ignore"):  # ln 0
            log_total = np.log(self.accepted)
            if self.exact_total and self.reach.total is not None:
                log_total = np.log(self.reach.total)
            missed = np.log(np.where(self.missed > self.worst, self.missed, 0.0))
        log_found = np.log(self.found)
        for place in np.argsort(-self.found, kind="stable").tolist():
            label = tuple(self._label(int(self.found_number[place])))
            texts[self.found_slot[place] % images].setdefault(label, float(log_found[place]))
        return [
            Outcome(
                labels=[list(label) for label in found][: self.limits.top],
                log_probs=list(found.values())[: self.limits.top],
                log_total=total,
                missed=best_missed,
            )
            for found, total, best_missed in zip(texts, log_total.tolist(), missed.tolist(), strict=True)
        ]

    def _floor(self) -> NDArray[np.float64]:
        """Tell below which probability nothing is followed any more: (N,)."""
        floor = self.worst if self.exact_total else np.minimum(self.worst, SLIGHT * self.best)
        return floor * _ROUNDING

    def _worth_it(self, block: Prefixes) -> Prefixes:
        """Drop the prefixes that better texts have overtaken, and those of images given up."""
        low = block.bound < self._floor()[block.image]
        over_budget = np.zeros_like(low)
        if self.limits.effort is not None:
            over_budget = self.spent[block.image] > self.limits.effort
        self._miss(block.image[over_budget & ~low], block.bound[over_budget & ~low])
        return block.take(np.flatnonzero(~(low | over_budget))) if (low | over_budget).any() else block

    def _extend(self, block: Prefixes, width: int | None) -> Prefixes:
        """Follow all edges that may lead to a text worth it, best first."""
        row, edge = self.automaton.edges_of(block.state)
        image, column = block.image[row], self.reach.column[edge]
        floor = self._floor()
        hopeful = self.ahead[image, column] >= floor[image]
        row, edge, image, column = row[hopeful], edge[hopeful], image[hopeful], column[hopeful]

        symbol = self.automaton.symbol[edge]
        entering = block.spelt[row]  # (E, T)
        repeat = np.flatnonzero(symbol == block.last[row])
        entering[repeat] = block.on_blank[row[repeat]]
        bound = np.einsum("et,et->e", entering, self.reach.weight[image, column])
        kept = np.flatnonzero((bound >= floor[image]) & (bound > 0))
        kept = kept[np.lexsort((-bound[kept], image[kept]))]
        if width is not None:
            rank = _ranks(image[kept])
            over = kept[rank >= width]
            self._miss(image[over], bound[over])
            kept = kept[rank < width]
        elif len(kept) > self.rows:  # several blocks: the last one is looked at first
            kept = kept[np.argsort(bound[kept])]
        image, symbol, entering = image[kept], symbol[kept], entering[kept]
        spelt, on_blank, whole = carry(self.probs[:, image, symbol], self.blanks[:, image], entering)
        return Prefixes(
            number=self._note(block.number[row[kept]], symbol),
            image=image,
            state=self.automaton.target[edge[kept]],
            last=symbol,
            bound=bound[kept],
            spelt=spelt,
            on_blank=on_blank,
            whole=whole,
        )

    def _note(self, parent: NDArray[np.intp], symbol: NDArray[np.intp]) -> NDArray[np.intp]:
        """Write K new prefixes into the history; return their numbers."""
        first = len(self.parents)
        self.parents.frombytes(parent.astype(np.int64).tobytes())
        self.symbols.frombytes(symbol.astype(np.int64).tobytes())
        return np.arange(first, len(self.parents))

    def _record(self, block: Prefixes) -> None:
        """Note the accepted texts among some prefixes, and keep the best of each image."""
        hit = np.flatnonzero(self.automaton.final[block.state] & (block.whole > 0))
        if (accept := self.limits.accept) is not None:
            fits = (accept(self._label(number)) for number in block.number[hit].tolist())
            hit = hit[np.fromiter(fits, dtype=bool, count=len(hit))]
        if not hit.size:
            return
        image, mass = block.image[hit], block.whole[hit]
        images = len(self.best)
        self.accepted += np.bincount(image, weights=mass, minlength=images)
        slot = np.concatenate([self.found_slot, self.runs * images + image])
        mass = np.concatenate([self.found, mass])
        number = np.concatenate([self.found_number, block.number[hit]])
        order = np.lexsort((-mass, slot))
        rank = _ranks(slot[order])
        order, rank = order[rank < self.limits.top], rank[rank < self.limits.top]
        self.found_slot, self.found, self.found_number = slot[order], mass[order], number[order]
        for place, good in ((0, self.best), (self.limits.top - 1, self.worst)):
            at = rank == place
            np.maximum.at(good, self.found_slot[at] % images, self.found[at])

    def _miss(self, images: NDArray[np.intp], bounds: NDArray[np.float64]) -> None:
        """Note what was left out although it may hold one of the best texts."""
        np.maximum.at(self.missed, images, bounds)

    def _label(self, number: int) -> list[int]:
        """Spell a prefix of the history."""
        label = []
        while number >= 0:
            label.append(self.symbols[number])
            number = self.parents[number]
        return label[::-1]


def _ranks(images: NDArray[np.intp]) -> NDArray[np.intp]:
    """Count within each run of equal values.

    >>> _ranks(np.array([0, 0, 0, 4, 4])).tolist()
    [0, 1, 2, 0, 1]
    """
    starts = np.ones(len(images), dtype=bool)
    starts[1:] = images[1:] != images[:-1]
    places = np.arange(len(images))
    return places - np.maximum.accumulate(np.where(starts, places, 0))
