"""One LSTM cell at work: it is told to store a number, to keep it, and to show it (chapter 4)."""

import torch
from drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, Order, begin, canvas, finish
from torch import Tensor, nn

from crnn.model.cells import LstmCell, LstmGates, cell_of

FRAMES = 24


def sequences(count: int) -> tuple[Tensor, Tensor]:
    """Draw (T, N, 3): a number in -1..1, "store" 0 or 1, "show" 0 or 1; and (T, N) what is to be shown.

    Shown is the number that stood at the last "store", where "show" is 1; elsewhere 0.
    """
    numbers = 2 * torch.rand(FRAMES, count) - 1
    store = (torch.rand(FRAMES, count) < 0.12).float()
    store[0] = 1
    show = (torch.rand(FRAMES, count) < 0.25).float()
    kept = torch.zeros(count)
    shown = []
    for frame in range(FRAMES):
        kept = torch.where(store[frame] > 0, numbers[frame], kept)
        shown.append(kept * show[frame])
    return torch.stack([numbers, store, show], 2), torch.stack(shown)


def learn(order: Order) -> tuple[LstmCell, nn.Linear, float]:
    """Train an LSTM of one single unit; return its cell, its output layer, and the last loss."""
    layer, score = nn.LSTM(3, 1), nn.Linear(1, 1)
    optimizer = torch.optim.Adam([*layer.parameters(), *score.parameters()], lr=0.03)
    loss = torch.zeros(())
    for _ in range(order.steps(2500, 2000)):
        features, wanted = sequences(32)
        loss = (score(layer(features)[0]).squeeze(2) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    cell = cell_of(layer)
    assert isinstance(cell, LstmCell)
    return cell, score, loss.item()


@torch.no_grad()
def watch(cell: LstmCell, features: Tensor) -> tuple[LstmGates, Tensor, Tensor]:
    """Read `features` (T, N, 3); return the gates, c and h at every frame, (T, N) each."""
    h = c = torch.zeros(features.shape[1], 1)
    rows = []
    for x in features:
        gates = cell.gates(x, h)
        h, c = cell.step(x, (h, c))
        rows.append(torch.cat([gates.input, gates.forget, gates.candidate, gates.output, c, h], 1))
    i, f, g, o, c, h = torch.stack(rows).unbind(2)
    return LstmGates(input=i, forget=f, candidate=g, output=o), c, h


def main(arguments: list[str] | None = None) -> None:
    """Train, assert and draw."""
    order = begin(__file__, arguments)
    cell, score, loss = learn(order)
    features, wanted = sequences(500)
    gates, c, h = watch(cell, features)
    store, show = features[..., 1] > 0, features[..., 2] > 0
    print(f"loss {loss:.4f}, of zeros {wanted.square().mean():.4f}")
    means = {
        "forget where stored": gates.forget[store].mean().item(),
        "forget elsewhere": gates.forget[~store].mean().item(),
        "input where stored": gates.input[store].mean().item(),
        "input elsewhere": gates.input[~store].mean().item(),
        "output where shown": gates.output[show].mean().item(),
        "output elsewhere": gates.output[~show].mean().item(),
    }
    print({name: round(mean, 3) for name, mean in means.items()})
    assert loss < 0.003
    assert means["forget where stored"] < 0.1
    assert means["forget elsewhere"] > 0.98
    assert min(means["input where stored"], means["output where shown"]) > 0.6
    assert max(means["input elsewhere"], means["output elsewhere"]) < 0.05
    draw(order, features, gates, c, score(h[..., None])[..., 0].detach())


def draw(order: Order, features: Tensor, gates: LstmGates, c: Tensor, answers: Tensor) -> None:
    """Draw the first sequence: what comes in, the gates, what is held."""
    figure, panels = canvas(5, height_in=6.2, sharex=True)
    frames = range(1, FRAMES + 1)
    one = 0
    panels[0].bar(frames, features[:, one, 0].numpy(), color=GREY)
    for frame in frames:
        if features[frame - 1, one, 1] > 0:
            panels[0].axvspan(frame - 0.5, frame + 0.5, color=ORANGE, alpha=0.35, lw=0)
        if features[frame - 1, one, 2] > 0:
            panels[0].axvspan(frame - 0.5, frame + 0.5, ymax=0.12, color=BLUE, alpha=0.6, lw=0)
    panels[0].set(ylim=(-1.1, 1.1), title="the frame: a number; orange: store it; blue: show it")
    for panel, values, color, title in (
        (panels[1], gates.input, ORANGE, "input gate $i$: 1 writes"),
        (panels[2], gates.forget, GREEN, "forget gate $f$: 1 keeps"),
        (panels[3], gates.output, BLUE, "output gate $o$: 1 shows"),
    ):
        panel.bar(frames, values[:, one].numpy(), color=color)
        panel.set(ylim=(0, 1.05), title=title)
    panels[4].step(frames, c[:, one].numpy(), where="mid", color=PURPLE, label="cell $c$")
    panels[4].plot(frames, answers[:, one].numpy(), "o", ms=4, color=BLUE, label="answer")
    panels[4].set(title="what it holds, and what it answers", xlabel="frame")
    panels[4].legend(ncols=2, loc="lower right")
    finish(figure, order)


if __name__ == "__main__":
    main()
