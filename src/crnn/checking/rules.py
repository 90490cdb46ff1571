"""What `crnn train` would be told, as far as it decides which samples can be learnt."""

from collections.abc import Callable
from dataclasses import dataclass, field

from crnn.alphabet import Alphabet, Case, fold
from crnn.preprocess import PreprocessConfig


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

    def fold(self, label: str) -> str:
        """Bring a label into the form in which training learns it."""
        return fold(label, case=self.fold_case, accents=self.fold_accents)
