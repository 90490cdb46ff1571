"""The prefixes of a beam search, and how a frame changes them: all images of a batch at once.

    N images, W prefixes an image, K symbols tried in a frame, C classes
    on_blank    (N, W)   ln of the sum over the paths that spell a prefix and stand on a blank
    on_symbol   (N, W)   the same for those that stand on its last symbol

From its last symbol a path enters the same symbol anew only through a blank: "aa" is one a.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import BLANK
from crnn.transcription.language import Language

Floats = NDArray[np.float64]
Classes = NDArray[np.intp]

IMPOSSIBLE = -np.inf

_NONE, _NO_PARENT, _EMPTY = np.uint64(0), np.uint64(1), np.uint64(2)
"""Numbers: of a place in the beam that holds no prefix, of its parent and the empty prefix's, of that."""
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
"""2^64 by the golden ratio: multiplied with it, near numbers land far apart."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of N images: the symbols that are tried, and how likely each class is."""

    blank: Floats
    """(N, 1)  ln p of the blank."""
    symbols: Classes
    """(N, K)  The symbols tried, in class order, filled up with blanks of probability 0."""
    log_probs: Floats
    """(N, K)  ln p of each."""


@dataclass(frozen=True, slots=True)
class Prefixes:
    """W prefixes of N images, in no order; all arrays are (N, W)."""

    number: NDArray[np.uint64]
    """A hash of the symbols: equal prefixes of an image have equal numbers."""
    parent: NDArray[np.uint64]
    """The number of the prefix without its last symbol."""
    last: Classes
    """The last symbol; the blank for the empty prefix."""
    on_blank: Floats
    on_symbol: Floats
    worth: Floats
    """What the language model and the bonus give to the prefix, weighted."""
    state: Classes
    """Where the language model stands."""

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Tell which places hold a prefix that some path spells."""
        alive: NDArray[np.bool_] = self.number != _NONE
        return alive


@dataclass(frozen=True, slots=True)
class Step:
    """How the prefixes after a frame came from those before it; both arrays are (N, W)."""

    source: Classes
    """The place of the prefix that it was."""
    symbol: Classes
    """The symbol that it gained; the blank where it stayed as it was."""


def start(images: int, width: int, state: int) -> Prefixes:
    """Begin with the empty prefix alone, as if a blank had been seen before the first frame."""
    shape = images, width
    number, on_blank = np.full(shape, _NONE), np.full(shape, IMPOSSIBLE)
    number[:, 0], on_blank[:, 0] = _EMPTY, 0.0
    return Prefixes(
        number=number,
        parent=np.full(shape, _NO_PARENT),
        last=np.full(shape, BLANK, dtype=np.intp),
        on_blank=on_blank,
        on_symbol=np.full(shape, IMPOSSIBLE),
        worth=np.zeros(shape),
        state=np.full(shape, state, dtype=np.intp),
    )


def frames(log_probs: NDArray[np.floating], least_share: float) -> Iterator[Frame]:
    """Yield the frames of `log_probs` (T, N, C) that say something, each image's moved to the front.

    A symbol less likely than `least_share` of its frame's likeliest class counts as impossible.
    Where no symbol is left, a frame makes every path stand on a blank and changes all sums by one
    factor, that of the blank. A second such frame in a row only repeats the factor, which no
    comparison of prefixes feels, so it is left out.
    """
    floor = log_probs.max(axis=2, keepdims=True) + (np.log(least_share) if least_share else IMPOSSIBLE)
    tried = (log_probs >= floor) & (log_probs > IMPOSSIBLE)  # (T, N, C)
    tried[:, :, BLANK] = False
    counts = tried.sum(axis=2)  # (T, N)
    silent = counts == 0
    kept = ~silent
    kept[:1] = True
    kept[1:] |= ~silent[:-1]  # the first of a row of silent frames
    place = kept.cumsum(axis=0) - 1  # (T, N): where a kept frame goes
    longest, images = int(kept.sum(axis=0).max(initial=0)), kept.shape[1]

    blank = np.zeros((longest, images, 1))  # past its own frames an image sees certain blanks
    frame, image = kept.nonzero()
    blank[place[frame, image], image, 0] = log_probs[frame, image, BLANK]
    symbols = np.full((longest, images, int(counts.max(initial=0))), BLANK, dtype=np.intp)
    symbol_log_probs = np.full(symbols.shape, IMPOSSIBLE)
    frame, image, symbol = tried.nonzero()
    column = np.arange(len(frame)) - (counts.cumsum().reshape(counts.shape) - counts)[frame, image]
    symbols[place[frame, image], image, column] = symbol
    symbol_log_probs[place[frame, image], image, column] = log_probs[frame, image, symbol]
    most = (symbols != BLANK).sum(axis=2).max(axis=1, initial=0)  # (S,)
    for step, columns in enumerate(most.tolist()):
        yield Frame(blank[step], symbols[step, :, :columns], symbol_log_probs[step, :, :columns])


def advance(
    prefixes: Prefixes, frame: Frame, language: Language | None, weight: float, bonus: float
) -> tuple[Prefixes, Step]:
    """Take one frame, and keep the W best of the prefixes that it leads to.

    Best by the sum over their paths and, with a language model, its ln p times `weight` and `bonus`
    a symbol. Of prefixes that are equally good either may go.
    """
    images, width = prefixes.last.shape
    total = np.logaddexp(prefixes.on_blank, prefixes.on_symbol)  # (N, W)
    again = prefixes.last[:, :, None] == frame.symbols[:, None]  # (N, W, K)
    arriving = np.where(again, prefixes.on_blank[:, :, None], total[:, :, None])
    longer = arriving + frame.log_probs[:, None]  # (N, W, K)   each prefix with each symbol appended
    repeated = np.where(again, frame.log_probs[:, None], IMPOSSIBLE).max(axis=2, initial=IMPOSSIBLE)
    staying = prefixes.on_symbol + repeated  # (N, W)
    if longer.size:
        _merge(prefixes, again, longer, staying)

    on_blank = total + frame.blank  # (N, W)   of those that stay; the longer ones have just left the blank
    worth = prefixes.worth[:, :, None]  # (N, W, 1)
    if language is not None:
        ahead = language.look_up(prefixes.state[:, :, None], frame.symbols[:, None])  # (N, W, K)
        worth = worth + (weight * ahead + bonus)
    score = _joined(np.logaddexp(on_blank, staying) + prefixes.worth, longer + worth)  # (N, W + W * K)
    chosen = np.argpartition(score, -width, axis=1)[:, -width:]  # (N, W)
    rows = np.arange(images)[:, None]
    step = _origin(chosen, frame, width)
    kept = replace(
        _take(prefixes, step, score[rows, chosen] > IMPOSSIBLE, language),
        on_blank=np.where(chosen < width, on_blank[rows, step.source], IMPOSSIBLE),
        on_symbol=_joined(staying, longer)[rows, chosen],
        worth=_joined(prefixes.worth, np.broadcast_to(worth, longer.shape))[rows, chosen],
    )
    return kept, step


def _joined(staying: Floats, longer: Floats) -> Floats:
    """Put (N, W) and (N, W, K) side by side: (N, W + W * K)."""
    return np.concatenate((staying, longer.reshape(len(longer), -1)), axis=1)


def _origin(chosen: Classes, frame: Frame, width: int) -> Step:
    """Tell what each chosen column of (N, W + W * K) was made from."""
    longer = chosen >= width
    source, column = np.divmod(chosen - width, max(1, frame.symbols.shape[1]))
    symbol = (
        frame.symbols[np.arange(len(chosen))[:, None], np.where(longer, column, 0)] if longer.any() else BLANK
    )
    return Step(source=np.where(longer, source, chosen), symbol=np.where(longer, symbol, BLANK))


def _take(prefixes: Prefixes, step: Step, alive: NDArray[np.bool_], language: Language | None) -> Prefixes:
    """Make the prefixes that `step` leads to; their sums are still the old ones'."""
    rows, source, symbol = np.arange(len(alive))[:, None], step.source, step.symbol
    longer = symbol != BLANK
    number, state = prefixes.number[rows, source], prefixes.state[rows, source]
    parent = np.where(longer, number, prefixes.parent[rows, source])
    if language is not None:
        state = np.where(longer, language.follow(state, symbol), state)
    return replace(
        prefixes,
        number=np.where(alive, np.where(longer, _append(number, symbol), number), _NONE),
        parent=np.where(alive, parent, _NO_PARENT),
        last=np.where(longer, symbol, prefixes.last[rows, source]),
        state=state,
    )


def _merge(prefixes: Prefixes, again: NDArray[np.bool_], longer: Floats, staying: Floats) -> None:
    """Where a prefix with a symbol appended is in the beam already, add its paths to that one's, in place.

    "ab" is reached by "a" with b appended, and by "ab" that stays: one text, one sum.
    """
    born = prefixes.number[:, :, None] == prefixes.parent[:, None]  # (N, parent, child)
    image, parent, child = born.nonzero()
    column = again[image, child].argmax(axis=1)  # the child's last symbol among those tried
    found = again[image, child, column]
    image, parent, child, column = image[found], parent[found], child[found], column[found]
    staying[image, child] = np.logaddexp(staying[image, child], longer[image, parent, column])
    longer[image, parent, column] = IMPOSSIBLE


def _append(number: NDArray[np.uint64], symbol: Classes) -> NDArray[np.uint64]:
    """Number the prefixes that have one symbol more."""
    mixed = (number + symbol.astype(np.uint64)) * _SPREAD  # wraps around
    return mixed ^ (mixed >> _HALF)


def labels_of(steps: Sequence[Step], alive: NDArray[np.bool_]) -> list[list[list[int]]]:
    """Follow the prefixes back to the first frame: for each image the labels that are `alive` (N, W)."""
    images, width = alive.shape
    rows, place = np.arange(images)[:, None], np.arange(width)[None].repeat(images, axis=0)
    spelt = np.empty((len(steps), images, width), dtype=np.intp)
    for back in range(len(steps) - 1, -1, -1):
        spelt[back] = steps[back].symbol[rows, place]
        place = steps[back].source[rows, place]
    return [
        [column[column != BLANK].tolist() for column in spelt[:, image, alive[image]].T]
        for image in range(images)
    ]
