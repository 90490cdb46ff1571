"""From label distributions to text and its probability (paper §2.3).

    ctc.py               paths, labels, ln p(label | frames); §2.3.1
    greedy.py            the best path's text; §2.3.2
    beam.py              the likeliest texts, with a language model or without
    language_decoder.py  the best path, and where it is unsure the likeliest text of a language
    lexicon_decoder.py   the likeliest word of a lexicon, exactly; §2.3.3
    bktree.py            the likeliest word near the best path, as the paper has it; §2.3.3
    pattern.py           the likeliest text that matches a regular expression, exactly
    decoders.py          which of these answers what somebody wishes for
    alignment.py         where on the best path of a text each symbol stands
    loss.py              the same probability as a training objective; §2.4, the only one with torch

What they stand on: automaton.py, prefixes.py, reach.py and search.py (exact search), lexicon.py,
regex.py and pattern_states.py, beam_prefixes.py, language.py, ngrams.py, kneser_ney.py and wordlist.py.

Import from the files: this package imports none of them, so that reading needs no torch.
"""
