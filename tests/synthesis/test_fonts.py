"""Which fonts are found, what they weigh, and what the starter set may hold."""

import json
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

pytest.importorskip("freetype", reason="needs freetype-py (the extra 'train')")

from crnn.alphabet import Alphabet
from crnn.errors import FontError
from crnn.synthesis.atlas import build_atlas
from crnn.synthesis.fonts import HANDWRITING_WEIGHT, STARTER, find_faces

FACE = STARTER / "faces" / "roboto-slab-400-normal.woff"


def package(folder: Path, family: str, category: str, *files: str) -> None:
    (folder / family / "files").mkdir(parents=True)
    (folder / family / "metadata.json").write_text(json.dumps({"category": category}))
    for name in files:
        (folder / family / "files" / name).touch()


def test_the_starter_set_has_over_300_faces_of_over_250_families() -> None:
    faces = find_faces(["starter"])
    assert len(faces) >= 300
    assert len({face.family for face in faces}) >= 250


@pytest.mark.slow
def test_every_face_of_the_starter_set_draws_all_printable_ascii() -> None:
    paths = [face.path for face in find_faces(["starter"])]
    atlas = build_atlas([(path,) for path in paths], Alphabet.named("print94-space").symbols, processes=1)
    assert atlas.refused == ()
    assert atlas.faces == tuple(map(str, paths))


def test_every_starter_face_has_a_licence_a_notice_and_no_reserved_name() -> None:
    rows = [line.split("\t") for line in (STARTER / "faces.tsv").read_text("utf-8").splitlines()]
    assert rows[0] == ["file", "family", "category", "licence", "copyright", "more"]
    for file, _, _, licence, notice, _ in rows[1:]:
        assert (STARTER / licence).stat().st_size > 4000, file
        assert "Copyright" in notice, file
        assert "reserved font" not in notice.lower(), file
    listed = {file for row in rows[1:] for file in (row[0], row[5]) if file}
    assert listed == {f"faces/{path.name}" for path in (STARTER / "faces").iterdir()}


def test_the_starter_set_takes_less_than_6_mb() -> None:
    assert sum(path.stat().st_size for path in STARTER.rglob("*") if path.is_file()) < 6_000_000


@pytest.mark.slow
def test_a_starter_face_draws_latin_or_printable_ascii_and_over_a_hundred_families_draw_latin() -> None:
    faces = find_faces(["starter"])
    symbols = Alphabet.named("latin").symbols
    atlas = build_atlas([face.files for face in faces], symbols, processes=1)
    assert atlas.refused == ()
    counts = atlas.drawn.sum(1)
    assert set(counts.tolist()) <= {95, 272, 273}  # 272: without the capital of \u00df
    assert len({face.family for face, count in zip(faces, counts, strict=True) if count > 95}) > 100
    assert {face.family for face in faces if face.more} == {
        face.family for face, count in zip(faces, counts, strict=True) if count > 95
    }


def test_families_weigh_the_same_and_handwriting_less() -> None:
    sums: dict[str, float] = defaultdict(float)
    for face in find_faces(["starter"]):
        sums[face.family] += face.weight
    assert sums["Roboto"] == pytest.approx(1)
    assert sums["Pacifico"] == pytest.approx(HANDWRITING_WEIGHT)
    assert {round(weight, 6) for weight in sums.values()} == {1.0, HANDWRITING_WEIGHT}


def test_a_face_of_a_fontsource_package_is_a_basic_latin_woff_file_and_the_others_of_its_style(
    tmp_path: Path,
) -> None:
    subsets = ("latin", "latin-ext", "cyrillic", "khmer")
    names = [f"some-hand-{name}-400-normal{suffix}" for name in subsets for suffix in (".woff2", ".woff")]
    package(tmp_path, "some-hand", "handwriting", *names)
    (face,) = find_faces([tmp_path])
    assert face.path.name == "some-hand-latin-400-normal.woff"
    assert [path.name for path in face.more] == [
        "some-hand-latin-ext-400-normal.woff", "some-hand-cyrillic-400-normal.woff",
    ]  # fmt: skip
    assert face.files == (face.path, *face.more)
    assert (face.family, face.weight) == ("some-hand", HANDWRITING_WEIGHT)


def test_unreadable_families_are_left_out(tmp_path: Path) -> None:
    package(tmp_path, "rubik", "sans-serif", "rubik-latin-400-normal.woff")
    package(tmp_path, "rubik-scribble", "display", "rubik-scribble-latin-400-normal.woff")
    assert [face.family for face in find_faces([tmp_path])] == ["rubik"]


def test_a_folder_is_searched_to_its_depths_and_other_files_are_no_fonts(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("Mine-Bold.ttf", "Mine-Regular.otf", "a/b/Yours.TTF", "a/licence.txt"):
        (tmp_path / name).touch()
    faces = find_faces([tmp_path])
    assert {(face.path.name, face.family, face.weight) for face in faces} == {
        ("Mine-Bold.ttf", "Mine", 0.5), ("Mine-Regular.otf", "Mine", 0.5), ("Yours.TTF", "Yours", 1.0),
    }  # fmt: skip


def test_one_file_is_a_source_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.woff"
    shutil.copy(FACE, path)
    assert [face.path for face in find_faces([path])] == [path]


@pytest.mark.parametrize("source", ["missing", "empty"])
def test_a_source_without_fonts_is_an_error_that_names_it(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FontError, match=source):
        find_faces(["starter", tmp_path / source])


def test_no_source_at_all_is_an_error() -> None:
    with pytest.raises(FontError, match="no source"):
        find_faces([])
