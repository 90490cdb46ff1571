"""What a recipe leaves open, chosen by the number of real words to learn from.

The table is docs/finetuning.md's, which says what of it was measured; a recipe, or --set, goes before
every entry.
"""

from dataclasses import dataclass

VALIDATIONS = 16
"""Validations of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Settings that suit up to `words` real words."""

    words: int
    steps: int
    batch_size: int
    learning_rate: float
    replay: float
    """Share of the steps that read synthetic words, so that little data do not make forget."""
    patience: int
    """In validations, of which there are VALIDATIONS; 0 where too few words are held back to judge by."""

    def settings(self, steps: int) -> dict[tuple[str, str], object]:
        """Return the recipe's settings for a run of `steps`: (section, key) -> value."""
        return {
            ("training", "steps"): self.steps,
            ("training", "batch_size"): self.batch_size,
            ("training", "validate_every"): max(1, steps // VALIDATIONS),
            ("training", "patience"): self.patience,
            ("training", "average_decay"): 0.98,
            ("optimizer", "learning_rate"): self.learning_rate,
            ("schedule", "warmup_steps"): steps // 16,
            ("data", "real_share"): round(1 - self.replay, 3),
        }


TABLE = (
    Choice(words=100, steps=600, batch_size=16, learning_rate=1e-3, replay=0.5, patience=0),
    Choice(words=300, steps=1000, batch_size=32, learning_rate=1e-3, replay=0.5, patience=0),
    Choice(words=2000, steps=2000, batch_size=32, learning_rate=1e-3, replay=0.5, patience=8),
    Choice(words=10_000, steps=3000, batch_size=64, learning_rate=1e-3, replay=0.4, patience=8),
    Choice(words=50_000, steps=6000, batch_size=128, learning_rate=1e-3, replay=0.3, patience=8),
)


def choose(words: int) -> Choice:
    """Return the first row that holds `words` words, else the last.

    >>> choose(700).steps, choose(1_000_000).steps
    (2000, 6000)
    """
    return next((row for row in TABLE if words <= row.words), TABLE[-1])
