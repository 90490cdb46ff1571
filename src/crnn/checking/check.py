"""Look at every sample of some data sets once, and say what training would make of them.

    check(datasets, rules) -> Report

Images are opened one at a time; what stays of each is a digest and a thumbnail.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from crnn.alphabet import frames_needed
from crnn.checking import images as pictures
from crnn.checking import labels
from crnn.checking.advice import Problems, advise
from crnn.checking.duplicates import ImageIndex, note_copies
from crnn.checking.findings import Notes
from crnn.checking.images import LabelCheck
from crnn.checking.report import Counts, Report, Rules
from crnn.checking.sizes import MIN_FRAMES_A_SYMBOL, MIN_SQUEEZE, TooLong, natural_px
from crnn.data.dataset import ConcatDataset, Dataset
from crnn.errors import ImageError
from crnn.reader.reader import Reader
from crnn.symbols import describe, is_of_script, scripts

MIN_IMAGES = 50
"""Images from which fine-tuning is worth a try (docs/finetuning.md has what they teach)."""

MIN_SAME_LABEL_SHARE = 0.9
"""Share of the labels from which one and the same is nearly all that there is to learn."""


def frames_of(reader: Reader) -> Callable[[int], int]:
    """Find how many frames a model gives for images of a width.

    Args:
        reader: The model; it is shown one empty image of each width that is asked for.

    Returns:
        width_px -> T.
    """
    return cache(reader.frame_count)


def check(
    datasets: Sequence[Dataset],
    rules: Rules,
    *,
    against: Sequence[Dataset] = (),
    reader: Reader | None = None,
    on_samples: Callable[[int], None] | None = None,
) -> Report:
    """Check data sets, all together, as `crnn train` would learn from them.

    Nothing is written. A sample that cannot be read is a case in the report.

    Args:
        datasets: What a model would learn from.
        rules: The settings of the training run.
        against: Data sets that should share no image with them; only their images are looked at.
        reader: Reads every image with the sizes of `rules`; labels that it is sure are wrong are named.
        on_samples: Is told how many more samples are done, for a progress bar.

    Returns:
        Findings, counts and advice.
    """
    found = _Check(ConcatDataset([*datasets, *against]), sum(map(len, datasets)), rules, reader)
    for number in range(len(found.samples)):
        found.look(number)
        if on_samples is not None:
            on_samples(1)
    return found.report(tuple(datasets), tuple(against))


class _Check:
    """What has been found so far."""

    def __init__(self, samples: ConcatDataset, own: int, rules: Rules, reader: Reader | None) -> None:
        self.samples = samples
        self._own, self._rules = own, rules
        self._label_check = LabelCheck(reader) if reader else None
        self._notes = Notes(samples)
        self._index = ImageIndex()
        self._statistics = labels.LabelStatistics(rules.alphabet, rules.folding)
        self._problems = Problems()
        self._widths_px: Counter[int] = Counter()
        self._opened: list[int] = []
        self._digests: set[bytes] = set()
        self._learnable = self._empty = self._folded = 0

    def look(self, number: int) -> None:
        """Look at one sample."""
        is_own = number < self._own
        sample = self.samples[number]
        is_missing = self.samples.is_missing(number)
        has_label = is_own and bool(sample.label or not is_missing)  # of an LMDB both may be missing
        is_encodable = has_label and self._look_at_label(number, sample.label)
        if is_missing:
            self._index.skip()
            self._problems.missing += is_own
            detail = f"{sample.key} is not there"
            self._notes.add("missing-image" if is_own else "unreadable-in-other-set", number, detail)
            return
        try:
            picture = pictures.open_picture(sample, self._rules.preprocess)
        except ImageError as error:
            self._index.skip()
            self._problems.unreadable += is_own
            self._notes.add("unreadable-image" if is_own else "unreadable-in-other-set", number, str(error))
            return
        self._index.add(picture.digest, picture.grey, is_blank=picture.is_blank)
        if is_own:
            self._look_at_picture(number, sample.label, picture, is_encodable=is_encodable)

    def report(self, datasets: tuple[Dataset, ...], against: tuple[Dataset, ...]) -> Report:
        """Compare the images with each other and put everything together."""
        note_copies(self.samples, self._own, self._index, self._rules, self._notes)
        self._note_suspect_labels()
        self._note_problems_of_the_whole(", ".join(str(dataset.path) for dataset in datasets))
        self._problems.different = len(self._digests)
        counts = Counts(
            samples=self._own,
            learnable=self._learnable,
            empty=self._empty,
            folded=self._folded,
            squeezed=tuple(sorted(self._problems.sizes.squeezed, reverse=True)),
            lengths=dict(sorted(self._statistics.lengths.items())),
            widths_px=dict(sorted(self._widths_px.items())),
            symbols=dict(self._statistics.symbols.most_common()),
            compared=self._label_check.compared if self._label_check else 0,
            read=self._label_check.read if self._label_check else 0,
            only_case=self._label_check.only_case if self._label_check else 0,
        )
        return Report(
            datasets=datasets,
            against=against,
            rules=self._rules,
            findings=tuple(self._notes.findings(drop_unreadable=self._rules.drop_unreadable)),
            missing_symbols=self._statistics.missing(),
            counts=counts,
            opened=tuple(self._opened),
            advice=advise(counts, self._rules, self._statistics, self._problems),
        )

    def _look_at_label(self, number: int, label: str) -> bool:
        """Note what is wrong with a label by itself; return whether the alphabet can encode it."""
        lacking = self._statistics.add(label, self.samples.location(number))
        if lacking:
            named = ", ".join(map(describe, lacking))
            self._notes.add("symbol-outside-alphabet", number, f"has {named}")
        if not label:
            self._notes.add("empty-label", number, "is empty")
        self._folded += self._rules.fold(label) != label
        is_own = self._rules.alphabet_of == "labels"
        for kind, detail, meant in labels.examine(label, self._rules.alphabet, is_own=is_own):
            self._notes.add(kind, number, detail, meant)
        return not lacking

    def _look_at_picture(
        self, number: int, label: str, picture: pictures.Picture, *, is_encodable: bool
    ) -> None:
        """Note what is wrong with an image, and with a label that is too long for it."""
        width_px = picture.grey.shape[1]
        self._widths_px[width_px] += 1
        self._opened.append(number)
        self._digests.add(picture.digest)
        for kind, detail in pictures.examine(picture, self._rules.alphabet.split(label)):
            self._notes.add(kind, number, detail)
        if self._label_check:
            self._label_check.add(number, self.samples[number].image, label)
        self._look_at_sizes(number, self._rules.fold(label), picture, is_encodable=is_encodable)

    def _look_at_sizes(
        self, number: int, folded: str, picture: pictures.Picture, *, is_encodable: bool
    ) -> None:
        """Note an image that is squeezed, and a label that needs more frames than its image gives."""
        alphabet, config, sizes = self._rules.alphabet, self._rules.preprocess, self._problems.sizes
        width_px, given = picture.grey.shape[1], self._rules.frames(picture.grey.shape[1])
        symbols = alphabet.encode(folded) if is_encodable else alphabet.split(folded)
        natural = natural_px(picture.width, picture.height, config)
        if natural > config.max_width:
            sizes.squeezed.append(natural / config.max_width)
            sizes.longest_squeezed = max(sizes.longest_squeezed, len(symbols))
        if natural >= MIN_SQUEEZE * config.max_width and given < MIN_FRAMES_A_SYMBOL * len(symbols):
            detail = (
                f"is {natural} px wide at {config.height} px of height, squeezed "
                f"{natural / config.max_width:.1f} times: {given / len(symbols):.1f} frames a symbol"
            )
            self._notes.add("squeezed-image", number, detail)
        needed = frames_needed(symbols)
        if needed > given:
            if not is_encodable:
                self._problems.too_long_not_encodable += 1
                return
            detail = f"needs {needed} frames; an image {width_px} px wide gives {given}"
            self._notes.add("label-too-long", number, detail)
            sizes.too_long.append(TooLong(symbols=len(symbols), needed=needed, natural_px=natural))
        elif is_encodable:
            self._learnable += 1
            self._empty += not folded

    def _note_problems_of_the_whole(self, location: str) -> None:
        """Note what only the whole shows: too few images, labels all alike; forgive letters of its script."""
        written_in = scripts(self._statistics.symbols)
        self._notes.forgive("lookalike", lambda case: is_of_script(case.label, written_in))
        if self._own < MIN_IMAGES:
            images = "1 image" if self._own == 1 else f"{self._own} images"
            self._notes.add_set("too-few-images", location, f"{images}; under {MIN_IMAGES} are too few")
        label, count = next(iter(self._statistics.labels.most_common(1)), ("", 0))
        if label and count > 1 and count >= MIN_SAME_LABEL_SHARE * self._own:
            self._notes.add_set("one-label", location, f"{count} of {self._own} labels are {label!r}")

    def _note_suspect_labels(self) -> None:
        if self._label_check is None:
            return
        self._label_check.finish()
        for suspect in sorted(self._label_check.suspects, key=lambda suspect: -suspect.confidence):
            detail = (
                f"the model reads {suspect.text!r} (p = {suspect.confidence:.4f}; "
                f"of the label {np.exp(suspect.label_log_prob):.1e})"
            )
            self._notes.add("doubtful-label", suspect.number, detail, suspect.text)
