"""What `crnn train` would be told, as far as it decides which samples can be learnt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from crnn.alphabet import Alphabet, Case
from crnn.folding import Folding
from crnn.preprocess import PreprocessConfig

AlphabetOf = Literal["user", "model", "labels"]
"""Who chose an alphabet. user: it was named; model: it is the model's own; labels: it is made of the
symbols of the labels, as `--alphabet auto` asks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The settings of a recipe that labels and images are checked against."""

    alphabet: Alphabet
    frames: Callable[[int], int]
    """width_px -> T, as `CRNN.frames`."""
    preprocess: PreprocessConfig = field(default_factory=PreprocessConfig)
    fold_case: Case = "keep"
    """As `data.fold_case`."""
    fold_accents: bool = False
    """As `data.fold_accents`."""
    drop_unreadable: bool = False
    """As `data.drop_unreadable`: labels that cannot be learnt are left out instead of refused."""
    alphabet_of: AlphabetOf = "user"
    initial: str = "small"
    """Model whose weights a run may start from, as `--init` takes it."""
    known: Alphabet | None = None
    """What `initial` reads; None: as `alphabet`."""
    continues: bool = False
    """Whether a run is to start from `initial` however many words there are."""

    @property
    def folding(self) -> Folding:
        """Both kinds of folding together."""
        return Folding(self.fold_case, self.fold_accents)

    def fold(self, label: str) -> str:
        """Bring a label into the form in which training learns it."""
        return self.folding.into(label, self.alphabet)
