"""Labels that no word list holds: prices, times, plates, addresses, receipt tokens.

A template is literal text with slots in braces: `{d}:{minute}{am}` makes `7:30pm`. Slots are
the keys of `SLOTS`, and `{word}`, which the caller's words fill.
"""

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

Slot = Callable[[Random], str]

MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _one_of(text: str) -> Slot:
    choices = text.split(" ")
    return lambda random: random.choice(choices)


def _digits(longest: int) -> Slot:
    def draw(random: Random) -> str:
        length = random.choice([1, 1, 2, 2, 2, 3, 3, 4][: 3 * longest])
        return str(random.randrange(10 ** (length - 1), 10**length))

    return draw


def _month(random: Random) -> str:
    month = random.choice(MONTHS)
    return random.choice((month, month.upper()))


SLOTS: Final[dict[str, Slot]] = {
    "d": lambda random: random.choice(string.digits),
    "n": lambda random: random.choice("123456789"),
    "A": lambda random: random.choice(string.ascii_uppercase),
    "a": lambda random: random.choice(string.ascii_lowercase),
    "X": lambda random: random.choice(string.ascii_uppercase + string.digits),
    "number": _digits(4),
    "small": _digits(2),
    "cents": _one_of("00 00 00 99 99 95 50 90 80 10 20 25 75 49 05 60 70 40 30 15 35 45 55 65"),
    "hour": lambda random: str(random.randint(1, 12)),
    "hour24": lambda random: f"{random.randint(0, 23):02d}",
    "minute": lambda random: random.choice(("00", "30", "15", "45", f"{random.randint(0, 59):02d}")),
    "day": lambda random: random.choice(("{}", "{:02d}")).format(random.randint(1, 31)),
    "month": lambda random: random.choice(("{}", "{:02d}")).format(random.randint(1, 12)),
    "name": _month,
    "year": lambda random: str(random.randint(1900, 2035)),
    "yy": lambda random: f"{random.randint(0, 99):02d}",
    "am": _one_of("am pm AM PM a.m. p.m. hrs H"),
    "currency": _one_of("$ $ $ $ RM RM Rs. USD EUR S$ £ €"),
    "unit": _one_of("km kg g mg m cm mm ml L l W V A mph km/h kW GB MB TB Hz kcal oz lb ft hp pcs MP"),
    "nth": _one_of("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 20th 21st 50th 100th"),
    "domain": _one_of("com com com net org co.uk de fr edu.sg info gov io"),
    "tax": _one_of("GST VAT TAX SST"),
}  # fmt: skip

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
class Rules:
    """Weighted templates, taken apart once so that drawing is quick."""

    pieces: tuple[tuple[tuple[str, str], ...], ...]
    """Per template: literal texts, each with the name of the slot that follows it ("" for none)."""
    cumulative: tuple[float, ...]
    """Running sum of the weights."""

    def draw(self, random: Random, words: Iterator[str]) -> str:
        """Write one label; `words` fills the `{word}` slots."""
        (pieces,) = random.choices(self.pieces, cum_weights=self.cumulative)
        return "".join([literal + _fill(slot, random, words) for literal, slot in pieces])


def rules(templates: tuple[tuple[float, str], ...]) -> Rules:
    """Prepare (weight, template) pairs.

    >>> rules(((1, "{word}: {d}"),)).draw(Random(0), iter(["page"]))
    'page: 6'
    """
    pieces = tuple(_pieces(template) for _, template in templates)
    return Rules(pieces=pieces, cumulative=tuple(accumulate(weight for weight, _ in templates)))


def _pieces(template: str) -> tuple[tuple[str, str], ...]:
    """Take a template apart.

    >>> _pieces("{n}.{d}km")
    (('', 'n'), ('.', 'd'), ('km', ''))
    """
    parts = [*re.split(r"\{(\w+)\}", template), ""]  # literal, slot, literal, slot, ... literal, no slot
    return tuple(zip(parts[::2], parts[1::2], strict=True))


def _fill(slot: str, random: Random, words: Iterator[str]) -> str:
    if slot == "word":
        return next(words)
    return SLOTS[slot](random) if slot else ""
