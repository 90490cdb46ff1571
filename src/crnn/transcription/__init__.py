"""From label distributions to text and its probability (paper §2.3).

    ctc.py               paths, labels, ln p(label | frames); §2.3.1
    greedy.py            the best path's text; §2.3.2
    beam.py              the likeliest texts, with a language model or without
    lexicon_decoder.py   the likeliest word of a lexicon, exactly; §2.3.3
    bktree.py            the likeliest word near the best path, as the paper has it; §2.3.3
    pattern.py           the likeliest text that matches a regular expression, exactly
    decode.py            which of these answers; the best path with a language's help
    alignment.py         where on the best path of a text each symbol stands
    exact/               the search over automata that lexicons and patterns stand on

The same probability as a training objective (§2.4) is `training/loss.py`; languages are in `language/`.

Import from the files: this package imports none of them, so that reading needs no torch.
"""
