"""The advice of `crnn check`: a run fails before it is followed, and starts after it."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("lightning_fabric", reason="training needs the extra 'train'")

from tests.cli.conftest import Run
from tests.training.conftest import RECIPE, Bars

Crnn = Callable[..., Run]


FAST = [
    word
    for setting in (
        "training.steps=1", "training.batch_size=4", "training.workers=0", 'training.precision="32-true"',
        "validation.synthetic=8",
    )
    for word in ("--set", setting)
]  # fmt: skip


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("crnn.training.stream.Engine", Bars)
    monkeypatch.setattr("crnn.training.loop.draw_plot", lambda _, path: path.touch())
    path = tmp_path / "bars.toml"
    path.write_text(RECIPE.replace("steps = 12", "steps = 1"))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "labels",
    [["ab", "AB"], ["ab", "\u00e1b"], ["ab", "\u00c1b"], ["ab", "a\u20ac"], ["ab", "ab" * 20],
     ["ab", None], ["AB", None, "\u00e1", "x", "ab" * 20], ["a b", "ab"], ["a.b", "AB"],
     ["AB" * 20, "ab"], ["abc" * 20, "cba" * 15],
     ["\u0434\u0430", "\u043d\u0435\u0442"]],
    ids=ascii,
)  # fmt: skip
def test_the_advised_line_starts_a_run_that_was_refused(
    crnn: Crnn,
    word_table: Callable[..., Path],
    recipe: Path,
    tmp_path: Path,
    labels: list[str | None],
) -> None:
    first = tmp_path / "first"
    assert crnn("train", recipe, "--out", first).status == 0
    path = word_table(*labels)
    settings = ["--set", "data.real_share=0.5"]
    refused = crnn("train", recipe, "--out", tmp_path / "refused", "--data", path, *settings)
    assert refused.status == 2
    assert "LabelError: " in refused.err or "ImageError: " in refused.err

    clean, val = tmp_path / "clean", word_table("ab", name="val")
    checked = crnn("check", path, "--model", first, "--clean", clean)
    assert checked.status == 1
    line = next(text for text in checked.out.splitlines() if text.startswith("    crnn train "))
    program, command, advised, *options = shlex.split(line.replace("VAL.tsv", str(val)))
    assert (program, command) == ("crnn", "train")
    assert options[:2] == ["--init", str(first)]
    assert options[-2:] == ["--out", "runs/mine"]
    begun = crnn("train", advised, *options[:-2], "--out", tmp_path / "begun", *FAST)
    assert begun.status == 0, begun.err


def test_the_advised_settings_start_the_tiny_recipe(
    crnn: Crnn, word_table: Callable[..., Path], recipe: Path, tmp_path: Path
) -> None:
    assert recipe.exists()
    path = word_table("Stop", "caf\u00e9", "a" * 60)
    fast = [
        "training.steps=1", "training.batch_size=8", "training.workers=0", "data.real_share=1",
        'training.precision="32-true"', "validation.synthetic=8", "data.unusable_labels=stop",
        "data.fold_accents=false", "model.alphabet=lower36",
    ]  # fmt: skip
    start = ["train", "tiny", "--data", path]
    start += [word for setting in fast for word in ("--set", setting)]
    assert "LabelError" in crnn(*start, "--out", tmp_path / "refused").err
    checked = crnn("check", path, "--alphabet", "lower36", "--json")
    advised = json.loads(checked.out)["verdict"]["settings"]
    assert advised == [
        "model.alphabet=lower36", "data.fold_case=lower", "data.fold_accents=true",
        "data.unusable_labels=skip",
    ]  # fmt: skip
    start += [word for setting in advised for word in ("--set", setting)]
    assert crnn(*start, "--out", tmp_path / "begun").status == 0
