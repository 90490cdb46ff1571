"""The glyph table holds what FreeType draws, and faces of no use are named with their fault."""

import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs freetype-py (the extra 'train')")

from PIL import Image, ImageFont

from crnn.errors import FontError
from crnn.synthesis import atlas as module
from crnn.synthesis.atlas import GlyphAtlas, build_atlas
from crnn.synthesis.fonts import STARTER
from crnn.synthesis.glyphs import Pixels
from crnn.synthesis.legibility import GRID, shape, unreadable_reason

SLAB = STARTER / "faces" / "roboto-slab-400-normal.woff"
ROBOTO = STARTER / "faces" / "roboto-400-normal.woff"
SLAB_EXTENDED = STARTER / "faces" / "roboto-slab-extended-400-normal.woff"
OPEN_SANS = STARTER / "faces" / "open-sans-800-italic.woff"
"""A face of ASCII alone."""
COMPARED_LETTERS = "ABDEGHKMNRSXZabdeghknrstq 234567"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "crnn"


@pytest.fixture
def atlas() -> GlyphAtlas:
    return build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS))


def ink(atlas: GlyphAtlas, face: int, symbol: str) -> Pixels:
    i = atlas.symbols.index(symbol)
    offset, width = int(atlas.offset[face, i]), int(atlas.width[face, i])
    return atlas.columns[offset : offset + width].T  # (R, w)


def equal(one: GlyphAtlas, other: GlyphAtlas) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


def test_capitals_stand_on_the_baseline_and_are_as_tall_as_asked(atlas: GlyphAtlas) -> None:
    h = atlas.symbols.index("H")
    assert (atlas.bottom[:, h] == atlas.baseline_row).all()
    assert np.abs(atlas.bottom[:, h] - atlas.top[:, h] - atlas.cap_height).max() <= 1


def test_row_0_is_blank_and_every_glyph_lies_between_its_top_and_bottom(atlas: GlyphAtlas) -> None:
    assert not atlas.columns[0].any()
    assert atlas.columns.shape[1] == 2 * atlas.cap_height
    for face in range(2):
        for i, symbol in enumerate(COMPARED_LETTERS):
            rows = np.flatnonzero(ink(atlas, face, symbol).any(1))
            if symbol != " ":
                assert atlas.top[face, i] <= rows[0]
                assert rows[-1] < atlas.bottom[face, i]


def test_a_glyph_looks_as_pillow_draws_it() -> None:
    atlas = build_atlas([(ROBOTO,)], ["R"], cap_height_px=200)
    mask = ImageFont.truetype(str(ROBOTO), 1000).getmask("R")
    large = Image.frombytes("L", mask.size, bytes(mask))
    theirs = np.asarray(large.crop(large.getbbox())).T  # (w, h)
    ours = ink(atlas, 0, "R")[atlas.top[0, 0] : atlas.bottom[0, 0]].T
    assert np.corrcoef(shape(ours), shape(theirs))[0, 1] > 0.99


def test_the_space_has_no_ink_but_an_advance(atlas: GlyphAtlas) -> None:
    i = atlas.symbols.index(" ")
    assert (atlas.width[:, i] == 0).all()
    assert (atlas.advance[:, i] > 0).all()
    assert (atlas.top[:, i] == atlas.baseline_row).all()


def test_a_larger_cap_height_draws_the_same_letters_larger(atlas: GlyphAtlas) -> None:
    large = build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS), cap_height_px=48)
    assert large.columns.shape[1] == 96
    assert np.abs(large.advance / 2 - atlas.advance).max() <= 1


def test_a_face_without_a_symbol_is_refused_by_name(tmp_path: Path) -> None:
    torn = tmp_path / "torn.ttf"
    torn.write_bytes(b"no font at all")
    with pytest.raises(FontError, match=r"none of 2 faces .*U\+044F"):
        build_atlas([(SLAB,), (torn,)], ["a", "я"])
    ((path, reason),) = build_atlas([(torn,), (SLAB,)], list("abc")).refused
    assert path == str(torn)
    assert "cannot be opened" in reason


def test_a_second_face_of_the_same_drawing_is_refused(tmp_path: Path) -> None:
    twin = tmp_path / "twin.woff"
    shutil.copy(SLAB, twin)
    atlas = build_atlas([(SLAB,), (twin,)], list("abc"))
    assert atlas.faces == (str(SLAB),)
    assert atlas.refused == ((str(twin), f"draws the same as {SLAB}"),)


@pytest.mark.parametrize(("faces", "symbols"), [([SLAB], ["do", "re"]), ([SLAB], []), ([], ["a"])])
def test_what_cannot_be_drawn_is_an_error(faces: list[Path], symbols: list[str]) -> None:
    with pytest.raises(FontError):
        build_atlas([(face,) for face in faces], symbols)


@pytest.mark.slow
def test_several_processes_draw_what_one_draws(monkeypatch: pytest.MonkeyPatch, atlas: GlyphAtlas) -> None:
    monkeypatch.setattr(module, "ALONE", 1)
    monkeypatch.setattr(module, "_in_use", {})
    assert equal(build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS), processes=2), atlas)


def test_an_atlas_in_use_is_not_built_twice(monkeypatch: pytest.MonkeyPatch, atlas: GlyphAtlas) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "draw_face", None)
        assert build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS)) is atlas
    assert build_atlas([(SLAB,)], list(COMPARED_LETTERS)) is not atlas


def test_a_face_may_lack_symbols_but_no_ascii_letter_or_digit() -> None:
    faces = [(SLAB, SLAB_EXTENDED), (OPEN_SANS,), (SLAB_EXTENDED,)]
    atlas = build_atlas(faces, ["a", "1", "é", "ģ", "~"])
    assert atlas.drawn.tolist() == [[True, True, True, True, True], [True, True, False, False, True]]
    assert atlas.width[1, 2:4].tolist() == atlas.advance[1, 2:4].tolist() == [0, 0]
    assert atlas.refused == ((str(SLAB_EXTENDED), "has no 'a' (U+0061) '1' (U+0031)"),)


def test_the_files_of_a_face_add_up(atlas: GlyphAtlas) -> None:
    whole = build_atlas([(SLAB, SLAB_EXTENDED)], [*COMPARED_LETTERS, "é", "ģ", "Ő"])
    assert whole.faces == (str(SLAB),)
    assert whole.drawn.all()
    assert 0.9 < (whole.bottom - whole.top)[0, 0] / (atlas.bottom - atlas.top)[0, 0] <= 1  # "A"
    h, tall = (whole.symbols.index(symbol) for symbol in "HŐ")
    assert whole.top[0, tall] < whole.top[0, h]


def test_a_symbol_that_no_face_has_is_an_error_that_names_it() -> None:
    with pytest.raises(FontError, match=r"none of 2 faces has '\u01e5' \(U\+01E5\)"):
        build_atlas([(SLAB,), (OPEN_SANS,)], ["a", "\u01e5"])


def test_a_slow_build_is_cached_and_a_damaged_cache_is_built_anew(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    atlas = build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS))
    monkeypatch.setattr(module, "_in_use", {})
    assert not cache.exists()
    monkeypatch.setattr(module, "CACHED_AFTER_S", 0.0)
    build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS))
    (kept,) = cache.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(module, "draw_face", None)
        patch.setattr(module, "_in_use", {})
        assert equal(build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS)), atlas)
    whole = kept.read_bytes()
    with np.load(kept) as stored:
        arrays = dict(stored)
    middle = len(whole) // 2
    for damage in (
        lambda: kept.write_bytes(whole[:1000]),
        lambda: kept.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]),
        lambda: np.savez(kept, **arrays | {"columns": arrays["columns"] // 2}),
        lambda: np.savez(kept, **arrays | {"offset": arrays["offset"] + 10**8}),
    ):
        damage()
        monkeypatch.setattr(module, "_in_use", {})
        assert equal(build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS)), atlas)


def test_a_cache_that_cannot_be_written_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, atlas: GlyphAtlas, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(module, "CACHED_AFTER_S", 0.0)
    assert equal(build_atlas([(SLAB,), (ROBOTO,)], list(COMPARED_LETTERS)), atlas)


def test_outlines_bars_dots_and_unicase_letters_are_at_fault(atlas: GlyphAtlas) -> None:
    columns = atlas.columns
    metrics = np.stack([getattr(atlas, name)[0] for name in module.METRICS], 1)
    assert unreadable_reason(columns, metrics, atlas.symbols) is None
    bars = (np.indices(columns.shape)[0] % 5 < 2).astype(np.uint8) * 255
    assert "unlike" in str(unreadable_reason(bars, metrics, atlas.symbols))
    dots = columns * (np.indices(columns.shape).sum(0) % 2 == 0).astype(np.uint8)
    assert "dots" in str(unreadable_reason(dots, metrics, atlas.symbols))
    unicase = metrics.copy()
    for i, symbol in enumerate(atlas.symbols):
        if symbol.upper() in atlas.symbols:
            unicase[i] = metrics[atlas.symbols.index(symbol.upper())]
    assert "both cases" in str(unreadable_reason(columns, unicase, atlas.symbols))


def test_a_shape_does_not_depend_on_size() -> None:
    small = np.zeros((6, 8), np.uint8)
    small[:, 3:5] = 255
    large = small.repeat(5, 0).repeat(5, 1)
    assert shape(small).shape == (GRID * GRID,)
    np.testing.assert_allclose(shape(small), shape(large), atol=1e-2)
