"""`crnn synthesize` writes data sets and contact sheets, the same ones for the same seed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from crnn.data import open_dataset
from crnn.images.load import load_image
from tests.cli.conftest import Run

pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")

Crnn = Callable[..., Run]


@pytest.fixture(autouse=True)
def _few_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start faster: a tenth of the starter faces and of the textures."""
    from crnn.synthesis import backgrounds, engine, fonts

    monkeypatch.setattr(engine, "find_faces", lambda sources: fonts.find_faces(sources)[::10])
    monkeypatch.setattr(backgrounds, "BANK", (64, *backgrounds.BANK[1:]))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_folder_holds_count_images_and_their_labels(crnn: Crnn, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = crnn("synthesize", out, "--count", 140, "--alphabet", "lower36")
    assert run == Run(0, f"{out}: 140 images\n", "")
    assert len(list((out / "images").iterdir())) == 140
    samples = list(open_dataset(out))
    assert len((out / "labels.tsv").read_text("utf-8").splitlines()) == len(samples) == 140
    for sample in samples:
        assert set(sample.label) <= set("0123456789abcdefghijklmnopqrstuvwxyz")
        height, width = load_image(sample.read_bytes()).shape
        assert height == 32
        assert 96 <= width <= 320
    assert len({sample.read_bytes() for sample in samples}) == 140


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(crnn: Crnn, tmp_path: Path) -> None:
    for name, seed in [("one", 7), ("again", 7), ("other", 8)]:
        given = ["--count", 9, "--alphabet", "digits", "--seed", seed]
        assert crnn("synthesize", tmp_path / name, *given).status == 0
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert not set(one.values()) & set(other.values())


@pytest.mark.slow
def test_a_smaller_count_gives_the_first_images_of_a_larger(crnn: Crnn, tmp_path: Path) -> None:
    for count in (3, 130):
        crnn("synthesize", tmp_path / str(count), "--count", count, "--alphabet", "digits")
    few, many = ([*open_dataset(tmp_path / str(count))] for count in (3, 130))
    for one, other in zip(few, many, strict=False):
        assert (one.label, one.read_bytes()) == (other.label, other.read_bytes())


@pytest.mark.slow
def test_an_lmdb_reads_back_what_the_folder_holds(crnn: Crnn, tmp_path: Path) -> None:
    for form in ("folder", "lmdb"):
        run = crnn("synthesize", tmp_path / form, "--count", 5, "--format", form, "--alphabet", "digits")
        assert run.out == f"{tmp_path / form}: 5 images\n"
    folder, lmdb = ([*open_dataset(tmp_path / form)] for form in ("folder", "lmdb"))
    assert [sample.label for sample in folder] == [sample.label for sample in lmdb]
    assert [sample.read_bytes() for sample in folder] == [sample.read_bytes() for sample in lmdb]


def test_a_contact_sheet_shows_the_images_under_their_labels(crnn: Crnn, tmp_path: Path) -> None:
    out, sheet = tmp_path / "out", tmp_path / "new" / "sheet.png"
    run = crnn("synthesize", out, "--count", 40, "--alphabet", "digits", "--sheet", sheet)
    assert run.out == f"{out}: 40 images\n{sheet}: 40 of them\n"
    with Image.open(sheet) as picture:
        assert (picture.format, picture.width) == ("PNG", 1400)
        pixels = load_image(picture)
    first = load_image(next(iter(open_dataset(out))).read_bytes())
    height, width = first.shape
    assert (pixels[20 : 20 + height, 6 : 6 + width] == first).all()
    assert pixels[6:20, 6 : 6 + width].min() < 100  # its label


def test_a_sheet_shows_240_images_at_most(crnn: Crnn, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    run = crnn("synthesize", tmp_path / "out", "--count", 250, "--alphabet", "digits", "--sheet", sheet)
    assert run.out.endswith(f"{sheet}: 240 of them\n")


@pytest.mark.slow
def test_words_fonts_and_photographs_of_the_user_are_used(crnn: Crnn, tmp_path: Path) -> None:
    from crnn.synthesis.fonts import STARTER

    words, photo = tmp_path / "words.txt", tmp_path / "photos" / "a.png"
    words.write_text("PLATE77\n")
    photo.parent.mkdir()
    Image.effect_noise((400, 300), 60).save(photo)
    given = ["--words", words, "--fonts", STARTER / "faces", "--backgrounds", photo.parent]
    assert crnn("synthesize", tmp_path / "out", "--count", 60, *given).status == 0
    labels = [sample.label for sample in open_dataset(tmp_path / "out")]
    assert 15 < sum("PLATE77" in label for label in labels) < 45


def test_an_alphabet_may_be_its_symbols(crnn: Crnn, tmp_path: Path) -> None:
    assert crnn("synthesize", tmp_path / "out", "--count", 20, "--alphabet", "XYZ7").status == 0
    assert set().union(*(sample.label for sample in open_dataset(tmp_path / "out"))) == set("XYZ7")


def test_a_folder_that_holds_something_is_refused_and_kept(crnn: Crnn, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("kept")
    for form in ("folder", "lmdb"):
        run = crnn("synthesize", tmp_path, "--count", 2, "--format", form)
        assert (run.status, run.out) == (2, "")
        assert run.err == f"DataError: {tmp_path} exists and is not an empty folder: give a new one.\n"
    assert contents(tmp_path) == {"precious.txt": b"kept"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--alphabet", "print95"], "AlphabetError: no alphabet is named 'print95'; did you mean 'print94'?"),
        (["--alphabet", "abca"], "AlphabetError: 'a' is in the alphabet twice"),
        (["--fonts", "missing"], "FontError: no font (.ttf, .otf, .woff, .woff2) in 'missing'"),
        (["--words", "missing.txt"], "DataError: missing.txt: the word file"),
        (["--alphabet", "digits", "--backgrounds", "missing"], "DataError: no photograph"),
        (["--alphabet", "\ue000"], "FontError: none of"),
    ],
)
def test_what_cannot_be_drawn_ends_in_2_and_leaves_nothing(
    crnn: Crnn, tmp_path: Path, arguments: list[str], said: str
) -> None:
    run = crnn("synthesize", tmp_path / "out", "--count", 2, *arguments)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith(said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", 0], "'--count'"),
        (["--seed", -1], "'--seed'"),
        (["--format", "zip"], "'--format'"),
        (["--sheet", "sheet.xyz"], "sheet.xyz does not end in .png"),
    ],
)
def test_wrong_usage_ends_in_2_before_anything_is_drawn(
    crnn: Crnn, tmp_path: Path, arguments: list[object], said: str
) -> None:
    run = crnn("synthesize", tmp_path / "out", *arguments)
    assert (run.status, run.out) == (2, "")
    assert said in run.err
    assert not (tmp_path / "out").exists()
