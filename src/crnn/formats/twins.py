# ruff: noqa: RUF001, RUF002  # lookalikes are what this is about
"""Lookalikes: which symbol that a model knows an unknown one resembles.

    twin("Ä", known)  ->  "A"      a new row of the last layer starts from that symbol's

Unicode says which letters are another with a mark on it (NFKD: accents, full width, circles); a
small table holds those that only look alike. Last comes the other case.
"""

import unicodedata
from collections.abc import Collection, Iterator

_ALIKE = """
    АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ҮY З3 Ԁd
    аa б6 вB гr еe з3 ѕs іi јj кk мM нH оo пn рp сc тT уy хx ԛq ԝw
    ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa βB γy εe ιi κk νv οo πn ρp τt υu χx ωw
    ØO øo ŁL łl ĐD đd ÐD ŦT ŧt ĦH ħh ŒO œo ÆA æa ıi ȷj ßB ÞP þp ŊN ŋn əe
    ‐- ‑- –- —- ―- −- ·. •. ‘' ’' ‚, “" ”" „, ´' «< »> ‹< ›> ×x ¡! ¿? £L €C ¥Y µu °o ºo
    ðd §S ©C ®R ™T ½% ±+ ….
"""  # a symbol, and what it looks like
_TABLE = {pair[0]: pair[1] for pair in _ALIKE.split()}


def twin(symbol: str, known: Collection[str]) -> str | None:
    """Return the symbol in `known` that an image of `symbol` looks most like; None where none does.

    >>> [twin(symbol, "AeoNai-") for symbol in ("Ä", "é", "ø", "А", "Ｎ", "E", "–", "京")]
    ['A', 'e', 'o', 'A', 'N', 'e', '-', None]
    """
    return next((near for near in _near(symbol) if near in known), None)


def _near(symbol: str) -> Iterator[str]:
    """Yield lookalikes, the nearest first: without marks, by the table, in the other case."""
    bare = _without_marks(symbol)
    nearest = list(dict.fromkeys([bare, _TABLE.get(symbol, bare), _TABLE.get(bare, bare)]))
    yield from nearest
    for near in nearest:
        yield from (near.swapcase(), _TABLE.get(near.swapcase(), near))


def _without_marks(symbol: str) -> str:
    """Take accents, full width and circles off; the symbol itself where several letters are left."""
    parts = [part for part in unicodedata.normalize("NFKD", symbol) if not unicodedata.combining(part)]
    return parts[0] if len(parts) == 1 else symbol
