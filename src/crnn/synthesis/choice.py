"""Which face draws which label: one that has all of the label's symbols, by the weights of the faces.

    drawn    (F, S) bool       what each face has, as the atlas says
    weights  (F,)              how often each is drawn
    faces    (N,)              the face of each label

Faces are drawn again for the labels that theirs cannot draw, a few times over; for those that are
left, from the faces that can. Both give each face its weight among those that can draw the label.

Which faces look as ordinary print does, judged by their letters as `legibility` judges them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crnn.alphabet import Alphabet
from crnn.synthesis.atlas import METRICS, GlyphAtlas
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.legibility import COMPARED_LETTERS, MIN_LETTERS, inks, similarity
from crnn.synthesis.rng import Rng

TRIES = 3
"""Times that faces are drawn again before the faces that can draw a label are searched for."""


class FaceChoice:
    """Chooses faces for labels."""

    def __init__(self, drawn: Tensor, weights: Tensor, alphabet: Alphabet) -> None:
        """Keep what each face has, (F, S), and its weight, (F,), on one device."""
        self._weights = weights
        self._index = {symbol: i for i, symbol in enumerate(alphabet.symbols)}
        self._complete = bool(drawn.all())
        self._lacks = (~drawn).T.float()  # (S, F)
        always = torch.ones(len(drawn), 1, dtype=torch.bool, device=drawn.device)
        self._drawn = torch.cat([drawn, always], 1)  # (F, S + 1), the last for what is past a label's end

    @property
    def complete(self) -> bool:
        """Whether every face has every symbol."""
        return self._complete

    def choose(self, labels: Sequence[str], rng: Rng) -> Tensor:
        """Draw a face for each label, (N,); any face where none has all of a label's symbols."""
        faces = self._draw(len(labels), rng)
        if self._complete:
            return faces
        codes = self._codes(labels)
        for _ in range(TRIES):
            left = self._fails(codes, faces)
            if not len(left):
                return faces
            faces[left] = self._draw(len(left), rng)
        left = self._fails(codes, faces)
        needs = torch.zeros(len(left), self._drawn.shape[1], device=faces.device)
        needs.scatter_(1, codes[left], 1.0)
        weights = self._weights * (needs[:, :-1] @ self._lacks == 0)  # (n, F)
        possible = weights.any(1)
        if possible.any():
            faces[left[possible]] = torch.multinomial(weights[possible], 1, generator=rng.generator)[:, 0]
        return faces

    def can_draw(self, labels: Sequence[str], faces: Tensor) -> Tensor:
        """Tell for each label whether its face (N,) has all of its symbols, (N,)."""
        if self._complete:
            return torch.ones(len(labels), dtype=torch.bool, device=faces.device)
        return self._drawn[faces[:, None], self._codes(labels)].all(1)

    def _draw(self, count: int, rng: Rng) -> Tensor:
        return torch.multinomial(self._weights, count, replacement=True, generator=rng.generator)

    def _fails(self, codes: Tensor, faces: Tensor) -> Tensor:
        """Find the labels whose face cannot draw them: their indices."""
        return (~self._drawn[faces[:, None], codes].all(1)).nonzero()[:, 0]

    def _codes(self, labels: Sequence[str]) -> Tensor:
        """Return the index of each symbol in the alphabet, (N, L); S past the end of a label."""
        longest = max(map(len, labels))
        codes = np.full((len(labels), longest), len(self._index))
        for row, label in zip(codes, labels, strict=True):
            row[: len(label)] = [self._index[symbol] for symbol in label]
        return torch.from_numpy(codes).to(self._drawn.device)


USUAL_SIMILARITY = 0.7
"""Of the starter faces nine tenths of the sans-serif, three quarters of the display ones are so alike, and
two fifths of the handwriting."""


def with_usual(glyphs: Glyphs, atlas: GlyphAtlas) -> Glyphs:
    """Say of the glyphs of an atlas which of its faces look usual."""
    return replace(glyphs, usual=torch.from_numpy(usual_faces(atlas)).to(glyphs.columns.device))


def usual_faces(atlas: GlyphAtlas) -> npt.NDArray[np.bool_]:
    """Tell which faces (F,) look usual; all of them where the alphabet has too few letters to judge by."""
    letters = [symbol for symbol in atlas.symbols if symbol in COMPARED_LETTERS]
    if len(letters) < MIN_LETTERS:
        return np.ones(len(atlas.faces), np.bool_)
    index = [atlas.symbols.index(letter) for letter in letters]
    metrics = np.stack([getattr(atlas, name)[:, index] for name in METRICS], 2)  # (F, S, 6)
    alike = [
        similarity(dict(zip(letters, inks(atlas.columns, of_face), strict=True)))
        if of_face[:, 1].all()
        else 0.0
        for of_face in metrics
    ]
    return np.asarray(np.array(alike) >= USUAL_SIMILARITY)
