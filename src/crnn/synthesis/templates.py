"""Labels that no word list holds: prices, times, plates, addresses, receipt tokens.

A template is literal text with placeholders in braces: `{d}:{minute}{am}` makes `7:30pm`. Placeholders are
the keys of `PLACEHOLDERS`, and `{word}`, `{Word}` and `{WORD}`, which the caller's words fill in lower
case as they come, capitalised, and in capitals. `{X*4}` repeats a placeholder, `{X*4-9}` 4 to 9 times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from crnn.synthesis.placeholders import PLACEHOLDERS

NUMBERS: Final = (
    (16, "{d}"),
    (28, "{n}{d}"),
    (22, "{n}{d}{d}"),
    (13, "{n}{d}{d}{d}"),
    (3, "0{d}{d}"),
    (5, "{n}{d}{d}{d}{d}"),
    (4, "{n}{d}{d}{d}{d}{d}"),
    (2, "{n}{d}{d}{d}{d}{d}{d}{d}"),
    (2, "{n},{d}{d}{d}"),
    (1, "{n}{d},{d}{d}{d},{d}{d}{d}"),
    (7, "{year}"),
    (1, "{year}-{yy}"),
    (2, "{n}.{d}"),
    (16, "{number}.{cents}"),
    (6, "{currency}{number}.{cents}"),
    (5, "{currency}{number}"),
    (2, "{currency}{n},{d}{d}{d}"),
    (1, "-{small}.{cents}"),
    (5, "{small}%"),
    (1, "{n}.{d}%"),
    (2, "{n}{d}{d}-{d}{d}{d}{d}"),
    (1, "{n}{d}{d}-{d}{d}{d}-{d}{d}{d}{d}"),
    (1, "({d}{d}{d}){d}{d}{d}-{d}{d}{d}{d}"),
    (1, "0{d}-{d}{d}{d}{d}{d}{d}{d}{d}"),
    (1, "+{n}{d}-{d}{d}{d}{d}{d}{d}{d}"),
    (3, "{hour}:{minute}"),
    (2, "{hour24}:{minute}"),
    (1, "{hour}:{minute}{am}"),
    (2, "{hour}{am}"),
    (1, "{hour24}:{minute}:{yy}"),
    (3, "{day}/{month}/{year}"),
    (2, "{day}/{month}"),
    (1, "{day}.{month}.{yy}"),
    (2, "{day}-{month}-{year}"),
    (1, "{day}-{name}-{yy}"),
    (1, "{name}{day}"),
    (4, "{small}{unit}"),
    (1, "{n}.{d}{unit}"),
    (3, "{nth}"),
    (1, "#{small}-{yy}"),
    (1, "{small}{A}"),
    (1, "{small}-{small}"),
    (1, "{small}/{small}"),
    (1, "{small}x{small}"),
    (1, "{small}+{small}"),
    (1, "{A}{d}"),
    (1, "{A}{n}{d}"),
    (1, "{A}{A}{d}{d}{A}{A}{A}"),
    (1, "{A}{A}{A}-{d}{d}{d}{d}"),
    (1, "{A}{A}{d}{d}{d}{d}"),
    (1, "{A}{A}{A}{d}{d}{d}"),
    (1, "{A}{d}{A}-{d}{A}{d}"),
    (2, "{X}{X}{X}{X}"),
    (2, "{X}{X}{X}{X}{X}{X}{X}"),
    (1, "{X}{X}{X}-{X}{X}{X}{X}"),
    (1, "({A}{small})"),
    (1, "[{d}{d}]"),
)

WRITTEN: Final = (
    (3, "www.{word}.{domain}"),
    (5, "{word}.{domain}"),
    (2, "{word}@{word}.{domain}"),
    (2, "@{word}"),
    (1, "@{word}_{word}"),
    (4, "#{word}"),
    (1, "#{word}{word}"),
    (2, "{word}'s"),
    (5, "{word}-{word}"),
    (3, "{word}&{word}"),
    (3, "{word}/{word}"),
    (1, "{word}/"),
    (2, "{A}.{A}."),
    (1, "{A}.{A}.{A}."),
    (2, "{A}&{A}"),
    (1, "o'{word}"),
    (1, "l'{word}"),
    (1, "{word}...."),
    (2, "{word}..."),
    (1, "{word}+"),
    (1, "*{word}*"),
    (1, "{word}_{word}"),
    (1, "<{word}>"),
    (1, "{word}="),
)

RECEIPT: Final = (
    (4, "TOTAL:"),
    (2, "Total"),
    (2, "SUBTOTAL:"),
    (1, "Sub-Total"),
    (4, "(RM)"),
    (2, "RM"),
    (2, "RM{small}.{cents}"),
    (2, "AMOUNT(RM)"),
    (3, "CASH"),
    (2, "CASH:"),
    (2, "CHANGE"),
    (1, "Change:"),
    (2, "QTY"),
    (1, "Qty:"),
    (2, "INVOICE"),
    (1, "INV#"),
    (2, "NO:"),
    (2, "No."),
    (1, "No:{number}"),
    (2, "TEL:"),
    (1, "Tel."),
    (1, "FAX:"),
    (2, "DATE:"),
    (1, "TIME:"),
    (2, "{tax}"),
    (2, "({tax})"),
    (1, "{tax}:"),
    (2, "@{small}%"),
    (1, "{small}%:"),
    (1, "{tax}{small}%"),
    (1, "A/C"),
    (1, "P/N"),
    (1, "S/N"),
    (1, "c/o"),
    (1, "e.g."),
    (1, "i.e."),
    (1, "etc."),
    (1, "vs."),
    (1, "Mr."),
    (1, "Mrs."),
    (1, "Dr."),
    (2, "St."),
    (1, "Ltd."),
    (1, "Inc."),
    (1, "Co."),
    (2, "SDN"),
    (2, "BHD"),
    (1, "(M)"),
    (1, "({d}{d}{d}{d}{d}{d}-{A})"),
    (2, "x{small}"),
    (1, "{d}X"),
    (2, "{small}.{cents}{A}{A}"),
    (1, "{small}.{cents}"),
    (2, ":"),
    (1, "-"),
    (3, "&"),
    (1, "@"),
    (1, "SR"),
    (1, "ROUNDING"),
    (1, "**{word}**"),
    (1, "={number}"),
    (1, "#{d}{d}{d}{d}"),
    (1, "{d}."),
    (1, "{d})"),
    (1, "({a})"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePiece:
    """Literal text, then a placeholder that is filled so many times; none has the name ""."""

    literal: str
    placeholder: str
    min_count: int = 1
    max_count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """Weighted templates, taken apart once so that drawing is quick."""

    pieces: tuple[tuple[TemplatePiece, ...], ...]
    """The pieces of each template."""
    cumulative: tuple[float, ...]
    """Running sum of the weights."""

    def draw(self, random: Random, words: Iterator[str]) -> str:
        """Write one label; `words` fills the `{word}` placeholders."""
        (pieces,) = random.choices(self.pieces, cum_weights=self.cumulative)
        return "".join([piece.literal + _fill(piece, random, words) for piece in pieces])


def parse_templates(templates: tuple[tuple[float, str], ...]) -> TemplateSet:
    """Prepare (weight, template) pairs.

    >>> parse_templates(((1, "{word}: {d}"),)).draw(Random(0), iter(["page"]))
    'page: 6'
    >>> parse_templates(((1, "{Word}-{A*3}{d*2-4}"),)).draw(Random(0), iter(["page"]))
    'Page-BIQ647'
    """
    pieces = tuple(_pieces(template) for _, template in templates)
    return TemplateSet(pieces=pieces, cumulative=tuple(accumulate(weight for weight, _ in templates)))


def _pieces(template: str) -> tuple[TemplatePiece, ...]:
    """Take a template apart.

    >>> [piece.literal + piece.placeholder for piece in _pieces("{n}.{d}km")]
    ['n', '.d', 'km']
    """
    parts = re.split(r"\{(\w+)(?:\*(\d+)(?:-(\d+))?)?\}", template)
    pieces = []
    for literal, placeholder, min_count, max_count in zip(
        parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=False
    ):
        count = int(min_count or 1)
        pieces.append(
            TemplatePiece(
                literal=literal, placeholder=placeholder, min_count=count, max_count=int(max_count or count)
            )
        )
    return (*pieces, TemplatePiece(literal=parts[-1], placeholder=""))


def _fill(piece: TemplatePiece, random: Random, words: Iterator[str]) -> str:
    match piece.placeholder:
        case "":
            return ""
        case "word":
            return next(words)
        case "Word":
            return _capitalised(next(words))
        case "WORD":
            return next(words).upper()
    placeholder = PLACEHOLDERS[piece.placeholder]
    if piece.max_count == 1:
        return placeholder(random)
    return "".join([placeholder(random) for _ in range(random.randint(piece.min_count, piece.max_count))])


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]
