"""Many in, fewer out: columns of pixels become a word, and nobody says where letters are (chapter 5)."""

import torch
from drawing import Order, begin, canvas, finish
from letters import NAMES, batch, draw, words
from torch import Tensor, nn

from crnn.alphabet import Alphabet
from crnn.training.loss import ctc_loss
from crnn.transcription.greedy import greedy_batch

ALPHABET = Alphabet(NAMES)


class Reader(nn.Module):
    """A bidirectional LSTM over columns, and log_probs of 13 letters and the blank."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(7, 32, bidirectional=True)
        self.score = nn.Linear(64, len(NAMES) + 1)

    def forward(self, columns: Tensor) -> Tensor:
        """(T, N, 7) -> log_probs (T, N, C)."""
        return self.score(self.recurrent(columns)[0]).log_softmax(2)


def learn(order: Order) -> Reader:
    """Train on words of 2 to 5 letters, whose columns may stand twice."""
    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(order.steps(800, 500)):
        texts = words(32, 2 + step % 4)
        columns, _ = batch([draw(word, stretch=True) for word in texts], noise=0.1)
        loss = ctc_loss(model(columns), [ALPHABET.encode(word) for word in texts])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    return model


@torch.no_grad()
def main(arguments: list[str] | None = None) -> None:
    """Train, read 500 others, assert and draw."""
    order = begin(__file__, arguments)
    with torch.enable_grad():
        model = learn(order)
    texts = words(500, 5)
    columns, _ = batch([draw(word, stretch=True) for word in texts], noise=0.1)
    read = [candidate.text for candidate in greedy_batch(model(columns).numpy(), ALPHABET)]
    right = sum(a == b for a, b in zip(read, texts, strict=True)) / len(texts)
    print(f"words right: {right:.3f}")
    assert right > 0.95
    columns, _ = batch([draw("chameleon", stretch=True)], noise=0.1)
    log_probs = model(columns)
    text = greedy_batch(log_probs.numpy(), ALPHABET)[0].text
    figure, (above, below) = canvas(2, height_in=3.0, sharex=True, height_ratios=[2, 3])
    above.imshow(columns[:, 0].T.numpy(), cmap="Greys", aspect="auto")
    above.set(yticks=[], title=f"columns in, “{text}” out")
    for index, name in enumerate(NAMES, 1):
        curve = log_probs[:, 0, index].exp().numpy()
        below.plot(curve, lw=1.4)
        if curve.max() > 0.5:
            for peak in range(len(curve)):
                if curve[peak] > 0.5 and (peak == 0 or curve[peak - 1] <= 0.5):
                    below.text(peak, 1.03, name, ha="center")
    below.plot(log_probs[:, 0, 0].exp().numpy(), ":", color="#999999", lw=1.2, label="blank")
    below.set(ylim=(0, 1.18), yticks=[0, 1], xlabel="frame", ylabel="probability")
    finish(figure, order)


if __name__ == "__main__":
    main()
