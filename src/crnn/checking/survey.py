"""Look at every sample of some data sets once, and say what training would make of them.

    check(datasets, rules) -> Report

Images are opened one at a time; what stays of each is a digest and a thumbnail.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from crnn.alphabet import frames_needed
from crnn.checking import labels, pictures
from crnn.checking.copies import note_copies
from crnn.checking.doubt import Judge
from crnn.checking.likeness import Album
from crnn.checking.lookalikes import describe
from crnn.checking.notes import Joined, Notes
from crnn.checking.report import Counts, Report
from crnn.checking.rules import Rules
from crnn.checking.verdict import Trouble, verdict
from crnn.data import Dataset
from crnn.errors import ImageError
from crnn.reader import Reader


def frames_of(reader: Reader) -> Callable[[int], int]:
    """Return width_px -> T, found by showing the model one empty image of each width asked for."""

    @cache
    def frames(width_px: int) -> int:
        empty = np.zeros((1, 1, reader.preprocess.height, width_px), np.uint8)
        return len(reader.recognize(empty))  # (T, 1, C)

    return frames


def check(
    datasets: Sequence[Dataset],
    rules: Rules,
    *,
    against: Sequence[Dataset] = (),
    judge: Reader | None = None,
    on_samples: Callable[[int], None] | None = None,
) -> Report:
    """Check data sets, all together, as `crnn train` with `rules` would learn from them.

    against     data sets that should share no image with them; only their images are looked at
    judge       reads every image with the sizes of `rules`, and names the labels that it doubts
    on_samples  is told how many more samples are done, for a progress bar

    Writes nothing. A sample that cannot be read is a case in the report and raises nothing.
    """
    survey = _Survey(Joined([*datasets, *against]), sum(map(len, datasets)), rules, judge)
    for number in range(len(survey.samples)):
        survey.look(number)
        if on_samples is not None:
            on_samples(1)
    return survey.report(tuple(datasets), tuple(against))


class _Survey:
    """What has been found so far."""

    def __init__(self, samples: Joined, own: int, rules: Rules, judge: Reader | None) -> None:
        self.samples = samples
        self._own, self._rules = own, rules
        self._judge = Judge(judge) if judge else None
        self._notes = Notes(samples)
        self._album = Album()
        self._census = labels.Census(rules.alphabet, (rules.fold_case, rules.fold_accents))
        self._trouble = Trouble()
        self._widths_px: Counter[int] = Counter()
        self._opened: list[int] = []
        self._learnable = 0

    def look(self, number: int) -> None:
        """Look at one sample."""
        is_own = number < self._own
        sample = self.samples[number]
        spelt = is_own and self._look_at_label(number, sample.label)
        try:
            picture = pictures.open_picture(sample, self._rules.preprocess)
        except ImageError as error:
            self._album.skip()
            self._trouble.unreadable += is_own
            self._notes.add("unreadable-image" if is_own else "unreadable-in-other-set", number, str(error))
            return
        self._album.add(picture.digest, picture.grey, is_blank=picture.is_blank)
        if is_own:
            self._look_at_picture(number, sample.label, picture, spelt=spelt)

    def report(self, datasets: tuple[Dataset, ...], against: tuple[Dataset, ...]) -> Report:
        """Compare the images with each other and put everything together."""
        note_copies(self.samples, self._own, self._album, self._rules, self._notes)
        self._note_doubts()
        counts = Counts(
            samples=self._own,
            learnable=self._learnable,
            lengths=dict(sorted(self._census.lengths.items())),
            widths_px=dict(sorted(self._widths_px.items())),
            symbols=dict(self._census.symbols.most_common()),
            judged=self._judge.judged if self._judge else 0,
            only_case=self._judge.only_case if self._judge else 0,
        )
        return Report(
            datasets=datasets,
            against=against,
            rules=self._rules,
            findings=tuple(self._notes.findings(drop_unreadable=self._rules.drop_unreadable)),
            outside=self._census.outside_symbols(),
            counts=counts,
            opened=tuple(self._opened),
            verdict=verdict(counts, self._rules, self._census, self._trouble),
        )

    def _look_at_label(self, number: int, label: str) -> bool:
        """Note what is wrong with a label by itself; return whether the alphabet spells it."""
        lacking = self._census.add(label, self.samples.place(number))
        if lacking:
            named = ", ".join(map(describe, lacking))
            self._notes.add("symbol-outside-alphabet", number, f"has {named}")
        if not label:
            self._notes.add("empty-label", number, "is empty")
        for kind, detail, meant in labels.examine(label, self._rules.alphabet):
            self._notes.add(kind, number, detail, meant)
        return not lacking

    def _look_at_picture(self, number: int, label: str, picture: pictures.Picture, *, spelt: bool) -> None:
        """Note what is wrong with an image, and with a label that is too long for it."""
        width_px = picture.grey.shape[1]
        self._widths_px[width_px] += 1
        self._opened.append(number)
        for kind, detail in pictures.examine(picture, self._rules.alphabet.split(label)):
            self._notes.add(kind, number, detail)
        if self._judge:
            self._judge.add(number, picture.grey, label)
        given = self._rules.frames(width_px)
        folded = self._rules.fold(label)
        if not spelt:
            self._trouble.too_long_unspelt += frames_needed(self._rules.alphabet.split(folded)) > given
            return
        needed = frames_needed(self._rules.alphabet.encode(folded))
        if needed > given:
            detail = f"needs {needed} frames; an image {width_px} px wide gives {given}"
            self._notes.add("label-too-long", number, detail)
            self._trouble.too_long.append(needed)
        else:
            self._learnable += 1

    def _note_doubts(self) -> None:
        if self._judge is None:
            return
        self._judge.finish()
        for doubt in sorted(self._judge.doubts, key=lambda doubt: -doubt.confidence):
            detail = (
                f"the model reads {doubt.text!r} (p = {doubt.confidence:.4f}; "
                f"of the label {np.exp(doubt.label_log_prob):.1e})"
            )
            self._notes.add("doubtful-label", doubt.number, detail, doubt.text)
