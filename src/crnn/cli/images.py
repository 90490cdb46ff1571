"""The images that a command line names."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from crnn.errors import ImageError
from crnn.picture import IMAGE_SUFFIXES, is_image

SHOWN_SUFFIXES = 5
"""Suffixes of files passed over that are named; the commonest."""


@dataclass(kw_only=True, slots=True)
class FolderImages:
    """What a folder holds, to the bottom."""

    images: list[str] = field(default_factory=list)
    hidden: int = 0
    """Files whose name begins with a dot."""
    other: Counter[str] = field(default_factory=Counter)
    """Suffix -> files whose name ends as no image's does."""
    linked: int = 0
    """Folders behind symbolic links, which are not entered."""

    def passed_over(self) -> str:
        """Say how many files were passed over, and why; "" where none was."""
        reasons = []
        if self.other:
            suffixes = sorted(self.other, key=lambda suffix: (-self.other[suffix], suffix))
            names = [suffix or "none" for suffix in suffixes[:SHOWN_SUFFIXES]]
            more = ", ..." if len(self.other) > SHOWN_SUFFIXES else ""
            reasons.append(f"{self.other.total()} without an image's suffix ({', '.join(names)}{more})")
        if self.hidden:
            reasons.append(f"{self.hidden} hidden")
        count = self.other.total() + self.hidden
        parts = [f"{count} file{'s' * (count > 1)} passed over: {', '.join(reasons)}"] if count else []
        if self.linked:
            parts.append(f"{self.linked} linked folder{'s' * (self.linked > 1)} not entered")
        return "; ".join(parts)


def find_images(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Find the images that `paths` name: files as they are, folders to the bottom, sorted.

    Returns:
        The images, and a line for each folder in which files were passed over.

    Raises:
        ImageError: A folder holds not a single image.
    """
    images: list[str] = []
    notes = []
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where a name is too long
            images.append(path)
            continue
        found = _images_below(path)
        passed_over = found.passed_over()
        if not found.images:
            raise ImageError(
                f"{path}: no image in this folder; no file in it ends in {' '.join(IMAGE_SUFFIXES)}"
                + (f" ({passed_over})" if passed_over else "")
            )
        if passed_over:
            notes.append(f"{path}: {passed_over}")
        images += sorted(found.images)
    return images, notes


def _images_below(folder: str) -> FolderImages:
    def stop(error: OSError) -> None:
        raise error  # os.walk would pass over a folder that it may not open

    found = FolderImages()
    for place, folders, names in os.walk(folder, onerror=stop):
        found.linked += sum(os.path.islink(os.path.join(place, name)) for name in folders)  # noqa: PTH114, PTH118
        for name in names:
            if name.startswith("."):
                found.hidden += 1
            elif is_image(name):
                found.images.append(os.path.join(place, name))  # noqa: PTH118  # Path would drop a typed "./"
            else:
                found.other[PurePath(name).suffix.lower()] += 1
    return found
