"""Several data sets as one row of numbered samples, and what was found about each."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

import numpy as np

from crnn.checking.findings import KINDS, Case, Effect, Finding
from crnn.data import Dataset, Sample

_LEFT_OUT = ("symbol-outside-alphabet", "label-too-long")
"""Kinds of which `data.drop_unreadable` leaves the samples out."""


class Joined:
    """The samples of several data sets, numbered through."""

    def __init__(self, datasets: Sequence[Dataset]) -> None:
        self._datasets = datasets
        self._ends = list(accumulate(map(len, datasets)))

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, number: int) -> Sample:
        dataset, index = self._find(number)
        return dataset[index]

    def is_missing(self, number: int) -> bool:
        """Tell whether the image of a sample is named but not there."""
        dataset, index = self._find(number)
        return dataset.is_missing(index)

    def place(self, number: int) -> str:
        """Name where the label of a sample stands."""
        dataset, index = self._find(number)
        return dataset.place(index)

    def _find(self, number: int) -> tuple[Dataset, int]:
        which = int(np.searchsorted(self._ends, number, side="right"))
        dataset = self._datasets[which]
        return dataset, number - (self._ends[which] - len(dataset))


class Notes:
    """The cases found so far, by kind."""

    def __init__(self, samples: Joined) -> None:
        self._samples = samples
        self._cases: dict[str, list[Case]] = {kind.name: [] for kind in KINDS}

    def add(self, kind: str, number: int, detail: str, suggestion: str | None = None) -> None:
        """Note what is wrong with one sample; `kind` is a name in KINDS."""
        sample = self._samples[number]
        self._cases[kind].append(
            Case(
                place=self._samples.place(number),
                key=sample.key,
                label=sample.label,
                detail=detail,
                suggestion=suggestion,
            )
        )

    def add_set(self, kind: str, place: str, detail: str) -> None:
        """Note what is wrong with the data as a whole."""
        self._cases[kind].append(Case(place=place, key="", label="", detail=detail))

    def forgive(self, kind: str, is_right: Callable[[Case], bool]) -> None:
        """Take back the cases of one kind that are right after all."""
        self._cases[kind] = [case for case in self._cases[kind] if not is_right(case)]

    def findings(self, *, drop_unreadable: bool) -> Iterator[Finding]:
        """Yield a finding for each kind that has a case, worst kinds first."""
        for kind in KINDS:
            left_out = drop_unreadable and kind.name in _LEFT_OUT
            effect: Effect = "left out" if left_out else kind.effect
            if cases := self._cases[kind.name]:
                yield Finding(kind=kind, effect=effect, cases=tuple(cases))
