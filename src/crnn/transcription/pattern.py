"""The most probable text that matches a pattern, found exactly.

    log_probs   (T, N, C)   natural log; class 0 is the blank
    returns     N lists of Hypotheses, best first

What a pattern may be: `regex.py`. All texts that match have a sum of their own, so the conditional
probability is exact: p(text | image, the text matches).

From the nodes of a regular expression to a deterministic automaton.

Steps are laid for each node, some to be taken without a symbol (Thompson's construction); the sets
of steps that a text can have led to are the automaton's states (subset construction).
"""

import logging
import math
import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import OptionError, PatternError
from crnn.transcription.exact.automaton import Automaton, of_states
from crnn.transcription.exact.regex import Choice, Node, One, Repeat, Run, parse
from crnn.transcription.exact.search import Limits, Outcome, search
from crnn.transcription.greedy import check_classes
from crnn.transcription.hypothesis import Hypothesis

_ROOM = 4_000_000
"""Numbers in the largest array."""

logger = logging.getLogger(__name__)


def allowed(symbols: str) -> str:
    r"""Return the pattern of all texts of some characters: an allow-list.

    >>> allowed("0123456789-")
    '[0123456789\\-]*'
    """
    return "[" + "".join(f"\\{one}" if one in "\\]^-[" else one for one in symbols) + "]*"


def pattern_text(pattern: str | re.Pattern[str]) -> str:
    """Return a pattern as text.

    Args:
        pattern: Text, or what `re.compile` returns.

    Raises:
        PatternError: The pattern is of bytes or no pattern at all, or has a flag such as re.IGNORECASE,
            which changes its meaning and which a search over an alphabet does not know.

    >>> pattern_text(re.compile("[A-Z]{3}"))
    '[A-Z]{3}'
    """
    if isinstance(pattern, str):
        return pattern
    text = getattr(pattern, "pattern", None)
    if not isinstance(text, str):
        raise PatternError(f"the pattern is {pattern!r}; give a text or re.compile of one.")
    flags = re.RegexFlag(pattern.flags) & ~re.UNICODE
    if flags:
        raise PatternError(
            f"the pattern {text!r} has the flag {flags!r}, which is not known here: say in the "
            "pattern itself what may be read, [Aa] for both cases."
        )
    return text


class PatternDecoder:
    """Reads texts that match a pattern, and no others.

    >>> decode = PatternDecoder(Alphabet("ab1"), pattern="[ab]1?")
    >>> [[best]] = decode(np.log([[[0.1, 0.1, 0.1, 0.7]], [[0.1, 0.4, 0.3, 0.2]]]))
    >>> best.text, round(best.probability, 3), round(best.conditional_probability, 3)
    ('a', 0.09, 0.45)
    """

    def __init__(
        self,
        alphabet: Alphabet,
        *,
        pattern: str | re.Pattern[str],
        top: int = 1,
        accept: Callable[[str], bool] | None = None,
        effort: int = 100_000,
    ) -> None:
        """Compile a pattern for an alphabet; PatternError where that cannot be done.

        top      hypotheses wanted for each image
        accept   a further condition, such as a checksum: only texts for which it holds are answered.
                 The conditional probability then counts the texts found to hold, down to a thousandth
                 of the best
        effort   prefixes looked at for one image. A search that needs more answers the best that it
                 has found, or nothing, and logs a warning that says what may be missed
        """
        if top < 1:
            raise OptionError(f"top is {top}; it must be 1 or more.")
        self.alphabet = alphabet
        self.pattern = pattern_text(pattern)
        self.automaton = compile_pattern(self.pattern, alphabet)
        self.limits = Limits(
            top=top,
            effort=effort,
            accept=None if accept is None else lambda label: accept(alphabet.decode(label)),
        )

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Read N images: `top` hypotheses of each, fewer where fewer texts match.

        A list is empty where no text that matches has any probability (1e-300 or more): all need
        more frames than there are.
        """
        check_classes(log_probs, self.alphabet)
        frames, count, _ = log_probs.shape
        together = max(1, _ROOM // max(1, frames * len(self.automaton.symbol)))
        outcomes: list[Outcome] = []
        for start in range(0, count, together):
            probs = np.exp(log_probs[:, start : start + together], dtype=np.float64)
            reach = of_states(probs, self.automaton)
            outcomes += search(self.automaton, probs, reach, self.limits)
        self._warn(outcomes)
        return [self._hypotheses(outcome) for outcome in outcomes]

    def _hypotheses(self, outcome: Outcome) -> list[Hypothesis]:
        return [
            Hypothesis(
                text=self.alphabet.decode(label),
                probability=min(1.0, math.exp(log_p)),
                conditional_probability=min(1.0, math.exp(log_p - outcome.log_total)),
            )
            for label, log_p in zip(outcome.labels, outcome.log_probs, strict=True)
        ]

    def _warn(self, outcomes: list[Outcome]) -> None:
        for image, outcome in enumerate(outcomes):
            if outcome.missed > -math.inf:
                logger.warning(
                    "image %d: the search for texts of pattern %r ended after %d prefixes; one with a "
                    "probability up to %.3g may be missed. Raise effort, or narrow the pattern.",
                    image,
                    self.pattern,
                    self.limits.effort,
                    math.exp(outcome.missed),
                )


MOST_STATES = 2000
"""States at which a pattern is refused."""


def compile_pattern(pattern: str, alphabet: Alphabet) -> Automaton:
    """Build the automaton of all texts over an alphabet that match the whole pattern.

    >>> plates = compile_pattern("[a-c]{2}-?[0-9]+", Alphabet("abc-0123456789"))
    >>> plates.accepts(Alphabet("abc-0123456789").encode("ab-12"))
    True

    PatternError: as `regex.parse`, and for more than MOST_STATES states.
    """
    return _Builder(pattern).automaton(parse(pattern, alphabet))


class _Builder:
    """Turns nodes into steps (Thompson's construction), and sets of steps into states."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.free: list[list[int]] = [[]]  # step -> steps reached without a symbol
        self.moves: list[list[tuple[frozenset[int], int]]] = [[]]  # step -> classes, step

    def automaton(self, node: Node) -> Automaton:
        """Build the states that the sets of steps make (subset construction)."""
        end = self._add(node, 0)
        order = [self._closure({0})]
        states = {order[0]: 0}
        first, symbols, targets, final = [0], [], [], []
        for steps in order:  # grows on the way
            after: dict[int, set[int]] = {}
            for step in steps:
                for classes, target in self.moves[step]:
                    for symbol in classes:
                        after.setdefault(symbol, set()).add(target)
            closed: dict[frozenset[int], int] = {}
            for symbol in sorted(after):
                key = frozenset(after[symbol])
                if key not in closed:
                    reached = self._closure(after[symbol])
                    if reached not in states:
                        states[reached] = len(order)
                        order.append(reached)
                    closed[key] = states[reached]
                symbols.append(symbol)
                targets.append(closed[key])
            self._check(len(states))
            first.append(len(symbols))
            final.append(end in steps)
        return Automaton(
            first=np.array(first),
            symbol=np.array(symbols, dtype=np.intp),
            target=np.array(targets, dtype=np.intp),
            final=np.array(final),
        )

    def _add(self, node: Node, start: int) -> int:
        """Lay the steps of a node from `start` on; return the step where it ends."""
        match node:
            case One(classes):
                end = self._step()
                self.moves[start].append((classes, end))
                return end
            case Run(parts):
                for part in parts:
                    start = self._add(part, start)
                return start
            case Choice(parts):
                return self._join([self._add(part, start) for part in parts])
        return self._add_repeat(node, start)

    def _add_repeat(self, node: Repeat, start: int) -> int:
        for _ in range(node.least):
            start = self._add(node.part, start)
        if node.most is None:
            hub = self._join([start])
            self.free[self._add(node.part, hub)].append(hub)
            return self._join([hub])
        ends = [start]
        for _ in range(node.most - node.least):
            ends.append(self._add(node.part, ends[-1]))
        return self._join(ends)

    def _join(self, ends: list[int]) -> int:
        step = self._step()
        for end in ends:
            self.free[end].append(step)
        return step

    def _step(self) -> int:
        self._check(len(self.free) // 10)
        self.free.append([])
        self.moves.append([])
        return len(self.free) - 1

    def _closure(self, steps: set[int]) -> frozenset[int]:
        reached, waiting = set(steps), list(steps)
        while waiting:
            new = set(self.free[waiting.pop()]) - reached
            reached |= new
            waiting += new
        return frozenset(reached)

    def _check(self, count: int) -> None:
        if count > MOST_STATES:
            raise PatternError(
                f"pattern {self.pattern!r} needs more than {MOST_STATES} states.\n"
                "    Repeat less, or split it into several patterns."
            )
