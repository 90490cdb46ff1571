"""Regular expressions over an alphabet, as deterministic automata.

    a       the character itself, if it is a symbol     \\.   a special character itself
    .       any symbol                                  \\d \\w \\s   digits, letters and digits, spaces
    [a-f_]  one of these     [^0-9]  any other symbol   (ab|c)   groups and alternatives
    ? * +   {3} {2,5} {2,}   how often the item before may stand

A pattern describes the whole text, as if ^ and $ stood around it. There are no backreferences, no
lookarounds and no lazy quantifiers: they are errors that name the place. Symbols of several
characters cannot be written; `.` and [^...] stand for them too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from crnn.alphabet import Alphabet
from crnn.errors import PatternError
from crnn.transcription.automaton import Automaton

MOST_STATES = 2000
"""States of the automaton, and of the steps towards it, at which a pattern is refused."""
