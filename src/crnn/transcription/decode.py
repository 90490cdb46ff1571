"""Which decoder answers which options (paper §2.3).

    nothing               the best path                                  greedy.py
    top                   the likeliest texts                            beam.py
    language              the best path, or the likeliest text of one    LanguageDecoder
    language + top        the likeliest texts, weighed by a language     beam.py
    pattern               the likeliest text that matches                pattern.py
    lexicon               the likeliest word                             lexicon_decoder.py
    lexicon + max_edits   the likeliest word near the best path          bktree.py

All take log_probs (T, N, C) and return N lists of Hypotheses, best first.

Reading with a language: the best path where the image says enough, the likeliest words elsewhere.

    log_probs  (T, N, C)   natural log; class 0 is the blank
    returns    N lists with one Hypothesis

A frame's symbol is chosen by CTC without regard to the symbols of the other frames; what a language
makes of them together is lost on the best path. Beam search brings it back, at many times the price
of the best path. So it is asked only where it can matter: where the best path is unsure.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crnn.alphabet import Alphabet
from crnn.errors import OptionError
from crnn.language.model import Language
from crnn.transcription.beam import BeamConfig, BeamDecoder
from crnn.transcription.greedy import GreedyDecoder
from crnn.transcription.hypothesis import Decode, Hypothesis
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import LexiconDecoder
from crnn.transcription.options import DecodeOptions
from crnn.transcription.pattern import PatternDecoder

__all__ = ["Decode", "DecodeOptions", "Hypothesis", "LanguageDecoder", "decoder_for"]

logger = logging.getLogger(__name__)


def decoder_for(alphabet: Alphabet, options: DecodeOptions, model_language: Language | None = None) -> Decode:
    """Build the decoder that some options ask for.

    Args:
        alphabet: Of the model whose log_probs are decoded.
        options: What is asked for.
        model_language: What the option language="model" means.

    Raises:
        OptionError: A lexicon that is the name of no file.
        PatternError, LabelError, AlphabetError: What is asked for cannot be written in the alphabet.
        DataError, ModelError: A file of words, or of a language, cannot be read.

    >>> decode = decoder_for(Alphabet("ab"), DecodeOptions(pattern="b+"))
    >>> [[best]] = decode(np.log([[[0.2, 0.7, 0.1]]]))  # (T=1, N=1, C=3)
    >>> best.text
    'b'
    """
    top = options.top
    if options.pattern is not None:
        return PatternDecoder(alphabet, pattern=options.pattern, top=top, accept=options.accept)
    if options.lexicon is not None:
        lexicon = open_lexicon(options, alphabet)
        if lexicon.dropped and lexicon is not options.lexicon:
            logger.warning("%s", left_out(lexicon))
        if options.max_edits is not None:
            # Imported here because it brings RapidFuzz, which reading otherwise does without.
            from crnn.transcription.bktree import BKTree, BKTreeDecoder

            return BKTreeDecoder(alphabet, tree=BKTree(lexicon), max_edits=options.max_edits, top=top)
        return LexiconDecoder(alphabet, lexicon=lexicon, top=top, oov_factor=options.oov_factor)
    language = _language(options, alphabet, model_language)
    if top > 1 or options.beam_width is not None or options.decoder == "beam":
        width = max(options.beam_width or BeamConfig().width, top)
        return BeamDecoder(alphabet, BeamConfig(width=width, top=top), language)
    if language is not None:
        return LanguageDecoder(GreedyDecoder(alphabet), BeamDecoder(alphabet, QUICK, language))
    return GreedyDecoder(alphabet)


def open_lexicon(options: DecodeOptions, alphabet: Alphabet) -> Lexicon:
    """Make the lexicon that some options ask for: of a file, of a list, or the one that they hold.

    Raises:
        OptionError: No lexicon, or a text that is the name of no file.
        DataError, LabelError: As `Lexicon` raises them.
    """
    lexicon = options.lexicon
    if isinstance(lexicon, Lexicon):
        return lexicon
    if lexicon is None:
        raise OptionError("there is no lexicon; give lexicon=['Bakery', ...] or the path of a file.")
    fold_case, skip = options.case == "any", options.out_of_alphabet == "skip"
    if not isinstance(lexicon, str | Path):
        return Lexicon(lexicon, alphabet, fold_case=fold_case, drop_unreadable=skip)
    if isinstance(lexicon, str) and not Path(lexicon).exists():
        raise OptionError(
            f"lexicon is {lexicon!r:.80}, and no such file is there: a text is the path of a list of words.\n"
            f"    Give the words themselves in a list: lexicon=[{lexicon!r:.80}]"
        )
    return Lexicon.read(lexicon, alphabet, fold_case=fold_case, drop_unreadable=skip)


def left_out(lexicon: Lexicon) -> str:
    """Say how many words of a lexicon its alphabet cannot write."""
    return (
        f"{len(lexicon.dropped)} words left out that the alphabet cannot spell, "
        f"the first: {lexicon.dropped[0]!r}"
    )


def _language(options: DecodeOptions, alphabet: Alphabet, of_model: Language | None) -> Language | None:
    """Open the language that is asked for."""
    asked = options.language
    if options.decoder == "greedy" or asked is None:
        return None
    if asked == "model":
        return of_model
    if isinstance(asked, Language):
        return asked
    # Imported here because most readings ask for no language by name.
    from crnn.language.file import find_language

    return find_language(str(asked), alphabet)


SURE = 0.8
"""Confidence of a best path that is not questioned: to ask more often changes next to nothing
(docs/transcription.md)."""

QUICK = BeamConfig(top=1, least_share=0.01, least_score=0.01)
"""A search for the best text alone. It reads as well as one that follows fainter symbols and prefixes
too, in a third of the time (docs/transcription.md)."""


@dataclass(frozen=True, slots=True)
class LanguageDecoder:
    """Reads the best path, and where that is unsure the best text of a beam search with a language."""

    greedy: GreedyDecoder
    beam: BeamDecoder
    sure: float = SURE

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Read N images from `log_probs` (T, N, C), one hypothesis each; errors as in `greedy_batch`."""
        found = self.greedy(log_probs)
        unsure = [image for image, (best,) in enumerate(found) if best.probability < self.sure]
        if unsure:
            for image, hypotheses in zip(unsure, self.beam(log_probs[:, unsure]), strict=True):
                found[image] = hypotheses[:1]
        return found
