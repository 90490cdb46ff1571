"""Which faces look as ordinary print does, judged by their letters as `legibility` judges them."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from crnn.synthesis.atlas import METRICS, GlyphAtlas
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.legibility import FEWEST, LETTERS, inks, likeness

USUAL_LIKENESS = 0.7
"""Of the starter faces nine tenths of the sans-serif, three quarters of the display ones are so alike, and
two fifths of the handwriting."""


def with_usual(glyphs: Glyphs, atlas: GlyphAtlas) -> Glyphs:
    """Say of the glyphs of an atlas which of its faces look usual."""
    return replace(glyphs, usual=torch.from_numpy(usual_faces(atlas)).to(glyphs.columns.device))


def usual_faces(atlas: GlyphAtlas) -> npt.NDArray[np.bool_]:
    """Tell which faces (F,) look usual; all of them where the alphabet has too few letters to judge by."""
    letters = [symbol for symbol in atlas.symbols if symbol in LETTERS]
    if len(letters) < FEWEST:
        return np.ones(len(atlas.faces), np.bool_)
    index = [atlas.symbols.index(letter) for letter in letters]
    metrics = np.stack([getattr(atlas, name)[:, index] for name in METRICS], 2)  # (F, S, 6)
    alike = [
        likeness(dict(zip(letters, inks(atlas.columns, of_face), strict=True)))
        if of_face[:, 1].all()
        else 0.0
        for of_face in metrics
    ]
    return np.asarray(np.array(alike) >= USUAL_LIKENESS)
