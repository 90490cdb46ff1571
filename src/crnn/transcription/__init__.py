"""From label distributions to text and its probability (paper §2.3).

    ctc.py      paths, labels, ln p(label | frames); §2.3.1, numpy
    greedy.py   the best path's text; §2.3.2, numpy
    loss.py     the same probability as a training objective; §2.4, torch

Import from the files: this package imports none of them, so that reading needs no torch.
"""
