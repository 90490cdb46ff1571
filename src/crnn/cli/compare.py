"""`crnn compare`: two models on the same words, and whether the difference is real."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crnn.cli.evaluate import Data, ProtocolOption
from crnn.cli.output import complain, progress, result_file, tab_line
from crnn.errors import ImageError

if TYPE_CHECKING:
    from crnn.evaluation.compare import Disagreement, ModelComparison

WIDTH_IN_A_FILE = 120
"""Columns of the table where no terminal sets the limit."""

_MODEL = "A packaged model's name, a .safetensors or .onnx file, or a run folder."

First = Annotated[str, typer.Argument(metavar="A", help=_MODEL)]
Second = Annotated[str, typer.Argument(metavar="B", help=_MODEL)]
Show = Annotated[int, typer.Option("--show", min=0, help="Words listed of each kind; --out has all.")]
BestPath = Annotated[
    bool,
    typer.Option(
        "--best-path",
        help="Read without the language that a model's file may name: what the two networks see.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE.tsv",
        help="Write every word there that one model alone reads right: dataset, key, right, label, a, b.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")]


def compare(
    a: First,
    b: Second,
    data: Data,
    protocol: ProtocolOption = "alnum",
    best_path: BestPath = False,
    show: Show = 10,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say which words each of two models reads that the other does not, and what that proves.

    Both read the same words, so only those that one model alone reads right say which is better.
    p is how often models that are equally good would differ as much by chance (McNemar's test,
    mid-p); the difference in accuracy, A less B in percent, has its 95 % interval (Tango).

    Each reads as its file says, the packaged ones with a language; --best-path compares without.

    An image that cannot be opened counts as wrong for both, is named on stderr, and makes the exit
    status 1.

    \b
    Examples:
      crnn compare runs/mine small mydata/test.tsv
      crnn compare tiny small ic15/val.tsv svt/val.tsv --protocol exact --out differ.tsv
    """
    from crnn.data import open_dataset
    from crnn.evaluation.compare import compare_models, pool
    from crnn.formats.load import load

    datasets = [open_dataset(path) for path in data]
    readers = load(a), load(b)
    if best_path:
        readers = replace(readers[0], language=None), replace(readers[1], language=None)
    comparisons = []
    with (
        result_file(out, "dataset", "key", "right", "label", "a", "b") as listed,
        progress("comparing", sum(map(len, datasets))) as advance,
    ):
        for dataset in datasets:
            comparisons.append(compare_models(*readers, dataset, protocol, on_samples=advance))
            if listed is not None:
                listed.writelines(f"{_line(word)}\n" for word in comparisons[-1].disagreements)
    whole = comparisons[0] if len(comparisons) == 1 else pool(comparisons)
    _complain(whole)
    if as_json:
        print(json.dumps(_as_json(a, b, comparisons, whole), ensure_ascii=False))
    else:
        _print_table(a, b, comparisons if len(comparisons) == 1 else [*comparisons, whole])
        _print_words(a, b, whole, show)
        print(conclude(whole, a, b))
    if whole.failed:
        raise typer.Exit(1)


def conclude(comparison: "ModelComparison", a: str, b: str) -> str:
    """Say in a sentence or two what the words prove."""
    from crnn.evaluation.compare import SIGNIFICANT, words_needed

    only_a, only_b, n = comparison.only_a, comparison.only_b, comparison.n
    if not comparison.disagreements:
        return f"{a} and {b} read the same {comparison.both} of {n} words right: no difference to see."
    facts = (
        f"{only_a + only_b} of {n} words are read right by one model alone, {only_a} by {a} and "
        f"{only_b} by {b}"
    )
    p = f"p = {comparison.p:.1g}" if comparison.p < 0.001 else f"p = {comparison.p:.3f}"
    if comparison.p < SIGNIFICANT:
        return f"{facts}: {a if only_a > only_b else b} is better ({p})."
    needed = words_needed(only_a, only_b, n)
    more = (
        f" If it is real, about {needed - n:,} more words like these would show it in four of five tries."
        if needed is not None and needed > n
        else ""
    )
    return f"{facts}: the two cannot be told apart ({p}).{more}"


def _line(word: "Disagreement") -> str:
    return tab_line(word.dataset, word.key, word.right, word.label, word.text_a, word.text_b)


def _complain(whole: "ModelComparison") -> None:
    for key, reason in whole.failed:
        complain(ImageError(reason), key)
    if whole.skipped:
        print(
            f"skipped {len(whole.skipped)} words, whose labels hold nothing that protocol "
            f"{whole.protocol} compares, the first: {whole.skipped[0]}",
            file=sys.stderr,
        )


def _print_table(a: str, b: str, rows: Sequence["ModelComparison"]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from crnn.evaluation.metrics import protocol_named

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("dataset", overflow="fold")
    for heading in ("n", "A %", "B %", "A - B", "95 %", "only A", "only B", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        first, second = row.accuracies
        low, high = row.interval
        cells = [f"{first:.1f}", f"{second:.1f}", f"{row.difference:+.1f}", f"{low:+.1f} to {high:+.1f}"]
        counts = [str(row.only_a), str(row.only_b), f"{row.p:.2g}"]
        table.add_row(escape(row.dataset), str(row.n), *cells, *counts)
    rule = protocol_named(rows[0].protocol)
    print(f"A {a}, B {b}, protocol {rule.name}: {rule.statement}", flush=True)
    width = None if sys.stdout.isatty() else WIDTH_IN_A_FILE
    Console(file=sys.stdout, highlight=False, width=width).print(table)


def _print_words(a: str, b: str, whole: "ModelComparison", show: int) -> None:
    """List the words that one model alone reads right: place, label, and what the other one reads."""
    for side, winner in (("a", a), ("b", b)):
        words = [word for word in whole.disagreements if word.right == side]
        if not (words and show):
            continue
        more = f", the first {show}" if len(words) > show else ""
        print(f"only {winner} ({side.upper()}) reads right: {len(words)}{more}")
        for word in words[:show]:
            line = tab_line(word.key, word.label, f"A {word.text_a}", f"B {word.text_b}")
            print(f"  {line}")
        print()


def _as_json(
    a: str, b: str, parts: Sequence["ModelComparison"], whole: "ModelComparison"
) -> dict[str, object]:
    from crnn.evaluation.compare import SIGNIFICANT, words_needed

    return {
        "version": 1,
        "a": a,
        "b": b,
        "protocol": whole.protocol,
        "datasets": [_numbers(part) for part in parts],
        "together": _numbers(whole),
        "real": whole.p < SIGNIFICANT,
        "words_to_tell": words_needed(whole.only_a, whole.only_b, whole.n),
        "words": [
            {
                "dataset": word.dataset,
                "key": word.key,
                "right": word.right,
                "label": word.label,
                "a": word.text_a,
                "b": word.text_b,
            }
            for word in whole.disagreements
        ],
    }


def _numbers(row: "ModelComparison") -> dict[str, object]:
    return {
        "dataset": row.dataset,
        "n": row.n,
        "accuracy": [round(accuracy, 2) for accuracy in row.accuracies],
        "difference": round(row.difference, 2),
        "interval": [round(bound, 2) for bound in row.interval],
        "only_a": row.only_a,
        "only_b": row.only_b,
        "p": row.p,
        "skipped": len(row.skipped),
        "failed": len(row.failed),
    }
