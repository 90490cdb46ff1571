"""What can be wrong with a data set: every kind of problem, and what was found of it.

FindingKind  what a problem is called, what it does to a training run, what helps
Case         one sample that has it
Finding      all cases of one kind
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from crnn.data.dataset import ConcatDataset

Effect = Literal["fails", "left out", "harms", "note"]
"""fails: `crnn train` stops; left out: it goes on without the sample; harms: it learns from it what
is wrong, or measures what is not so; note: nothing is wrong yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingKind:
    """A problem that a data set can have; docs/check.md has a paragraph on each."""

    name: str
    """Its name in JSON and in the guide."""
    effect: Effect
    statement: str
    """What is the case, as the heading over the cases."""
    remedy: str
    """What to do about it, in a sentence or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One sample with a problem; or a data set, where the problem is of the whole."""

    location: str
    """Where its label stands, such as 'train.tsv:8812'; the path of a whole data set."""
    key: str
    """Its image's path, or its key in an LMDB; '' for a whole data set."""
    label: str
    detail: str
    """What exactly is wrong, in a clause."""
    suggestion: str | None = None
    """The label as it was probably meant; None where there is nothing to suggest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Every sample with one kind of problem, in the data set's order."""

    kind: FindingKind
    effect: Effect
    """The kind's own, or 'left out' where training was told to leave such samples out."""
    cases: tuple[Case, ...]


KINDS: tuple[FindingKind, ...] = (
    FindingKind(
        name="missing-image",
        effect="fails",
        statement="images that are named and not there",
        remedy="Put them where the label file says (names are relative to its folder), or take their rows "
        "out; --clean OUT copies the others.",
    ),
    FindingKind(
        name="unreadable-image",
        effect="fails",
        statement="images that cannot be opened",
        remedy="Repair them or take them out; --clean OUT copies the others.",
    ),
    FindingKind(
        name="symbol-outside-alphabet",
        effect="fails",
        statement="labels with a symbol outside the alphabet",
        remedy="Use an alphabet that has it (--alphabet auto: the symbols of the labels), fold case or "
        "accents, or leave them out (data.unusable_labels=skip).",
    ),
    FindingKind(
        name="label-too-long",
        effect="fails",
        statement="labels that need more frames than their image gives",
        remedy="Look whether the label is of another image; leave them out (data.unusable_labels=skip), "
        "train as for lines where the images are wide, or widen narrow ones (preprocess.min_width).",
    ),
    FindingKind(
        name="leak",
        effect="harms",
        statement="images that are in the other set too, so that a score on it says too much",
        remedy="Take them out of one of the two sets.",
    ),
    FindingKind(
        name="contradicting-labels",
        effect="harms",
        statement="equal or nearly equal images with different labels",
        remedy="Look at the image and make the labels the same.",
    ),
    FindingKind(
        name="squeezed-image",
        effect="harms",
        statement="images much wider than the largest width: too few frames are left for their symbols",
        remedy="Train as for lines, with a larger preprocess.max_width, or cut the images into words.",
    ),
    FindingKind(
        name="one-label",
        effect="harms",
        statement="nearly all labels are the same: a model learns to say that whatever the image shows",
        remedy="Add images of other texts.",
    ),
    FindingKind(
        name="too-few-images",
        effect="harms",
        statement="so few images that neither learning nor a validation on some of them says much",
        remedy="Label more: 50 captchas taught to read half of all others, 250 four fifths "
        "(docs/finetuning.md).",
    ),
    FindingKind(
        name="blank-image",
        effect="harms",
        statement="images of one grey all over, with nothing to read",
        remedy="Take them out, unless their label is empty on purpose.",
    ),
    FindingKind(
        name="tiny-image",
        effect="harms",
        statement="images with a side under 8 px, too few for the strokes of a letter",
        remedy="Cut them out of the original again, larger, or take them out.",
    ),
    FindingKind(
        name="tall-image",
        effect="harms",
        statement="images much higher than wide with several symbols: rotated, or written downwards",
        remedy="Turn them so that the word runs from left to right, or take them out.",
    ),
    FindingKind(
        name="empty-label",
        effect="harms",
        statement="empty labels: the model learns to see no text in these images",
        remedy="Give them their text, or take them out, unless there is no text in the image.",
    ),
    FindingKind(
        name="stray-space",
        effect="harms",
        statement="labels with a space at an end, or two in a row",
        remedy="Write one space between words and none at the ends.",
    ),
    FindingKind(
        name="control-character",
        effect="harms",
        statement="labels with a character that cannot be seen",
        remedy="Delete it; a space of another kind becomes a plain one.",
    ),
    FindingKind(
        name="lookalike",
        effect="harms",
        statement="labels with a character that looks like another one",
        remedy="Write the plain character, unless the image shows a word of the other script.",
    ),
    FindingKind(
        name="unreadable-in-other-set",
        effect="harms",
        statement="images of the other set that cannot be opened, and so were not compared",
        remedy="Repair them or take them out: an evaluation counts each as read wrongly.",
    ),
    FindingKind(
        name="doubtful-label",
        effect="note",
        statement="labels that the model reads otherwise, and is sure of it",
        remedy="Look at each: about half of them are right, and most where the model does not know such "
        "images (what it reads as labelled is counted below).",
    ),
    FindingKind(
        name="equal-images",
        effect="note",
        statement="images that are there twice, byte for byte",
        remedy="Keep one of each, unless it shall count more.",
    ),
    FindingKind(
        name="nearly-equal-images",
        effect="note",
        statement="images that look the same: scaled, compressed or brightened anew",
        remedy="Keep all copies of a picture on one side of a split.",
    ),
    FindingKind(
        name="huge-image",
        effect="note",
        statement="images of more than a million pixels: photographs rather than words?",
        remedy="Cut the word out; every pixel is decoded whenever the image is read.",
    ),
)
"""Every kind, worst first: the order of a report."""

_LEFT_OUT = ("symbol-outside-alphabet", "label-too-long")
"""Kinds of which `data.unusable_labels` leaves the samples out."""


class Notes:
    """The cases found so far, by kind."""

    def __init__(self, samples: ConcatDataset) -> None:
        self._samples = samples
        self._cases: dict[str, list[Case]] = {kind.name: [] for kind in KINDS}

    def add(self, kind: str, number: int, detail: str, suggestion: str | None = None) -> None:
        """Note what is wrong with one sample.

        Args:
            kind: A name in KINDS.
            number: The sample.
            detail: What exactly is wrong, in a clause.
            suggestion: The label as it was probably meant.
        """
        sample = self._samples[number]
        self._cases[kind].append(
            Case(
                location=self._samples.location(number),
                key=sample.key,
                label=sample.label,
                detail=detail,
                suggestion=suggestion,
            )
        )

    def add_set(self, kind: str, location: str, detail: str) -> None:
        """Note what is wrong with the data as a whole.

        Args:
            kind: A name in KINDS.
            location: The paths of the data sets.
            detail: What exactly is wrong, in a clause.
        """
        self._cases[kind].append(Case(location=location, key="", label="", detail=detail))

    def forgive(self, kind: str, is_right: Callable[[Case], bool]) -> None:
        """Take back the cases of one kind that are right after all.

        Args:
            kind: A name in KINDS.
            is_right: Which of its cases are.
        """
        self._cases[kind] = [case for case in self._cases[kind] if not is_right(case)]

    def findings(self, *, drop_unreadable: bool) -> Iterator[Finding]:
        """Yield a finding for each kind that has a case, worst kinds first.

        Args:
            drop_unreadable: Whether training leaves out labels that cannot be learnt.

        Yields:
            The findings.
        """
        for kind in KINDS:
            left_out = drop_unreadable and kind.name in _LEFT_OUT
            effect: Effect = "left out" if left_out else kind.effect
            if cases := self._cases[kind.name]:
                yield Finding(kind=kind, effect=effect, cases=tuple(cases))
