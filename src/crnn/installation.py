"""How this `crnn` was installed, and so what a message tells its user to type.

    a checkout (pip install -e .)    cd FOLDER && pip install -e '.[train]'
    a folder   (pip install .)       cd FOLDER && pip install '.[train]'
    an index   (pip install crnn)    pip install 'crnn[train]'
    an address, or a file            pip install 'crnn[train] @ ADDRESS'

Installers leave a note of it, direct_url.json (PEP 610).
"""

import json
import shlex
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "crnn"


def install_command(extra: str) -> str:
    """Return the command that adds an extra, such as `train`, to this installation."""
    return command_for(_origin(), extra)


def update_command() -> str:
    """Return the command that brings this installation up to date."""
    origin = _origin()
    if origin is None:
        return f"pip install -U {NAME}"
    folder = _folder(origin)
    if folder is None:
        return command_for(origin, "").replace("pip install", "pip install -U --force-reinstall", 1)
    again = "" if _editable(origin) else " && pip install ."
    return f"cd {shlex.quote(str(folder))} && git pull{again}"


def command_for(origin: Mapping[str, object] | None, extra: str) -> str:
    """Return the command that installs crnn with an extra, from where it came.

    Args:
        origin: What direct_url.json says; None where there is none, which means an index.
        extra: Name of the extra; "" for none.
    """
    extras = f"[{extra}]" if extra else ""
    if origin is None:
        return f"pip install {shlex.quote(NAME + extras)}"
    folder = _folder(origin)
    if folder is None:
        return f"pip install {shlex.quote(f'{NAME}{extras} @ {_address(origin)}')}"
    option = "-e " if _editable(origin) else ""
    return f"cd {shlex.quote(str(folder))} && pip install {option}{shlex.quote(f'.{extras}')}"


def _origin() -> Mapping[str, object] | None:
    """Say where the code that runs came from, as direct_url.json does; None for an index."""
    root = Path(__file__).parents[2]
    if (root / "pyproject.toml").is_file():  # site-packages has none: this is src/ of a checkout
        return {"url": root.as_uri(), "dir_info": {"editable": True}}
    try:
        text = distribution(NAME).read_text("direct_url.json")
        origin = json.loads(text) if text else None
    except (PackageNotFoundError, ValueError):
        return None
    return origin if isinstance(origin, dict) and isinstance(origin.get("url"), str) else None


def _folder(origin: Mapping[str, object]) -> Path | None:
    """Return the folder that was installed; None where it was a file or an address."""
    if not isinstance(origin.get("dir_info"), Mapping):
        return None
    return Path(url2pathname(urlsplit(str(origin["url"])).path))


def _editable(origin: Mapping[str, object]) -> bool:
    about = origin.get("dir_info")
    return isinstance(about, Mapping) and about.get("editable") is True


def _address(origin: Mapping[str, object]) -> str:
    """Write an address as pip takes it: git+https://host/crnn@v1."""
    url, about = str(origin["url"]), origin.get("vcs_info")
    if not isinstance(about, Mapping):
        return url
    revision = about.get("requested_revision")
    return f"{about.get('vcs')}+{url}" + (f"@{revision}" if revision else "")
