"""Words like the user's own: their labels, and strings of the same pattern.

    imitate(["KA 417 BX", ...], drawable, 1000, seed=1)  ->  "KA 417 BX", "ZP 083 QW", ...

Synthesis draws them beside its own words, so that what few images cannot show (every symbol at every
place) is seen all the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from random import Random

LONGEST_CODE = 12
"""Longer runs of letters are words or names, never codes, and stay as they are."""
_TOKEN = re.compile(r"[^\W_]+")


def imitate(labels: Sequence[str], symbols: Collection[str], count: int, seed: int) -> list[str]:
    """Return `count` words of `symbols`: half of them labels, half with other symbols in their place.

    A digit gives way to a digit of `symbols`, a letter to one of its case (of its script, where it has
    none), any other symbol stays. A run of letters that several labels share is a word, and stays too.
    What `symbols` lack is left out. Empty where that leaves nothing.

    >>> imitate(["AB-12"], "AB-123", 4, seed=2)
    ['BA-33', 'AA-33', 'AB-12', 'AB-12']
    """
    random = Random(seed)
    classes = defaultdict(list)
    for symbol in symbols:
        classes[_kind(symbol)].append(symbol)
    shared = _shared_words(labels)
    made: list[str] = []
    usable = [label for label in labels if _spelt(label, symbols)]
    while usable and len(made) < count:
        label = random.choice(usable)
        if random.random() < 0.5:
            label = _TOKEN.sub(lambda match: _replaced(match[0], shared, classes, random), label)
        word = _spelt(label, symbols)
        made += [word] if word else []
    return made


def _spelt(label: str, symbols: Collection[str]) -> str:
    """Leave out what `symbols` lack, and spaces at the ends."""
    return "".join(symbol for symbol in label if symbol in symbols).strip()


def _shared_words(labels: Sequence[str]) -> frozenset[str]:
    """Find the runs of three letters or more that several labels hold."""
    runs = Counter(run for label in set(labels) for run in set(_TOKEN.findall(label)))
    return frozenset(
        run for run, labels_with in runs.items() if labels_with > 1 and run.isalpha() and len(run) > 2
    )


def _replaced(token: str, shared: Collection[str], classes: dict[str, list[str]], random: Random) -> str:
    if token in shared or (token.isalpha() and len(token) > LONGEST_CODE):
        return token
    return "".join(random.choice(classes.get(_kind(symbol), [symbol])) for symbol in token)


def _kind(symbol: str) -> str:
    """Name the class of symbols that one may be replaced from."""
    if symbol.isdigit():
        return "digit"
    if symbol.isupper() or symbol.islower():
        return "upper" if symbol.isupper() else "lower"
    return "letter" if symbol.isalpha() else symbol
