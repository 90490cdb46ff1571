"""Many in, another number out: Roman numerals become decimal ones, by encoder and decoder (chapter 5)."""

import torch
from drawing import BLUE, ORANGE, begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

ROMAN = ".IVXLCDM"
DIGITS = ".0123456789"
"""The full stop is padding and the end; as what comes before the first digit, it is the start."""
HIDDEN = 64
HUNDREDS = (
    (100, "C CC CCC CD D DC DCC DCCC CM"),
    (10, "X XX XXX XL L LX LXX LXXX XC"),
    (1, "I II III IV V VI VII VIII IX"),
)


def roman(number: int) -> str:
    """Write a number of 1..999 in Roman numerals.

    >>> roman(944)
    'CMXLIV'
    """
    return "".join(["", *places.split(" ")][number // unit % 10] for unit, places in HUNDREDS)


class Translator(nn.Module):
    """The encoder's last state is the decoder's first: all that one knows of the other."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(len(ROMAN), HIDDEN)
        self.decoder = nn.LSTM(len(DIGITS), HIDDEN)
        self.score = nn.Linear(HIDDEN, len(DIGITS))

    def forward(self, numerals: Tensor, before: Tensor) -> Tensor:
        """Numerals (T, N), right-aligned, and the digits before each (L, N) -> scores (L, N, 11)."""
        _, state = self.encoder(F.one_hot(numerals, len(ROMAN)).float())
        hidden, _ = self.decoder(F.one_hot(before, len(DIGITS)).float(), state)
        return self.score(hidden)

    @torch.no_grad()
    def translate(self, numerals: Tensor) -> list[str]:
        """Write digit after digit, the likeliest each, four times: enough for 999 and the end."""
        _, state = self.encoder(F.one_hot(numerals, len(ROMAN)).float())
        symbol = torch.zeros(1, numerals.shape[1], dtype=torch.long)
        texts = [""] * numerals.shape[1]
        for _ in range(4):
            hidden, state = self.decoder(F.one_hot(symbol, len(DIGITS)).float(), state)
            symbol = self.score(hidden).argmax(2)
            texts = [text + DIGITS[index] for text, index in zip(texts, symbol[0].tolist(), strict=True)]
        return [text.split(".")[0] for text in texts]


def encode(numbers: list[int]) -> tuple[Tensor, Tensor]:
    """Return numerals (12, N), full stops before them, and digits (5, N) between full stops."""
    numerals = [[ROMAN.index(symbol) for symbol in roman(n).rjust(12, ".")] for n in numbers]
    digits = [[DIGITS.index(symbol) for symbol in f".{n}".ljust(5, ".")] for n in numbers]
    return torch.tensor(numerals).T, torch.tensor(digits).T


def learn(numbers: list[int], steps: int) -> Translator:
    """Train on `numbers`, 64 a step."""
    model = Translator()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        chosen = torch.randint(len(numbers), (64,)).tolist()
        numerals, digits = encode([numbers[index] for index in chosen])
        loss = F.cross_entropy(model(numerals, digits[:-1]).flatten(0, 1), digits[1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def main(arguments: list[str] | None = None) -> None:
    """Train on 800 numbers, translate the other 199, assert and draw."""
    order = begin(__file__, arguments)
    shuffled = (torch.randperm(999) + 1).tolist()
    model = learn(shuffled[199:], order.steps(600, 350))
    others = sorted(shuffled[:199])
    answers = model.translate(encode(others)[0])
    right = sum(answer == str(n) for answer, n in zip(answers, others, strict=True)) / 199
    print(f"right of 199 others: {right:.3f}")
    assert right > 0.9
    figure, (axes,) = canvas(height_in=2.0)
    axes.axis("off")
    shown = list(zip(others, answers, strict=True))[7::19][:10]
    for place, (number, answer) in enumerate(shown):
        mark = "" if answer == str(number) else f"   (it is {number})"
        x, y = place // 5 * 0.52, 0.9 - place % 5 * 0.2
        axes.text(x, y, roman(number), color=BLUE)
        axes.text(x + 0.26, y, f"→ {answer}{mark}", color="#000000" if not mark else ORANGE)
    finish(figure, order)


if __name__ == "__main__":
    main()
