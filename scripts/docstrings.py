"""Griffe extension: docstrings in the style of this house, as the Markdown of the API pages.

A section in Google style (Args, Returns, Raises, Yields) becomes a heading and a list. A paragraph
becomes a block of code where it is a doctest or Python, a list where it is a table of
`name   what it is`, and stays prose elsewhere. What the fields of a class say becomes a list, too.
"""

import ast
import re
from itertools import groupby
from textwrap import dedent, indent

import griffe

_ROW = re.compile(r"(\S+(?: \S+)*) {2,}(\S.*)")
_SECTION = re.compile(r"(Args|Returns|Raises|Yields):\n")
_ITEM = re.compile(r"(\*{0,2}\w+): (.*)")
_SPECIAL = re.compile(r"(`[^`]*`)|(_)|<")


class HouseStyle(griffe.Extension):
    """Rewrites the docstrings of a package when all of it is loaded."""

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        """Make Markdown of every docstring in the package."""
        _rewrite(pkg)


def _rewrite(parent: griffe.Module | griffe.Class) -> None:
    if parent.docstring is not None:
        parent.docstring.value = markdown(parent.docstring.value)
    fields = []
    for member in parent.members.values():
        if isinstance(member, griffe.Module | griffe.Class):
            _rewrite(member)
        elif isinstance(member, griffe.Object) and member.docstring is not None:
            member.docstring.value = markdown(member.docstring.value)
            if isinstance(parent, griffe.Class) and "property" not in member.labels and member.is_attribute:
                fields.append(f"- `{member.name}`: {indent(member.docstring.value, '    ').lstrip()}")
                member.docstring = None  # it is on the page once
    if fields and parent.docstring is not None:
        parent.docstring.value += "\n\n" + "\n".join(fields)


def markdown(docstring: str) -> str:
    r"""Return a docstring as Markdown.

    >>> print(markdown("Hash what __eq__ compares.\n\nn   how many; 2,\n    say\nx   the first"))
    Hash what \_\_eq\_\_ compares.
    <BLANKLINE>
    - `n`: how many; 2, say
    - `x`: the first
    """
    blocks = [(_kind(block), block) for block in docstring.strip("\n").split("\n\n")]
    made = []
    for kind, group in groupby(blocks, key=lambda pair: pair[0]):
        texts = [text for _, text in group]
        match kind:
            case "prose":
                made += map(_escaped, texts)
            case "table":
                made += [_list(text) for text in texts]
            case "section":
                made += map(_section, texts)
            case _:
                code = dedent("\n\n".join(texts))
                made.append(f"```{kind}\n{code}\n```")
    return "\n\n".join(made)


def _kind(block: str) -> str:
    """Say what a paragraph is: prose, a table, or the language of its code."""
    if block.startswith(">>> "):
        return "pycon"
    if _SECTION.match(block):
        return "section"
    lines = dedent(block).splitlines()
    if _ROW.fullmatch(lines[0]) and all(_ROW.fullmatch(line) or line.startswith("  ") for line in lines):
        return "table"
    if block.startswith("    "):
        return "text"
    try:
        statements = ast.parse(block)
    except SyntaxError:
        return "prose"
    says = (ast.Assign, ast.Call, ast.Import)
    return "python" if any(isinstance(node, says) for node in ast.walk(statements)) else "prose"


def _section(block: str) -> str:
    r"""Return a section in Google style: its name, then a list of names, or what is returned.

    >>> print(_section("Args:\n    a: One,\n        or two."))
    **Args**
    <BLANKLINE>
    - `a`: One, or two.
    """
    heading, _, body = block.partition(":\n")
    if heading in {"Returns", "Yields"}:
        return f"**{heading}** {_escaped(' '.join(body.split()))}"
    items: list[str] = []
    for line in dedent(body).splitlines():
        if item := _ITEM.fullmatch(line):
            items.append(f"- `{item[1]}`: {_escaped(item[2])}")
        elif items:
            items[-1] += f" {_escaped(line.strip())}"
    return f"**{heading}**\n\n" + "\n".join(items)


def _list(table: str) -> str:
    """Return a table of two columns as a list; lines that go on are indented."""
    items: list[str] = []
    for line in dedent(table).splitlines():
        if row := _ROW.fullmatch(line):
            items.append(f"- `{row[1]}`: {_escaped(' '.join(row[2].split()))}")
        else:
            items[-1] += f" {_escaped(line.strip())}"
    return "\n".join(items)


def _escaped(prose: str) -> str:
    """Keep what means something to Markdown, but not to us, as it is; `code` is both."""
    return _SPECIAL.sub(lambda found: found[1] or (r"\_" if found[2] else "&lt;"), prose)
