"""`crnn language`: train a language model from a list of words, and try it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.output import AlphabetOption, ForceOption, SeparatorOption, complain, refuse_taken, tab_line

if TYPE_CHECKING:
    from crnn.alphabet import Alphabet

NAMED = 5
"""So many of the words that were left out are named."""

AnyCase = Annotated[
    bool,
    typer.Option(
        "--any-case/--as-listed",
        help="Learn each word also in lower case, Title case and UPPER CASE, as signs have them.",
    ),
]

language = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@language.callback()
def describe() -> None:
    """Make a language model, which helps beam search to read words.

    It is a character n-gram model: how likely each symbol is after those before it, learnt from a
    list of words. Words that it never saw can still be read; they only cost more.

    \b
    Examples:
      crnn language train words.txt en.lm
      crnn language score en.lm Bakery Bqkery
    """


@language.command()
def train(
    words: Annotated[
        Path, typer.Argument(metavar="WORDS", help="UTF-8 text, a line is: word, or word TAB count.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT.lm", help="The file to write.")],
    order: Annotated[
        int, typer.Option(min=2, max=12, help="Symbols seen at once: the one to guess and those before it.")
    ] = 5,
    alphabet: AlphabetOption = "print94",
    separator: SeparatorOption = "",
    any_case: AnyCase = True,
    force: ForceOption = False,
) -> None:
    """Learn a language model from a list of words.

    The alphabet is that of the model that will read. A word that it cannot spell in any case is
    left out, and counted on stderr. A count says how often a word was met, which helps: common
    words are common on signs too.

    One word in 20 is held out at first, to measure the model on words that it has not seen; then
    the file learns from all. Perplexity says between how many equally likely symbols the model
    was left to guess, on average: the fewer the better.

    \b
    Examples:
      crnn language train /usr/share/dict/words en.lm
      crnn language train streets.txt streets.lm --order 6 --alphabet cased62

    \b
    The package wordfreq, of the extra `train`, knows the counts of 40 languages:
      python -c "
      from wordfreq import get_frequency_dict
      for word, share in get_frequency_dict('en', 'large').items():
          print(word, max(1, round(1e8 * share)), sep='\\t')" > en.tsv
    """
    from crnn.alphabet import parse_alphabet
    from crnn.language.file import save_language
    from crnn.language.learn import fit_words, read_words, train_language

    if out.suffix != ".lm":
        raise typer.BadParameter(f"{out} does not end in .lm.", param_hint="OUT.lm")
    refuse_taken(out, force=force)
    symbols = parse_alphabet(alphabet, separator)
    listed = read_words(words)
    fitted = fit_words(listed, symbols, any_case=any_case)
    if fitted.left_out:
        named = ", ".join(fitted.left_out[:NAMED])
        more = ", ..." if len(fitted.left_out) > NAMED else ""
        _tell(f"left out {len(fitted.left_out):,} words that {alphabet} cannot spell: {named}{more}")
    measured = _measure(fitted.words, symbols, order)
    _tell(f"learning {len(fitted.words):,} spellings of {len(listed) - len(fitted.left_out):,} words")
    model = train_language(fitted.words, symbols, order)
    save_language(out, model)
    print(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, order {model.order}, {len(symbols)} symbols, "
        f"{model.contexts:,} contexts, {len(model.ngrams.symbols) - 1:,} n-grams"
    )
    print(measured)


def _measure(words: dict[str, int], symbols: "Alphabet", order: int) -> str:
    """Learn without some of the words, and say how hard these are to guess."""
    from crnn.language.learn import HELD_OUT, hold_out, train_language

    kept, held = hold_out(words)
    if not kept or not held:
        return f"perplexity not measured: {len(words)} spellings are too few to hold one in {HELD_OUT} out"
    _tell(f"measuring: learning {len(kept):,} spellings, {len(held):,} held out")
    perplexity = train_language(kept, symbols, order).perplexity(held)
    return (
        f"perplexity {perplexity:.2f} on {len(held):,} spellings held out, each counted once "
        f"(knowing nothing: {len(symbols) + 1})"
    )


@language.command()
def score(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="An .lm file, or an ARPA file of single symbols.")
    ],
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Words to score.")],
    alphabet: Annotated[
        str | None, typer.Option("--alphabet", help="For an ARPA file: the symbols to read it for.")
    ] = None,
) -> None:
    """Say how likely words are: word TAB ln p TAB perplexity.

    ln p is the natural logarithm of the probability of the word and its end; perplexity that of
    one symbol on average, as 1 in so many. A word that the model's alphabet cannot spell is
    named on stderr, and the exit status is 1.

    \b
    Examples:
      crnn language score en.lm Bakery Bqkery
      crnn language score kenlm.arpa bakery --alphabet lower36
    """
    from math import exp

    from crnn.alphabet import parse_alphabet
    from crnn.errors import LabelError
    from crnn.language.file import load_language

    loaded = load_language(model, parse_alphabet(alphabet) if alphabet else None)
    failed = False
    for word in words:
        try:
            log_p, length = loaded.log_prob(word), len(loaded.alphabet.encode(word)) + 1
        except LabelError as error:
            complain(error, word)
            failed = True
        else:
            print(tab_line(word, f"{log_p:.2f}", f"{exp(-log_p / length):.2f}"))
    if failed:
        raise typer.Exit(1)


def _tell(line: str) -> None:
    """Say on stderr what is going on."""
    print(line, file=sys.stderr, flush=True)
