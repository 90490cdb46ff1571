"""From fonts alone to a model that reads: the commands of the guides, one after the other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lightning_fabric", reason="training needs the extra 'train'")

pytestmark = pytest.mark.slow

NUMBERS = 200
STEPS = 600  # a third of the smoke recipe


def crnn(*arguments: object) -> str:
    """Run `crnn ARGUMENTS` in a process of its own and return what it printed."""
    start = "from crnn.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_trained_from_fonts_alone_reads_numbers_that_it_never_saw(tmp_path: Path) -> None:
    run, unseen, exported = tmp_path / "run", tmp_path / "unseen", tmp_path / "smoke.onnx"
    crnn("train", "smoke", "--out", run, "--set", f"training.steps={STEPS}")
    (tmp_path / "numbers.txt").write_text("\n".join(map(str, range(100))))
    words = "--words", tmp_path / "numbers.txt"
    crnn("synthesize", unseen, "--count", NUMBERS, "--seed", 99, "--alphabet", "digits", *words)
    lines = (unseen / "labels.tsv").read_text().splitlines()
    short = [line for line in lines if len(line.split("\t")[1]) < 3]
    (unseen / "labels.tsv").write_text("\n".join(short))

    trained = json.loads(crnn("evaluate", "--model", run, "--json", unseen))
    crnn("export", run, exported)
    served = json.loads(crnn("evaluate", "--model", exported, "--json", unseen))
    read = crnn("read", "--model", exported, unseen / "images").splitlines()

    assert trained["n"] == len(short)
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["accuracy"] > 50  # of made numbers as wide as it learnt; 1 to 10 where nothing is learnt
    assert trained["accuracy"] > 25  # of numbers in fields that are wider, too
    assert served["accuracy"] == pytest.approx(trained["accuracy"], abs=1)
    assert len(read) == NUMBERS
