"""What a decoder returns: a text that the frames may spell, and how probable it is.

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists of Hypotheses, best first; [] where nothing that is allowed is possible

Decoders know frames and texts alone; `reader/` makes Candidates of what they find, with the way back
to the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Hypothesis:
    """One text that the frames of an image may spell.

    >>> Hypothesis(text="STOP", probability=0.98).text
    'STOP'
    """

    text: str
    probability: float
    """p(text | image), 0..1: the CTC sum over all paths that spell `text` (paper §2.3.1); where a
    language was asked, those sums shared out anew by it (`beam.py`)."""
    conditional_probability: float | None = None
    """p(text | image, the constraint), 0..1, where a lexicon or pattern allows some texts only."""


Decode = Callable[[NDArray[np.floating]], list[list[Hypothesis]]]
"""log_probs (T, N, C) -> the hypotheses of each image, best first; [] where none is possible."""
