"""The search for equal images finds what a comparison of all pairs finds, and nothing else."""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crnn.checking import duplicates as likeness
from crnn.checking.duplicates import MIN_CORRELATION, Groups, ImageIndex, near_pairs, thumbnail
from crnn.images.load import load_image
from crnn.images.preprocess import PreprocessConfig, preprocess
from tests.checking.conftest import draw
from tests.pictures import encoded

Grey = npt.NDArray[np.uint8]


def grey(content: bytes) -> Grey:
    return preprocess(load_image(content), PreprocessConfig())


def slow_pairs(thumbnails: Grey, widths_px: npt.NDArray[np.int32], slack_px: int) -> set[frozenset[int]]:
    return {
        frozenset((i, j))
        for i in range(len(thumbnails))
        for j in range(i)
        if abs(int(widths_px[i]) - int(widths_px[j])) <= slack_px
        and np.corrcoef(thumbnails[i], thumbnails[j])[0, 1] >= MIN_CORRELATION
    }


@pytest.mark.parametrize("tile", [(512, 8192), (7, 5)])
def test_pairs_are_those_of_the_slow_comparison(
    tile: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "_TILE", tile)
    rng = np.random.default_rng(1)
    patterns = rng.integers(0, 256, (20, 256))
    drawn = patterns[rng.integers(0, 20, 60)] + rng.normal(0, 8, (60, 256))
    thumbnails = drawn.clip(0, 255).astype(np.uint8)
    widths_px = rng.choice([96, 112, 128], 60).astype(np.int32)
    found = list(near_pairs(thumbnails, widths_px, 16))
    assert {frozenset(pair) for pair in found} == slow_pairs(thumbnails, widths_px, 16)
    assert len(found) == len(set(map(frozenset, found))) > 20


def anew(change: Callable[[Image.Image], Image.Image], kind: str = "PNG") -> bytes:
    with Image.open(io.BytesIO(draw("Bakery", (110, 40)))) as image:
        return encoded(change(image), kind)


@pytest.mark.parametrize(
    "copy",
    [
        anew(lambda image: image, "JPEG"),
        anew(lambda image: image.resize((77, 28))),
        anew(lambda image: image.point(lambda value: value // 2 + 60)),
    ],
    ids=["compressed", "scaled", "paled"],
)
def test_a_copy_made_anew_looks_the_same(copy: bytes) -> None:
    index = ImageIndex()
    for content in (draw("Bakery", (110, 40)), copy, draw("Butcher", (110, 40))):
        index.add(content, grey(content), is_blank=False)
    assert index.groups(slack_px=16) == [[0, 1]]


def test_equal_bytes_are_equal_even_when_blank_and_blank_ones_look_like_nothing() -> None:
    index = ImageIndex()
    flat = np.full((32, 96), 200, np.uint8)
    for digest in (b"a", b"b", b"a"):
        index.add(digest, flat, is_blank=True)
    index.skip()
    assert index.groups(slack_px=16) == [[0, 2]]
    assert (len(index), index.digest(3)) == (4, None)


def test_an_album_of_nothing_comparable_has_no_groups() -> None:
    index = ImageIndex()
    index.skip()
    assert index.groups(slack_px=16) == []


def test_a_thumbnail_forgets_the_size() -> None:
    image = np.tile(np.repeat(np.arange(32, dtype=np.uint8) * 8, 5), (32, 1))
    assert thumbnail(image).reshape(8, 32).tolist() == [list(range(0, 256, 8))] * 8


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=15))
def test_groups_are_what_can_be_reached(pairs: list[tuple[int, int]]) -> None:
    groups = Groups(12)
    reach = {number: {number} for number in range(12)}
    for one, other in pairs:
        groups.join(one, other)
        union = reach[one] | reach[other]
        for number in union:
            reach[number] = union
    expected = {frozenset(members) for members in reach.values() if len(members) > 1}
    assert {frozenset(group) for group in groups.joined()} == expected
    assert all(group == sorted(group) for group in groups.joined())
