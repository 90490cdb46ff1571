"""The images that a command line names."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from crnn.errors import ImageError
from crnn.picture import IMAGE_SUFFIXES, is_image


def find_images(paths: Sequence[str]) -> Iterator[str]:
    """Yield the images that `paths` name: files as they are, folders to the bottom, sorted.

    Hidden files are left out. Raises `ImageError` for a folder without a single image.
    """
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        found = sorted(_images_below(path))
        if not found:
            raise ImageError(
                f"{path}: no image in this folder; no file in it ends in {' '.join(IMAGE_SUFFIXES)}"
            )
        yield from found


def _images_below(folder: str) -> Iterator[str]:
    def stop(error: OSError) -> None:
        raise error  # os.walk would pass over a folder that it may not open

    for place, _, names in os.walk(folder, onerror=stop):
        for name in names:
            if is_image(name) and not name.startswith("."):
                yield os.path.join(place, name)  # noqa: PTH118  # Path would drop a typed "./"
