"""The walls of the house, read from the source: who may import whom, and how large a file may be."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "crnn"

LAYERS = (
    {"__main__"},
    {"cli"},
    {"training", "explaining"},
    {"evaluation", "checking"},
    {"formats", "data", "synthesis"},
    {"reader"},
    {"transcription"},
    {"language"},
    {"images", "model", "html"},
    {"alphabet"},
    {"symbols"},
    {"files", "processes"},
    {"errors", "installation", "latin"},
)
"""From the top down: a part may import what lies below its row; parts of one row are strangers."""

TORCH_MAY_BE_IMPORTED_BY = (
    "crnn.model",
    "crnn.formats.checkpoint",
    "crnn.formats.export",
    "crnn.formats.importers",
    "crnn.formats.checkpoint",
    "crnn.formats.transfer",
    "crnn.synthesis",
    "crnn.training",
    "crnn.explaining",
)
HEAVY = (
    "torch",
    "lightning_fabric",
    "safetensors",
    "onnx",
    "matplotlib",
    "scipy",
    "wordfreq",
    "freetype",
    "fontTools",
    "pyarrow",
    "pydantic",
    "tomli_w",
)
"""What only the extras bring: nothing that reads, scores or lists may need it."""

DISTRIBUTIONS = {
    "PIL": "pillow",
    "fontTools": "fonttools",
    "freetype": "freetype-py",
    "lightning_fabric": "lightning-fabric",
    "pydantic_core": "pydantic",
    "tomli_w": "tomli-w",
}
"""Where the name to install differs from the name to import."""
NOT_IMPORTED = {"brotli"}
"""fontTools opens .woff2 with it."""


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of the package."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(module: str) -> frozenset[str]:
    """Every dotted name that a module imports, wherever in its file."""
    names = set()
    for node in ast.walk(ast.parse(modules()[module].read_text("utf-8"))):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=origin, names=aliases, level=level):
                assert level == 0, f"{module} has a relative import in line {node.lineno}; write it in full"
                inside = {f"{origin}.{alias.name}" for alias in aliases}
                names |= {name if name in modules() else str(origin) for name in inside}
    return frozenset(names)


MAX_SMALL_LINES = 100
STAY_SMALL = {
    "crnn.data.write": "handed out by the folder, whose other files read",
    "crnn.formats.importers.pth": "a guard: a .pth file may run code when it is opened",
    "crnn.images.color": "`images.load` would be longer than a file may be",
    "crnn.images.pixels": "knows NumPy alone, and no files",
    "crnn.latin": "a table",
    "crnn.model.recurrent": "a section of the paper, §2.2",
    "crnn.training.labels": "`training.real` would be longer than a file may be",
    "crnn.training.loss": "an equation of the paper, §2.4",
}
"""Files below MAX_SMALL_LINES with one importer that are an idea of their own; others belong into theirs."""


def part(module: str) -> str:
    """The layer's part that a module belongs to: crnn.model.cells -> model."""
    return (module + ".").split(".")[1]


def row(module: str) -> int:
    return next(row for row, parts in enumerate(LAYERS) if part(module) in parts)


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}:{node.lineno} {node.name}", node


def run_python(code: str) -> str:
    """What a new Python prints that sees the package's source."""
    code = f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_belongs_to_a_layer() -> None:
    known = set().union(*LAYERS)
    assert [module for module in modules() if module != "crnn" and part(module) not in known] == []


def test_imports_point_down_the_layers() -> None:
    upward = [
        f"{module} imports {name}"
        for module in modules()
        if module not in {"crnn", "crnn.cli"}  # the top, which knows the version
        for name in imports(module)
        if name in modules() and part(name) != part(module)
        if name == "crnn" or row(name) <= row(module)
    ]
    assert upward == []


def test_no_import_is_circular() -> None:
    graph = {module: {name for name in imports(module) if name in modules()} for module in modules()}
    order = list(TopologicalSorter(graph).static_order())  # CycleError names the circle
    assert set(order) == set(modules())


def test_torch_is_imported_only_where_tensors_are() -> None:
    astray = [
        module
        for module in modules()
        if not module.startswith(TORCH_MAY_BE_IMPORTED_BY)
        for name in imports(module)
        if name.split(".")[0] in {"torch", "lightning_fabric"}
    ]
    assert astray == []


def test_every_import_is_declared_in_pyproject_and_every_dependency_is_imported() -> None:
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = project["dependencies"] + extras["train"] + extras["parquet"]
    names = {line.split(">")[0].lower() for line in declared}
    outside = {name.split(".")[0] for module in modules() for name in imports(module)}
    outside -= {"crnn", *sys.stdlib_module_names}
    assert {DISTRIBUTIONS.get(name, name).lower() for name in outside} == names - NOT_IMPORTED


def test_import_crnn_brings_numpy_and_pillow_alone() -> None:
    loaded = run_python("import crnn; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert {"numpy", "PIL"} <= set(loaded)
    assert set(loaded) & {*HEAVY, "onnxruntime", "typer", "rich", "rapidfuzz", "lmdb"} == set()


@pytest.mark.parametrize(
    "module",
    [
        "formats.load",
        "cli.read",
        "cli.models",
        "cli.evaluate",
        "evaluation",
        "evaluation.report",
        "data",
        "checking",
        "cli.check",
        "cli.compare",
        "cli.language",
    ],
)
def test_reading_and_scoring_work_where_the_extra_is_not_installed(module: str) -> None:
    assert f"crnn.{module}" in modules()
    run_python(f"sys.modules.update(dict.fromkeys({HEAVY!r}))\nimport crnn.{module}")  # None: not found


def test_reading_imports_nothing_of_training() -> None:
    loaded = run_python(
        "import numpy, crnn.cli.read, crnn; crnn.load('tiny').read(numpy.zeros((32, 96), numpy.uint8))\n"
        "print(*sys.modules)"
    ).split()
    assert [name for name in loaded if name.startswith(("crnn.training", "pydantic", "tomli_w"))] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert {"utils", "util", "common", "helpers", "misc", "tools"}.isdisjoint(
        name for module in modules() for name in module.split(".")
    )


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {module: len(path.read_text("utf-8").splitlines()) for module, path in modules().items()}
    assert {module: length for module, length in lengths.items() if length > 300} == {}


def test_no_function_is_longer_than_40_lines_beside_its_docstring() -> None:
    lengths = {}
    for name, node in functions():
        docstring = ast.get_docstring(node, clean=False) or ""
        lengths[name] = (node.end_lineno or 0) - node.lineno - docstring.count("\n")
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_the_library_does_not_print() -> None:
    printing = [
        f"{module}:{node.lineno}"
        for module, path in modules().items()
        if part(module) != "cli"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_a_small_file_with_one_importer_stands_in_it_unless_it_says_why_not() -> None:
    importers: dict[str, set[str]] = {module: set() for module in modules()}
    for module in modules():
        for name in imports(module) & modules().keys():
            importers[name].add(module)
    small = {
        module
        for module, path in modules().items()
        if path.name not in {"__init__.py", "__main__.py"} and part(module) != "cli"  # a file a command
        if len(path.read_text("utf-8").splitlines()) < MAX_SMALL_LINES and len(importers[module]) <= 1
    }
    assert small - STAY_SMALL.keys() == set()
    assert STAY_SMALL.keys() - modules().keys() == set()
