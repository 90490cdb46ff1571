"""Search in a BK-tree: which branches a query enters, and which it leaves out (chapter 7)."""

import numpy as np
from drawing import BLUE, GREY, ORANGE, begin, canvas, finish
from matplotlib.axes import Axes
from rapidfuzz.distance import Levenshtein

from crnn.alphabet import Alphabet
from crnn.transcription.bktree import BKTree
from crnn.transcription.lexicon import Lexicon

WORDS = [
    *(
        "stop",
        "shop",
        "step",
        "open",
        "bakery",
        "hotel",
        "salon",
        "bar",
        "cafe",
        "school",
        "pharmacy",
        "street",
    ),
    *("staff", "stay", "strap", "soap", "slip", "sleep", "press", "print", "paint", "point", "post", "store"),
]
QUERY, MAX_EDITS = "shap", 1


def visited(tree: BKTree, query: str, max_edits: int) -> list[int]:
    """Walk as `BKTree.within` does, and note the nodes whose word is compared with the query."""
    nodes, seen = [0], []
    for node in nodes:  # grows on the way
        seen.append(node)
        apart = Levenshtein.distance(query, tree.texts[tree.word[node]])
        children = range(tree.first[node], tree.first[node + 1])
        nodes += [child for child in children if abs(tree.distance[child] - apart) <= max_edits]
    return seen


def places(tree: BKTree) -> dict[int, tuple[int, float]]:
    """Put every node beside its parent, level by level to the right, no two on one line."""
    at: dict[int, tuple[int, float]] = {}
    row = 0

    def put(node: int, depth: int) -> None:
        nonlocal row
        at[node] = (depth, row)
        for number, child in enumerate(range(tree.first[node], tree.first[node + 1])):
            row += bool(number)
            put(child, depth + 1)

    put(0, 0)
    return at


def draw(axis: Axes, tree: BKTree, seen: list[int], near: list[str]) -> None:
    """Draw the tree: an edge carries the distance between the words at its ends."""
    at = places(tree)
    for parent in at:
        for child in range(tree.first[parent], tree.first[parent + 1]):
            (x, y), (right, down) = at[parent], at[child]
            used = child in seen
            color, dashes = (BLUE, "-") if used else (GREY, ":")
            axis.plot([x + 0.05, x + 0.05, right - 0.05], [y, down, down], dashes, color=color, lw=1.0)
            axis.text(
                right - 0.13, down - 0.12, int(tree.distance[child]), fontsize=7, color=color, ha="center"
            )
    for node, (x, y) in at.items():
        word = tree.texts[tree.word[node]]
        face = ORANGE if word in near else "#cfe5f3" if node in seen else "white"
        box = {
            "boxstyle": "round,pad=0.2",
            "facecolor": face,
            "edgecolor": BLUE if node in seen else "#bbbbbb",
        }
        axis.text(x, y, word, fontsize=8, va="center", bbox=box, color="black" if node in seen else GREY)
    axis.set(
        ylim=(max(y for _, y in at.values()) + 0.6, -0.7), xlim=(-0.1, max(x for x, _ in at.values()) + 0.8)
    )
    axis.axis("off")


def main(arguments: list[str] | None = None) -> None:
    """Search, compare with looking at every word, and draw."""
    order = begin(__file__, arguments)
    alphabet = Alphabet.named("lower36")
    tree = BKTree(Lexicon(WORDS, alphabet))
    seen, near = visited(tree, QUERY, MAX_EDITS), tree.within(QUERY, MAX_EDITS)
    assert near == sorted(word for word in WORDS if Levenshtein.distance(QUERY, word) <= MAX_EDITS)
    assert len(seen) < len(WORDS) / 2
    print(f"{QUERY!r}, {MAX_EDITS} edit: {near}; compared with {len(seen)} of {len(WORDS)} words")
    rng = np.random.default_rng(1)
    letters = list("aeioustrnlmdp")
    many = sorted({"".join(rng.choice(letters, rng.integers(3, 9))) for _ in range(order.steps(3000, 1000))})
    large = BKTree(Lexicon(many, alphabet))
    shares = []
    for max_edits in (1, 2, 3):
        compared = [len(visited(large, query, max_edits)) for query in many[:: len(many) // 20]]
        shares.append(np.mean(compared) / len(many))
        print(f"{len(many)} made-up words, {max_edits} edits: {100 * shares[-1]:.0f} % of them compared")
    assert shares[0] < shares[1] < shares[2]
    figure, (axis,) = canvas(1, height_in=3.6)
    draw(axis, tree, seen, near)
    axis.set_title(f"“{QUERY}”, {MAX_EDITS} edit: {len(seen)} of {len(WORDS)} words compared")
    finish(figure, order)


if __name__ == "__main__":
    main()
