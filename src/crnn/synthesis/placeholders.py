"""What fills the placeholders of templates: digits, letters, months, units, parts of addresses.

`{n}` in a template is one draw of the placeholder `n`. Each is a function of a generator.
"""

import string
from collections.abc import Callable
from random import Random
from typing import Final

Placeholder = Callable[[Random], str]

MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LOOKALIKE_SYMBOLS: Final = "0O0O1Il15S8B2Z6GQDo"
"""Symbols that are taken for each other in codes, the worst ones more than once."""
MARKS: Final = string.punctuation
CODED: Final = string.ascii_uppercase + string.digits
VEHICLE: Final = "".join(sorted(set(CODED) - set("IOQ")))
"""Symbols of vehicle identification numbers (ISO 3779)."""


def _one_of(text: str) -> Placeholder:
    choices = text.split(" ")
    return lambda random: random.choice(choices)


def _symbol(symbols: str) -> Placeholder:
    return lambda random: random.choice(symbols)


def _digits(longest: int) -> Placeholder:
    def draw(random: Random) -> str:
        length = random.choice([1, 1, 2, 2, 2, 3, 3, 4][: 3 * longest])
        return str(random.randrange(10 ** (length - 1), 10**length))

    return draw


def _month(random: Random) -> str:
    month = random.choice(MONTHS)
    return random.choice((month, month.upper()))


def _thousands(separator: str) -> Placeholder:
    """Write whole numbers of 4 to 8 digits in groups of three."""
    return lambda random: f"{random.randrange(10 ** random.randint(3, 6), 10**8):,}".replace(",", separator)


PLACEHOLDERS: Final[dict[str, Placeholder]] = {
    "d": _symbol(string.digits),
    "n": _symbol("123456789"),
    "A": _symbol(string.ascii_uppercase),
    "a": _symbol(string.ascii_lowercase),
    "X": _symbol(CODED),
    "x": _symbol(string.ascii_lowercase + string.digits),
    "b": _symbol(string.ascii_letters + string.digits),
    "h": _symbol("0123456789abcdef"),
    "H": _symbol("0123456789ABCDEF"),
    "z": _symbol(string.ascii_letters + string.digits + "+/_-"),
    "like": _symbol(LOOKALIKE_SYMBOLS),
    "LIKE": _symbol(LOOKALIKE_SYMBOLS.replace("l", "I").upper()),
    "vehicle": _symbol(VEHICLE),
    "mark": _symbol(MARKS),
    "number": _digits(4),
    "small": _digits(2),
    "byte": lambda random: str(random.randrange(256)),
    "comma": _thousands(","),
    "point": _thousands("."),
    "thin": _thousands(" "),
    "cents": _one_of("00 00 00 99 99 95 50 90 80 10 20 25 75 49 05 60 70 40 30 15 35 45 55 65"),
    "hour": lambda random: str(random.randint(1, 12)),
    "hour24": lambda random: f"{random.randint(0, 23):02d}",
    "minute": lambda random: random.choice(("00", "30", "15", "45", f"{random.randint(0, 59):02d}")),
    "day": lambda random: random.choice(("{}", "{:02d}")).format(random.randint(1, 31)),
    "day2": lambda random: f"{random.randint(1, 31):02d}",
    "month": lambda random: random.choice(("{}", "{:02d}")).format(random.randint(1, 12)),
    "month2": lambda random: f"{random.randint(1, 12):02d}",
    "name": _month,
    "Month": _one_of("January February March April May June July August September October November December"),
    "weekday": _one_of(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Wed Thu Fri Sat Sun"
    ),
    "year": lambda random: str(random.randint(1900, 2035)),
    "yy": lambda random: f"{random.randint(0, 99):02d}",
    "am": _one_of("am pm AM PM a.m. p.m. hrs H"),
    "currency": _one_of("$ $ $ $ RM RM Rs. USD EUR S$ £ €"),
    "sign": _one_of("$ $ € € £ £ ¥"),
    "money": _one_of("USD EUR GBP CHF JPY SEK NOK PLN CZK CAD AUD EUR € kr zł Kč"),
    "unit": _one_of("km kg g mg m cm mm ml L l W V A mph km/h kW GB MB TB Hz kcal oz lb ft hp pcs MP"),
    "si": _one_of(
        "mm cm m km kg g mg µg ml l V mV kV A mA W kW kWh Hz kHz MHz GHz Pa bar dB m/s °C °F K Ω kΩ N "
        "J s ms min h rpm ppm m² m³ px pt GB MB kB"
    ),
    "nth": _one_of("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 20th 21st 50th 100th"),
    "domain": _one_of("com com net org co.uk de fr edu.sg info gov io eu it es nl pl ch se"),
    "ending": _one_of(
        "py js html txt pdf png jpg csv json toml yaml xml zip tar.gz exe dll md cpp h docx xlsx log "
        "sh bak"
    ),
    "folder": _one_of(
        "usr home etc var tmp bin src lib docs data Users Windows Temp Program config .ssh .config "
        "opt"
    ),
    "country": _one_of("DE FR GB NL ES IT PL AT CH SE UTO USA D<< ESP NLD"),
    "tax": _one_of("GST VAT TAX SST"),
    "operator": _one_of("+ - * / = < > <= >= == != ^ % & | || && -> => += := ~ ± \u00d7 ÷ ≤ ≥ ≠"),
    "key": _one_of("Ctrl Alt Shift Esc Tab Enter Home End Del Ins PgUp PgDn F1 F5 F11 F12 OK Fn"),
    "action": _one_of(
        "Save Cancel Open Close Edit View Help File Print Search Login Sign-in Sign-up Continue "
        "Submit Delete Add Next Back Done Apply Reset Settings Subscribe Download Upload Buy Share "
        "Reply Send More"
    ),
}  # fmt: skip
