"""Glyphs for tests: blocks of noise for geometry, a few real faces for whole engines."""

from dataclasses import dataclass
from functools import cache

import torch

from crnn.alphabet import Alphabet
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis import Engine, SynthesisConfig
from crnn.synthesis.fonts import find_faces
from crnn.synthesis.layout import Glyphs
from crnn.synthesis.rng import Rng

ROWS = 8


@dataclass(frozen=True)
class Block:
    """A glyph of noise."""

    width: int
    left: int
    advance: int
    top: int = 1
    bottom: int = 7


def glyphs_of(*blocks: Block) -> Glyphs:
    """One face whose symbols are these blocks; ink is 1..255, so that none of it can hide."""
    ink = torch.Generator().manual_seed(7)
    columns, offsets = [torch.zeros(1, ROWS, dtype=torch.uint8)], []
    for block in blocks:
        offsets.append(sum(map(len, columns)))
        column = torch.zeros(block.width, ROWS, dtype=torch.uint8)
        drawn = torch.randint(1, 256, (block.width, block.bottom - block.top), generator=ink)
        column[:, block.top : block.bottom] = drawn.to(torch.uint8)
        columns.append(column)
    return Glyphs(
        columns=torch.cat(columns),
        offset=torch.tensor([offsets]),
        width=torch.tensor([[block.width for block in blocks]]),
        left=torch.tensor([[block.left for block in blocks]]),
        advance=torch.tensor([[block.advance for block in blocks]]),
        top=torch.tensor([[block.top for block in blocks]]),
        bottom=torch.tensor([[block.bottom for block in blocks]]),
    )


@cache
def faces() -> tuple[str, ...]:
    """A dozen of the starter faces: an engine of them starts in a moment."""
    return tuple(str(face.path) for face in find_faces(["starter"])[::35])


def engine_of(
    alphabet: str = "digits",
    preprocess: PreprocessConfig | None = None,
    batch_size: int = 16,
    **settings: object,
) -> Engine:
    """An engine with few fonts; `settings` are those of SynthesisConfig."""
    config = SynthesisConfig(**{"fonts": faces(), **settings})  # type: ignore[arg-type]
    return Engine(config, Alphabet.named(alphabet), preprocess or PreprocessConfig(), batch_size)


def rng(seed: int = 7) -> Rng:
    """A generator on the CPU."""
    return Rng(seed, torch.device("cpu"))
