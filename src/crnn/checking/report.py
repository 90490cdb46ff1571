"""What a check found, for people and for programs.

Report.to_json is a stable format: keys may be added, none is renamed or removed within a version.

What `crnn train` would be told, as far as it decides which samples can be learnt.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from crnn.alphabet import Alphabet
from crnn.checking.findings import Case, Finding
from crnn.checking.labels import MissingSymbol
from crnn.data.dataset import Dataset, Sample
from crnn.data.folding import Folding
from crnn.images.preprocess import PreprocessConfig
from crnn.symbols import LetterCase

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
    fold_case: LetterCase = "keep"
    """As `data.fold_case`."""
    fold_accents: bool = False
    """As `data.fold_accents`."""
    drop_unreadable: bool = False
    """As `data.unusable_labels`: labels that cannot be learnt are left out instead of refused."""
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
        """Bring a label into the form in which training learns it.

        Args:
            label: As the data set has it.
        """
        return self.folding.into(label, self.alphabet)


JSON_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What the data sets are made of."""

    samples: int
    learnable: int
    """Samples whose image can be opened, and holds its label, which the alphabet can encode."""
    empty: int
    """Of those, samples with an empty label."""
    folded: int
    """Labels that the foldings of the rules change."""
    squeezed: tuple[float, ...]
    """Of each image wider than the largest width: how many times, the most squeezed first."""
    lengths: Mapping[int, int]
    """Symbols of a label -> labels."""
    widths_px: Mapping[int, int]
    """Width as the network sees it -> images."""
    symbols: Mapping[str, int]
    """Character -> how often it stands in the labels, most frequent first."""
    compared: int
    """Labels that a model was asked about; 0 without one."""
    read: int
    """Of those, labels that it reads as they are."""
    only_case: int
    """Of those, labels that differ from what it reads in their case alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """Whether `crnn train` would start, and what helps where it would not."""

    trains: bool
    reasons: tuple[str, ...]
    """Why it would not; none where it would."""
    left_out: int
    """Samples that it would leave out as it is told to."""
    recipe: str
    """The recipe that suits: 'finetune', 'lines', or that of a model to train from nothing."""
    initial: str | None
    """Model to start from; None: from nothing."""
    settings: tuple[str, ...]
    """With these a run starts, each for one --set: 'data.fold_case=lower'."""
    folds: int
    """Labels that the foldings among them change."""
    without: int
    """Samples that a run with these settings leaves out, those with an unreadable image aside."""
    needs_clean: bool
    """Whether images must be taken out first: no setting passes over those that cannot be opened."""
    needs_validation: bool
    """Whether a validation set must be named (validation.data): none can be drawn or held back."""
    resized: bool
    """Whether `settings` change the sizes."""
    by_hand: str | None
    """What has to be done to the labels before any setting helps; None where a run with `settings` starts."""
    warnings: tuple[str, ...]
    """What a model of these settings will not do."""
    alternatives: tuple[str, ...]
    """What would keep the samples that the settings leave out, or serve other ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that a check found."""

    datasets: tuple[Dataset, ...]
    against: tuple[Dataset, ...]
    rules: Rules
    findings: tuple[Finding, ...]
    """Worst kinds first; kinds of which nothing was found are not there."""
    missing_symbols: tuple[MissingSymbol, ...]
    """Symbols that the alphabet lacks, the most frequent first."""
    counts: Counts
    opened: tuple[int, ...]
    """Numbers of the samples whose image can be opened, counted through `datasets`."""
    advice: Advice

    def found(self, kind: str) -> tuple[Case, ...]:
        """List the cases of one kind.

        Args:
            kind: Its name, such as 'leak'.

        Returns:
            The cases; () where there are none.
        """
        return next((finding.cases for finding in self.findings if finding.kind.name == kind), ())

    def opened_samples(self) -> Iterator[Sample]:
        """Yield the samples whose image can be opened, as the data sets have them."""
        every = (sample for dataset in self.datasets for sample in dataset)
        wanted = set(self.opened)
        return (sample for number, sample in enumerate(every) if number in wanted)

    def to_json(self) -> dict[str, object]:
        """Return all of it as what `json.dumps` takes; numbers that are keys become strings."""
        counts = self.counts
        return {
            "version": JSON_VERSION,
            "datasets": [{"path": str(item.path), "n": len(item)} for item in self.datasets],
            "against": [{"path": str(item.path), "n": len(item)} for item in self.against],
            "rules": {
                "alphabet": self.rules.alphabet.to_json(),
                "preprocess": self.rules.preprocess.to_json(),
                "fold_case": self.rules.fold_case,
                "fold_accents": self.rules.fold_accents,
                "drop_unreadable": self.rules.drop_unreadable,
                "alphabet_of": self.rules.alphabet_of,
            },
            "verdict": {"samples": counts.samples, "learnable": counts.learnable} | asdict(self.advice),
            "findings": [_finding(finding) for finding in self.findings],
            "outside": [asdict(symbol) for symbol in self.missing_symbols],
            "lengths": {str(length): count for length, count in counts.lengths.items()},
            "widths_px": {str(width_px): count for width_px, count in counts.widths_px.items()},
            "symbols": dict(counts.symbols),
            "empty": counts.empty,
            "folded": counts.folded,
            "squeezed": [round(factor, 2) for factor in counts.squeezed],
            "judged": counts.compared,
            "read": counts.read,
            "only_case": counts.only_case,
        }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind.name,
        "effect": finding.effect,
        "statement": finding.kind.statement,
        "remedy": finding.kind.remedy,
        "n": len(finding.cases),
        "cases": [_case(case) for case in finding.cases],
    }


def _case(case: Case) -> dict[str, object]:
    stored = asdict(case)
    return {"place": stored.pop("location"), **stored}
