"""What people guess wrongly is answered by an error of ours, which says what would be right."""

from collections.abc import Callable

import pytest

import crnn
from crnn.reader.reader import Reader

SIGN = "examples/sign.png"

GUESSES: list[tuple[Callable[[Reader], object], str, str]] = [
    (lambda _: crnn.load("smal"), "ModelError", "Did you mean 'small'"),
    (lambda _: crnn.load(5), "ModelError", "the model is 5; give a name"),  # type: ignore[arg-type]
    (lambda _: crnn.load("tiny", threads="2"), "ModelError", "threads is '2'"),  # type: ignore[arg-type]
    (lambda reader: reader.read("missing.png"), "ImageError", "missing.png"),
    (lambda reader: reader.read(5), "ImageError", "int is no path"),  # type: ignore[arg-type]
    (lambda reader: reader.read(None), "ImageError", "NoneType is no path"),  # type: ignore[arg-type]
    (lambda reader: reader.read(SIGN, topp=3), "OptionError", "did you mean 'top'"),
    (lambda reader: reader.read(SIGN, 3), "OptionError", "top=3, batch_size=32"),  # type: ignore[arg-type]
    (lambda reader: reader.read(SIGN, top=-1), "OptionError", "an integer of 1 or more"),
    (lambda reader: reader.read(SIGN, lexicon="Bakery"), "OptionError", r"lexicon=\['Bakery'\]"),
    (lambda reader: reader.read(SIGN, language="englisch"), "ModelError", "english"),
    (lambda reader: reader.read(SIGN, pattern=["a", "b"]), "OptionError", "one regular expression"),
    (lambda reader: reader.read(SIGN, pattern="[A-Z"), "PatternError", "A-Z"),
    (lambda reader: reader.read_batch(SIGN), "OptionError", "give several in a list"),
    (lambda reader: reader.iterate(SIGN), "OptionError", "give several in a list"),
    (lambda reader: reader.read_batch([SIGN], batch_size=0), "OptionError", "batch_size is 0"),
    (lambda reader: reader.read(SIGN).reject("0.02"), "OptionError", "from 0 to 1"),  # type: ignore[arg-type]
    (lambda reader: reader.read(SIGN).frames.spans("\u00e9"), "LabelError", "not in alphabet"),  # type: ignore[union-attr]
    (lambda reader: crnn.Lexicon("Bakery", reader.alphabet), "OptionError", "give a list"),
    (lambda _: crnn.open_dataset(5), "DataError", "give the path"),  # type: ignore[arg-type]
    (lambda _: crnn.open_dataset("missing.tsv"), "DataError", "missing.tsv"),
    (lambda _: crnn.explain("Bakery"), "DataError", "is no Reading"),  # type: ignore[arg-type]
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return crnn.load("tiny")


@pytest.mark.parametrize("number", range(len(GUESSES)))
def test_a_wrong_guess_is_answered_with_what_would_be_right(reader: Reader, number: int) -> None:
    guess, kind, message = GUESSES[number]
    with pytest.raises(crnn.CrnnError, match=message) as raised:
        guess(reader)
    assert type(raised.value).__name__ == kind
