"""How many crisp strings, of the kinds that screens and documents hold, a model reads to the last symbol.

    python benchmarks/crisp.py [--model small --model tiny:best-path] [--count 32] [--seed 7]

Black on white in Pillow's own face, 40 px high, with a small margin: nothing about the image is hard,
so what is read wrongly says what a model was not taught. A model named with `:best-path` is asked
without its language.
"""

import argparse
from collections.abc import Callable, Iterator
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import crnn

HEIGHT_PX = 40
WORDS = """
    Harbour invoice Total street Receipt paid window Monday Coffee station Light number garden Bread
    Return Quality travel summer Market bridge Account minutes silver Orange
""".split()  # noqa: SIM905 - a list of words
DOMAINS = ["example.com", "mail.example.org", "shop.example.net"]


def text_of(kind: str, random: np.random.Generator) -> str:
    """Make one string of a kind."""

    def some(symbols: str, count: int) -> str:
        return "".join(random.choice(list(symbols), size=count))

    word, other = random.choice(WORDS, size=2)
    domain = random.choice(DOMAINS)
    texts: dict[str, Callable[[], str]] = {
        "words": lambda: str(word),
        "prices": lambda: f"${random.integers(1, 10_000):,}.{random.integers(100):02}",
        "dates": lambda: (
            f"{random.integers(1980, 2030)}-{random.integers(1, 13):02}-{random.integers(1, 29):02}"
        ),
        "serials": lambda: f"{some(ascii_uppercase, 2)}-{some(ascii_uppercase + digits, 8)}",
        "e-mails": lambda: f"{word.lower()}.{some(ascii_lowercase, 4)}@{domain}",
        "URLs": lambda: f"https://{domain}/{other.lower()}?id={some(digits, 3)}",
    }
    return texts[kind]()


def drawn(text: str) -> Image.Image:
    """Draw a string black on white, HEIGHT_PX high."""
    font = ImageFont.load_default(size=28)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 16, HEIGHT_PX), 255)
    ImageDraw.Draw(image).text((8 - left, (HEIGHT_PX - top - bottom) / 2), text, fill=0, font=font)
    return image


def strings(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Make (kind, text), `count` of each kind."""
    random = np.random.default_rng(seed)
    for kind in ("words", "prices", "dates", "serials", "e-mails", "URLs"):
        for _ in range(count):
            yield kind, text_of(kind, random)


def main() -> None:
    """Print a row a model, a column a kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", action="append", help="may be repeated; default: small")
    parser.add_argument("--count", type=int, default=32, help="strings of each kind")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    pairs = list(strings(options.count, options.seed))
    kinds = list(dict.fromkeys(kind for kind, _ in pairs))
    print(f"| model | {' | '.join(kinds)} | all |\n|{'---|' * (len(kinds) + 2)}")
    for title in options.model or ["small"]:
        name, _, how = title.partition(":")
        reader = crnn.load(name)
        language = None if how == "best-path" else reader.language
        right = np.array([reader.read(drawn(text), language=language).text == text for _, text in pairs])
        by_kind = [right[[kind == one for kind, _ in pairs]].mean() for one in kinds]
        print(f"| {title} | " + " | ".join(f"{100 * share:.0f}" for share in (*by_kind, right.mean())) + " |")


if __name__ == "__main__":
    main()
