"""Every label gets a face that has all of its symbols, drawn by the faces' weights."""

import torch

from crnn.alphabet import Alphabet
from crnn.synthesis.choice import TRIES, FaceChoice
from tests.synthesis.glyphs import rng

ALPHABET = Alphabet("abc")
DRAWN = torch.tensor(
    [
        [True, True, True],
        [True, True, False],
        [True, False, True],
        [True, False, False],
    ]
)  # (F, S)
WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 4.0])


def test_the_faces_of_labels_have_all_their_symbols() -> None:
    choice = FaceChoice(DRAWN, WEIGHTS, ALPHABET)
    labels = ["a", "ab", "cab", "ccc", "b", "bcb"] * 50
    faces = choice.choose(labels, rng())
    assert choice.can_draw(labels, faces).all()
    for label, face in zip(labels, faces.tolist(), strict=True):
        assert all(DRAWN[face, "abc".index(symbol)] for symbol in label)


def test_faces_that_can_draw_a_label_are_drawn_by_their_weights() -> None:
    faces = FaceChoice(DRAWN, WEIGHTS, ALPHABET).choose(["cac"] * 8000, rng())
    shares = faces.bincount(minlength=4) / 8000
    assert torch.allclose(shares, torch.tensor([1.0, 0.0, 3.0, 0.0]) / 4, atol=0.02)


def test_a_face_that_chance_would_hardly_find_is_found() -> None:
    weights = torch.tensor([1e-9, 1.0, 1.0, 1.0])
    labels = ["abc"] * 20
    choice = FaceChoice(DRAWN, weights, ALPHABET)
    assert choice.choose(labels, rng()).tolist() == [0] * 20
    assert TRIES < 10


def test_a_label_that_no_face_can_draw_is_told_from_the_others() -> None:
    choice = FaceChoice(DRAWN[1:], WEIGHTS[1:], ALPHABET)
    labels = ["ab", "bc", "ac", "abc"]
    faces = choice.choose(labels, rng())
    assert choice.can_draw(labels, faces).tolist() == [True, False, True, False]


def test_the_same_seed_chooses_the_same_faces() -> None:
    choice = FaceChoice(DRAWN, WEIGHTS, ALPHABET)
    labels = ["ab", "c", "cab"] * 30
    assert torch.equal(choice.choose(labels, rng(3)), choice.choose(labels, rng(3)))
    assert not torch.equal(choice.choose(labels, rng(3)), choice.choose(labels, rng(4)))


def test_where_every_face_has_every_symbol_one_draw_chooses() -> None:
    choice = FaceChoice(torch.ones(4, 3, dtype=torch.bool), WEIGHTS, ALPHABET)
    assert choice.complete
    drawn = torch.multinomial(WEIGHTS, 9, replacement=True, generator=rng().generator)
    assert torch.equal(choice.choose(["abc"] * 9, rng()), drawn)
