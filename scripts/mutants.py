"""Break the code in small ways, one at a time, and see whether its tests notice.

    python scripts/mutants.py                                   fifty, in the three folders
    python scripts/mutants.py --count 10 --seed 2 --folders reader

A mutant is one file with one change: another comparison, a number one larger, + for -, `or` for `and`,
another value returned. The tests of its folder, and the examples in its docstrings, run in a copy of
the project; what they let pass is printed as `survived`, to be looked at: a test is missing, or the
change means the same. The seed chooses the mutants, so that a run can be repeated and cut in parts.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("transcription", "reader", "evaluation")
COPIED = ("src", "tests", "examples", "scripts", "pyproject.toml", "README.md", "docs")
"""What the tests of the folders need."""
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
RETURNED = {"bool": "not ({})", "int": "({}) + 1", "float": "({}) + 1", "str": '({}) + "x"'}
"""What is returned in place of an expression, by the type that the function is said to return."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Mutant:
    """One change to one file."""

    file: str
    """Relative to the project."""
    line: int
    start: int
    """Of the changed expression in the file's text, in characters."""
    end: int
    new: str

    def applied(self, text: str) -> str:
        """Return the text of the file with the change."""
        return text[: self.start] + self.new + text[self.end :]


def mutants_of(file: str, text: str) -> Iterator[Mutant]:
    r"""List all mutants of a file.

    >>> [mutant.new for mutant in mutants_of("x.py", "def f(a: int) -> bool:\n    return a < 2")]
    ['not (a < 2)', '(a <= 2)', '3']
    """
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, new in _changes(ast.parse(text)):
        lines = text.splitlines()
        # Columns of the parser count UTF-8 bytes.
        first, last = (
            starts[line - 1] + len(lines[line - 1].encode()[:column].decode())
            for line, column in (
                (node.lineno, node.col_offset),
                (node.end_lineno or node.lineno, node.end_col_offset or 0),
            )
        )
        yield Mutant(file=file, line=node.lineno, start=first, end=last, new=new)


def _changes(tree: ast.AST, returns: str = "") -> Iterator[tuple[ast.expr, str]]:
    """Pair each expression that can be changed with what takes its place; annotations stay."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue
            inside = returns
            if isinstance(node, ast.FunctionDef):
                inside = ast.unparse(node.returns) if node.returns else ""
            if isinstance(node, ast.Return) and node.value is not None and inside in RETURNED:
                yield node.value, RETURNED[inside].format(ast.unparse(node.value))
            elif isinstance(node, ast.expr) and (new := _changed(node)):
                yield node, new
            yield from _changes(node, inside)


def _changed(node: ast.expr) -> str:
    """Write an expression with another operator or number; '' where it has none."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            new: ast.expr = ast.Compare(left, [COMPARED[type(operator)]()], [right])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            new = ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            new = ast.BinOp(left, ast.Add(), right)
        case ast.BoolOp(op=operator, values=values):
            new = ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return repr(number + 1)
        case _:
            return ""
    return f"({ast.unparse(new)})"


def choose(count: int, seed: int, folders: tuple[str, ...]) -> list[Mutant]:
    """Choose mutants of the folders' files, every one as likely as any other."""
    files = [path for folder in folders for path in sorted((ROOT / "src/crnn" / folder).rglob("*.py"))]
    every = [
        mutant
        for path in files
        for mutant in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    ]
    return random.Random(seed).sample(sorted(every), min(count, len(every)))


def run_tests(copy: Path, file: str, timeout_s: float) -> str:
    """Run the tests of a file's folder in the copy: "caught", "survived", or "no end"."""
    folder = Path(file).relative_to("src/crnn").parts[0]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/{folder}", file]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return "no end"
    return "survived" if done.returncode == 0 else "caught"


def main() -> None:
    """Make the mutants, run the tests of each, and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=50, help="mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folders", nargs="+", default=FOLDERS, choices=FOLDERS)
    parser.add_argument("--timeout", type=float, default=900, help="s for the tests of one mutant")
    options = parser.parse_args()
    chosen = choose(options.count, options.seed, tuple(options.folders))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "crnn"
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(copy / name))
        for file in {Path(mutant.file).parts[2]: mutant.file for mutant in chosen}.values():
            if (found := run_tests(copy, file, options.timeout)) != "survived":
                sys.exit(f"the tests of {file} do not pass without a change: {found}")
        survived = sum(_tried(copy, mutant, options.timeout) == "survived" for mutant in chosen)
    print(f"{len(chosen) - survived} of {len(chosen)} caught")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _tried(copy: Path, mutant: Mutant, timeout_s: float) -> str:
    """Run the tests with a change in place, print what came of it, and take the change back."""
    path, began = copy / mutant.file, time.monotonic()
    text = path.read_text("utf-8")
    path.write_text(mutant.applied(text), "utf-8")
    found = run_tests(copy, mutant.file, timeout_s)
    path.write_text(text, "utf-8")
    old = " ".join(text[mutant.start : mutant.end].split())
    seconds = time.monotonic() - began
    print(f"{found:9} {mutant.file}:{mutant.line}  {old}  ->  {mutant.new}  ({seconds:.0f} s)", flush=True)
    return found


if __name__ == "__main__":
    main()
