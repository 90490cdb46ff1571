"""A BK-tree of words, and what of it a query looks at (chapter 7)."""

import numpy as np
from drawing import BLUE, GREY, ORANGE, Order, begin, canvas, finish
from matplotlib.axes import Axes
from rapidfuzz.distance import Levenshtein
from wordfreq import top_n_list

from crnn.alphabet import Alphabet
from crnn.transcription.bktree import BKTree
from crnn.transcription.lexicon import Lexicon

WORDS = (
    *("bakery", "bank", "bar", "barber", "bookshop", "butcher", "cafe", "exit", "hairdresser", "hotel"),
    *("ironmonger", "jeweller", "laundry", "market", "motel", "museum", "novel", "open", "park", "pharmacy"),
    *(
        "police",
        "restaurant",
        "sale",
        "school",
        "shop",
        "station",
        "street",
        "supermarket",
        "taxi",
        "university",
    ),
)
QUERY, DELTA = "notel", 1


def grow(words: tuple[str, ...]) -> BKTree:
    """Put words into a tree."""
    return BKTree(Lexicon(words, Alphabet.named("lower36")))


def children(tree: BKTree, node: int) -> range:
    """Name the nodes below one."""
    return range(tree.first[node], tree.first[node + 1])


def look(tree: BKTree, query: str, delta: int) -> dict[int, int]:
    """Walk down from the root; return each visited node with the distance of its word from the query."""
    visited, waiting = {}, [0]
    for node in waiting:  # grows on the way
        apart = visited[node] = Levenshtein.distance(query, tree.texts[tree.word[node]])
        waiting += [child for child in children(tree, node) if abs(tree.distance[child] - apart) <= delta]
    return visited


def measure() -> tuple[BKTree, dict[int, int]]:
    """Look for the query; assert that the tree finds what a comparison with every word finds."""
    tree = grow(WORDS)
    visited = look(tree, QUERY, DELTA)
    found = sorted(tree.texts[tree.word[node]] for node, apart in visited.items() if apart <= DELTA)
    near = sorted(word for word in WORDS if Levenshtein.distance(QUERY, word) <= DELTA)
    print(f"{len(visited)} of {len(WORDS)} words are compared with {QUERY!r}; near: {found}")
    assert found == near == tree.within(QUERY, DELTA)
    assert len(near) > 1
    assert 2 * len(visited) < len(WORDS)
    return tree, visited


def share_visited(order: Order) -> dict[int, float]:
    """Measure which share of a large lexicon is visited, by delta; assert that it soon is most of it."""
    every = [word for word in top_n_list("en", 30_000) if word.isascii() and word.isalpha()]
    count = order.steps(10_000, 1_000)
    words, others = tuple(every[:count]), every[count : count + 50]
    tree = grow(words)
    shares = {
        delta: float(np.mean([len(look(tree, query, delta)) for query in others])) / count
        for delta in (1, 2, 3)
    }
    print(
        f"of {count} words are compared:", {delta: f"{100 * share:.1f} %" for delta, share in shares.items()}
    )
    assert shares[1] < 0.2
    assert shares[1] < shares[2] < shares[3]
    return shares


def draw(axes: Axes, tree: BKTree, visited: dict[int, int]) -> None:
    """Write a word a row, below its parent and further right."""
    rows: dict[int, int] = {}

    def put(node: int, depth: int, parent: int | None) -> None:
        row = rows[node] = len(rows)
        seen = node in visited
        colour = BLUE if seen else GREY
        if parent is not None:
            axes.plot([depth - 0.85] * 2 + [depth - 0.1], [rows[parent] + 0.3, row, row],
                      color=colour, lw=1.6 if seen else 1, ls="-" if seen else ":")  # fmt: skip
            axes.text(depth - 0.5, row - 0.1, str(tree.distance[node]), color=colour, fontsize=9, ha="center")
        word = tree.texts[tree.word[node]]
        if not seen:
            axes.text(depth, row, word, color=GREY, va="center")
        elif visited[node] <= DELTA:
            box = {"boxstyle": "round,pad=0.2", "fc": ORANGE, "ec": "black", "lw": 1}
            axes.text(depth, row, f"{word}  {visited[node]}", weight="bold", va="center", bbox=box)
        else:
            axes.text(depth, row, f"{word}  ({visited[node]})", color=BLUE, weight="bold", va="center")
        for child in children(tree, node):
            put(child, depth + 1, node)

    put(0, 0, None)
    axes.set(xlim=(-0.1, 5), ylim=(len(rows) - 0.4, -0.6), title=f"words within {DELTA} edit of “{QUERY}”")
    axes.axis("off")


def main(arguments: list[str] | None = None) -> None:
    """Measure, assert and draw."""
    order = begin(__file__, arguments)
    tree, visited = measure()
    share_visited(order)
    figure, (axes,) = canvas(height_in=6.4)
    draw(axes, tree, visited)
    finish(figure, order)


if __name__ == "__main__":
    main()
