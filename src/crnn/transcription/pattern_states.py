"""From the nodes of a regular expression to a deterministic automaton.

Steps are laid for each node, some to be taken without a symbol (Thompson's construction); the sets
of steps that a text can have led to are the automaton's states (subset construction).
"""

import numpy as np

from crnn.alphabet import Alphabet
from crnn.errors import PatternError
from crnn.transcription.automaton import Automaton
from crnn.transcription.regex import Choice, Node, One, Repeat, Run, parse

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
