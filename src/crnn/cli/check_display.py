"""How `crnn check` shows a report: findings, counts and advice, for people."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from crnn.symbols import visible

if TYPE_CHECKING:
    from crnn.checking.findings import Case, Finding
    from crnn.checking.labels import MissingSymbol
    from crnn.checking.report import Counts, Report

_STYLES = {"fails": "bold red", "left out": "yellow", "harms": "yellow", "note": "cyan"}
_BARS = " ▁▂▃▄▅▆▇█"
_MAX_BARS = 40
"""Bars of a histogram at most."""
_MAX_NAMED_SYMBOLS = 12
"""Most frequent symbols that are listed."""
_MIN_COUNT = 10
"""Symbols seen less often are named: a model hardly learns them."""


def display(report: "Report", sizes_of: str, commands: Sequence[str], show: int) -> None:
    """Print a report on stdout.

    commands   what to run next, one line each; none where labels have to be written first
    show       cases named for each finding
    """
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    rules = report.rules
    alphabet = rules.alphabet.name or rules.alphabet.separator.join(rules.alphabet.symbols)
    for dataset in report.datasets:
        console.print(f"{dataset.path}: {len(dataset)} samples")
    for dataset in report.against:
        console.print(f"against {dataset.path}: {len(dataset)} samples")
    console.print(f"alphabet {alphabet}, sizes and frames of {sizes_of}")
    for finding in report.findings:
        _print_finding(console, finding, show)
        if finding.kind.name == "symbol-outside-alphabet":
            for symbol in report.missing_symbols:
                console.print(f"    {describe_missing(symbol)}")
    console.print()
    for line in describe_counts(report.counts, rules.alphabet.symbols):
        console.print(line)
    console.print()
    _print_advice(console, report, commands)


def describe_case(case: "Case") -> str:
    """Say in a line where a problem is, what it is, and what was probably meant.

    >>> from crnn.checking.findings import Case
    >>> describe_case(
    ...     Case(
    ...         location="a.tsv:3",
    ...         key="a/3.png",
    ...         label="St op",
    ...         detail="has a gap",
    ...         suggestion="Stop",
    ...     )
    ... )
    "a.tsv:3  'St op' has a gap -> 'Stop'"
    """
    if not case.key:
        return f"{case.location}: {case.detail}"
    meant = "" if case.suggestion is None else f" -> {case.suggestion!r}"
    return f"{case.location}  {case.label!r} {case.detail}{meant}"


def describe_missing(symbol: "MissingSymbol") -> str:
    """Say in a line which symbol the alphabet lacks, and what would bring it in."""
    ways = [f"--set {symbol.fold.replace(' ', ' --set ')}"] if symbol.fold else []
    ways += [f"looks like {symbol.lookalike!r}"] if symbol.lookalike else []
    times = "once" if symbol.count == 1 else f"{symbol.count} times"
    way = f"; {', '.join(ways)}" if ways else ""
    return f"{symbol.symbol!r} {symbol.code} {symbol.name}: {times}, first at {symbol.first}{way}"


def describe_counts(counts: "Counts", alphabet: Sequence[str]) -> list[str]:
    """Draw the histograms, one line each."""
    lines = [f"label length  {histogram(counts.lengths)}"]
    if counts.widths_px:
        lines.append(f"width in px   {histogram(counts.widths_px)}")
    often = list(counts.symbols.items())
    lines.append(f"symbols       {len(often)} different, most often {_listed(often[:_MAX_NAMED_SYMBOLS])}")
    seldom = [(symbol, count) for symbol, count in often[_MAX_NAMED_SYMBOLS:] if count < _MIN_COUNT]
    if seldom:
        lines.append(f"              less than {_MIN_COUNT} times: {_listed(seldom)}")
    never = [symbol for symbol in alphabet if symbol not in counts.symbols]
    if never and all(len(symbol) == 1 for symbol in alphabet):
        lines.append(f"              never, though in the alphabet: {' '.join(map(visible, never))}")
    if counts.folded:
        lines.append(f"folded        {_labels(counts.folded)} changed by the folding that is asked for")
    if counts.squeezed:
        middle = counts.squeezed[len(counts.squeezed) // 2]
        lines.append(
            f"squeezed      {len(counts.squeezed)} images wider than the largest width, "
            f"up to {counts.squeezed[0]:.1f} times, median {middle:.1f}"
        )
    if counts.compared:
        knows = "" if 2 * (counts.read + counts.only_case) >= counts.compared else (
            ": it does not know such images, and what it finds doubtful says little"
        )  # fmt: skip
        lines.append(
            f"read          {counts.compared} labels compared with the model's reading: "
            f"{counts.read} as labelled, {counts.only_case} in another case{knows}"
        )
    return lines


def histogram(counts: Mapping[int, int]) -> str:
    """Draw how often each value is there, as bars between the least and the greatest.

    >>> histogram({1: 2, 2: 4, 4: 1})
    '1 ▄█ ▂ 4, median 2'
    """
    least, most = min(counts), max(counts)
    step = math.gcd(*(value - least for value in counts)) or 1
    span = step * -(-((most - least) // step + 1) // _MAX_BARS)
    slots = [0] * ((most - least) // span + 1)
    for value, count in counts.items():
        slots[(value - least) // span] += count
    highest = max(slots)
    # Something is never drawn as nothing.
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in slots)
    values = sorted(value for value, count in counts.items() for _ in range(count))
    return f"{least} {bars} {most}, median {values[len(values) // 2]}"


def _labels(count: int) -> str:
    return "1 label" if count == 1 else f"{count} labels"


def _listed(symbols: Sequence[tuple[str, int]]) -> str:
    return " ".join(f"{visible(symbol)} {count}" for symbol, count in symbols)


def _print_finding(console: Console, finding: "Finding", show: int) -> None:
    kind, cases = finding.kind, finding.cases
    console.print()
    console.print(f"{finding.effect:8}  ", style=_STYLES[finding.effect], end="")
    console.print(f"{kind.name} ({len(cases)}): {kind.statement}", style="bold")
    for case in cases[:show]:
        console.print(f"    {describe_case(case)}")
    if len(cases) > show:
        console.print(f"    and {len(cases) - show} more (--show {len(cases)}, or --json)")
    console.print(f"    {kind.remedy}", style="dim")


def _print_advice(console: Console, report: "Report", commands: Sequence[str]) -> None:
    advice, counts = report.advice, report.counts
    if advice.trains:
        left_out = f" and leave out {advice.left_out}" if advice.left_out else ""
        empty = f", {counts.empty} of them without text" if counts.empty else ""
        console.print(
            f"crnn train would learn from {counts.learnable} of {counts.samples} samples{empty}{left_out}.",
            style="bold green",
        )
    else:
        console.print(f"crnn train would fail: {'; '.join(advice.reasons)}.", style="bold red")
    if advice.by_hand:
        console.print(f"What helps: {advice.by_hand}.")
        return
    if not advice.trains:
        console.print("What helps:" if not advice.without else f"What helps ({advice.without} left out):")
    for command in commands:
        console.print(f"    {command}")
    if advice.folds:
        console.print(f"The folding in it changes {_labels(advice.folds)}.")
    for warning in advice.warnings:
        console.print(f"Mind: {warning}")
    for alternative in advice.alternatives:
        console.print(f"Or {alternative}")
