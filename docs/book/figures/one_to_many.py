"""One in, many out: a number becomes the English words for it (chapter 5)."""

import torch
from drawing import begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905 - legible
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SYMBOLS = "." + "-abcdefghijklmnopqrstuvwxyz"
"""The full stop is the end, and the symbol before the first."""


def spelled(number: int) -> str:
    """Spell a number of 0..99 in English."""
    if number < 20:
        return SMALL[number]
    return TENS[number // 10 - 2] + ("-" + SMALL[number % 10] if number % 10 else "")


class Speller(nn.Module):
    """A number sets the first state; from then on, each symbol is read to make the next."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Linear(20, 128)
        self.cell = nn.LSTM(len(SYMBOLS), 64)
        self.score = nn.Linear(64, len(SYMBOLS))

    def begin(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Make h and c of the numbers (N,), given as tens and ones, one-hot: (1, N, 64) each."""
        digits = torch.cat([F.one_hot(numbers // 10, 10), F.one_hot(numbers % 10, 10)], 1).float()
        h, c = self.start(digits).tanh().chunk(2, 1)
        return h[None], c[None]

    @torch.no_grad()
    def spell(self, number: int) -> str:
        """Write symbol after symbol, each the likeliest, until the end or 20 symbols."""
        state = self.begin(torch.tensor([number]))
        text = "."
        while len(text) <= 20:
            hidden, state = self.cell(one_hot(torch.tensor([[SYMBOLS.index(text[-1])]])), state)
            text += SYMBOLS[int(self.score(hidden).argmax())]
            if text[-1] == ".":
                break
        return text.strip(".")


def one_hot(symbols: Tensor) -> Tensor:
    """(T, N) -> (T, N, 28)."""
    return F.one_hot(symbols, len(SYMBOLS)).float()


def learn(numbers: list[int], steps: int) -> Speller:
    """Train on `numbers`: at each symbol, the right one before is given (teacher forcing)."""
    model = Speller()
    texts = [torch.tensor([SYMBOLS.index(symbol) for symbol in f".{spelled(n)}."]) for n in numbers]
    symbols = nn.utils.rnn.pad_sequence(texts, padding_value=-1)  # (T, N)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        h, c = model.begin(torch.tensor(numbers))  # noise keeps it from learning each number by heart
        state = (h + 0.3 * torch.randn_like(h), c + 0.3 * torch.randn_like(c))
        hidden, _ = model.cell(one_hot(symbols[:-1].clamp(min=0)), state)
        loss = F.cross_entropy(model.score(hidden).flatten(0, 1), symbols[1:].flatten(), ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def main(arguments: list[str] | None = None) -> None:
    """Train on four numbers of five above 20, spell the others, assert and draw."""
    order = begin(__file__, arguments)
    others = [20 + int(n) for n in torch.randperm(80)[:16]]
    model = learn([n for n in range(100) if n not in others], order.steps(300, 250))
    answers = {n: model.spell(n) for n in sorted(others)}
    wrong = [n for n, text in answers.items() if text != spelled(n)]
    print(answers, f"wrong: {wrong}")
    assert len(wrong) <= 3
    figure, (axes,) = canvas(height_in=2.2)
    axes.axis("off")
    for place, (number, text) in enumerate(answers.items()):
        color = "#D55E00" if number in wrong else "#000000"
        mark = " (wrong)" if number in wrong else ""
        axes.text(place // 8 * 0.5, 1 - place % 8 / 8, f"{number}  →  {text}{mark}", color=color, va="top")
    finish(figure, order)


if __name__ == "__main__":
    main()
