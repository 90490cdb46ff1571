"""A test that is skipped says what it lacks, in words and without a path."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
SKIPPING = {"pytest.skip", "pytest.importorskip", "pytest.mark.skipif", "pytest.mark.skip"}


def skips() -> Iterator[tuple[str, ast.Call]]:
    """Each call of pytest's that may skip, and where it stands."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SKIPPING:
                yield f"{path.relative_to(TESTS).as_posix()}:{node.lineno}", node


def test_every_skip_has_a_reason_of_words_that_names_no_path() -> None:
    found = list(skips())
    assert len(found) > 30
    wrong = []
    for location, call in found:
        reasons = [word.value for word in call.keywords if word.arg == "reason"]
        if ast.unparse(call.func) == "pytest.skip":
            reasons += call.args[:1]
        text = ast.unparse(reasons[0]) if reasons else ""
        if len(text.split()) < 3 or "/" in text or "path" in text.lower().replace("on the path", ""):
            wrong.append(f"{location}: {text or 'no reason'}")
    assert wrong == []
