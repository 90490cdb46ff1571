"""Words that the project has given up, for the field's own or plain ones: none comes back by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

RETIRED = {
    "Told": "ExplainedText",
    "Dice|dice": "Rng, rng",
    "Truth": "GroundTruth",
    r"(?:bolder|thinner)(?=\()": "dilate, erode",
    "Slot": "Placeholder",
    "colour_of|initialise": "color, initialize: identifiers are spelt as in NumPy and torch",
    "oftener": "more often",
    "[Ll]earnt by heart": "overfitted",
    "[Pp]arted by": "separated by",
    r"(?:explanation|Explanation)\.told": "explained",
    "Sight|sight": "Frames",
    r"Seen(?=\()|Locate(?=\()": "ViewResult, Frames",
    "unless_wrong": "reject",
    "DELTA|delta: int": "max_edits",
    r'outside_factor(?!": "oov_factor")': "oov_factor, --oov-factor",
    "(?<!three )quarters": "quarter_turns",
    "[Ww]ish(?:es)?": "options, DecodeOptions",
    "unspelt": "not encodable",
    "settle[ds]?": "resolve_auto",
    "is_open": "has_auto",
    "temper(?:ed|ing)?": "temperature scaling",
    "Census": "label statistics",
    "Album": "image index",
    "Trouble": "problems",
    "Survey|survey": "check",
    r"Joined(?=\()": "ConcatDataset",
    r"Below(?=\()": "subfolder",
    "recognise|normalise": "recognize, normalize: identifiers are spelt as in NumPy and torch",
    "tired": "over budget",
}
"""A pattern, of whole words, and what stands in its place."""

PENDING = {
    "drop_unreadable": "unusable_labels, unreadable_images",
    "[Ff]oreign": "importers, not a crnn file",
    "[Tt]wins?": "lookalike",
    r"Judge(?=\()": "label check",
    "Verdict|verdict": "advice",
    "likeness|confusable": "lookalike",
    "packed": "StringArray",
    "[Tt]orn": "damaged",
}
"""Words that still stand somewhere; where they are gone their line moves up."""

FOLDERS = ("src/crnn", "docs", "examples", "benchmarks", "scripts")
SUFFIXES = {".py", ".md", ".toml", ".jinja", ".js", ".css"}
HISTORY = ("docs/log.md", "docs/decisions/", "CHANGELOG.md")
"""What says how it once was."""
NOT_OURS = ("src/crnn/synthesis/starter/",)


def texts(root: Path) -> Iterator[tuple[str, str]]:
    files = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    for path in sorted([*files, root / "README.md", root / "CONTRIBUTING.md"]):
        name = path.relative_to(root).as_posix()
        if path.suffix in SUFFIXES and not name.startswith((*HISTORY, *NOT_OURS)):
            yield name, path.read_text("utf-8")


def found(pattern: str, text: str) -> list[int]:
    """Numbers of the lines where a retired word stands, alone or as a part of a name_with_underscores."""
    whole = re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])")
    return [number for number, line in enumerate(text.splitlines(), start=1) if whole.search(line)]


def test_retired_words_stand_nowhere_in_code_help_and_docs(root: Path) -> None:
    pages = dict(texts(root))
    assert {"README.md", "docs/explain.md", "src/crnn/explaining/page.html.jinja"} <= pages.keys()
    back = [
        f"{name}:{line}: not {pattern!r} but {instead}"
        for name, text in pages.items()
        for pattern, instead in RETIRED.items()
        for line in found(pattern, text)
    ]
    assert back == []


def test_a_word_that_is_gone_counts_as_retired(root: Path) -> None:
    everything = "\n".join(text for _, text in texts(root))
    assert [pattern for pattern in PENDING if not found(pattern, everything)] == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [("dice", [1]), ("a\nroll_dice()", [2]), ("Dice2", [1]), ("dices indices", []), ("", [])],
)
def test_a_retired_word_is_found_alone_and_inside_a_name_with_underscores(
    text: str, lines: list[int]
) -> None:
    assert found("Dice|dice", text) == lines
