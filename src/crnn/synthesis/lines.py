"""Lines of several words: sentences, headings, entries of lists, receipts and addresses."""

from collections.abc import Iterator
from random import Random
from typing import Final

from crnn.synthesis.templates import TemplateSet, parse_templates

SENTENCE, HEADING, CAPITALS = 0.45, 0.15, 0.10
"""Shares of lines; the rest are entries."""
COMMA, PRINTED = 0.08, 0.10
"""Shares of a sentence's words that a comma follows, and that are a number, code or other print."""
MID_PARAGRAPH = 0.35
"""Share of sentences that are a line from the middle of a paragraph: no capital, no full stop."""
MAX_WORDS: Final = 12

_ENTRIES = parse_templates((
    (3, "{Word}: "), (2, "{Word} {word}: "), (2, "{small} x {Word} "), (2, "{Word} {Word} "),
    (1, "{WORD} "), (1, "{WORD}: "), (1, "{d}. {Word} {word} "), (1, "• {Word} {word} "), (1, "- {Word} "),
    (1, "{small} {Word} "), (1, "{Word} {small}, {d*5} {Word} "), (1, "{small} {Word} Street, {Word} "),
    (1, "{A}. {Word}, {Word} "), (1, "Total {money} "), (1, "TOTAL "), (1, "Tel. "), (1, "E-mail: "),
    (1, "Date: "), (1, "No. "), (1, "Ref.: "), (1, "[{d}] {Word}, {A}. ({year}): {Word} "),
    (1, "{Word} & {Word} "), (1, "{Word} | {Word} | "),
))  # fmt: skip


def draw_line(random: Random, words: Iterator[str], printed: TemplateSet, max_length: int) -> str:
    """Write one line of whole words, `max_length` symbols at most where one word is no longer.

    Args:
        random: What chooses.
        words: Words of running text, lower case where their language writes them so.
        printed: Templates of what stands between words: amounts, codes, dates.
        max_length: Symbols of the longest line.
    """
    chance = random.random()
    count = random.randint(2, MAX_WORDS)
    if chance < SENTENCE:
        return _sentence(random, words, printed, (count, max_length))
    if chance < SENTENCE + HEADING:
        return _joined([_capital(next(words)) for _ in range(min(count, 6))], max_length)
    if chance < SENTENCE + HEADING + CAPITALS:
        return _joined([next(words).upper() for _ in range(min(count, 6))], max_length)
    entry = (_ENTRIES.draw(random, words) + printed.draw(random, words)).split(" ")
    return _joined(entry, max_length)


def _sentence(random: Random, words: Iterator[str], printed: TemplateSet, size: tuple[int, int]) -> str:
    count, max_length = size
    parts = []
    for _ in range(count):
        word = printed.draw(random, words) if random.random() < PRINTED else next(words)
        parts.append(word + ("," if random.random() < COMMA else ""))
    if random.random() >= MID_PARAGRAPH:
        parts[0] = _capital(parts[0])
    line = _joined(parts, max_length - 1).rstrip(",")
    return line + random.choice((".", ".", ".", "?", "!", ":")) if random.random() >= MID_PARAGRAPH else line


def _joined(parts: list[str], max_length: int) -> str:
    """Join the parts by spaces as far as they fit; the first one always stays."""
    line = parts[0]
    for part in parts[1:]:
        if len(line) + 1 + len(part) > max_length:
            break
        line += " " + part
    return line


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
