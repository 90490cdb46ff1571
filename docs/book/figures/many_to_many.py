"""Many in, as many out: binary addition, the carry kept in the state (chapter 5)."""

import torch
from drawing import Order, begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN = 6


def sums(count: int, bits: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw two binary numbers, lowest bit first: (T, N, 2), their sum's bits and the carries, (T, N) each."""
    pairs = torch.randint(2, (bits, count, 2))
    carry, answers, carries = torch.zeros(count, dtype=torch.long), [], []
    for pair in pairs:
        total = pair.sum(1) + carry
        answers.append(total % 2)
        carry = total // 2
        carries.append(carry)
    return pairs.float(), torch.stack(answers), torch.stack(carries)


class Adder(nn.Module):
    """The simple cell, and a score at every frame."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.RNN(2, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)

    def forward(self, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """(T, N, 2) -> scores (T, N), above 0 for a 1; hidden states (T, N, H)."""
        hidden, _ = self.cell(pairs)
        return self.score(hidden).squeeze(2), hidden


def learn(order: Order) -> Adder:
    """Train on numbers of 8 bits."""
    model = Adder()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(order.steps(1000, 700)):
        pairs, answers, _ = sums(32, 8)
        loss = F.binary_cross_entropy_with_logits(model(pairs)[0], answers.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@torch.no_grad()
def main(arguments: list[str] | None = None) -> None:
    """Train on 8 bits, add 64, assert and draw."""
    order = begin(__file__, arguments)
    with torch.enable_grad():
        model = learn(order)
    pairs, answers, carries = sums(1000, 64)
    scores, hidden = model(pairs)
    whole = ((scores > 0) == answers).all(0).float().mean().item()
    table = torch.corrcoef(torch.cat([carries.flatten()[None].float(), hidden.flatten(0, 1).T]))[0, 1:]
    print(f"sums of 64 bits that are right in every bit: {whole:.3f}; carry against units: {table.tolist()}")
    assert whole > 0.99
    assert table.abs().max() > 0.9
    pairs, answers, carries = sums(1, 20)
    scores, hidden = model(pairs)
    figure, (above, below) = canvas(2, height_in=3.6, sharex=True, height_ratios=[2, 3])
    above.imshow(torch.cat([pairs[:, 0].T, answers.T]).numpy(), cmap="Greys", vmin=0, vmax=1.6, aspect="auto")
    for row, bits in enumerate((*pairs[:, 0].T.long(), answers[:, 0])):
        for place, bit in enumerate(bits.tolist()):
            above.text(place, row, bit, ha="center", va="center", fontsize=9)
    above.set_yticks(range(3), ["a", "b", "a + b"])
    below.imshow(hidden[:, 0].T.numpy(), cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
    below.set_xticks(range(20), carries[:, 0].tolist())
    below.set(xlabel="the carry, in truth (lowest bit at the left)", ylabel="units of $h$", yticks=[])
    finish(figure, order)


if __name__ == "__main__":
    main()
