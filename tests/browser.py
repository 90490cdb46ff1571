"""A page in a real browser: what a script of the test's own finds when it works the page."""

import json
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest


def probe(folder: Path, script: str) -> dict[str, object]:
    """Open `script`, a page that frames the one to test, in `folder`; return what it puts into a <pre>.

    Skips where there is no Chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium (chromium, chromium-browser or google-chrome on the PATH)")
    (folder / "probe.html").write_text(script, encoding="utf-8")
    switches = (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
        "disable-background-networking", "disable-component-update", "allow-file-access-from-files",
        f"user-data-dir={folder / 'profile'}", "virtual-time-budget=5000", "dump-dom",
    )  # fmt: skip
    run = subprocess.run(
        [chromium, *(f"--{switch}" for switch in switches), (folder / "probe.html").as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "<pre>" in run.stdout, run.stderr
    found = json.loads(unescape(run.stdout.split("<pre>")[1].split("</pre>")[0]))
    assert isinstance(found, dict)
    return found
