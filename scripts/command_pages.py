r"""MkDocs hook: a page for every command of `crnn`, made from the application itself.

Names, help texts, defaults and ranges are asked of Typer, the examples are those of the help, and the
exit statuses those of crnn.cli's docstring: nothing is written twice, so nothing goes stale.

What Typer must not fill stands under a line "\b" in a help text, and becomes a block of code.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from inspect import getdoc
from textwrap import dedent

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer import Context
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

import crnn.cli

_SECTION = "Command line"
_CODE = re.compile(r"`([^`]+)`|(?<![\w-])(--[a-z][\w-]*)")
_FACTS = re.compile(r"  \[([^\]]*)\]$")
"""What Typer puts behind a help text: the default, the range, or that it must be given."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages into the navigation's "Command line", in the order of `crnn --help`."""
    (section,) = (entry[_SECTION] for entry in config.nav or [] if _SECTION in entry)
    section += [{f"crnn {name}": f"commands/{name}.md"} for name in crnn.cli.COMMANDS]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add commands/index.md, which is about `crnn` as a whole, and a page for each of its commands."""
    for name, markdown in pages().items():
        files.append(File.generated(config, f"commands/{name}.md", content=markdown))
    return files


def pages() -> dict[str, str]:
    """Return the Markdown of every page, by its name; that of `crnn` itself is "index"."""
    group = get_command(crnn.cli.application([]))
    assert isinstance(group, TyperGroup)
    top = _context(group, "crnn", None)
    status = next(part for part in _paragraphs(getdoc(crnn.cli)) if part.startswith("Exit status: "))
    index = [*_described(top), "## Exit status", _paragraph(status.removeprefix("Exit status: "))]
    made = {"index": index}
    for name, command in group.commands.items():
        context = _context(command, name, top)
        made[name] = list(_described(context))
        if isinstance(command, TyperGroup):
            for inner, sub in command.commands.items():
                made[name] += _described(_context(sub, inner, context), level=2)
        made[name].append('<p><a href="index.html#exit-status">Exit status</a></p>')
    return {name: "\n\n".join(parts) + "\n" for name, parts in made.items()}


def _context(command: object, name: str, parent: Context | None) -> Context:
    assert isinstance(command, TyperCommand | TyperGroup)
    return Context(command, info_name=name, parent=parent, **command.context_settings)


def _described(context: Context, level: int = 1) -> Iterator[str]:
    """Yield the blocks of Markdown and HTML that say what a command does and takes."""
    command = context.command
    path = context.command_path
    yield f"{'#' * level} {path}"
    first, *others = _paragraphs(command.help)
    yield _paragraph(first)
    yield _block(context.get_usage().removeprefix("Usage: "))
    yield from map(_paragraph, others)
    if isinstance(command, TyperGroup):
        yield f"{'#' * (level + 1)} Commands"
        yield _list(_summaries(context, command))
    options = [option for option in command.get_params(context) if isinstance(option, TyperOption)]
    arguments = [argument for argument in command.get_params(context) if argument not in options]
    for title, parameters in (("Arguments", arguments), ("Options", options)):
        if parameters:
            yield f"{'#' * (level + 1)} {title}"
            records = (parameter.get_help_record(context) for parameter in parameters)
            keys = (f"{path} {parameter.name}" for parameter in parameters)
            yield _list(_item(key, *record) for key, record in zip(keys, records, strict=True) if record)


def _summaries(context: Context, group: TyperGroup) -> Iterator[str]:
    for name, command in group.commands.items():
        page = f"{name}.html" if context.parent is None else f"#crnn-{context.info_name}-{name}"
        summary = _inline(_paragraphs(command.help)[0])
        yield f'<dt><a href="{page}"><code>{context.command_path} {name}</code></a></dt><dd>{summary}</dd>'


def _item(key: str, names: str, text: str) -> str:
    facts = _FACTS.search(text)
    text = _inline(_FACTS.sub("", text))
    if facts:
        text += f' <span class="facts">{escape(facts[1])}</span>'
    anchor = key.replace(" ", "-")
    link = f'<a class="headerlink" href="#{anchor}" title="Permanent link">&para;</a>'
    return f'<dt id="{anchor}"><code>{escape(names)}</code>{link}</dt><dd>{text}</dd>'


def _list(items: Iterable[str]) -> str:
    return "\n".join(('<dl class="options">', *items, "</dl>"))


def _paragraphs(text: str | None) -> list[str]:
    assert text, "every command says what it does"
    return text.strip().split("\n\n")


def _paragraph(text: str) -> str:
    r"""Return a paragraph of a help text as HTML, or as code below its first line if Typer keeps its lines.

    >>> _paragraph("Read `x`, as\n--json does.")
    '<p>Read <code>x</code>, as <code>--json</code> does.</p>'
    """
    if not text.startswith("\b\n"):
        return f"<p>{_inline(' '.join(text.split()))}</p>"
    first, *lines = text.removeprefix("\b\n").splitlines()
    if first.startswith(" "):
        return _block("\n".join((first, *lines)))
    code = _block("\n".join(lines))
    return f"<p>{_inline(first)}</p>\n\n{code}"


def _block(text: str) -> str:
    return f"```text\n{dedent(text)}\n```"


def _inline(text: str) -> str:
    return _CODE.sub(lambda found: f"<code>{found[1] or found[2]}</code>", escape(text, quote=False))
