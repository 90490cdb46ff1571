"""Many in, one out: is every bracket closed? (chapter 5)."""

import torch
from drawing import BLUE, GREY, Order, begin, canvas, finish
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN = 8


def brackets(count: int, frames: int) -> Tensor:
    """Draw `count` sequences of +1 "(" and -1 ")": (T, N); about three of four are in order.

    A sequence in order is drawn step by step; then, in half of the sequences, one bracket is turned round
    or two are exchanged, which may change nothing.
    """
    depth, steps = torch.zeros(count), []
    for frame in range(frames):
        left = frames - frame
        up = torch.rand(count) < 0.5
        step = torch.where((up & (depth < left)) | (depth == 0), 1.0, -1.0)
        step = torch.where(depth + 1 > left - 1, -1.0, step)
        depth = depth + step
        steps.append(step)
    rows = torch.stack(steps, 1)  # (N, T)
    for row in rows[::2]:
        one, other = torch.randperm(frames)[:2].tolist()
        if torch.rand(()) < 0.3:
            row[one] *= -1
        else:
            row[[one, other]] = row[[other, one]]
    return rows.T.contiguous()


def depths(steps: Tensor) -> Tensor:
    """Count what is open after each bracket: (T, N)."""
    return steps.cumsum(0)


def in_order(steps: Tensor) -> Tensor:
    """Say which sequences never close too much and end with nothing open: (N,)."""
    return (depths(steps).amin(0) >= 0) & (depths(steps)[-1] == 0)


class Judge(nn.Module):
    """An LSTM, and one score at the last frame."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(1, HIDDEN)
        self.cell.bias_ih_l0.data[HIDDEN : 2 * HIDDEN] = 2.0  # the forget gate starts open
        self.score = nn.Linear(HIDDEN, 1)

    def forward(self, steps: Tensor) -> Tensor:
        """(T, N) -> (N,) scores, above 0 for yes."""
        _, (h, _) = self.cell(steps[..., None])
        return self.score(h[0]).squeeze(1)


def learn(order: Order) -> Judge:
    """Train on sequences of 4 to 16 brackets."""
    model = Judge()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for step in range(order.steps(800, 500)):
        steps = brackets(32, 4 + 2 * (step % 7))
        loss = F.binary_cross_entropy_with_logits(model(steps), in_order(steps).float())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


@torch.no_grad()
def counter(model: Judge) -> tuple[int, float]:
    """Find the unit of the cell that goes most with the depth, and its correlation."""
    steps = brackets(200, 16)
    steps = steps[:, in_order(steps)]
    cells = watch(model, steps).flatten(0, 1).T  # (H, T N)
    table = torch.corrcoef(torch.cat([depths(steps).flatten()[None], cells]))[0, 1:]
    unit = int(table.abs().argmax())
    return unit, table[unit].item()


@torch.no_grad()
def watch(model: Judge, steps: Tensor) -> Tensor:
    """Read `steps` (T, N); return the cell after each frame: (T, N, H)."""
    state, rows = None, []
    for step in steps:
        _, state = model.cell(step[None, :, None], state)
        rows.append(state[1][0])
    return torch.stack(rows)


def main(arguments: list[str] | None = None) -> None:
    """Train, assert and draw."""
    order = begin(__file__, arguments)
    model = learn(order)
    with torch.no_grad():
        right = {}
        for frames in (16, 32):
            steps = brackets(1000, frames)
            print(f"{frames} brackets: {in_order(steps).float().mean():.3f} of 1000 in order")
            right[frames] = ((model(steps) > 0) == in_order(steps)).float().mean().item()
    unit, along = counter(model)
    print(f"right at 16 and 32 brackets: {right}; unit {unit} goes with the depth by {along:.3f}")
    assert right[16] > 0.93
    assert right[32] > 0.88
    assert abs(along) > 0.9
    steps = brackets(4, 24)[:, 1:2]
    figure, (axes,) = canvas(height_in=2.6)
    frames = range(1, 25)
    axes.step(frames, depths(steps)[:, 0].numpy(), where="mid", color=GREY, label="brackets open")
    right_axes = axes.twinx()
    right_axes.plot(
        frames,
        watch(model, steps)[:, 0, unit] * (1 if along > 0 else -1),
        "o-",
        ms=4,
        color=BLUE,
        label="one unit of the cell",
    )
    right_axes.spines["right"].set_visible(True)
    axes.set_xticks(frames, ["(" if step > 0 else ")" for step in steps[:, 0].tolist()])
    axes.set(ylabel="brackets open")
    right_axes.set_ylabel("cell (sign as drawn)" if along > 0 else "cell, sign turned", color=BLUE)
    finish(figure, order)


if __name__ == "__main__":
    main()
