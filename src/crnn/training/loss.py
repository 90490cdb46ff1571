"""The training objective: -ln p(label | frames), averaged over the images (paper §2.4).

    log_probs  (T, N, C)   natural log (after log-softmax); class 0 is the blank
    labels     N labels, as classes 1 .. C - 1
    returns    scalar

The probability is that of `transcription.ctc`, here by torch's forward-backward algorithm, which
also gives the gradient. The paper writes the sum over the training set; the mean over a batch is
the same objective with a learning rate that does not depend on the batch size.
"""

from collections.abc import Sequence
from itertools import chain

import torch
from torch.nn import functional

from crnn.alphabet import BLANK, frames_needed, too_few_frames
from crnn.transcription.ctc import check_labels


def ctc_loss(log_probs: torch.Tensor, labels: Sequence[Sequence[int]]) -> torch.Tensor:
    """Average -ln p(labels[n] | log_probs[:, n]) over the N images of a batch.

    Computed in float32 whatever the precision of `log_probs` (T, N, C). LabelError: a label with
    more symbols and repeats than frames, whose loss would be infinite, or one that holds a class
    outside 1 .. C - 1.

    `log_probs` must come from log-softmax: torch hands back the gradient with respect to the
    scores before it (probability minus posterior), which log-softmax then passes on unchanged.
    """
    frames, images, class_count = log_probs.shape
    check_labels(labels, images, class_count)
    _check_frames(labels, frames)
    targets = torch.tensor(list(chain.from_iterable(labels)), dtype=torch.long)  # (sum of L,)
    total = functional.ctc_loss(
        log_probs.float(),
        targets.to(log_probs.device),
        input_lengths=torch.full((images,), frames, dtype=torch.long),
        target_lengths=torch.tensor([len(label) for label in labels], dtype=torch.long),
        blank=BLANK,
        reduction="sum",  # torch's "mean" would first divide each image's loss by its length
    )
    return total / images


def _check_frames(labels: Sequence[Sequence[int]], frames: int) -> None:
    """Raise LabelError for the first label that so few frames cannot spell."""
    for place, label in enumerate(labels):
        if frames_needed(label) > frames:
            raise too_few_frames(
                label,
                frames,
                text=f"label {place} of the batch, classes {list(label)},",
                way_out="Drop it, or give it a wider image (preprocess: min_width, max_width).",
            )
