"""Faces of ordinary text look usual, scripts do not."""

import pytest

from crnn.alphabet import Alphabet
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis import Engine, SynthesisConfig
from crnn.synthesis.fonts import find_faces

pytestmark = pytest.mark.slow


def usual(family: str, symbols: str) -> list[bool]:
    fonts = tuple(str(face.path) for face in find_faces(["starter"]) if face.family == family)
    engine = Engine(SynthesisConfig(fonts=fonts), Alphabet(symbols), PreprocessConfig(), 8)
    assert engine._glyphs.usual is not None
    return list(engine._glyphs.usual.tolist())


@pytest.mark.parametrize(("family", "looks_usual"), [("Arimo", True), ("Bilbo", False)])
def test_text_faces_look_usual_and_scripts_do_not(family: str, looks_usual: bool) -> None:
    assert set(usual(family, "ABDEGHKMNRSXZabdeghknrs")) == {looks_usual}


def test_all_faces_are_usual_where_there_are_too_few_letters_to_judge_by() -> None:
    assert all(usual("Bilbo", "AB"))
