r"""MkDocs hook: what the site has beside the pages of docs/.

Each decision is put into the navigation, so that a new one needs no line in mkdocs.yml.

Equations become MathML when the site is built, so a browser needs no script for them.

Python-Markdown's arithmatex finds `$...$` and `$$...$$` and leaves them as `\(...\)` and `\[...\]` in
elements of the class "arithmatex"; latex2mathml translates what stands there. A browser needs a font for
mathematics to stretch parentheses, and few systems have one: STIX Two Math (OFL), which comes with
ziamath, is packed for the web and put beside the pages.
"""

import io
import re
from html import unescape
from importlib.resources import files as files_of
from pathlib import Path
from xml.etree import ElementTree as ET

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_EQUATION = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_CHARACTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0x300, 0x400),  # accents, Greek
    *range(0x2000, 0x2400),  # punctuation, letter-like signs, arrows, operators
    *range(0x27E6, 0x27EC),  # brackets
    *range(0x1D400, 0x1D800),  # italic, bold and script letters
]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add docs/decisions/NNNN-*.md, by number, to the navigation's "Decisions"."""
    names = sorted(path.name for path in Path(config.docs_dir, "decisions").glob("[0-9]*.md"))
    (section,) = (entry["Decisions"] for entry in config.nav or [] if "Decisions" in entry)
    section += [f"decisions/{name}" for name in names]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the font for mathematics to the site's files, which assets/site.css asks for."""
    packed = io.BytesIO()
    with files_of("ziamath").joinpath("fonts/STIXTwoMath-Regular.ttf").open("rb") as source:
        font = TTFont(source)
        subsetter = Subsetter(Options(layout_features=["*"]))
        subsetter.populate(unicodes=_CHARACTERS)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(packed)
    files.append(File.generated(config, "assets/STIXTwoMath.woff2", content=packed.getvalue()))
    return files


def on_page_content(html: str, **_: object) -> str:
    r"""Return a page's HTML with every equation as MathML.

    >>> on_page_content(r'<span class="arithmatex">\(h_t\)</span>')[:30]
    '<span class="equation"><math x'
    """
    return _EQUATION.sub(_typeset, html)


def _typeset(match: re.Match[str]) -> str:
    element, latex = match.groups()
    mathml = convert(unescape(latex), display="block" if element == "div" else "inline")
    unknown = re.search(r"\\\w+", mathml)  # passed through as it was
    if unknown:
        raise ValueError(
            f"equation {unescape(latex)!r}: latex2mathml does not know {unknown[0]}; write it otherwise."
        )
    ET.fromstring(mathml)  # noqa: S314 - our own; what is not well-formed stops the build
    return f'<{element} class="equation">{mathml}</{element}>'
