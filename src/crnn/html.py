"""One HTML file that loads nothing: a template, its style and its script, made into a page.

Jinja escapes whatever stands in a label, a text or a path. The template states a policy that lets no
script run but the one whose hash is given to it.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

Functions = Mapping[str, Callable[..., object]]


def data_uri(content: bytes, kind: str) -> str:
    """Pack an encoded image into an address that holds it.

    Args:
        content: The file.
        kind: Its media type: 'image/png'.

    >>> data_uri(b"...", "image/png")
    'data:image/png;base64,Li4u'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def render_page(package: str, values: Mapping[str, object], filters: Functions, tests: Functions) -> str:
    """Fill a package's page.html.jinja, which also gets `style`, `script` and `script_hash`.

    Args:
        package: Its dotted name; page.html.jinja, page.css and page.js stand in it.
        values: What the template names.
        filters: Functions that the template applies to values.
        tests: Functions that the template asks.

    Returns:
        The page, which loads nothing.
    """
    template, style, script = (
        files(package).joinpath(name).read_text(encoding="utf-8")
        for name in ("page.html.jinja", "page.css", "page.js")
    )
    environment = Environment(
        loader=DictLoader({"page": template}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    environment.tests.update(tests)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("page").render(
        **values, style=style, script=script, script_hash=f"sha256-{digest}"
    )
