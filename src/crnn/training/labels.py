"""Labels against the alphabet and the frames: done before training, not found out during it."""

from collections.abc import Callable
from dataclasses import dataclass

from crnn.alphabet import Alphabet, frames_needed, too_few_frames
from crnn.data.dataset import Dataset, Subset
from crnn.errors import DataError, ImageError, LabelError
from crnn.images.preprocess import PreprocessConfig
from crnn.images.sizes import header_size


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedLabels:
    """What `check_labels` kept, and what it left out."""

    dataset: Dataset
    """The samples that can be learnt; the data set itself where that is all of them."""
    outside_alphabet: tuple[str, ...]
    """A message for each label left out because of a character outside the alphabet."""
    too_long: tuple[str, ...]
    """A message for each label left out because its image gives too few frames."""
    unreadable: tuple[str, ...]
    """A message for each sample left out because it, or its image's header, cannot be read."""


def check_labels(
    dataset: Dataset,
    alphabet: Alphabet,
    preprocess: PreprocessConfig,
    frames: Callable[[int], int],
    *,
    skip_labels: bool = False,
    skip_images: bool = False,
) -> CheckedLabels:
    """Check that the alphabet encodes every label and that its image gives enough frames.

    frames   width_px -> T, as `CRNN.frames`

    The first label that fails raises LabelError with file, line and character, unless
    `skip_labels`: then all that fail are left out and named in the result. DataError
    when none is left; ImageError for an image header that cannot be read, unless `skip_images`.
    """
    kept: list[int] = []
    outside: list[str] = []
    too_long: list[str] = []
    unreadable: list[str] = []
    always = frames(preprocess.min_width)  # no image gives fewer: most need no look at the header
    for index in range(len(dataset)):
        place = dataset.location(index)
        reasons = outside
        try:
            sample = dataset[index]
            classes = alphabet.encode(sample.label, place)
            reasons = too_long
            if frames_needed(classes) > always:
                width_px = preprocess.width_px(*header_size(sample.image))
                _check_frames(sample.label, classes, width_px, frames(width_px), place)
        except LabelError as error:
            if not skip_labels:
                raise
            reasons.append(str(error))
        except (ImageError, DataError) as error:
            if not skip_images:
                raise
            unreadable.append(f"{place}: {error}")
        else:
            kept.append(index)
    return CheckedLabels(
        dataset=dataset if len(kept) == len(dataset) else Subset(dataset, kept),
        outside_alphabet=tuple(outside),
        too_long=tuple(too_long),
        unreadable=tuple(unreadable),
    )


def _check_frames(label: str, classes: list[int], width_px: int, frames: int, place: str) -> None:
    if frames_needed(classes) > frames:
        raise too_few_frames(
            classes,
            frames,
            text=f"{place}: label {label!r}",
            image=f"an image {width_px} px wide",
            way_out="Drop it (--set data.unusable_labels=skip), or raise preprocess.min_width or max_width.",
        )
