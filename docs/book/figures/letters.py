"""Thirteen letters of pixels, 7 rows high, and words that are written with them."""

import torch
from torch import Tensor

ROWS = 7
_DRAWN = """
a  .... .... .##. ...# .### #..# .###
b  #... #... ###. #..# #..# #..# ###.
c  ... ... .## #.. #.. #.. .##
d  ...# ...# .### #..# #..# #..# .###
e  .... .... .##. #..# #### #... .##.
h  #... #... ###. #..# #..# #..# #..#
i  # . # # # # #
l  # # # # # # #
m  ..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#
n  .... .... ###. #..# #..# #..# #..#
o  .... .... .##. #..# #..# #..# .##.
r  ... ... #.# ##. #.. #.. #..
u  .... .... #..# #..# #..# #..# .###
"""
LETTERS: dict[str, Tensor] = {
    name: torch.tensor([[pixel == "#" for pixel in row] for row in rows]).float().T
    for name, *rows in (line.split() for line in _DRAWN.split("\n") if line)
}
"""Each letter's columns from left to right: (width, 7), ink is 1."""
NAMES = "".join(LETTERS)


def draw(word: str, stretch: bool = False) -> tuple[Tensor, Tensor]:
    """Write a word with one empty column between its letters.

    Returns the columns (T, 7) and, for each column, the letter that it belongs to, counted from 1 in
    the order of NAMES, or 0 (T,). With `stretch` every column may stand there twice.
    """
    columns, owners = [], []
    for letter in word:
        columns += [*LETTERS[letter], torch.zeros(ROWS)]
        owners += [NAMES.index(letter) + 1] * len(LETTERS[letter]) + [0]
    counts = torch.randint(1, 3, (len(columns),)) if stretch else torch.ones(len(columns), dtype=torch.long)
    return torch.stack(columns).repeat_interleave(counts, 0), torch.tensor(owners).repeat_interleave(counts)


def words(count: int, length: int) -> list[str]:
    """Draw `count` words of `length` random letters."""
    return [
        "".join(NAMES[index] for index in row) for row in torch.randint(len(NAMES), (count, length)).tolist()
    ]


def batch(drawn: list[tuple[Tensor, Tensor]], noise: float) -> tuple[Tensor, Tensor]:
    """Put words side by side, empty columns at the end: columns (T, N, 7) with noise, owners (T, N)."""
    columns = torch.nn.utils.rnn.pad_sequence([pair[0] for pair in drawn])  # (T, N, 7)
    owners = torch.nn.utils.rnn.pad_sequence([pair[1] for pair in drawn])  # (T, N)
    return columns + noise * torch.randn_like(columns), owners
