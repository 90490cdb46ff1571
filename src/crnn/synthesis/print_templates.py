"""Labels as people print them on screens, receipts, forms, labels and documents, and lines of them.

Each group is a tuple of (weight, template); `PRINT_GROUPS` says how often each group is drawn. A
symbol or space that an alphabet lacks is left out of the label before it is drawn.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from crnn.synthesis.templates import TemplateSet, parse_templates

WeightedTemplates = tuple[tuple[float, str], ...]

AMOUNTS: Final[WeightedTemplates] = (
    (4, "{n},{d}"), (4, "{n}{d},{d}"), (6, "{number},{cents}"), (3, "0,{d*1-3}"), (3, "{n},{d}{d}"),
    (3, "{n}.{d}"), (5, "{number}.{cents}"), (2, "0.{d*1-4}"), (3, "{comma}"), (3, "{comma}.{cents}"),
    (3, "{point},{cents}"), (2, "{point}"), (1, "{thin},{cents}"), (3, "{sign}{number}.{cents}"),
    (2, "{sign}{comma}.{cents}"), (2, "{sign}{number}"), (1, "{sign} {number}.{cents}"),
    (3, "{number},{cents} €"), (2, "{point},{cents} €"), (2, "{number},{cents} {money}"), (1, "{number} €"),
    (2, "{money} {number}.{cents}"), (1, "{money} {comma}"), (1, "{number},-"), (1, "-{number},{cents}"),
    (1, "-{sign}{number}.{cents}"), (1, "({comma})"), (1, "({number}.{cents})"), (1, "+{number},{d}"),
    (2, "{small} %"), (2, "{small}%"), (2, "{small},{d}%"), (1, "{small}.{d}{d}%"), (1, "-{small}%"),
    (1, "+{n},{d} %"), (1, "{n}.{d}{d}{d}e-{d}{d}"), (1, "{n}.{d}E+{d}{d}"),
    (1, "{small} x {number},{cents}"), (1, "{number}.{cents}-"),
)  # fmt: skip

MEASURES: Final[WeightedTemplates] = (
    (5, "{number} {si}"), (3, "{number}{si}"), (3, "{small},{d} {si}"), (3, "{small}.{d} {si}"),
    (2, "{small}{si}"), (2, "{small}°C"), (2, "{small},{d} °C"), (1, "-{small}.{d}°C"), (1, "{small}°"),
    (1, "{small}°F"), (2, "±{n}.{d}"), (1, "±{n} {si}"), (2, "~{small}"), (1, "~{number} {si}"),
    (2, ">{small}"), (2, "<{small}"), (1, ">={small}"), (1, "<={n}.{d}"), (1, "≥ {small}"),
    (1, "≤{small}%"), (1, "{small} x {small} {si}"), (1, "{small}\u00d7{small}"), (1, "{small}/{small}"),
    (1, "1:{number}"), (1, "{small}:{small}"), (1, "{n}'{small}\""), (1, "{n}'{d}"), (1, '{small}"'),
    (1, "Ø {small} {si}"), (1, "{small}-{small} {si}"), (1, "{small} - {small}"), (1, "max. {number} {si}"),
)  # fmt: skip

DATES: Final[WeightedTemplates] = (
    (5, "{year}-{month2}-{day2}"), (2, "{year}-{month2}"), (4, "{day2}.{month2}.{year}"),
    (2, "{day2}.{month2}.{yy}"), (1, "{day}.{month}."), (3, "{month}/{day}/{year}"),
    (3, "{day2}/{month2}/{year}"), (2, "{day}/{month}/{yy}"), (1, "{month2}/{yy}"),
    (1, "{year}/{month2}/{day2}"), (2, "{day} {name} {year}"), (2, "{Month} {day}, {year}"),
    (1, "{name} {day}, {year}"), (1, "{day}. {Month} {year}"), (1, "{day2}-{name}-{year}"),
    (1, "{weekday}, {day} {name}"), (2, "{weekday}"), (1, "{Month}"), (1, "{Month} {year}"),
    (1, "{year}{month2}{day2}"), (3, "{hour24}:{minute}"), (2, "{hour24}:{minute}:{yy}"),
    (1, "{hour}:{minute} {am}"), (1, "{hour24}.{minute}"), (1, "{hour24}:{minute}-{hour24}:{minute}"),
    (1, "{hour24}h{minute}"), (2, "{year}-{month2}-{day2} {hour24}:{minute}"),
    (1, "{day2}.{month2}.{year} {hour24}:{minute}:{yy}"),
    (1, "{year}-{month2}-{day2}T{hour24}:{minute}:{yy}Z"), (1, "{weekday} {hour}-{hour}"),
    (1, "Q{n}/{year}"), (1, "({year})"), (1, "{year}\u2013{year}"),
)  # fmt: skip

CODES: Final[WeightedTemplates] = (
    (4, "{h*6-16}"), (2, "{H*4-12}"), (2, "0x{h*2-8}"), (1, "0x{H*4}"), (1, "#{h*6}"), (1, "#{H*6}"),
    (1, "{h*8}-{h*4}-{h*4}-{h*4}-{h*12}"), (1, "{H*2}:{H*2}:{H*2}:{H*2}:{H*2}:{H*2}"),
    (1, "{h*2}:{h*2}:{h*2}:{h*2}:{h*2}:{h*2}"), (1, "{h*2-4}:{h*2-4}::{h*1-4}"), (4, "{X*4-10}"),
    (4, "{x*4-10}"), (4, "{b*4-12}"), (3, "{like*3-8}"), (3, "{LIKE*4-9}"), (1, "{like*3}-{like*3}"),
    (3, "{X*4}-{X*4}-{X*4}"), (2, "{X*4}-{X*4}-{X*4}-{X*4}"), (1, "{x*4}-{x*4}-{x*4}"), (2, "{z*8-20}"),
    (1, "{z*8-18}=="), (2, "{vehicle*17}"), (2, "{A*2}{d*2} {X*4} {d*4} {d*4} {d*2}"), (2, "{A*2}{d*20}"),
    (1, "{A*2}{d*14-18}"), (1, "{A*6}{X*2}"), (1, "{A*6}{X*2}XXX"),
    (1, "P<{country}{WORD}<<{WORD}<<<<<<<<<<<"), (1, "{WORD}<<{WORD}<<<<<<"),
    (1, "I<{country}{X*9}{d}<<<<<<<<<<<<<<<"), (1, "{X*9}{d}{country}{d*7}M{d*7}<<<<<"),
    (1, "{country}<<<<<<<<"), (1, "{d*6}<{d}{A}{d*2}"), (1, "{X*4-9}<{d}{country}{d*7}<{d*7}<<"),
    (2, "{A*2}-{d*3-6}"), (2, "{A*3}{d*3-6}"), (1, "{a*2}-{d*3-6}"), (2, "{A}{d*4-7}{A}"),
    (2, "SN{d*6-10}"), (1, "S/N: {X*8-12}"), (1, "LOT {X*5-8}"), (1, "{A*2} {A*2} {d*2-4}"),
    (1, "{A*1-3}-{A*2} {d*1-4}"), (2, "{d*13}"), (1, "{d*8}"), (1, "978-{d}-{d*4}-{d*4}-{d}"),
    (1, "{d} {d*6} {d*6}"), (1, "{d*4} {d*4} {d*4} {d*4}"), (1, "**** **** **** {d*4}"), (2, "{d*10-16}"),
    (1, "{A}{d}{A} {d}{A}{d}"), (1, "{A}{n}{d} {d}{A}{A}"), (1, "No. {d*4-8}"), (1, "Nr. {number}/{yy}"),
    (1, "#{d*4-7}"), (1, "{A}-{d}{d}-{A}{A}"), (1, "{d*3}.{d*3}.{d*3}-{d}{d}"), (1, "DE{d*9}"),
    (2, "v{d}.{d}.{small}"), (2, "{d}.{small}.{small}"), (1, "{d}.{d}.{d}-rc{d}"), (1, "V{d}.{d}{a}"),
    (1, "{d}.{d}.{d}-beta.{d}"), (1, "Rev. {A}"), (2, "+{n}{d} {d*3} {d*3} {d*4}"),
    (1, "+{n}{d} ({d}) {d*3} {d*4-6}"), (1, "({d*3}) {d*3}-{d*4}"), (1, "0{d*3}/{d*5-7}"),
    (1, "0{d*2} {d*2} {d*2} {d*2}"), (1, "{d*3}-{d*3}-{d*4}"), (1, "0{d*3}-{d*6}"), (1, "ISO {d*4}"),
    (1, "EN {d*5}-{d}"), (1, "IP{d}{d}"), (1, "A{d}"), (1, "M{small}x{n}.{d}"), (1, "{n}/{d}-{A}{A}"),
    (1, "{b*2-4}_{b*2-6}"),
)  # fmt: skip

WEB: Final[WeightedTemplates] = (
    (4, "{word}@{word}.{domain}"), (2, "{a}.{word}@{word}.{domain}"), (1, "{word}.{word}@{word}.{domain}"),
    (1, "{word}-{word}@{word}.{domain}"), (1, "{word}_{small}@{word}.{domain}"),
    (1, "{word}{yy}@{word}.{domain}"), (1, "no-reply@{word}.{word}.{domain}"),
    (1, "info@{word}-{word}.{domain}"), (4, "www.{word}.{domain}"), (2, "www.{word}-{word}.{domain}"),
    (1, "www.{word}.{word}.{domain}"), (1, "WWW.{WORD}.COM"), (2, "{word}.{domain}"),
    (3, "http://{word}.{domain}"), (4, "https://{word}.{domain}"),
    (3, "https://www.{word}.{domain}/{word}"), (2, "http://{word}.{domain}/?id={small}"),
    (1, "www.{word}.{domain}/{word}"), (1, "www.{word}.{domain}/?{a}={number}"),
    (1, "https://{word}.{domain}/{word}?q={word}&p={d}"), (1, "ftp://{word}.{domain}"),
    (2, "{byte}.{byte}.{byte}.{byte}"), (1, "{byte}.{byte}.{byte}.{byte}:{d*4}"), (1, "localhost:{d*4}"),
    (1, "http://{byte}.{byte}.{byte}.{byte}/"), (3, "{word}.{ending}"), (2, "{word}_{word}.{ending}"),
    (1, "{word}-{small}.{ending}"), (1, "{Word}{small}.{ending}"), (1, ".{word}rc"), (1, "*.{ending}"),
    (2, "/{folder}/{word}"), (2, "/{folder}/{word}/{word}.{ending}"), (1, "/{folder}/{folder}/{word}"),
    (2, "~/{word}"), (1, "~/.{word}"), (1, "./{word}.{ending}"), (1, "../{word}/"), (2, "C:\\{Word}"),
    (2, "C:\\{folder}\\{word}.{ending}"), (1, "D:\\{word}\\{word}"), (1, "\\\\{word}\\{word}"),
    (1, "{word}\\{word}"), (1, "C:\\{a}"), (1, "%{WORD}%\\{word}"), (1, "@{word}"), (1, "@{word}_{small}"),
    (1, "#{word}"), (1, "${word}"), (1, "${{word}}"), (1, "<{word}>"), (1, "</{word}>"),
    (1, '<{word} {word}="{word}">'),
)  # fmt: skip

MARKED: Final[WeightedTemplates] = (
    (8, "{mark}{number}"), (8, "{number}{mark}"), (6, "{mark}{word}"), (6, "{word}{mark}"),
    (3, "{b}{mark}{b}"), (5, "{number}{mark}{number}"), (2, "{mark}{b}"), (2, "{b}{mark}"),
    (2, "{word}{mark}{word}"), (2, "{Word}{mark}{Word}"), (1, "{mark}{mark}"), (1, "{mark}"),
    (2, "{mark}{word}{mark}"), (1, "{mark} {word}"), (1, "{word} {mark} {word}"), (3, "{a}{operator}{a}"),
    (2, "{a}{operator}{d}"), (2, "{d}{operator}{d}"), (2, "{small} {operator} {small}"),
    (1, "{a} {operator} {number}"), (1, "{A}{operator}{A}"), (1, "{a}={small},{d}"), (2, "{d}^{small}"),
    (1, "{a}^{d}"), (1, "10^-{d}"), (1, "{a}²+{a}²"), (1, "{n}{a}+{n}={small}"), (1, "({a}+{a})/{d}"),
    (1, "{a}({a})={n}{a}"), (1, "f({a})"), (1, "{a}_{d}"), (1, "√{small}"), (1, "½"), (1, "{n}½"),
    (2, "\\{a}"), (1, "\\{word}"), (1, "\\{word}{{word}}"), (1, "[{d}]"), (1, "[{word}]"), (1, "{{word}}"),
    (1, "({word})"), (1, "({small})"), (1, '"{word}"'), (1, "'{word}'"), (1, "`{word}`"), (1, "„{Word}“"),
    (1, "«{word}»"), (1, "“{word}”"), (1, "{word}|{word}"), (1, "{small}|{small}"), (1, "|{word}|"),
    (1, "{word};"), (1, "{small};{small}"), (1, "{Word}?"), (1, "{Word}!"), (1, "{Word}:"),
    (1, "{word}..."), (1, "…{word}"), (1, "{word}*"), (1, "{word}'s"), (1, "{word}n't"), (1, "§ {small}"),
    (1, "§{small} ({d})"), (1, "&{word};"), (1, "{A}+"), (1, "{A}-"), (1, "{A}/{A}"), (1, "{small}."),
    (1, "{a})"), (1, "{small})"), (1, "• {Word}"), (1, "- {word}"), (1, "\u2013 {word}"), (1, "→ {word}"),
    (1, "© {year}"), (1, "{Word}®"), (1, "{Word}™"), (1, "1ª"), (1, "{small}º"), (1, "¿{Word}?"),
    (1, "¡{Word}!"), (1, "{small}¢"), (1, "{a}·{a}"), (1, "{d}.{d}.{d}"),
)  # fmt: skip

INTERFACE: Final[WeightedTemplates] = (
    (10, "{word}"), (16, "{Word}"), (4, "{WORD}"), (3, "{Word} {word}"), (2, "{Word} {Word}"),
    (2, "{Word} {word} {word}"), (1, "{word} {word}"), (1, "{WORD} {WORD}"), (4, "{action}"),
    (2, "{action} {word}"), (1, "{action}..."), (2, "{key}"), (2, "{key}+{A}"), (1, "{key}+{key}+{A}"),
    (1, "{key}-{A}"), (2, "{Word}-{small}"), (2, "{Word}-{word}"), (2, "{Word}:"), (1, "{Word}: {number}"),
    (1, "{Word} ({small})"), (1, "{Word} ({number})"), (1, "{small} {word}"), (1, "{Word} {small}"),
    (1, "{Word} {small}%"), (1, "{Word} / {Word}"), (2, "{word}_{word}"), (1, "{word}_{word}_{word}"),
    (1, "{WORD}_{WORD}"), (1, "__{word}__"), (1, "_{word}"), (2, "{word}{Word}"), (1, "{Word}{Word}"),
    (1, "{word}()"), (1, "{word}.{word}()"), (1, "{word}[{d}]"), (1, "{word}={number}"),
    (1, "{word}: {word}"), (1, "--{word}"), (1, "--{word}={small}"), (1, "-{a}"), (1, "-{a} {word}"),
    (1, "{word}::{word}"), (1, "{word}->{word}"), (1, "{word} = {d};"), (1, "$ {word} -{a}"),
    (1, "> {word}"), (1, "# {word}"), (1, "99+"), (1, ">{small}"), (1, "N/A"), (1, "n/a"),
    (1, "{small}/{small}"), (1, "{d} of {small}"), (1, "Page {small}"), (1, "{small} ({small}%)"),
    (1, "{word}, {word}"), (1, "{Word}, {A}."), (1, "{A}. {Word}"), (1, "Dr. {Word}"),
)  # fmt: skip

PRINT_GROUPS: Final[tuple[tuple[float, WeightedTemplates], ...]] = (
    (0.17, AMOUNTS),
    (0.09, MEASURES),
    (0.11, DATES),
    (0.20, CODES),
    (0.14, WEB),
    (0.14, MARKED),
    (0.15, INTERFACE),
)
"""How often each group is drawn: most often what readers of print get wrong, codes and amounts."""


def print_templates() -> WeightedTemplates:
    """Join the groups, each with its share of the weights."""
    joined: list[tuple[float, str]] = []
    for share, templates in PRINT_GROUPS:
        total = sum(weight for weight, _ in templates)
        joined += [(share * weight / total, template) for weight, template in templates]
    return tuple(joined)


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
